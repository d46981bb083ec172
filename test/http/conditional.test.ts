// Conditional requests: what a client has is not sent again, and what was changed meanwhile is not overwritten.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/store/catalog.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { openApp } from '../support/http-app.ts';
import { desiredOf } from '../support/plans.ts';

const base = '/api/v1';
const reads = [
  '/workflows',
  '/workflows?q=ops&page_size=7',
  '/workflows/ops.page',
  '/workflows/ops.page/revisions',
  '/workflows/ops.page/revisions/1',
  '/workflows/ops.page/callers',
  '/workflows/ops.page/callees',
  '/packs',
  '/packs/ops',
  '/packs/ops/workflows',
  '/problems',
  '/held',
  '/sources',
];

describe('reads', () => {
  it.each(reads)('%s has a strong tag, and 304 without a body for who has it', async (path) => {
    const { get, app } = openApp();
    const whole = await get(base + path);
    const { etag } = whole.headers;
    expect(etag).toMatch(/^"[0-9a-f]{24}"$/);
    expect(whole.headers['cache-control']).toBe('no-cache');
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, `"a,b",W/"c" , ${etag},`, '*']) {
      const none = await get(base + path, { 'if-none-match': String(known) });
      expect([known, none.statusCode, none.body]).toEqual([known, 304, '']);
      expect(none.headers).toMatchObject({ etag, 'cache-control': 'no-cache' });
      expect(none.headers['vary']).toBe(whole.headers['vary']);
      expect(none.headers).not.toHaveProperty('content-type');
    }
    const head = await app.inject({ method: 'HEAD', url: base + path });
    expect([head.statusCode, head.body, head.headers['etag']]).toEqual([200, '', etag]);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
    const headers = { 'if-none-match': String(etag) };
    const none = await app.inject({ method: 'HEAD', url: base + path, headers });
    expect([none.statusCode, none.body, none.headers['etag']]).toEqual([304, '', etag]);
    expect([undefined, whole.headers['content-length']]).toContain(none.headers['content-length']);
    expect(none.headers).not.toHaveProperty('content-type');
  });

  it.each([
    '',
    'x',
    '"',
    '""',
    'W/',
    'w/"x"',
    '"a" "b"',
    '*, "a"',
    "'; drop table x --",
    `"${'x'.repeat(8000)}"`,
    ' ,'.repeat(4000),
    `${'\t '.repeat(4000)}x`,
  ])('take If-None-Match %j for no tag of theirs', async (known) => {
    const { get } = openApp();
    for (const path of ['/workflows', '/workflows/ops.page', '/held']) {
      expect((await get(base + path, { 'if-none-match': known })).statusCode, path).toBe(200);
    }
  });

  it('ask for a tag alone when the client has it, and for nothing else', async () => {
    const { get, asked } = openApp();
    const etags = new Map<string, string>();
    for (const path of reads) etags.set(path, String((await get(base + path)).headers['etag']));
    asked.length = 0;
    const cheap = [
      '/workflows',
      '/workflows/ops.page',
      '/workflows/ops.page/revisions/1',
      '/packs',
      '/packs/ops',
    ];
    for (const path of [...cheap, '/problems'])
      await get(base + path, { 'if-none-match': etags.get(path) ?? '' });
    expect(asked).toEqual([
      { tagOf: 'all' },
      ...[{ mark: 'all' }, { tagOf: 'ops.page' }],
      { tagOf: 'ops.page', number: 1 },
      { tagOf: 'all' },
      { tagOf: 'ops' },
      { tagOf: 'all' },
    ]);
    asked.length = 0;
    await get(`${base}/workflows/ops.page?calls=false`);
    expect(asked).toEqual(['ops.page']);
  });

  it('have one tag for each media type and each address', async () => {
    const { get } = openApp();
    const tagOf = async (path: string, accept = '*/*') =>
      (await get(base + path, { accept })).headers['etag'];
    const json = await tagOf('/workflows/ops.page');
    const yaml = await tagOf('/workflows/ops.page', 'application/yaml');
    expect(yaml).toBe(String(json).replace(/"$/, '-yaml"'));
    const headers = { accept: 'application/yaml', 'if-none-match': String(json) };
    expect((await get(`${base}/workflows/ops.page`, headers)).statusCode).toBe(200);
    expect(await tagOf('/workflows?page=1')).not.toBe(await tagOf('/workflows?page=2'));
  });

  it('put no tag on a refusal, and no condition makes one of it', async () => {
    const { get } = openApp();
    for (const path of [
      '/workflows/ops.gone',
      '/workflows/ops.nope',
      '/packs/old',
      '/packs/no',
      '/workflows?x=1',
    ]) {
      const refusal = await get(base + path, { 'if-none-match': '*' });
      expect(refusal.headers['content-type'], path).toMatch(/^application\/problem\+json/);
      expect(refusal.headers, path).not.toHaveProperty('etag');
    }
  });
});

