// A throw-away Postgres with a migrated template database. Which one: the embedded server, or the system's version 15
// with PACKWATCH_TEST_POSTGRES=system. PACKWATCH_TEST_SQL names a directory to migrate from in place of sql/. Durability is
// switched off: nothing here outlives the run.
import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import postgres from 'postgres';
import { runGuarded } from '../../src/embedded/guardian.ts';
import { type Place, preparePlace } from '../../src/embedded/place.ts';
import { type EmbeddedConnection, startEmbedded } from '../../src/embedded/start.ts';
import { connect } from '../../src/store/connect.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';

export type TestServer = {
  readonly connection: EmbeddedConnection;
  stop(): Promise<void>;
};

/** Database that test databases are cloned from. */
export const templateName = 'packwatch_template';

const systemPrograms = '/usr/lib/postgresql/15/bin';

/** True where the system's own server can be used beside the embedded one. */
export const hasSystemServer = existsSync(join(systemPrograms, 'postgres'));

/** Starts the server that the environment asks for and says which; `dir` is its own. */
export async function startTestServer(dir: string): Promise<TestServer> {
  const wanted = process.env['PACKWATCH_TEST_POSTGRES'] ?? 'embedded';
  const begunMs = performance.now();
  const server = wanted === 'system' ? await startSystem(dir) : await startFast(dir);
  try {
    const version = await prepare(server.connection);
    const tookMs = Math.round(performance.now() - begunMs);
    process.stdout.write(`test database: ${wanted} PostgreSQL ${version}, ready in ${tookMs} ms\n`);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startFast(dir: string): Promise<TestServer> {
  const server = await startEmbedded({ stateDir: dir });
  const sql = postgres({ ...server.connection, max: 1, onnotice: () => undefined });
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes'])
    await sql.unsafe(`alter system set ${name} = off`);
  await sql`select pg_reload_conf()`;
  await sql.end();
  return server;
}

/** The system's version 15 in `dir`, below the same guardian as the embedded server: it ends with this process. */
export async function startSystem(dir: string): Promise<TestServer> {
  // Made first and open to everybody: the server's account has to reach it.
  await mkdir(dir, { mode: 0o755 });
  const place = await preparePlace(dir);
  const log = await open(join(dir, 'server.log'), 'w', 0o600);
  const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  const command = [...(await clusterCommand(place, log.fd)), ...fast.flatMap((setting) => ['-c', setting])];
  const guardian = await runGuarded(place, place.dataDir, command, log.fd);
  guardian.letGo();
  const connection = { host: place.homeDir, port: 5432, user: 'packwatch', database: 'postgres' };
  for (let tries = 0; !(await doesAnswer(connection)); tries += 1) {
    if (guardian.hasExited() || tries > 400) throw await failure('the server does not answer', dir);
    await sleep(25);
  }
  return {
    connection,
    async stop() {
      await guardian.end();
      await log.close();
    },
  };
}

/** Makes a cluster of the system's version in `place`; returns what runs it, with a socket in the place's home. `log`: server.log. */
export async function clusterCommand(place: Place, log: number): Promise<readonly string[]> {
  const data = place.dataDir;
  const init = [
    ...[join(systemPrograms, 'initdb'), '-D', data, '-U', 'packwatch', '-A', 'trust', '-E', 'UTF8'],
    ...['--locale=C.UTF-8', '--no-instructions', '--no-sync'],
  ];
  const made = await runGuarded(place, place.homeDir, init, log);
  const code = await made.exited;
  if (code !== 0) throw await failure(`initdb failed (${code})`, place.stateDir);
  const settings = ['listen_addresses=', `unix_socket_directories=${place.homeDir}`, 'timezone=UTC'];
  return [join(systemPrograms, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])];
}

async function failure(what: string, dir: string): Promise<Error> {
  return new Error(`${what}: ${(await readFile(join(dir, 'server.log'), 'utf8')).slice(-2000)}`);
}

/** False while it is not up, and while it recovers. */
export async function doesAnswer(connection: EmbeddedConnection): Promise<boolean> {
  const sql = postgres({ ...connection, max: 1, fetch_types: false });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false; // not up yet; the caller counts its tries
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Makes the template; returns the server's version. */
async function prepare(connection: EmbeddedConnection): Promise<string> {
  const admin = postgres({ ...connection, max: 1 });
  await admin.unsafe(`create database ${templateName}`);
  const [row] = await admin<{ server_version: string }[]>`show server_version`;
  await admin.end();
  const database = connect({
    target: { ...connection, database: templateName },
    schema: 'packwatch',
    max: 1,
  });
  const directory = process.env['PACKWATCH_TEST_SQL'];
  await migrate(database, await readMigrations(directory ? pathToFileURL(`${directory}/`) : undefined));
  await database.close(1);
  return row?.server_version ?? 'of unknown version';
}
