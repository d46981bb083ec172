// The script that lives a pack's and a workflow's life with curl, and the commands that do it without, against a real daemon.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';

const script = new URL('./life.sh', import.meta.url).pathname;

describe('the life of a pack', () => {
  let site: Site;
  let url: string;
  let cleanUp: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    site = await createSite((act) => {
      cleanUp = act;
    });
    await site.saveAll(packFiles('ops', { page: workflowText() }));
    const daemon = site.daemon(['--watch', 'off', '--rescan-s', '3600']);
    await daemon.ready();
    url = await daemon.url();
  });
  afterAll(() => cleanUp?.());

  async function live(...args: string[]) {
    const child = spawn('sh', [script, url, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => {
      child.on('close', resolve);
    });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, out, err };
  }

  it('is lived with curl alone', async () => {
    const { code, out, err } = await live('ops.page');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^lived: \d\d requests\n$/);
    const left = await site.rows(
      "select count(*)::int as n from workflow_definition where status <> 'retired'",
    );
    expect(left).toEqual([{ n: 1 }]);
  });

  it('stops at the first answer that is another', async () => {
    const { code, err } = await live('ops.none');
    expect(code).toBe(1);
    expect(err).toMatch('not so: PUT /workflows/ops.none answers 404 instead of 409');
  });

  it('is lived with commands', async () => {
    const run = (...args: string[]) => site.run(['pack', ...args], { env: { PACKWATCH_URL: url } });
    const pack = new URL('../../packs/release', import.meta.url).pathname;
    const installed = await run('install', pack, '--replace');
    expect([installed.code, installed.stderr]).toEqual([0, '']);
    expect(installed.stdout).toMatch(/^release \S+ is installed: \d+ workflows\n/);
    expect(await run('install', pack)).toMatchObject({
      code: 1,
      stderr: 'packwatch: a pack of this ref is installed already; --replace takes its place\n',
    });
    const listed = (await run('list', '--format', 'json')).json<{ ref: string; source: string }[]>();
    expect(listed).toContainEqual(expect.objectContaining({ ref: 'release', source: 'api' }));
    const broken = await run('install', site.root);
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringMatching('there is no pack.yaml in it')]);
    expect((await run('remove', 'ops')).code).toBe(1);
    expect((await run('remove', 'release')).code).toBe(0);
    expect((await run('list', '--quiet')).stdout).not.toContain('release');
  });
});