describe('writes', () => {
  let registry: Registry;
  let api: ReturnType<typeof openApp>;
  beforeAll(async () => {
    registry = await openRegistry();
    const queries = createCatalog(registry.test.database);
    api = openApp({ queries, decisions: registry.decisions });
    const body = (text: string) => ({ workflows: { page: { body: text }, other: {} } });
    await registry.put(desiredOf('ops', body('a')), desiredOf('ops', body('b')));
  });
  afterAll(() => registry.test.drop());

  const page = `${base}/workflows/ops.page`;
  const act = (word: string, condition: string) =>
    api.send('POST', `${page}/${word}`, word === 'rollback' ? { revision: 1 } : undefined, {
      'if-match': condition,
    });
  const now = async () => String((await api.get(page)).headers['etag']);

  it.each(['disable', 'enable', 'protect', 'unprotect', 'rollback', 'unpin'])(
    '%s is done for who saw what is there, and for nobody else',
    async (word) => {
      const before = await registry.one(
        'select xmin::text, enabled from workflow_definition where ref = $1',
        ['ops.page'],
      );
      const stale = [
        '"000000000000000000000000"',
        `W/${await now()}`,
        'x',
        '',
        '"',
        (await now()).replaceAll('"', ''),
      ];
      for (const condition of stale) {
        const refusal = await act(word, condition);
        expect([condition, refusal.statusCode]).toEqual([condition, 412]);
        expect(refusal.json()).toMatchObject({ code: 'precondition_failed', status: 412 });
      }
      expect(
        await registry.one('select xmin::text, enabled from workflow_definition where ref = $1', [
          'ops.page',
        ]),
      ).toEqual(before);
      const seen = await now();
      const done = await act(word, `"x", ${seen.replace(/"$/, '-yaml"')}`);
      expect([word, done.statusCode]).toEqual([word, 200]);
      expect(done.headers['etag']).toBe(await now());
      expect(done.headers['etag']).not.toBe(seen);
    },
  );

  it('refuse what is not there as such, whatever the condition', async () => {
    for (const condition of ['*', '"x"']) {
      const refusal = await api.send('POST', `${base}/workflows/ops.nope/enable`, undefined, {
        'if-match': condition,
      });
      expect([condition, refusal.statusCode]).toEqual([condition, 404]);
    }
    expect((await act('disable', '*')).statusCode).toBe(200);
    expect((await act('enable', '*')).statusCode).toBe(200);
  });

  const version = async () =>
    (await registry.one<{ version: number }>('select version::int from catalog_version')).version;

  /** How many of eight at the same moment, who all saw the same and would each change or leave something, changed it. */
  const race = async (rounds: number) => {
    const changes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [seen, before] = [await now(), await version()];
      const words = Array.from({ length: 8 }, (_, n) => (n % 2 === round % 2 ? 'disable' : 'enable'));
      const answers = await Promise.all(words.map((word) => act(word, seen)));
      expect(answers.every(({ statusCode }) => [200, 412].includes(statusCode))).toBe(true);
      changes.push((await version()) - before);
    }
    return changes;
  };

  it('change something once, whoever of those that saw the same comes first', async () => {
    expect(await race(10)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  /** Changes that two make who saw the same, and find the row locked by somebody else. */
  const meet = async () => {
    const seen = await now();
    const before = await version();
    const other = await registry.hold(
      "select from workflow_definition where ref = 'ops.page' for no key update",
    );
    const answers = ['disable', 'disable'].map((word) => act(word, seen));
    await registry.waits(2);
    await other.end('rollback');
    await Promise.all(answers);
    await act('enable', '*');
    return (await version()) - before - 1;
  };

  it('would be done twice if the tag was not compared under the lock', async () => {
    expect(await meet()).toBe(1);
    await registry.without('lock_definition(text)', /for no key update/g, '', async () => {
      expect(await meet()).toBe(2);
    });
  });
});
