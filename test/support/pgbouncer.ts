// PgBouncer in transaction mode before a server. It never runs as root: started by root it gets an account of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseAccount } from '../../src/embedded/account.ts';
import type { EmbeddedConnection } from '../../src/embedded/start.ts';
import { until } from './wait.ts';

const program = '/usr/sbin/pgbouncer';

/** True where Debian's package is installed. */
export const hasPgbouncer = existsSync(program);

export type Pgbouncer = {
  /** For child processes: `DATABASE_URL`. */
  readonly url: string;
  start(): Promise<void>;
  /** Every client and every server connection is cut. */
  stop(): Promise<void>;
  /** What it logged so far. */
  log(): string;
};

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts it before a server that lets everybody in (`trust`); `atEnd` as for `createSite`. */
export async function createPgbouncer(
  atEnd: (act: () => Promise<void>) => void,
  server: EmbeddedConnection,
): Promise<Pgbouncer> {
  const dir = await mkdtemp(join(tmpdir(), 'pw-pgbouncer-'));
  await chmod(dir, 0o755);
  const port = await freePort();
  const config = join(dir, 'pgbouncer.ini');
  await writeFile(join(dir, 'users'), `"${server.user}" ""\n`);
  await writeFile(config, settings(dir, port, server));
  const account = process.geteuid?.() === 0 ? await chooseAccount(0) : undefined;
  let child: ChildProcess | undefined;
  let log = '';

  const start = async () => {
    const started = spawn(program, [config], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    });
    child = started;
    alive.add(started);
    started.once('exit', () => alive.delete(started));
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await until(
      async () => {
        if (started.exitCode !== null) throw new Error(`pgbouncer ended: ${log}`);
        return accepts(port);
      },
      { what: 'pgbouncer listens' },
    );
  };
  const stop = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  atEnd(async () => {
    await stop();
    await rm(dir, { recursive: true, force: true });
  });
  await start();
  return {
    url: `postgresql://${server.user}@127.0.0.1:${port}/${server.database}`,
    start,
    stop,
    log: () => log,
  };
}

function settings(dir: string, port: number, server: EmbeddedConnection): string {
  return [
    '[databases]',
    `* = host=${server.host} port=${server.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${join(dir, 'users')}`,
    'pool_mode = transaction',
    // One for all connections of the daemon: whatever kept it for longer than a statement would stop the rest.
    'default_pool_size = 1',
    // Its default would hide a server that is back for 15 s.
    'server_login_retry = 1',
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
