// Requests that no client library would send, over bare connections: refused, never a 5xx, never left without an end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startListener } from '../support/http-listener.ts';
import { talk } from '../support/talk.ts';

let listener: Awaited<ReturnType<typeof startListener>>;
beforeAll(async () => {
  listener = await startListener();
});
afterAll(() => listener.server.close());

/** Statuses of what came back, and whether the connection was closed without our doing. */
async function ask(text: string): Promise<{ statuses: number[]; closed: boolean; answer: string }> {
  const one = await talk(listener.port, text);
  const complete = /^HTTP\/1\.1 [\s\S]*?\r\n\r\n[\s\S]*(?:[}\n>]|0\r\n\r\n)$/;
  await Promise.race([one.closed, one.receives(complete).catch(() => undefined)]);
  // A second answer that should not come would be on its way; so would the end of the connection.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closed = one.socket.destroyed || one.socket.readableEnded;
  one.socket.destroy();
  const answer = one.received();
  return {
    statuses: [...answer.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, code]) => Number(code)),
    closed,
    answer,
  };
}

const get = (target: string, rest = 'Host: localhost\r\n', version = '1.1') =>
  `GET ${target} HTTP/${version}\r\n${rest}\r\n`;
/** What must never be taken for a request of its own. */
const hidden = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const post = (headers: string, body: string) =>
  `POST /api/v1/workflows/ops.page/enable HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`;

describe('a target', () => {
  it.each(
    [
      ['/%2e%2e/%2e%2e/etc/passwd', 404],
      ['/../../etc/passwd', 404],
      ['/api/v1/../../livez', 404],
      ['/api/v1/workflows/%2e%2e%2f%2e%2e%2fetc', 404],
      ['/api/v1/workflows/%252e%252e%252f', 404],
      ['/api/v1/workflows/ops.page%00', 404],
      ['/api/v1/workflows/%00%0d%0aSet-Cookie:x', 404],
      ['/api/v1/workflows/ops.page%0d%0a', 404],
      ['/api/v1/workflows/%ff%fe', 400],
      ['/api/v1/workflows/%c0%ae%c0%ae', 400],
      ['/api/v1/workflows/%zz', 400],
      ['/api/v1/workflows/%', 400],
      ['/api/v1/workflows/ops.page;x=1', 404],
      ['//localhost/livez', 404],
      ['/livez/', 404],
      ['/LIVEZ', 404],
      ['/livez?x=1', 200],
      ['/livez#part', 200],
      ['/livez%3f', 404],
      ['/__proto__', 404],
      ['/api/v1/workflows/__proto__', 404],
      ['/api/v1/workflows/constructor', 404],
      ['/api/v1/workflows?%00', 422],
      ['/api/v1/workflows?__proto__=1', 422],
      ['/api/v1/workflows?q=%zz', 200],
      [`/api/v1/workflows?q=${'a'.repeat(12_000)}`, 422],
      [`/api/v1/workflows?${'tag=a&'.repeat(2500)}`, 422],
      [`/api/v1/workflows?${'a=&'.repeat(5000)}`, 422],
      [`/${'a/'.repeat(7000)}`, 404],
      [`/api/v1/workflows/${'a'.repeat(15_000)}`, 400],
      [`/${'a'.repeat(17_000)}`, 431],
      ['*', 400],
      ['livez', 400],
      ['localhost:7410', 400],
      ['http://localhost/livez', 200],
      ['HTTP://LOCALHOST/livez', 200],
      ['http://evil.example/livez', 403],
      ['http://localhost@evil.example/livez', 403],
      ['http://evil.example?x=/livez', 403],
      ['http://evil.example#/livez', 400],
      ['http:///livez', 400],
      ['ftp://localhost/livez', 400],
    ].map(([target, status]) => ({
      target: String(target),
      status: Number(status),
      name: String(target).slice(0, 50),
    })),
  )('$name is answered with $status', async ({ target, status }) => {
    const { statuses, answer } = await ask(get(target));
    expect(statuses).toEqual([status]);
    if (status >= 400) expect(answer).toContain('application/problem+json');
  });
});

const isOld = Number(process.versions.node.split('.')[0]) < 24;

