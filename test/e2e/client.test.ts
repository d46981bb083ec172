// Client commands as processes against a real daemon: what it serves is what they print.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';
import { eventually } from '../support/wait.ts';

const written = workflowText({ label: 'Page somebody 📟', comment: 'as it was written' });

describe('client commands', () => {
  let site: Site;
  let daemon: Daemon;
  let url: string;
  let cleanUp: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    site = await createSite((act) => {
      cleanUp = act;
    });
    const many = Array.from({ length: 118 }, (_, index) => [`w${index}`, workflowText()] as const);
    await site.saveAll({
      ...packFiles('ops', { page: written }),
      ...packFiles('many', Object.fromEntries(many)),
      'ops/workflows/bad.yaml': 'version: 1.0.0\ntasks: [\n',
    });
    daemon = site.daemon(['--watch', 'off', '--rescan-s', '3600']);
    await daemon.ready();
    url = await daemon.url();
  });
  afterAll(() => cleanUp?.());

  const run = (...args: string[]) => site.run(args, { env: { PACKWATCH_URL: url } });

  it('list, search and show what is registered', async () => {
    const [all, found, shown, text] = await Promise.all([
      run('list', '--format', 'json'),
      run('search', 'somebody', '--format', 'json'),
      run('show', 'ops.page', '--format', 'json'),
      run('show', 'ops.page', '--yaml'),
    ]);
    const registered = await site.rows('select ref from workflow_definition order by ref collate "C"');
    expect(registered).toHaveLength(119);
    expect(all.json<{ ref: string }[]>().map(({ ref }) => ref)).toEqual(registered.map(({ ref }) => ref));
    expect(found.json()).toMatchObject([{ ref: 'ops.page' }]);
    expect(shown.json()).toMatchObject({
      ref: 'ops.page',
      number: 1,
      tasks: [{ name: 'only', action: 'core.noop' }],
    });
    expect(text).toMatchObject({ code: 0, stdout: written, stderr: '' });
  });

  it('tell what is wrong and how the daemon is', async () => {
    const [problems, status] = await Promise.all([
      run('problems'),
      // What it counts is read a moment after the first pass.
      eventually(async () => {
        const finished = await run('status', '--format', 'json');
        expect(finished.json()).toMatchObject({ ready: true, definitions: { active: 119 } });
        return finished;
      }),
    ]);
    expect(problems).toMatchObject({ code: 0, stderr: '' });
    expect(problems.stdout).toMatch(/error\[YAML_SYNTAX\] .*\n {4}at ops\/workflows\/bad\.yaml:2:8\n/);
    expect(problems.stdout).toContain('nothing is served as ops.bad');
    expect(status.json()).toMatchObject({ roots: [{ source: 'root:packs', role: 'leader' }] });
    expect((await run('status')).stdout).toContain('root:packs  leader');
  });

  it('wait for the bytes of a file, which nothing but the wait makes the daemon look at', async () => {
    const path = 'packs/ops/workflows/fresh.yaml';
    await site.save('ops/workflows/fresh.yaml', workflowText());
    const [live, there] = await Promise.all([
      run('wait', path),
      // A path that is not below a root, seen from here, is asked for as its pack has it.
      run('wait', 'ops/workflows/page.yaml', '--gone', '--timeout', '1'),
    ]);
    expect(live).toMatchObject({ code: 0, stderr: '' });
    expect(live.stdout).toMatch(/^ops\.fresh is live, revision 1 \([0-9a-f]{12}\)\n$/);
    expect([there.code, there.stdout]).toEqual([3, 'ops.page is not live yet: the file is still there\n']);
    await site.save('ops/workflows/fresh.yaml', 'version: 1.0.0\ntasks: [\n');
    const [rejected, gone] = await Promise.all([
      run('wait', path),
      run('wait', 'packs/ops/workflows/never.yaml', '--gone', '--format', 'json'),
    ]);
    expect(rejected).toMatchObject({ code: 1, stderr: '' });
    // The frame that `check` prints.
    expect(rejected.stdout).toMatch(/at packs\/ops\/workflows\/fresh\.yaml:2:8\n[\s\S]*2 \| tasks: \[/);
    expect(rejected.stdout).toMatch(/ops\.fresh is rejected: it is invalid, line 2: .*\n$/);
    expect([gone.code, gone.json()]).toMatchObject([0, { state: 'live', on_disk: null }]);
    await writeFile(join(site.dir, 'elsewhere.yaml'), 'x: 1\n');
    const late = await run('wait', 'elsewhere.yaml', '--timeout', '0', '--source', 'packs');
    expect([late.code, late.stdout]).toEqual([3, expect.stringMatching(/is not live yet/)]);
    await site.remove('ops/workflows/fresh.yaml');
    expect(await run('wait', path, '--gone')).toMatchObject({ code: 0 });
  });

  it('leave with 1 for what is not there, and say why', async () => {
    const [unknown, bad] = await Promise.all([run('show', 'ops.nothing'), run('show', 'ops.bad')]);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^packwatch: there is no workflow of this ref\n$/);
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toContain('error[YAML_SYNTAX]');
  });

  it('leave with 64 where the daemon does not understand the question', async () => {
    const finished = await run('list', '--status', 'lost');
    expect(finished).toMatchObject({ code: 64, stdout: '' });
    expect(finished.stderr).toContain('expected active, degraded, retired, not "lost"');
  });
});

describe('a token', () => {
  it('is asked for in words, and told to nobody', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const file = join(site.dir, 'tokens');
    await writeFile(file, 'reader:read:sesame-open-0123456789abcdef-0123456789\n');
    await chmod(file, 0o600);
    const daemon = site.daemon(['--watch', 'off', '--token-file', file]);
    await daemon.ready();
    const url = await daemon.url();
    const run = (args: string[], token?: string) =>
      site.run(args, {
        env: { PACKWATCH_URL: url, ...(token === undefined ? {} : { PACKWATCH_TOKEN: token }) },
      });
    const [none, wrong, right] = await Promise.all([
      run(['list']),
      run(['list'], 'sesame-shut-0123456789abcdef-0123456789'),
      run(['list', '--format', 'json'], 'sesame-open-0123456789abcdef-0123456789'),
    ]);
    expect(none).toMatchObject({ code: 78, stdout: '' });
    expect(none.stderr).toMatch(/asks for a token.*PACKWATCH_TOKEN/);
    expect(wrong).toMatchObject({ code: 78, stdout: '' });
    expect(wrong.stderr).toMatch(/does not know the token given by PACKWATCH_TOKEN/);
    expect(wrong.stderr).not.toContain('sesame');
    expect(right).toMatchObject({ code: 0, stdout: '[]\n' });
  });
});

describe('no daemon', () => {
  it('is told with its address, and how to get one', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    const daemon = site.daemon([], { env: { DATABASE_URL: 'postgresql://packwatch@127.0.0.1:1/nothing' } });
    const url = await daemon.url();
    await daemon.stop();
    const finished = await site.run(['list'], { env: { PACKWATCH_URL: url } });
    expect(finished).toMatchObject({ code: 69, stdout: '' });
    expect(finished.stderr).toMatch(/^packwatch: no daemon answers at .*`packwatch run`.*PACKWATCH_URL.*\n$/);
    expect(finished.stderr).toContain(url);
  });
});
