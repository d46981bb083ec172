// A server of a test's own, to be stopped, started, frozen and altered: the system's version 15 where there is one, else the
// embedded one. Below the guardian, so it ends with the test process.
import { chmod, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { findBinaries } from '../../src/embedded/binaries.ts';
import { ensureCluster, serverArguments } from '../../src/embedded/cluster.ts';
import { type Guardian, runGuarded } from '../../src/embedded/guardian.ts';
import { type Place, preparePlace } from '../../src/embedded/place.ts';
import { readPidFile } from '../../src/embedded/postmaster.ts';
import type { EmbeddedConnection } from '../../src/embedded/start.ts';
import { clusterCommand, doesAnswer, hasSystemServer } from './test-server.ts';

export type PostgresServer = {
  readonly connection: EmbeddedConnection;
  /** For child processes: `DATABASE_URL`. */
  readonly url: string;
  /** Path of its unix socket. */
  readonly socket: string;
  /** Resolves when it answers, after a crash when it has recovered. */
  start(): Promise<void>;
  /** `immediate`: as if the power went, every backend at once; `kill`: the postmaster alone, with SIGKILL. Resolves when it is gone. */
  stop(how: 'fast' | 'immediate' | 'kill'): Promise<void>;
  isRunning(): boolean;
  /** Stops every process of it where it is; connections are still accepted by the kernel. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** On a connection of its own each time; names without a schema are those of `packwatch`. Throws while it is away. */
  query<Row extends object = Record<string, unknown>>(
    statement: string,
    parameters?: readonly (string | number | boolean | null)[],
  ): Promise<readonly Row[]>;
  /** A connection to keep; the caller ends it. */
  session(): postgres.Sql;
  /** What it wrote to its log so far. */
  log(): Promise<string>;
  close(): Promise<void>;
};

export type PostgresServerOptions = {
  /** As in postgresql.conf, each `name=value`. */
  readonly settings?: readonly string[];
  /** With fsync, as in production. @default false */
  readonly isDurable?: boolean;
  /** Where the cluster is put instead; the server's account can write there. Only for the system's server. */
  readonly dataDir?: string;
};

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;
/** What is acknowledged outlives the server, if not the machine: commits that are lost are a thing of their own. */
const unsafe = ['fsync=off', 'full_page_writes=off'];

/** Makes and starts a server; `atEnd` as for `createSite`. */
export async function createPostgresServer(
  atEnd: (act: () => Promise<void>) => void,
  options: PostgresServerOptions = {},
): Promise<PostgresServer> {
  const dir = await mkdtemp(join(tmpdir(), 'pw-server-'));
  // The server's account has to pass.
  await chmod(dir, 0o755);
  const made = await preparePlace(dir);
  const place: Place = options.dataDir === undefined ? made : { ...made, dataDir: options.dataDir };
  const logPath = join(place.stateDir, 'server.log');
  const log = await open(logPath, 'w', 0o600);
  let guardian: Guardian | undefined;

  const postmaster = async () => (await readPidFile(place.dataDir))?.pid;
  const signalAll = async (signal: NodeJS.Signals) => {
    const pid = await postmaster();
    for (const one of pid === undefined ? [] : [pid, ...(await childrenOf(pid))]) send(one, signal);
  };

  const close = async () => {
    await signalAll('SIGCONT');
    await guardian?.end();
    await log.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  atEnd(close);

  const settings = [...(options.isDurable ? [] : unsafe), ...(options.settings ?? [])];
  const command = [...(await makeCluster(place, log.fd)), ...settings.flatMap((one) => ['-c', one])];
  const host = hasSystemServer ? place.homeDir : place.dataDir;
  const connection = { host, port: 5432, user: 'packwatch', database: 'postgres' };
  const start = async () => {
    for (let tries = 0; !(await doesAnswer(connection)); tries += 1) {
      if (tries > 1_200) throw new Error(`no answer: ${(await readFile(logPath, 'utf8')).slice(-2000)}`);
      // Backends of the one before may not have noticed yet that it is gone: then a start is refused, and tried again.
      if (guardian === undefined || guardian.hasExited()) {
        guardian = await runGuarded(place, place.dataDir, command, log.fd);
        guardian.letGo();
      }
      await sleep(25);
    }
  };

  const session = () =>
    postgres({
      ...connection,
      max: 1,
      fetch_types: false,
      onnotice: () => undefined,
      connection: { search_path: 'packwatch' },
    });

  await start();
  return {
    connection,
    url: `postgresql://packwatch@/postgres?host=${encodeURIComponent(host)}&port=5432`,
    socket: join(host, '.s.PGSQL.5432'),
    start,
    isRunning: () => guardian !== undefined && !guardian.hasExited(),
    async stop(how) {
      const pid = await postmaster();
      if (pid !== undefined) send(pid, signals[how]);
      await guardian?.exited;
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async query(statement, parameters = []) {
      const sql = session();
      try {
        return await sql.unsafe(statement, [...parameters]);
      } finally {
        await sql.end({ timeout: 1 });
      }
    },
    session,
    log: () => readFile(logPath, 'utf8'),
    close,
  };
}

/** The command that runs the cluster, which is made first. */
async function makeCluster(place: Place, log: number): Promise<readonly string[]> {
  if (hasSystemServer) return clusterCommand(place, log);
  const binaries = await findBinaries(place);
  await ensureCluster(place, binaries, log);
  return [binaries.postgres, ...serverArguments(place, undefined)];
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (line.slice(line.lastIndexOf(')') + 2).split(' ')[1] === String(pid)) found.push(Number(name));
  }
  return found;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone already, which is as well.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