describe('headers', () => {
  it.each([
    ['HTTP/1.0 without Host', get('/livez', '', '1.0'), 403],
    ['HTTP/1.1 without Host', get('/livez', ''), 400],
    ['an empty Host', get('/livez', 'Host:\r\n'), 403],
    ['two equal Hosts', get('/livez', 'Host: localhost\r\nhost: localhost\r\n'), 400],
    ['two Hosts', get('/livez', 'Host: localhost\r\nHost: evil.example\r\n'), 400],
    ['a Host with a list', get('/livez', 'Host: localhost, evil.example\r\n'), 403],
    ['a Host with a path', get('/livez', 'Host: localhost/../evil\r\n'), 403],
    ['a Host with an address of another family', get('/livez', 'Host: 127.1\r\n'), 403],
    ['a Host that ends with a dot', get('/livez', 'Host: localhost.\r\n'), 403],
    ['X-Forwarded-Host beside it', get('/livez', 'Host: localhost\r\nX-Forwarded-Host: evil\r\n'), 200],
    ['a name with a space', get('/livez', 'Host: localhost\r\nX y: 1\r\n'), 400],
    ['a folded value', get('/livez', 'Host: localhost\r\nX: 1\r\n 2\r\n'), 400],
    ['a NUL in a value', get('/livez', 'Host: localhost\r\nX: a\0b\r\n'), 400],
    ['a bare line feed', 'GET /livez HTTP/1.1\nHost: localhost\n\n', 400],
    // Node 24 reckons more for each than its bytes.
    ['two thousand headers', get('/livez', `Host: localhost\r\n${'a:\r\n'.repeat(3000)}`), isOld ? 200 : 431],
    [
      'Host after two thousand headers',
      get('/livez', `${'a:\r\n'.repeat(3000)}Host: localhost\r\n`),
      isOld ? 400 : 431,
    ],
    ['an unknown expectation', get('/livez', 'Host: localhost\r\nExpect: a-miracle\r\n'), 200],
    ['an upgrade', get('/livez', 'Host: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n'), 200],
    ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a version that is none', get('/livez', 'Host: localhost\r\n', '9.9'), 400],
    ['a tag that is none', get('/livez', 'Host: localhost\r\nIf-None-Match: \x80\xff"\r\n'), 200],
    ['a method that is none', 'FETCH /livez HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['a rare method', 'PROPFIND /livez HTTP/1.1\r\nHost: localhost\r\n\r\n', 404],
    ['TRACE', 'TRACE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
  ])('%s', async (_, text, status) => {
    const { statuses, closed, answer } = await ask(text);
    expect(statuses).toEqual([status]);
    if (status >= 400) expect(answer).toContain('application/problem+json');
    if (status === 400 && !/host/i.test(answer)) expect(closed).toBe(true);
  });

  it('CONNECT is closed without an answer', async () => {
    const { statuses, closed } = await ask('CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect([statuses, closed]).toEqual([[], true]);
  });
});

describe('a request within a request', () => {
  const chunked = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
  it.each([
    ['length and chunks', post(`Content-Length: 4\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${hidden}`)],
    ['chunks and length', post(`Transfer-Encoding: chunked\r\nContent-Length: 4`, chunked)],
    ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${hidden.length}`, hidden)],
    ['a list of lengths', post(`Content-Length: 0, ${hidden.length}`, hidden)],
    ['a length with a sign', post(`Content-Length: +0`, hidden)],
    ['a negative length', post(`Content-Length: -1`, hidden)],
    ['a hexadecimal length', post(`Content-Length: 0x0`, hidden)],
    ['a length beyond numbers', post(`Content-Length: 99999999999999999999999`, hidden)],
    ['a space before the colon', post(`Transfer-Encoding : chunked`, `0\r\n\r\n${hidden}`)],
    ['an encoding that only looks like it', post(`Transfer-Encoding: xchunked`, `0\r\n\r\n${hidden}`)],
    ['chunks that are not last', post(`Transfer-Encoding: chunked, identity`, `0\r\n\r\n${hidden}`)],
    ['two encodings', post(`Transfer-Encoding: identity\r\nTransfer-Encoding: chunked`, chunked)],
    ['an encoding behind a tab', post(`Transfer-Encoding:\tchunked`, chunked)],
    ['an encoding behind a line feed', post(`X: y\nTransfer-Encoding: chunked`, `0\r\n\r\n${hidden}`)],
    ['an encoding behind a carriage return', post(`X: y\rTransfer-Encoding: chunked`, `0\r\n\r\n${hidden}`)],
    ['a chunk with a size too large', post(`Transfer-Encoding: chunked`, `fffffffffffffffff\r\n${hidden}`)],
    ['a chunk with a sign', post(`Transfer-Encoding: chunked`, `-1\r\n${hidden}`)],
    ['endless chunk extensions', post(`Transfer-Encoding: chunked`, `1;${'a'.repeat(20_000)}\r\nx\r\n`)],
    ['a body of GET', get('/livez', `Host: localhost\r\nContent-Length: ${hidden.length}\r\n`) + hidden],
    [
      'a body of HTTP/1.0',
      `POST /livez HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    ],
    [
      'an upgrade to another protocol',
      get('/livez', 'Host: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 56\r\n') +
        hidden,
    ],
  ])('%s is not found', async (_, text) => {
    const { statuses, answer } = await ask(text);
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) expect(status).toBeLessThan(500);
    expect(answer).not.toContain('"ready"');
    expect(listener.observed.filter(({ route }) => route === '/readyz')).toEqual([]);
  });

  it('is one of its own when it is sent ahead, which is allowed', async () => {
    const other = await startListener();
    const one = await talk(other.port, get('/livez') + hidden);
    await one.receives(/"live"[\s\S]*"ready"/);
    one.socket.destroy();
    await other.server.close();
  });
});

describe('a body that nobody reads', () => {
  it('is not waited for: the connection is closed behind the refusal', async () => {
    const { statuses, closed, answer } = await ask(
      'POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\nabc',
    );
    expect([statuses, closed]).toEqual([[405], true]);
    expect(answer).toMatch(/connection: close/i);
  });

  it('does not cost the connection of a request without one', async () => {
    const { statuses, closed } = await ask(get('/nope'));
    expect([statuses, closed]).toEqual([[404], false]);
  });
});

it('still answers after all of that', async () => {
  expect((await fetch(`${listener.url}/livez`)).status).toBe(200);
  expect(listener.observed.filter(({ status }) => status >= 500)).toEqual([]);
});
