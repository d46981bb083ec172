// Every kind of failure, with marked secrets in all that a daemon is given; then all that it answered and logged is searched.
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { openProxy } from '../../support/proxy.mjs';
import { createSite, type Site } from '../../support/site.ts';
import { until } from '../../support/wait.ts';

const token = 'canary-token-of-more-than-thirty-two-bytes';
const never = {
  'the password of the database': 'canary-password',
  'a token': 'canary-token',
  'a guessed token': 'canary-guess',
  'a token in an address': 'canary-address',
  'a body': 'canary-body',
  'a file outside the root': 'canary-outside-text',
  'a path outside the root': 'canary-outside-name',
} as const;
/** Of a definition, which those who may read it are shown. */
const ofDefinition = 'canary-definition';
/** A statement, however it is cut. */
const sql = /\bselect\b[\s\S]{1,200}\bfrom\b|\b(?:insert into|update|delete from)\b [\w.]+|apply_pack\(/i;

async function prepare(site: Site) {
  const outside = join(site.outside, 'canary-outside-name.yaml');
  await writeFile(outside, 'label: [canary-outside-text\n');
  await site.saveAll({
    ...packFiles('one', { flow: workflowText({ x: ofDefinition }), other: workflowText() }),
    'one/workflows/broken.yaml': 'label: [\n',
    'one/actions/lost.yaml': 'ref: one.lost\nlabel: Lost\nworkflow_file: missing.yaml\n',
  });
  await symlink(outside, site.at('one/workflows/leads-out.yaml'));
  const tokens = join(site.dir, 'tokens');
  await writeFile(tokens, `ops:write:${token}\n`, { mode: 0o600 });
  return tokens;
}

/** Asks and keeps headers and body of every answer. */
function createAsker(daemon: Daemon) {
  const answers: string[] = [];
  const ask = async (path: string, init: RequestInit = {}, bearer: string | null = token) => {
    const headers = { ...init.headers, ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) };
    const answer = await fetch((await daemon.url()) + path, { ...init, headers });
    const text = await answer.text();
    answers.push(JSON.stringify([...answer.headers]), text);
    return { status: answer.status, text };
  };
  return { answers, ask };
}

const reads = [
  '/api/v1/workflows',
  '/api/v1/workflows?q=flow',
  '/api/v1/workflows/one.leads-out',
  '/api/v1/workflows/one.broken',
  '/api/v1/workflows/one.flow/revisions',
  '/api/v1/packs',
  '/api/v1/packs/one/workflows',
  '/api/v1/problems',
  '/api/v1/held',
  '/api/v1/sources',
  '/api/v1/status',
  '/api/v1/explain?path=one/workflows/leads-out.yaml',
  '/api/v1/explain?path=../outside/canary.yaml',
  '/metrics',
  '/livez',
  '/readyz',
  '/',
  '/openapi.json',
];

async function askEverything({ ask }: ReturnType<typeof createAsker>): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (const path of reads) statuses.add((await ask(path)).status);
  const post = (path: string, body: string) =>
    ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  statuses.add((await post('/api/v1/workflows/one.other/rollback', '{"revision": canary-body')).status);
  statuses.add((await post('/api/v1/workflows/one.other/rollback', '{"revision": "canary-body"}')).status);
  statuses.add((await post('/api/v1/workflows/one.other/enable', '')).status);
  statuses.add((await ask('/api/v1/packs', {}, 'canary-guess-of-more-than-thirty-two-bytes')).status);
  statuses.add((await ask('/api/v1/packs?access_token=canary-address', {}, null)).status);
  return statuses;
}

describe('what a daemon answers and logs', () => {
  it('has no secret, no path outside a root and no SQL in it', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const tokens = await prepare(site);
    const { host, port, user, database } = site.database().connection;
    const proxy = await openProxy({ upstream: `${host}/.s.PGSQL.${port}` });
    onTestFinished(() => proxy.close());
    const daemon = site.daemon(['--rescan-s', '1', '--token-file', tokens, '--log-level', 'debug'], {
      env: { DATABASE_URL: `postgresql://${user}:canary-password@127.0.0.1:${proxy.port}/${database}` },
    });
    await daemon.ready();
    const asker = createAsker(daemon);
    const whole = await askEverything(asker);
    expect([...whole].sort()).toEqual([200, 400, 401, 404, 422]);

    // Its own statements fail, for readers and for passes.
    await site.rows('alter table workflow_definition rename column label to was_label');
    expect(await askEverything(asker)).toContain(500);
    await site.save('one/workflows/other.yaml', workflowText({ x: 2 }));
    await daemon.logged(({ level, err }) => level === 'error' && JSON.stringify(err ?? '').includes('label'));
    await site.rows('alter table workflow_definition rename column was_label to label');

    await proxy.refuse();
    await until(async () => (await askEverything(asker)).has(503));
    await daemon.logged(({ msg }) => msg.startsWith('a pass failed'));
    await daemon.stop();

    const said = [...asker.answers, ...daemon.log.map((line) => JSON.stringify(line)), daemon.stdout()];
    for (const [what, canary] of Object.entries(never))
      expect([what, said.filter((text) => text.includes(canary))]).toEqual([what, []]);
    expect(said.filter((text) => text.includes(ofDefinition))).toEqual([]);
    expect(said.filter((text) => sql.test(text))).toEqual([]);
  });

  it('shows a definition to those who ask for it, which proves the search', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const tokens = await prepare(site);
    const daemon = site.daemon(['--watch', 'off', '--token-file', tokens]);
    await daemon.ready();
    const { ask } = createAsker(daemon);
    expect((await ask('/api/v1/workflows/one.flow')).text).toContain(ofDefinition);
    expect((await ask('/api/v1/workflows/one.flow', {}, null)).text).not.toContain(ofDefinition);
    expect((await ask('/api/v1/workflows/one.flow', { method: 'POST' })).text).not.toContain(ofDefinition);
  });

  it.each([
    ['no such server', 'postgresql://u:canary-password@127.0.0.1:1/d'],
    ['no port', 'postgresql://u:canary-password@127.0.0.1:port/d'],
    ['another protocol', 'mysql://u:canary-password@127.0.0.1/d'],
    ['no URL', 'canary-password'],
  ])('repeats nothing of a database URL with %s', async (_, url) => {
    const site = await createSite(() => undefined, { database: 'none' });
    const { stdout, stderr, code } = await site.run(['plan'], { env: { DATABASE_URL: url } });
    await site.close();
    expect(code).not.toBe(0);
    expect(stdout + stderr).not.toContain('canary');
  });
});
