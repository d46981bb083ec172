// A Node HTTP server whose headers, times and connections are bounded, and which answers what its parser refuses.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerToClientError } from './client-error.ts';

export const maxConnections = 256;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
const keepAliveMs = 5000;
/** Who has waited for less may be about to say something. */
const newMs = 1000;
/** Without a byte taken of an answer for so long its reader is given up. */
const stallMs = 60_000;

export type Limits = {
  /** @default 256 */
  readonly connections?: number;
  /** @default 60 000 */
  readonly stallMs?: number;
};

/** Headers of 16 KiB within 10 s, a request within 30 s, an answer taken without a pause of a minute, 256 connections. */
export function createLimitedServer(handler: RequestListener, limits: Limits = {}): Server {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      // By default Node looks for overdue connections only every 30 s.
      connectionsCheckingInterval: 2000,
      // Asked for by the handler, which answers with a problem document.
      requireHostHeader: false,
    },
    handler,
  );
  // An expectation that nobody knows may be ignored; Node would refuse it in words of its own.
  server.on('checkExpectation', handler);
  const connections = trackConnections(server);
  limitConnections(server, connections, limits.connections ?? maxConnections);
  server.on('clientError', (error, socket) => {
    if (mayAnswer(connections.get(socket), socket)) {
      socket.end(answerToClientError(error), () => socket.destroy());
    } else {
      socket.destroy();
    }
  });
  // A request that is worked on may take as long as it needs, such as one that waits for a change.
  server.setTimeout(limits.stallMs ?? stallMs, (socket) => {
    const connection = connections.get(socket);
    if (connection === undefined || isClientsTurn(connection) || socket.writableLength > 0) socket.destroy();
  });
  return server;
}

/** The requests of one connection that are not over, in their order: usually one, more where a client sends ahead. */
type Connection = {
  readonly socket: Socket;
  readonly open: Exchange[];
  /** Since when it has been waiting, or busy; monotonic. */
  sinceMs: number;
};
type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };
type Connections = {
  readonly count: () => number;
  get(socket: Duplex): Connection | undefined;
  /** Closes it at once. */
  drop(socket: Socket): void;
  /** Without a request, longest first. */
  waiting(): Iterable<Connection>;
  /** With one, in the order of their beginning. */
  busy(): Iterable<Connection>;
};

function trackConnections(server: Server): Connections {
  // Invariant: every open socket is in exactly one of the two, each in the order of entering it.
  const waiting = new Map<Duplex, Connection>();
  const busy = new Map<Duplex, Connection>();
  server.on('connection', (socket) => {
    waiting.set(socket, { socket, open: [], sinceMs: performance.now() });
    socket.once('close', () => forget(socket));
  });
  const forget = (socket: Duplex): void => {
    waiting.delete(socket);
    busy.delete(socket);
  };
  server.prependListener('request', (request, response) => {
    const { socket } = request;
    const connection = waiting.get(socket) ?? busy.get(socket);
    if (connection === undefined) return;
    const exchange = { request, response };
    connection.open.push(exchange);
    if (waiting.delete(socket)) connection.sinceMs = performance.now();
    busy.set(socket, connection);
    response.once('close', () => {
      connection.open.splice(connection.open.indexOf(exchange), 1);
      if (connection.open.length > 0 || !busy.delete(socket) || socket.destroyed) return;
      connection.sinceMs = performance.now();
      waiting.set(socket, connection);
    });
  });
  return {
    count: () => waiting.size + busy.size,
    get: (socket) => waiting.get(socket) ?? busy.get(socket),
    drop(socket) {
      forget(socket);
      socket.destroy();
    },
    waiting: () => waiting.values(),
    busy: () => busy.values(),
  };
}

/**
 * Over the limit the connection that has waited longest without a request makes room; where all of those are new, the oldest
 * one whose client is slow to send a body or to take an answer; where nobody is slow, the new one. Node's own limit turns
 * every newcomer away, so that a few hundred connections which never finish anything would silence the health endpoints until
 * their time is up.
 */
function limitConnections(server: Server, connections: Connections, limit: number): void {
  server.on('connection', (newcomer) => {
    if (connections.count() <= limit) return;
    const idle = findIdle(connections, newcomer);
    const isNew = idle === undefined || performance.now() - idle.sinceMs < newMs;
    const slow = isNew ? findSlow(connections) : undefined;
    connections.drop(slow ?? idle?.socket ?? newcomer);
  });
}

function findIdle(connections: Connections, newcomer: Socket): Connection | undefined {
  for (const connection of connections.waiting()) if (connection.socket !== newcomer) return connection;
  return undefined;
}

function findSlow(connections: Connections): Socket | undefined {
  for (const connection of connections.busy()) if (isClientsTurn(connection)) return connection.socket;
  return undefined;
}

/** It is the client that has to go on: with a request, with a body, or with taking an answer. */
function isClientsTurn({ open: [current] }: Connection): boolean {
  return current === undefined || !current.request.complete || current.response.writableEnded;
}

/** Nothing may be written into an answer, nor before one that is still to come. */
function mayAnswer(connection: Connection | undefined, socket: Duplex): boolean {
  if (connection === undefined || !socket.writable) return false;
  const [current, next] = connection.open;
  if (current === undefined) return true;
  return next === undefined && !current.request.complete && !current.response.headersSent;
}
