// The client against a server that may say anything: what comes back, and what is thrown.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { RefusalError } from '../../src/client/refusal.ts';
import { AppError } from '../../src/model/errors.ts';
import { type FakeAnswer, pageOf, refusal, startFakeDaemon } from '../support/fake-daemon.ts';

const token = 'sesame-0123456789';

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const rowsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ ref: `ops.w${from + index}` }));

describe('createClient', () => {
  it('asks below /api/v1 with the token, and gives the data', async ({ onTestFinished }) => {
    const daemon = await startFakeDaemon(onTestFinished, () => ({ body: { data: { ref: 'ops.page' } } }));
    const client = createClient({ url: daemon.url, token, version: '1.2.3' });
    expect(await client.rollback('ops.page', 3)).toEqual({ ref: 'ops.page' });
    expect(daemon.asked).toMatchObject([
      {
        method: 'POST',
        path: '/workflows/ops.page/rollback',
        body: { revision: 3 },
        headers: { authorization: `Bearer ${token}`, 'user-agent': 'packwatch/1.2.3' },
      },
    ]);
  });

  it('encodes what stands in a path', async ({ onTestFinished }) => {
    const daemon = await startFakeDaemon(onTestFinished, () => ({ body: { data: { retired: 0 } } }));
    const client = createClient({ url: daemon.url, token: undefined, version: '1' });
    await client.forget('root:a/b?c', 7);
    expect(daemon.asked[0]).toMatchObject({ method: 'DELETE', path: '/sources/root%3Aa%2Fb%3Fc?confirm=7' });
    expect(daemon.asked[0]?.headers['authorization']).toBeUndefined();
  });

  it('walks a list to its end, and no further than it has to', async ({ onTestFinished }) => {
    const daemon = await startFakeDaemon(onTestFinished, (asked) => pageOf(rowsOf(0, 250), asked));
    const client = createClient({ url: daemon.url, token: undefined, version: '1' });
    expect(await client.workflows({ pack: 'ops', tag: ['a', 'b'], status: undefined })).toEqual({
      rows: rowsOf(0, 250),
      total: 250,
    });
    expect(daemon.asked.map(({ path }) => path)).toEqual(
      [1, 2, 3].map((page) => `/workflows?pack=ops&tag=a&tag=b&page=${page}&page_size=100`),
    );
    expect(await client.workflows({}, 120)).toEqual({ rows: rowsOf(0, 120), total: 250 });
    expect(await client.workflows({}, 7)).toEqual({ rows: rowsOf(0, 7), total: 250 });
    expect(daemon.asked.slice(3).map(({ path }) => path)).toEqual([
      '/workflows?page=1&page_size=100',
      '/workflows?page=2&page_size=100',
      '/workflows?page=1&page_size=7',
    ]);
  });

  it('reads a list once more that grew while it was walked', async ({ onTestFinished }) => {
    // One row comes in front after the first page: the last row of that page moves to the second and is met twice.
    let count = 0;
    const daemon = await startFakeDaemon(onTestFinished, (asked) => {
      count += 1;
      return pageOf(count === 1 ? rowsOf(1, 151) : rowsOf(0, 151), asked);
    });
    const client = createClient({ url: daemon.url, token: undefined, version: '1' });
    expect(await client.workflows({})).toEqual({ rows: rowsOf(0, 151), total: 151 });
    expect(daemon.asked).toHaveLength(4);
  });

  it('gives up on one that never stands still', async ({ onTestFinished }) => {
    let count = 150;
    const daemon = await startFakeDaemon(onTestFinished, (asked) => {
      count += 1;
      return pageOf(rowsOf(0, count), asked);
    });
    const client = createClient({ url: daemon.url, token: undefined, version: '1' });
    expect((await client.workflows({})).total).toBe(156);
    expect(daemon.asked).toHaveLength(6);
  });

  it('reads a list without pages as one, and one with pages to its end', async ({ onTestFinished }) => {
    const plain = await startFakeDaemon(onTestFinished, () => ({ body: { data: [{ number: 1 }] } }));
    const one = createClient({ url: plain.url, token: undefined, version: '1' });
    expect(await one.revisions('ops.page')).toEqual([{ number: 1 }]);
    const paged = await startFakeDaemon(onTestFinished, (asked) => pageOf(rowsOf(0, 120), asked));
    const other = createClient({ url: paged.url, token: undefined, version: '1' });
    expect(await other.revisions('ops.page')).toEqual(rowsOf(0, 120));
    expect(paged.asked[0]?.path).toBe('/workflows/ops.page/revisions');
  });

  it('throws a refusal with what its document says', async ({ onTestFinished }) => {
    const diagnostics = [
      { code: 'YAML_SYNTAX', severity: 'error', message: 'no', path: 'a.yaml', line: 1, column: 1 },
    ];
    const daemon = await startFakeDaemon(onTestFinished, () =>
      refusal(404, 'not_registered', 'a file claims it', { diagnostics }),
    );
    const client = createClient({ url: daemon.url, token: undefined, version: '1' });
    const error = await caught(client.workflow('ops.bad'));
    expect(error).toBeInstanceOf(RefusalError);
    expect(error).toMatchObject({
      status: 404,
      code: 'not_registered',
      message: 'a file claims it',
      diagnostics,
    });
  });

  it('says what to do about a token, and never the token', async ({ onTestFinished }) => {
    const daemon = await startFakeDaemon(onTestFinished, () =>
      refusal(401, 'unauthorized', 'give a known token'),
    );
    const messages = await Promise.all(
      [undefined, token].map((given) =>
        caught(createClient({ url: daemon.url, token: given, version: '1' }).status()),
      ),
    );
    expect(messages[0]).toMatchObject({
      status: 401,
      message: expect.stringMatching(/asks for a token.*PACKWATCH_TOKEN/),
    });
    expect(messages[1]).toMatchObject({
      status: 401,
      message: expect.stringMatching(/does not know.*PACKWATCH_TOKEN/),
    });
    expect(String(messages[1])).not.toContain(token);
  });

  it.each<[string, FakeAnswer, RegExp]>([
    [
      'a page of something else',
      { type: 'text/html', body: '<h1>Welcome</h1>' },
      /no Packwatch daemon \(status 200, text\/html\)/,
    ],
    ['JSON of something else', { body: { hello: 1 } }, /no Packwatch daemon/],
    ['JSON that is none', { body: '{"data":' }, /no Packwatch daemon/],
    ['a list where one thing was asked for nowhere', { body: '[]' }, /no Packwatch daemon/],
    [
      'an error page',
      { status: 502, type: 'text/html', body: 'Bad Gateway' },
      /no Packwatch daemon \(status 502/,
    ],
    [
      'an error of another kind',
      { status: 404, type: 'application/json', body: { error: 'x' } },
      /no Packwatch daemon/,
    ],
    [
      'a way elsewhere',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      /leads elsewhere/,
    ],
  ])('tells %s from a daemon', async (_, answer, message) => {
    const daemon = await startFakeDaemon(onTestFinished, () => answer);
    const error = await caught(createClient({ url: daemon.url, token, version: '1' }).status());
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'daemon_unreachable', message: expect.stringMatching(message) });
    expect(String(error)).toContain('PACKWATCH_URL');
    expect(String(error)).not.toContain(token);
  });

  it('does not wait for ever', async ({ onTestFinished }) => {
    const daemon = await startFakeDaemon(onTestFinished, () => undefined);
    const client = createClient({ url: daemon.url, token: undefined, version: '1', timeoutMs: 50 });
    expect(await caught(client.status())).toMatchObject({
      code: 'daemon_unreachable',
      message: `the daemon at ${daemon.url} did not answer within 0.05 s`,
    });
  });

  it('says whom it asked where nobody listens', async () => {
    let end = async () => undefined as unknown;
    const { url } = await startFakeDaemon(
      (act) => {
        end = act;
      },
      () => undefined,
    );
    await end();
    expect(await caught(createClient({ url, token, version: '1' }).status())).toMatchObject({
      code: 'daemon_unreachable',
      message:
        `no daemon answers at ${url} (connection refused); ` +
        'start one with `packwatch run`, or name another by PACKWATCH_URL or --url',
    });
  });

  it('says of a port that it may not use why', async () => {
    const client = createClient({ url: 'http://127.0.0.1:6000', token, version: '1' });
    expect(await caught(client.status())).toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringContaining('(a port that HTTP clients refuse to use)'),
    });
  });
});

