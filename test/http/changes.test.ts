// Changes over HTTP: pages that wait, streams that resume, and neither of them in anybody's way.
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createActivity } from '../../src/daemon/activity.ts';
import type { PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { createChangeFeed } from '../../src/store/change-feed.ts';
import { forgetChanges } from '../../src/store/sql/purge.ts';
import { type EventBlock, readBlocks } from '../support/event-client.mjs';
import { openApp } from '../support/http-app.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { until } from '../support/wait.ts';

const source = 'root:test' as SourceName;
let test: TestDatabase;
const releases: (() => unknown)[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function serve() {
  const feed = createChangeFeed(test.database);
  const activity = createActivity((fire, delayMs) => setTimeout(fire, delayMs));
  const { app } = openApp({ allowedHosts: ['127.0.0.1'], changes: { feed, activity } });
  let arrived = 0;
  app.addHook('onRequest', async () => {
    arrived += 1;
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  releases.push(() => app.close());
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1`;
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${base}${path}`, init);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer };
  };
  feed.moved(await newest());
  return {
    ...{ app, base, activity, get },
    /** So many requests, in all, have come as far as the application. */
    arrives: (number: number) => until(() => arrived >= number, { what: `request ${number} arrives` }),
    /** One transaction's changes, told to the feed as the listener would. */
    async change(...verbs: readonly string[]): Promise<number> {
      const version = await commit(verbs);
      feed.moved(version);
      return version;
    },
    /** Blocks that have come so far; the stream is cut at the end of the test. */
    async listen(path = '/events', headers: Record<string, string> = {}) {
      const cut = new AbortController();
      releases.push(() => cut.abort());
      const answer = await fetch(`${base}${path}`, { headers, signal: cut.signal });
      const blocks: EventBlock[] = [];
      const ended = (async () => {
        for await (const block of readBlocks(answer.body as ReadableStream<Uint8Array<ArrayBuffer>>))
          blocks.push(block);
        return 'ended';
      })().catch(() => 'cut');
      return {
        answer,
        blocks,
        ended,
        cut: () => cut.abort(),
        has: (number: number) => until(() => blocks.length >= number),
      };
    },
  };
}

type Answer = {
  data: { version: number; ref: string; verb: string }[];
  version: number;
  complete: boolean;
  code: string;
};

const changesOf = (block?: EventBlock) => (block?.data?.['changes'] ?? []) as { ref: string; verb: string }[];
const newest = async () => Number((await test.query('select version from catalog_version'))[0]?.['version']);

async function commit(verbs: readonly string[]): Promise<number> {
  const [row] = await test.query<{ version: number }>(
    `with v as (update catalog_version set version = version + 1 returning version),
    c as (insert into catalog_change (version, position, source, pack_ref, ref, verb)
      select v.version, n, 'root:test', 'one', 'one.w' || n, verb from v, unnest($1::text[]) with ordinality u (verb, n))
    select version::int from v`,
    [`{${verbs.join(',')}}`],
  );
  return row?.version ?? 0;
}

describe('GET /changes', () => {
  it('says where the registry is, and what came after a version', async () => {
    const site = await serve();
    const { body } = await site.get('/changes');
    expect(body).toEqual({ data: [], version: await newest(), complete: true });
    await site.change('registered', 'rejected');
    const after = await site.get(`/changes?since=${body.version}`);
    expect(after.body).toMatchObject({ version: body.version + 1, complete: true });
    expect(
      after.body.data.map(({ version, ref, verb }) => `${version - body.version} ${ref} ${verb}`),
    ).toEqual(['1 one.w1 registered', '1 one.w2 rejected']);
    expect(Object.keys(after.body.data[0] ?? {})).toEqual([
      ...['version', 'at', 'source', 'pack_ref', 'ref', 'verb', 'number'],
    ]);
  });

  it('waits for a change, not for a version that tells of nothing', async () => {
    const site = await serve();
    const since = await newest();
    const waiting = site.get(`/changes?since=${since}&wait=60`);
    await site.change();
    const version = await site.change('updated');
    expect((await waiting).body).toMatchObject({ data: [{ version, ref: 'one.w1' }], version });
  });

  it('answers without any when the time is over, the client gone, or the listener closes', async () => {
    const site = await serve();
    const since = await newest();
    expect((await site.get(`/changes?since=${since}&wait=1`)).body).toMatchObject({
      data: [],
      version: since,
    });
    const gone = new AbortController();
    const left = site.get(`/changes?since=${since}&wait=60`, { signal: gone.signal }).catch(() => 'left');
    const waiting = site.get(`/changes?since=${since}&wait=60`);
    await site.arrives(3);
    gone.abort();
    expect(await left).toBe('left');
    const begunMs = performance.now();
    await site.app.close();
    expect((await waiting).body).toMatchObject({ data: [], version: since, complete: true });
    // Of the 60 s that it would have waited.
    expect(performance.now() - begunMs).toBeLessThan(20_000);
  });

  it('refuses numbers of another registry and forgotten ones, and words', async () => {
    const site = await serve();
    const version = await newest();
    const ahead = await site.get(`/changes?since=${version + 1}`);
    expect(ahead).toMatchObject({ status: 410, body: { code: 'changes_gone', version } });
    for (const query of ['since=x', 'since=-1', 'since=1e3', 'wait=61', 'since=1&since=2', 'other=1'])
      expect((await site.get(`/changes?${query}`)).body.code, query).toBe('invalid_query');
    await commit(['updated']);
    await test.query("update catalog_change set at = now() - interval '8 days'");
    await forgetChanges(test.database);
    for (const path of ['/changes?since=0', '/changes?since=0&wait=60', '/events?since=0'])
      expect((await site.get(path)).body.code, path).toBe('changes_gone');
    expect((await site.get(`/changes?since=${version + 1}`)).status).toBe(200);
  });

  it('asks nothing of who only wants the headers', async () => {
    const site = await serve();
    for (const path of ['/changes?wait=60', '/events']) {
      const answer = await fetch(`${site.base}${path}`, { method: 'HEAD' });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe('');
    }
  });
});

describe('GET /events', () => {
  it('tells versions as they come, the last event of each with its id', async () => {
    const site = await serve();
    const since = await newest();
    const stream = await site.listen();
    await stream.has(1);
    for (const verbs of [['registered', 'rejected', 'updated'], [], ['retired']]) {
      const version = await site.change(...verbs);
      await until(() => stream.blocks.at(-1)?.id === version);
    }
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.answer.headers.get('x-accel-buffering')).toBe('no');
    const refs = (block?: EventBlock) => changesOf(block).map(({ ref, verb }) => `${ref} ${verb}`);
    const [opening, committed, rejected, silent, last] = stream.blocks;
    expect(opening).toEqual({ retry: 1000, id: since });
    expect(committed).toMatchObject({ event: 'committed', data: { version: since + 1 } });
    expect(committed).not.toHaveProperty('id');
    expect(refs(committed)).toEqual(['one.w1 registered', 'one.w3 updated']);
    expect(rejected).toMatchObject({ event: 'rejected', id: since + 1 });
    expect(refs(rejected)).toEqual(['one.w2 rejected']);
    expect(silent).toEqual({ id: since + 2 });
    expect(last).toMatchObject({ event: 'committed', id: since + 3 });
  });

  it('goes on after the last id, or after since', async () => {
    const site = await serve();
    const since = await newest();
    for (let turn = 0; turn < 3; turn += 1) await site.change('updated');
    const resumed = await site.listen(`/events?since=${since}`, { 'last-event-id': String(since + 2) });
    await resumed.has(2);
    expect(resumed.blocks.map(({ id }) => id)).toEqual([since + 2, since + 3]);
    const begun = await site.listen(`/events?since=${since + 1}`);
    await begun.has(3);
    expect(begun.blocks.map(({ id }) => id)).toEqual([since + 1, since + 2, since + 3]);
    const bad = await site.get('/events', { headers: { 'last-event-id': 'x' } });
    expect(bad).toMatchObject({ status: 422, body: { code: 'invalid_query' } });
  });

  it('tells a version of many changes in parts, of which only the last can be gone on from', async () => {
    const site = await serve();
    const since = await newest();
    await site.change(...Array.from({ length: 1500 }, () => 'registered'));
    const stream = await site.listen(`/events?since=${since}`);
    await stream.has(9);
    expect(stream.blocks.map(({ id }) => id)).toEqual([since, ...Array(7).fill(undefined), since + 1]);
    const refs = stream.blocks.slice(1).flatMap(changesOf);
    expect(refs.map(({ ref }) => ref)).toEqual(Array.from({ length: 1500 }, (_, at) => `one.w${at + 1}`));
  });

  it('tells what the daemon sees, waits for and reads, without an id', async () => {
    const site = await serve();
    const stream = await site.listen();
    await stream.has(1);
    const paths = Array.from({ length: 250 }, (_, at) => `one/workflows/w${at}.yaml`);
    for (const path of paths) site.activity.seen({ source, path: path as PackPath, seenAtMs: 0 });
    site.activity.parsed(source, 'one/workflows/w0.yaml');
    site.activity.settled({
      scopes: new Map([[source, new Set(['one' as PackDir])]]),
      ...{ cause: 'watch', oldestSeenAtMs: 0 },
    });
    await stream.has(4);
    expect(stream.blocks.slice(1)).toEqual([
      { event: 'seen', data: { source, paths: paths.slice(0, 200), more: 50, whole: false } },
      { event: 'settled', data: { source, paths: ['one'], more: 0, whole: false } },
      { event: 'parsed', data: { source, paths: ['one/workflows/w0.yaml'], more: 0, whole: false } },
    ]);
  });

  it('ends at once when the listener closes', async () => {
    const site = await serve();
    const streams = await Promise.all([site.listen(), site.listen()]);
    for (const stream of streams) await stream.has(1);
    const begunMs = performance.now();
    await site.app.close();
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(['ended', 'ended']);
    expect(performance.now() - begunMs).toBeLessThan(2_000);
  });

  it('leaves room for others: who comes when too many wait is told to come later', async () => {
    const site = await serve();
    const streams = await Promise.all(Array.from({ length: 160 }, () => site.listen()));
    const refused = await site.get('/events');
    expect(refused).toMatchObject({ status: 503, body: { code: 'too_many_waiting' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await site.get('/changes')).status).toBe(200);
    streams[0]?.cut();
    await until(async () => (await site.get('/changes?wait=1')).status === 200);
  });
});
