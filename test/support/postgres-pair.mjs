// A primary and its streaming standby on two ports of 127.0.0.1, of the system's version 15: commits can be kept from the standby, the
// primary killed, the standby promoted, and what was the primary made a standby anew. `runGuarded` and `preparePlace` are the
// program's own, from src/ or dist/; the servers end with this process.
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const programs = '/usr/lib/postgresql/15/bin';
const user = 'packwatch';
const settings = [
  ...['fsync=off', 'full_page_writes=off', 'timezone=UTC', 'listen_addresses=127.0.0.1'],
  ...[
    'max_wal_senders=6',
    'wal_keep_size=64MB',
    'hot_standby=on',
    'max_connections=60',
    'shared_buffers=32MB',
  ],
  // Found dead by the connection that is cut, not by these; a stopped sender must not end the stream.
  ...['wal_sender_timeout=0', 'wal_receiver_timeout=0', 'wal_retrieve_retry_interval=100ms'],
];

/** See postgres-pair.d.mts. */
export async function createPair(dir, { runGuarded, preparePlace }) {
  const servers = [];
  for (const name of ['a', 'b'])
    servers.push(await createMember(join(dir, name), name, { runGuarded, preparePlace }));
  let [primary, standby] = servers;
  let isSynchronous = false;

  const rebuild = async () => {
    await standby.copyFrom(primary);
    await standby.start();
    if (isSynchronous) await primary.configure('synchronous_standby_names', '*');
    await until(() => primary.streams(isSynchronous ? 'sync' : 'async'), 'the standby streams');
  };
  await primary.make();
  await primary.start();
  await rebuild();

  return {
    url: `postgres://${user}@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`,
    primary: () => primary,
    standby: () => standby,
    async setSynchronous(wanted) {
      isSynchronous = wanted;
      await primary.configure('synchronous_standby_names', wanted ? '*' : '');
      await until(() => primary.streams(wanted ? 'sync' : 'async'), 'the standby streams');
    },
    async holdBack() {
      const senders = await primary.query('select pid from pg_stat_replication');
      for (const { pid } of senders) process.kill(pid, 'SIGSTOP');
    },
    async failOver(how = 'kill') {
      await primary.stop(how);
      await standby.promote();
      [primary, standby] = [standby, primary];
    },
    async promoteBeside() {
      await standby.promote();
      [primary, standby] = [standby, primary];
    },
    rebuild,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function createMember(dir, name, { runGuarded, preparePlace }) {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const place = await preparePlace(dir);
  const port = await freePort();
  const log = await open(join(dir, 'server.log'), 'a', 0o600);
  const data = place.dataDir;
  let guardian;

  const run = async (cwd, [program, ...rest]) => {
    const ran = await runGuarded(place, cwd, [join(programs, program), ...rest], log.fd);
    const code = await ran.exited;
    if (code !== 0) throw new Error(`${program} failed (${code}): ${tailOf(dir)}`);
  };
  const connect = (options = {}) =>
    postgres({
      ...{
        host: '127.0.0.1',
        port,
        user,
        database: 'postgres',
        max: 2,
        backoff: () => 0.05,
      },
      ...{ onnotice: () => undefined, connection: { search_path: 'packwatch' }, ...options },
    });
  const query = async (statement, parameters = []) => {
    const sql = connect({ max: 1 });
    try {
      return await sql.unsafe(statement, parameters);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  const answers = () => query('select 1').then(Boolean, () => false);

  return {
    name,
    port,
    connect,
    query,
    url: `postgres://${user}@127.0.0.1:${port}/postgres`,
    isRunning: () => guardian !== undefined && !guardian.hasExited(),
    make: () =>
      run(place.homeDir, [
        ...['initdb', '-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
        ...['--wal-segsize=1', '--no-instructions', '--no-sync'],
      ]),
    async copyFrom(other) {
      rmSync(data, { recursive: true, force: true });
      await run(place.homeDir, [
        ...['pg_basebackup', '-h', '127.0.0.1', '-p', String(other.port), '-U', user, '-D', data],
        ...['-X', 'stream', '-R', '-c', 'fast', '--no-sync'],
      ]);
    },
    async start() {
      const all = [
        ...settings,
        `port=${port}`,
        `unix_socket_directories=${place.homeDir}`,
        `cluster_name=${name}`,
      ];
      guardian = await runGuarded(
        place,
        data,
        [join(programs, 'postgres'), '-D', data, ...all.flatMap((one) => ['-c', one])],
        log.fd,
      );
      guardian.letGo();
      await until(async () => {
        if (guardian.hasExited()) throw new Error(`the server ended: ${tailOf(dir)}`);
        return answers();
      }, `server ${name} answers`);
    },
    async configure(setting, value) {
      await query(`alter system set ${setting} = '${value}'`);
      await query('select pg_reload_conf()');
    },
    streams: async (how) =>
      (await query(`select 1 from pg_stat_replication where state = 'streaming' and sync_state = '${how}'`))
        .length > 0,
    /** `kill`: every process of it, at once. */
    async stop(how) {
      const pid = postmasterOf(data);
      if (pid === undefined) return;
      const all = how === 'kill' ? [pid, ...childrenOf(pid)] : [pid];
      for (const one of all) send(one, how === 'kill' ? 'SIGKILL' : 'SIGINT');
      // A stopped sender takes no other signal.
      if (how !== 'kill') for (const one of childrenOf(pid)) send(one, 'SIGCONT');
      // Its end alone would not keep this process waiting.
      await until(() => guardian === undefined || guardian.hasExited(), `server ${name} has ended`);
    },
    async promote() {
      await run(place.homeDir, ['pg_ctl', 'promote', '-D', data, '-w', '-t', '20']);
      // Nobody is there yet who could confirm.
      await query("alter system set synchronous_standby_names = ''");
      await query('select pg_reload_conf()');
    },
    async close() {
      const pid = postmasterOf(data);
      if (pid !== undefined) for (const one of childrenOf(pid)) send(one, 'SIGCONT');
      await guardian?.end();
      await log.close();
    },
  };
}

function tailOf(dir) {
  return readFileSync(join(dir, 'server.log'), 'utf8').slice(-1500);
}

function postmasterOf(data) {
  try {
    return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]) || undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function childrenOf(pid) {
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = readFileSync(`/proc/${name}/stat`, 'utf8');
      if (line.slice(line.lastIndexOf(')') + 2).split(' ')[1] === String(pid)) found.push(Number(name));
    } catch {
      // Ended meanwhile.
    }
  }
  return found;
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // gone already, which is as well
  }
}

async function until(condition, what, limitMs = 30_000) {
  const deadlineMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(25);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
