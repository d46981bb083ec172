import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpOptions } from '../../src/http/ports.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { Logger } from '../../src/model/logger.ts';
import { createFakeCatalog } from '../support/fake-catalog.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

function make(change: Partial<HttpOptions> = {}): HttpServer {
  const quiet = () => undefined;
  const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    isLoopback: true,
    allowedHosts: ['127.0.0.1', 'localhost'],
    tokens: undefined,
    queries: createFakeCatalog().queries,
    status: { live: () => true, ready: () => ({ ready: true, role: {}, reasons: [] }), snapshot: () => ({}) },
    metrics: { text: async () => ({ contentType: 'text/plain', body: '' }), httpRequest: quiet },
    logger,
    ...change,
  });
  releases.push(() => server.close());
  return server;
}

/** A connection that says `text` and collects what comes back until it is closed. */
function talk(port: number, text: string) {
  const socket: Socket = connect(port, '127.0.0.1');
  releases.push(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(received));
    socket.on('error', () => resolve(received));
  });
  socket.write(text);
  return { socket, closed };
}

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('createHttpServer', () => {
  it('answers on the address it names, and nowhere after close', async () => {
    const server = make();
    const { url, port } = await server.start();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const response = await fetch(`${url}/api/v1/workflows`);
    expect(response.status).toBe(200);
    await Promise.all([server.close(), server.close()]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('listens on an IPv6 address and on a name', async () => {
    const six = await make({ host: '::1', allowedHosts: ['[::1]'] }).start();
    expect(six.url).toBe(`http://[::1]:${six.port}`);
    expect((await fetch(`${six.url}/livez`)).status).toBe(200);
    const named = await make({ host: 'localhost' }).start();
    expect((await fetch(`${named.url}/livez`)).status).toBe(200);
  });

  it('says that the address is taken', async () => {
    const { port } = await make().start();
    await expect(make({ port }).start()).rejects.toMatchObject({ code: 'listen_failed', retryable: false });
  });

  it('is not made for other machines without tokens', () => {
    expect(() => make({ isLoopback: false, host: '0.0.0.0' })).toThrow(/tokens/);
  });

  it('can be closed before it was started', async () => {
    await make().close();
  });

  it('refuses a request without Host, and headers over 16 KiB', async () => {
    const { port } = await make().start();
    expect(await talk(port, 'GET /livez HTTP/1.0\r\n\r\n').closed).toMatch(/^HTTP\/1\.1 403 /);
    const flood = `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`;
    expect(await talk(port, flood).closed).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('stays prompt while five hundred connections say nothing', async () => {
    const { url, port } = await make().start();
    const slow = Array.from({ length: 500 }, () => talk(port, 'GET /livez HTTP/1.1\r\nHost: local'));
    await Promise.all(slow.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    const times: number[] = [];
    for (let round = 0; round < 50; round++) {
      const started = performance.now();
      expect((await fetch(`${url}/livez`, { headers: { connection: 'close' } })).status).toBe(200);
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    expect(times[48]).toBeLessThan(2_000);
    // The limit holds: the rest was cut off to make room.
    await Promise.all(slow.slice(0, 244).map(({ closed }) => closed));
  });
});

describe('close', () => {
  it('lets a request in progress finish, and waits for no idle connection', async () => {
    const { open, opened } = gate();
    const reached = gate();
    const queries = createFakeCatalog({
      getPack: async () => {
        reached.open();
        await opened;
        return undefined;
      },
    }).queries;
    const server = make({ queries, drainMs: 20_000 });
    const { port } = await server.start();
    const idle = talk(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const busy = talk(port, 'GET /api/v1/packs/ops HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await reached.opened;
    const started = performance.now();
    const closing = server.close();
    open();
    expect(await busy.closed).toMatch(/^HTTP\/1\.1 404 [\s\S]*connection: close/i);
    await closing;
    await idle.closed;
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('cuts a request off that does not finish in time', async () => {
    const reached = gate();
    const queries = createFakeCatalog({
      getPack: () => {
        reached.open();
        return new Promise(() => undefined);
      },
    }).queries;
    const server = make({ queries, drainMs: 100 });
    const { port } = await server.start();
    const stuck = talk(port, 'GET /api/v1/packs/ops HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await reached.opened;
    await server.close();
    expect(await stuck.closed).toBe('');
  });

  it('is not held up by a connection that never finishes its headers', async () => {
    const server = make({ drainMs: 100 });
    const { port, url } = await server.start();
    const slow = talk(port, 'GET /livez HTTP/1.1\r\nHost: local');
    await fetch(`${url}/livez`);
    await server.close();
    await slow.closed;
  });
});
