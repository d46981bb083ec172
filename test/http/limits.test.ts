import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createLimitedServer, type Limits } from '../../src/http/limits.ts';
import { talk } from '../support/talk.ts';
import { until } from '../support/wait.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

const large = Buffer.alloc(16 * 1024 ** 2, 'x');
const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const halfBody = 'POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf';

/** `/large` is more than buffers hold, `/never` is not answered before `finish`, `/body` reads one, all else is `ok`. */
async function serve(limits: Limits = {}) {
  const pending: (() => void)[] = [];
  const handler: RequestListener = (request, response) => {
    if (request.url === '/large') response.end(large);
    else if (request.url === '/never') pending.push(() => response.end('late'));
    else if (request.url === '/body') request.resume().on('end', () => response.end('read'));
    else response.end('ok');
  };
  const server = createLimitedServer(handler, limits).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  releases.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const say = async (text: string, how?: { reads: boolean }) => {
    const one = await talk(port, text, how);
    releases.push(() => one.socket.destroy());
    return one;
  };
  const sayTimes = (count: number, text: string, how?: { reads: boolean }) =>
    Promise.all(Array.from({ length: count }, () => say(text, how)));
  const finish = () => {
    for (const end of pending.splice(0)) end();
  };
  return { say, sayTimes, pending, finish };
}

describe('the limit of connections', () => {
  it.each([
    ['that never finish a body', halfBody, true],
    ['that do not take their answer', ask('/large'), false],
    ['that never finish their headers', 'GET / HTTP/1.1\r\nHost: loc', true],
  ])('lets a newcomer in before connections %s', async (_, text, reads) => {
    const { say, sayTimes } = await serve({ connections: 4 });
    const slow = await sayTimes(4, text, { reads });
    await sleep(50);
    for (let round = 0; round < 3; round++) {
      const quick = await say(ask('/'));
      expect(await quick.receives(/ok$/)).toMatch(/^HTTP\/1\.1 200 /);
      quick.socket.destroy();
      await quick.closed;
    }
    for (const { socket } of slow) socket.resume();
    await Promise.race(slow.map(({ closed }) => closed));
  });

  it('gives a connection that has just come the time to say something', async () => {
    const { say, sayTimes } = await serve({ connections: 4 });
    const slow = await sayTimes(3, halfBody);
    const fresh = await say('');
    await say('');
    await Promise.race(slow.map(({ closed }) => closed));
    fresh.socket.write(ask('/'));
    await fresh.receives(/ok$/);
  });

  it('never cuts off what is worked on: the newcomer has to go', async () => {
    const { say, sayTimes, pending, finish } = await serve({ connections: 4 });
    const busy = await sayTimes(4, ask('/never'));
    await until(() => pending.length === 4);
    expect(await (await say(ask('/'))).closed).toBe('');
    finish();
    await Promise.all(busy.map(({ receives }) => receives(/late$/)));
  });

  it('counts a connection that sends ahead as worked on until its last answer', async () => {
    const { say, sayTimes, pending, finish } = await serve({ connections: 1 });
    const [ahead] = await sayTimes(1, ask('/') + ask('/never'));
    await until(() => pending.length === 1);
    await ahead?.receives(/ok$/);
    expect(await (await say(ask('/'))).closed).toBe('');
    finish();
    await ahead?.receives(/late$/);
  });
});

describe('a connection that stands still', () => {
  it('is closed where an answer is not taken, and kept where we are asked to wait', async () => {
    const { say, pending, finish } = await serve({ stallMs: 150 });
    const waiting = await say(ask('/never'));
    const reader = await say(ask('/large'), { reads: false });
    await until(() => pending.length === 1);
    await sleep(600);
    reader.socket.resume();
    await reader.closed;
    expect(reader.socket.bytesRead).toBeLessThan(large.length);
    finish();
    await waiting.receives(/late$/);
  });
});

describe('what the parser refuses', () => {
  const problem = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  const head = 'POST /body HTTP/1.1\r\nHost: localhost\r\n';

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad_request'],
    [
      'two lengths',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'bad_request',
    ],
    ['lengths that differ', `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, 400, 'bad_request'],
    ['a chunk of no size', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, 'bad_request'],
    ['17 KiB of headers', `${head}X: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 431, 'headers_too_large'],
  ])('%s is answered with a problem document and closed', async (_, text, status, code) => {
    const { say } = await serve();
    const answer = await (await say(text)).closed;
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*application/problem\\+json`));
    expect(problem(answer)).toMatchObject({ status, code });
  });

  it('is never answered ahead of an answer that is still to come', async () => {
    const { say, pending } = await serve();
    const one = await say(`${ask('/never')}hello\r\n\r\n`);
    await until(() => pending.length === 1);
    expect(await one.closed).toBe('');
  });
});
