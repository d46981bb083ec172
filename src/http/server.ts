// Opens and closes the listener. The only users of fastify are in this folder.
import type { Server } from 'node:http';
import { AppError, codeOf } from '../model/errors.ts';
import { createApp } from './app.ts';
import type { HttpOptions } from './ports.ts';

export type HttpServer = {
  /** Resolves when connections are accepted. Throws `AppError('listen_failed')`. */
  start(): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Stops accepting, closes idle connections, lets requests finish for `drainMs`, then cuts them off. Safe to call at
   * any time and more than once: later calls join the first.
   */
  close(): Promise<void>;
};

const defaultDrainMs = 5000;

/** Makes a server that is not open yet. Without tokens it refuses to be reachable from other machines. */
export function createHttpServer(options: HttpOptions): HttpServer {
  if (!options.isLoopback && options.tokens === undefined) {
    throw new Error('a listener that other machines can reach needs tokens');
  }
  const servers: Server[] = [];
  const app = createApp(options, (server) => servers.push(server));
  let isClosing = false;
  let closed: Promise<void> | undefined;
  // A connection kept alive would hold up the drain until its idle time is over.
  app.addHook('onSend', async (_, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });

  async function start(): Promise<{ url: string; port: number }> {
    const { host } = options;
    try {
      await app.listen({ host, port: options.port });
    } catch (error) {
      const why =
        codeOf(error) === 'EADDRINUSE' ? 'another process listens there already' : (codeOf(error) ?? 'error');
      const message = `cannot listen on ${host}:${options.port}: ${why}; choose another address with --http HOST:PORT, or --http off`;
      throw new AppError('listen_failed', message, { retryable: false, cause: error });
    }
    const address = app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : options.port;
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port };
  }

  async function drain(): Promise<void> {
    isClosing = true;
    const deadline = setTimeout(() => {
      for (const server of servers) server.closeAllConnections();
    }, options.drainMs ?? defaultDrainMs);
    try {
      await app.close();
    } finally {
      clearTimeout(deadline);
    }
  }

  return {
    start,
    close: () => {
      closed ??= drain();
      return closed;
    },
  };
}
