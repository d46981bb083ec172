// Conditional requests: what a client has is not sent again.
import { describe, expect, it } from 'vitest';
import { openApp } from '../support/http-app.ts';

const base = '/api/v1';
const reads = [
  '/workflows',
  '/workflows?q=ops&page_size=7',
  '/workflows/ops.page',
  '/workflows/ops.page/revisions',
  '/workflows/ops.page/revisions/1',
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
  ])('take If-None-Match %j for no tag of theirs, at once', async (known) => {
    const { get } = openApp();
    for (const path of ['/workflows', '/workflows/ops.page', '/held']) {
      const startedMs = performance.now();
      expect((await get(base + path, { 'if-none-match': known })).statusCode, path).toBe(200);
      expect(performance.now() - startedMs).toBeLessThan(500);
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
      { tagOf: 'ops.page' },
      { tagOf: 'ops.page', number: 1 },
      { tagOf: 'all' },
      { tagOf: 'ops' },
      { tagOf: 'all' },
    ]);
    asked.length = 0;
    await get(`${base}/workflows/ops.page`);
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
