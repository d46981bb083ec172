import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { demandCaller } from '../../src/http/caller.ts';
import { addPath } from '../../src/http/routes/resource.ts';
import { openApp } from '../support/http-app.ts';

const secretOf = (name: string) => `${name}-is-a-secret-of-more-than-thirty-two-bytes`;
const token = (name: string, role: 'read' | 'write') => ({
  name,
  role,
  sha256: createHash('sha256').update(secretOf(name)).digest('hex'),
});

/** With tokens `ci` (read) and `ops` (write), and a clock that stands still until it is told. */
function open(withTokens = true) {
  let nowMs = 0;
  const opened = openApp({
    isLoopback: false,
    nowMs: () => nowMs,
    tokens: withTokens ? () => [token('ci', 'read'), token('ops', 'write')] : undefined,
  });
  const ask = async (name: string | undefined, remoteAddress = '192.0.2.1', url = '/api/v1/status') =>
    opened.app.inject({
      ...{ method: 'GET', url, remoteAddress },
      headers: name === undefined ? {} : { authorization: `Bearer ${secretOf(name)}` },
    });
  const times = async (count: number, name: string | undefined, remoteAddress?: string, url?: string) => {
    const seen = new Map<number, number>();
    for (let round = 0; round < count; round++) {
      const { statusCode } = await ask(name, remoteAddress, url);
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
    }
    return Object.fromEntries(seen);
  };
  const post = async (name: string, count: number) => {
    const seen: number[] = [];
    for (let round = 0; round < count; round++) {
      const headers = { authorization: `Bearer ${secretOf(name)}` };
      seen.push((await opened.app.inject({ method: 'POST', url: '/api/v1/packs', headers })).statusCode);
    }
    return seen;
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { ...opened, ask, times, post, pass };
}

describe('a token', () => {
  it('may ask 200 times at once, then 50 times a second, and is told when', async () => {
    const { ask, times, pass } = open();
    expect(await times(205, 'ci')).toEqual({ 200: 200, 429: 5 });
    const refused = await ask('ci');
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    pass(1000);
    expect(await times(60, 'ci')).toEqual({ 200: 50, 429: 10 });
  });

  it('has a count of its own, wherever it is used from', async () => {
    const { times } = open();
    expect(await times(150, 'ci', '192.0.2.1')).toEqual({ 200: 150 });
    expect(await times(60, 'ci', '192.0.2.2')).toEqual({ 200: 50, 429: 10 });
    expect(await times(10, 'ops', '192.0.2.1')).toEqual({ 200: 10 });
  });

  it('may change things 100 times at once, which leaves it its reads', async () => {
    const { post, times } = open();
    const seen = await post('ops', 105);
    expect(seen.filter((status) => status === 429)).toHaveLength(5);
    expect(await times(200, 'ops')).toEqual({ 200: 200 });
  });
});

describe('an address without a good token', () => {
  it('may ask 50 times at once, then 10 times a second', async () => {
    const { times, pass, logged } = open();
    expect(await times(60, 'wrong')).toEqual({ 401: 50, 429: 10 });
    expect(await times(5, undefined)).toEqual({ 429: 5 });
    expect(await times(5, undefined, '192.0.2.9')).toEqual({ 401: 5 });
    // Told once, not once a request.
    expect(logged).toEqual(['requests without a good token come too fast; they are refused']);
    pass(1000);
    expect(await times(15, undefined)).toEqual({ 401: 10, 429: 5 });
    pass(60_000);
    await times(60, undefined);
    expect(logged).toHaveLength(2);
  });

  it('learns nothing by a guess that is right once it has guessed too much', async () => {
    const { times, pass } = open();
    await times(50, 'wrong');
    expect(await times(3, 'ci')).toEqual({ 429: 3 });
    pass(1000);
    expect(await times(3, 'ci')).toEqual({ 200: 3 });
  });

  it('does not keep out those who share it and were let in before', async () => {
    const { times } = open();
    await times(1, 'ci');
    await times(60, 'wrong');
    expect(await times(3, 'ci')).toEqual({ 200: 3 });
    expect(await times(3, 'ops')).toEqual({ 429: 3 });
  });

  it('is one with the rest of its IPv6 network', async () => {
    const { times } = open();
    expect(await times(50, undefined, '2001:db8::1')).toEqual({ 401: 50 });
    expect(await times(5, undefined, '2001:db8::2')).toEqual({ 429: 5 });
  });

  it('is counted on pages too, never on what supervisors ask', async () => {
    const { times } = open();
    expect(await times(60, undefined, undefined, '/')).toEqual({ 200: 50, 429: 10 });
    expect(await times(300, undefined, undefined, '/livez')).toEqual({ 200: 300 });
    expect(await times(300, undefined, undefined, '/readyz')).toEqual({ 200: 300 });
  });
});

it('a POST that changes nothing is a read: a read token is enough', async () => {
  const { app, post } = open();
  const success = { status: 200, description: 'done' };
  app.register(async (scope) => {
    scope.addHook('onRequest', demandCaller);
    const done = { summary: 'x', success, handler: async () => ({}) };
    addPath(scope, '/api/v1/judge', { POST: { ...done, changes: false } });
    addPath(scope, '/api/v1/act', { POST: done });
  });
  const headers = { authorization: `Bearer ${secretOf('ci')}` };
  const statusOf = async (url: string) => (await app.inject({ method: 'POST', url, headers })).statusCode;
  expect([await statusOf('/api/v1/judge'), await statusOf('/api/v1/act')]).toEqual([200, 403]);
  expect(await post('ci', 1)).toEqual([403]);
});

it('nobody is counted where no tokens are asked for', async () => {
  expect(await open(false).times(500, undefined)).toEqual({ 200: 500 });
});
