// A way to a test database over TCP that can be shut, opened again, or made to swallow what is said.
import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import type { TestDatabase } from './postgres.ts';

export type Gate = {
  /** `DATABASE_URL` through the gate. */
  readonly url: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Nothing passes any more, in either direction; connections stay. */
  silence(): void;
  speak(): void;
  /** Ends every connection and takes no new one. */
  shut(): void;
  reopen(): Promise<void>;
};

/** Open at first; shut it at the end. */
export async function openGate({ connection }: Pick<TestDatabase, 'connection'>): Promise<Gate> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const pipe = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (chunk) => isSilent || to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connectSocket(`${connection.host}/.s.PGSQL.${connection.port}`);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      pipe(from, to);
      // A peer that is frozen does not answer the end of a connection either.
      from.on('end', () => isSilent || to.end());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgresql://${connection.user}@127.0.0.1:${port}/${connection.database}`,
    port,
    silence: () => {
      isSilent = true;
    },
    speak: () => {
      isSilent = false;
    },
    shut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    async reopen() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
