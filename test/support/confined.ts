// Command lines that a daemon is started through to take something away from it: rights over modes, watches, the mounts of
// everybody else. Undefined where this system refuses it; the pid stays the daemon's.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestDatabase } from './postgres.ts';

export type Through = readonly string[];

const isRoot = process.getuid?.() === 0;
const modes = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'];

/** File modes hold for the daemon: always so for an ordinary user, and for root without its right to ignore them. */
export const heldByModes: Through | undefined = isRoot ? offered(modes) : [];

/** A mount namespace of its own; see `mountFor`. */
export const inOwnMounts: Through | undefined = offered(
  isRoot ? ['unshare', '-m', '--'] : ['unshare', '-Urm', '--'],
);

/** A user namespace of its own, in which these limits of `/proc/sys/user` hold. */
export function limitedTo(limits: Readonly<Record<string, number>>): Through | undefined {
  const script = Object.entries(limits).map(([name, value]) => `echo ${value} > /proc/sys/user/${name} &&`);
  return offered(['unshare', '-Ur', 'sh', '-c', `${script.join(' ')} exec "$@"`, 'sh']);
}

/** Runs a command in the mount namespace of a daemon started `inOwnMounts`; throws with what it says. */
export function mountFor(pid: number, ...command: readonly string[]): void {
  const spaces = isRoot ? ['-m'] : ['-U', '-m', '--preserve-credentials'];
  const ran = spawnSync('nsenter', ['-t', String(pid), ...spaces, '--', ...command], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${command.join(' ')}: ${ran.stderr}${ran.error ?? ''}`);
}

/** `through`, or a line that says why there is none. */
function offered(through: Through): Through | undefined {
  const [command = '', ...rest] = [...through, 'true'];
  const ran = spawnSync(command, rest, { encoding: 'utf8' });
  if (ran.status === 0) return through;
  process.stdout.write(
    `refused here, its tests are skipped: ${through.join(' ')} (${ran.stderr?.trim() ?? ''})\n`,
  );
  return undefined;
}

/** A URL by which whoever cannot enter the directory of the server's socket reaches a test database. */
export async function openDoor(
  { connection }: TestDatabase,
  atEnd: (act: () => Promise<void>) => unknown,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const behind = connect(`${connection.host}/.s.PGSQL.${connection.port}`);
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => other.destroy());
    }
    socket.pipe(behind).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return `postgresql://${connection.user}@127.0.0.1:${port}/${connection.database}`;
}
