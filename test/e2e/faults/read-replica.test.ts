// A daemon that reads at a replica: nobody reads what is older than what they know, however far the replica is behind or away.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runGuarded } from '../../../src/embedded/guardian.ts';
import { preparePlace } from '../../../src/embedded/place.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createPair } from '../../support/postgres-pair.mjs';
import { createSite } from '../../support/site.ts';
import { hasSystemServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';
import { expectUnharmed, startAgainst } from './database-away.ts';

type Shown = { readonly data: { readonly definition: { readonly vars: { readonly x: number } } } };

it.skipIf(!hasSystemServer)(
  'reads at a replica are never older than what is known',
  { timeout: 120_000 },
  async ({ onTestFinished }) => {
    const dir = await mkdtemp(join(tmpdir(), 'pw-pair-'));
    await chmod(dir, 0o755);
    const pair = await createPair(dir, { runGuarded, preparePlace });
    onTestFinished(async () => {
      await pair.close();
      await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    });
    const replica = pair.standby();
    const site = await createSite(onTestFinished, { database: 'none' });
    const flow = 'one/workflows/flow.yaml';
    await site.saveAll(packFiles('one', { flow: workflowText({ x: 1 }) }));
    const daemon = startAgainst(site, pair.primary().url, { env: { PACKWATCH_READ_URL: replica.url } });
    await daemon.ready();
    const base = `${await daemon.url()}/api/v1`;
    const read = async (headers: Record<string, string> = {}, path = '/workflows/one.flow') => {
      const answer = await fetch(`${base}${path}`, { headers });
      return {
        status: answer.status,
        etag: answer.headers.get('etag') ?? '',
        place: answer.headers.get('packwatch-read'),
        version: Number(answer.headers.get('packwatch-version')),
        x:
          path === '/workflows/one.flow'
            ? ((await answer.json()) as Shown).data?.definition.vars.x
            : undefined,
      };
    };
    const stateOf = async () => {
      const { data } = (await daemon.get('/api/v1/status')).json<{
        data: { read_replica: { state: string } };
      }>();
      return data.read_replica;
    };
    const isUsed = () =>
      until(async () => (await read()).place === 'replica', { what: 'the replica is used' });
    const disable = (verb: string, headers: Record<string, string> = {}) =>
      fetch(`${base}/workflows/one.flow/${verb}`, { method: 'POST', headers });
    await isUsed();
    const before = await read();
    expect(before.x).toBe(1);
    for (const path of [
      '/workflows',
      '/packs',
      '/packs/one',
      '/packs/one/workflows',
      '/problems',
      '/workflows/one.flow/revisions',
    ])
      expect([path, (await read({}, path)).place]).toEqual([path, 'replica']);
    for (const path of ['/status', '/held', '/sources', '/changes', '/explain?ref=one.flow'])
      expect([path, (await read({}, path)).place]).toEqual([path, null]);

    // It stays behind; followers are told of an edit, and what they read has it.
    await replica.query('select pg_wal_replay_pause()');
    const since = before.version;
    await site.save(flow, workflowText({ x: 2 }));
    const news = (await (await fetch(`${base}/changes?since=${since}&wait=20`)).json()) as {
      version: number;
    };
    expect(news.version).toBeGreaterThan(since);
    const after = await read();
    expect(after).toMatchObject({ place: 'primary', x: 2 });
    expect(after.version).toBeGreaterThanOrEqual(news.version);
    expect(await read({ 'packwatch-min-version': String(news.version) })).toMatchObject({ x: 2 });
    expect((await read({ 'packwatch-min-version': 'x' })).status).toBe(422);
    await until(async () => (await stateOf()).state === 'behind', { what: 'it is said to be behind' });
    // A tag of the replica's is stale by now, and no decision rests on it.
    expect((await disable('disable', { 'if-match': before.etag })).status).toBe(412);
    // One's own write is there at once.
    const written = await disable('protect');
    expect(Number(written.headers.get('packwatch-version'))).toBeGreaterThan(news.version);
    expect((await read()).etag).toBe(written.headers.get('etag'));

    await replica.query('select pg_wal_replay_resume()');
    await isUsed();
    expect((await read()).etag).toBe(written.headers.get('etag'));
    expect((await disable('unprotect', { 'if-match': (await read()).etag })).status).toBe(200);

    // Away: nobody notices but who asks how things are.
    await isUsed();
    await replica.stop('kill');
    for (let reads = 0; reads < 20; reads += 1)
      expect(await read()).toMatchObject({ status: 200, place: 'primary', x: 2 });
    await until(async () => (await stateOf()).state === 'unreachable', { what: 'it is said to be away' });
    const ready = await daemon.get('/readyz');
    expect(ready.status).toBe(200);
    expect(ready.json<{ reasons: { code: string }[] }>().reasons).toMatchObject([{ code: 'read_replica' }]);
    await replica.start();
    await isUsed();
    expectUnharmed(daemon);
  },
);
