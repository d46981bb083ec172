// GET /wait: what is asked of the daemon, what is answered and refused, and that nothing is left behind.
import { describe, expect, it } from 'vitest';
import type { WaitAnswer, WaitQuestion, WaitResult } from '../../src/model/wait.ts';
import { openApp } from '../support/http-app.ts';
import { until } from '../support/wait.ts';

const digest = 'a'.repeat(64);
const answer: WaitAnswer = {
  ...{
    state: 'live',
    source: 'root:packs',
    path: 'ops/workflows/a.yaml',
    ref: 'ops.a',
    on_disk: null,
    diagnostics: [],
  },
};

function open(result: WaitResult | 'hangs' = { outcome: 'answered', answer }, configured = ['root:packs']) {
  const asked: WaitQuestion[] = [];
  const signals: AbortSignal[] = [];
  const app = openApp({
    configured,
    async wait(question, signal) {
      asked.push(question);
      signals.push(signal);
      if (result !== 'hangs') return result;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { outcome: 'refused', reason: 'aborted' };
    },
  });
  return { ...app, asked, signals, wait: (query: string) => app.get(`/api/v1/wait?${query}`) };
}

describe('GET /wait', () => {
  it('asks for a path or a ref, of these bytes, for so long', async () => {
    const { asked, wait } = open();
    const answered = await wait(`path=./ops/workflows/a.yaml&digest=${digest}&timeout=300`);
    expect([answered.statusCode, answered.json()]).toEqual([200, { data: answer }]);
    await wait('ref=ops.a&source=packs');
    await wait('path=ops/pack.yaml&digest=absent&timeout=0');
    expect(asked).toEqual([
      {
        about: { about: 'path', source: 'root:packs', path: 'ops/workflows/a.yaml' },
        ...{ digest, timeoutMs: 300_000 },
      },
      {
        about: { about: 'ref', ref: 'ops.a', source: 'root:packs' },
        ...{ digest: undefined, timeoutMs: 30_000 },
      },
      {
        about: { about: 'path', source: 'root:packs', path: 'ops/pack.yaml' },
        digest: 'absent',
        timeoutMs: 0,
      },
    ]);
  });

  it.each([
    '',
    'path=a&ref=ops.a',
    'path=a&digest=ABC',
    'path=a&digest=none',
    `path=a&digest=${digest.toUpperCase()}`,
    `path=a&digest=${digest}&digest=${digest}`,
    'path=a&timeout=301',
    'path=a&timeout=-1',
    'path=a&timeout=1.5',
    'path=a&wait=1',
    'path=../etc/passwd',
    'path=a/../../b',
    'path=/etc/passwd',
    'path=a//b',
    'path=a%00b',
  ])('refuses %j', async (query) => {
    const { asked, wait } = open();
    const { statusCode, json } = await wait(query);
    expect([statusCode, json().code, asked]).toEqual([422, 'invalid_query', []]);
  });

  it('wants a source where there are several roots', async () => {
    expect((await open(undefined, ['root:a', 'root:b']).wait('path=a')).json().detail).toMatch(/source/);
  });

  it.each([
    ['unknown_source', 404, 'not_found'],
    ['unknown_ref', 404, 'not_found'],
    ['aborted', 503, 'shutting_down'],
  ] as const)('tells %s', async (reason, status, code) => {
    const { statusCode, json } = await open({ outcome: 'refused', reason }).wait('path=a');
    expect([statusCode, json().code]).toEqual([status, code]);
  });

  it('lets 64 wait at once, and all of them go at the stop', async () => {
    const { app, asked, signals, wait } = open('hangs');
    const waiting = Array.from({ length: 64 }, () => wait('path=a'));
    await until(() => asked.length === 64, { what: 'all of them wait' });
    const { statusCode, json, headers } = await wait('path=a');
    expect([statusCode, json().code, headers['retry-after']]).toEqual([503, 'too_many_waiting', '5']);
    await app.close();
    for (const one of await Promise.all(waiting)) expect(one.json().code).toBe('shutting_down');
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('goes with a client that hangs up', async () => {
    const { app, signals } = open('hangs');
    const url = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('127.0.0.1', 'localhost');
    const gone = new AbortController();
    const asking = fetch(`${url}/api/v1/wait?path=a`, {
      signal: gone.signal,
      headers: { host: 'localhost' },
    });
    await until(() => signals.length === 1, { what: 'it waits' });
    gone.abort();
    await expect(asking).rejects.toThrow();
    await until(() => signals[0]?.aborted === true, { what: 'the wait ends' });
    await app.close();
  });
});