describe('an upload', () => {
  const archive = new Uint8Array(4 * 1024 * 1024);

  /** Closes the connection on every body; what is sent without one is answered. */
  async function startDeafDaemon(atEnd: (act: () => Promise<void>) => void, answer: FakeAnswer) {
    const server = createServer((request, response) => {
      if (request.headers['content-length'] !== '0') return request.socket.resetAndDestroy();
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/problem+json' });
      return response.end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    atEnd(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });
    return createClient({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ token, version: '1' },
    });
  }

  it('hears a refusal that was lost with the connection', async ({ onTestFinished }) => {
    for (const [status, code] of [
      [401, 'unauthorized'],
      [403, 'role_forbidden'],
      [503, 'busy'],
    ] as const) {
      const client = await startDeafDaemon(onTestFinished, refusal(status, code, 'no'));
      expect(await caught(client.installPack(archive))).toMatchObject({ name: 'RefusalError', status, code });
      expect(await caught(client.replacePack('ops', archive))).toMatchObject({
        name: 'RefusalError',
        status,
      });
    }
  });

  it('takes nothing that is said of an empty archive for the reason', async ({ onTestFinished }) => {
    for (const [status, code] of [
      [422, 'invalid_archive'],
      [404, 'not_found'],
    ] as const) {
      const client = await startDeafDaemon(onTestFinished, refusal(status, code, 'no'));
      expect(await caught(client.installPack(archive))).toMatchObject({ code: 'daemon_unreachable' });
    }
  });
});
