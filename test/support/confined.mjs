// Command lines that a daemon is started through to take something away from it: rights over modes, watches, the mounts of
// everybody else. Undefined where this system refuses it; the pid stays the daemon's.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const isRoot = process.getuid?.() === 0;

export const heldByModes = isRoot
  ? offered(['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'])
  : [];

export const inOwnMounts = offered(isRoot ? ['unshare', '-m', '--'] : ['unshare', '-Urm', '--']);

export function limitedTo(limits) {
  const script = Object.entries(limits).map(([name, value]) => `echo ${value} > /proc/sys/user/${name} &&`);
  return offered(['unshare', '-Ur', 'sh', '-c', `${script.join(' ')} exec "$@"`, 'sh']);
}

export function onHost(name) {
  return offered(['unshare', isRoot ? '-u' : '-Uru', 'sh', '-c', 'hostname "$0" && exec "$@"', name]);
}

export function mountFor(pid, ...command) {
  const spaces = isRoot ? ['-m'] : ['-U', '-m', '--preserve-credentials'];
  const ran = spawnSync('nsenter', ['-t', String(pid), ...spaces, '--', ...command], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${command.join(' ')}: ${ran.stderr}${ran.error ?? ''}`);
}

/** `through`, or a line that says why there is none. */
function offered(through) {
  const [command = '', ...rest] = [...through, 'true'];
  const ran = spawnSync(command, rest, { encoding: 'utf8' });
  if (ran.status === 0) return through;
  const why = ran.stderr?.trim() ?? String(ran.error);
  process.stdout.write(`refused here, its tests are skipped: ${through.join(' ')} (${why})\n`);
  return undefined;
}

export async function openDoor(connection, atEnd) {
  const sockets = new Set();
  const server = createServer((socket) => {
    const behind = connect(`${connection.host}/.s.PGSQL.${connection.port}`);
    const pair = [socket, behind];
    for (const one of pair) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        for (const other of pair) other.destroy();
      });
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
  return `postgresql://${connection.user}@127.0.0.1:${server.address().port}/${connection.database}`;
}
