// A Node HTTP server whose headers, times and connections are bounded.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

export const maxConnections = 256;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** Headers of 16 KiB within 10 s, a request within 30 s, 256 connections. */
export function createLimitedServer(handler: RequestListener, limit = maxConnections): Server {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: 5000,
      // By default Node looks for overdue connections only every 30 s.
      connectionsCheckingInterval: 2000,
    },
    handler,
  );
  limitConnections(server, limit);
  return server;
}

/**
 * Over the limit the connection that has waited longest without a request in progress makes room, the new one only
 * when all others are at work. Node's own limit turns every newcomer away, so that a few hundred connections which
 * never say anything would silence the health endpoints until their time is up.
 */
function limitConnections(server: Server, limit: number): void {
  // Invariant: every open socket is in exactly one of the two; `waiting` is in the order of its waiting.
  const waiting = new Set<Socket>();
  const working = new Set<Socket>();
  server.on('connection', (socket) => {
    waiting.add(socket);
    socket.once('close', () => {
      waiting.delete(socket);
      working.delete(socket);
    });
    if (waiting.size + working.size <= limit) return;
    for (const oldest of waiting) {
      waiting.delete(oldest);
      oldest.destroy();
      return;
    }
  });
  server.on('request', ({ socket }, response) => {
    if (!waiting.delete(socket)) return;
    working.add(socket);
    response.once('close', () => {
      if (working.delete(socket) && !socket.destroyed) waiting.add(socket);
    });
  });
}
