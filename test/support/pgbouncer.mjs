// PgBouncer in transaction mode before a server. It never runs as root: started by root it gets an account of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseAccount } from '../../dist/embedded/account.js';

const program = '/usr/sbin/pgbouncer';

export const hasPgbouncer = existsSync(program);

const alive = new Set();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export async function createPgbouncer(atEnd, server, { poolSize = 1 } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'pw-pgbouncer-'));
  await chmod(dir, 0o755);
  const port = await freePort();
  const config = join(dir, 'pgbouncer.ini');
  await writeFile(join(dir, 'users'), `"${server.user}" ""\n`);
  await writeFile(config, settings(dir, port, server, poolSize));
  const account = process.geteuid?.() === 0 ? await chooseAccount(0) : undefined;
  let child;
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
    started.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
    });
    for (const begunMs = performance.now(); !(await accepts(port)); await sleep(20))
      if (started.exitCode !== null || performance.now() > begunMs + 20_000)
        throw new Error(`pgbouncer does not listen: ${log}`);
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
    port,
    start,
    stop,
    log: () => log,
  };
}

function settings(dir, port, server, poolSize) {
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
    `default_pool_size = ${poolSize}`,
    // Its default would hide a server that is back for 15 s.
    'server_login_retry = 1',
    '',
  ].join('\n');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
