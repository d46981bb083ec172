// A bare connection to a listener on this machine: says what it is told, keeps what comes back.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type Talk = {
  readonly socket: Socket;
  /** Everything received so far, Latin-1. */
  received(): string;
  /** Resolves with all that was received when the connection is closed, cut off or not. */
  readonly closed: Promise<string>;
  /** Resolves when what was received matches; rejects when the connection is closed before. */
  receives(pattern: RegExp): Promise<string>;
};

/** `reads: false` takes nothing from the connection. The caller destroys the socket. */
export async function talk(port: number, text: string, { reads = true } = {}): Promise<Talk> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await once(socket, 'connect');
  // A connection that is cut off is what many tests are about.
  socket.on('error', () => undefined);
  if (reads) socket.setEncoding('latin1').on('data', (chunk) => (received += chunk));
  else socket.pause();
  socket.write(text, 'latin1');
  const receives = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (pattern.test(received)) resolve(received);
      };
      socket.on('data', look);
      closed.then(() => reject(new Error(`closed after ${JSON.stringify(received.slice(0, 500))}`)));
      look();
    });
  return { socket, received: () => received, closed, receives };
}
