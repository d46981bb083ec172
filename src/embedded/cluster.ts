// The data directory. In: a place and programs. Out: a complete cluster of the right version, and the server's settings.
// A cluster is made beside its final name and renamed when it is on disk: one that was cut short is never used.
import { randomBytes } from 'node:crypto';
import { lchown, lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, codeOf } from '../model/errors.ts';
import type { Binaries } from './binaries.ts';
import { runGuarded } from './guardian.ts';
import { hiddenName, type Place, unusable } from './place.ts';

/** The database role; a superuser of its own cluster. */
export const roleName = 'packwatch';
/** The database; the one that every cluster has. */
export const databaseName = 'postgres';
/** Only a part of the socket's name: nothing listens on a network. */
export const serverPort = 5432;

/** Makes the cluster if there is none; throws `embedded_unusable` for one that this server cannot serve. */
export async function ensureCluster(
  place: Place,
  binaries: Binaries,
  log: number,
): Promise<'made' | 'found'> {
  await removeUnfinished(place);
  const outcome = (await exists(place.dataDir)) ? 'found' : await makeCluster(place, binaries, log);
  await checkCluster(place, binaries);
  await writeAccess(place);
  return outcome;
}

/** Arguments for `postgres`. `socketDir` undefined means the data directory. */
export function serverArguments(place: Place, socketDir: string | undefined): string[] {
  const settings = {
    listen_addresses: '',
    port: String(serverPort),
    // A list, so the path is quoted.
    unix_socket_directories: `"${(socketDir ?? dataName(place)).replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    hba_file: `${dataName(place)}/packwatch_hba.conf`,
    ident_file: `${dataName(place)}/packwatch_ident.conf`,
    cluster_name: 'packwatch',
    // A daemon takes nine at most, and executors and people come beside it.
    max_connections: '200',
    shared_buffers: '48MB',
    max_wal_size: '256MB',
    // One server, no replica: less is written to the log that crash recovery reads.
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_worker_processes: '4',
    io_method: 'sync',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Statements hold what authors wrote; they are not repeated in the log.
    log_min_error_statement: 'panic',
  };
  return [
    '-D',
    dataName(place),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** The data directory as the server is told it; a hidden one is where the server already stands. */
function dataName(place: Place): string {
  return place.isHidden ? hiddenName : place.dataDir;
}

async function makeCluster(place: Place, binaries: Binaries, log: number): Promise<'made' | 'found'> {
  const unfinished = join(place.homeDir, `init-${randomBytes(6).toString('hex')}`);
  await mkdir(unfinished, { mode: 0o700 });
  if (place.isRoot) await lchown(unfinished, place.account.uid, place.account.gid);
  const command = [
    binaries.initdb,
    ...['-D', place.isHidden ? hiddenName : unfinished],
    ...['-U', roleName, '-A', 'peer', '-E', 'UTF8'],
    // What it would find out by trials, one start of the server each.
    ...['-c', 'max_connections=200', '-c', 'shared_buffers=48MB'],
    // Built in, so that sorting never changes with the system's C library.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
  ];
  const guardian = await runGuarded(place, unfinished, command, log);
  const code = await guardian.exited;
  if (code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new AppError(
      'embedded_failed',
      `the embedded database could not be made: initdb failed (${code ?? 'killed'})`,
      { retryable: true },
    );
  }
  try {
    await rename(unfinished, place.dataDir);
  } catch (error) {
    const errorCode = codeOf(error);
    if (errorCode !== 'ENOTEMPTY' && errorCode !== 'EEXIST') throw error;
    await rm(unfinished, { recursive: true, force: true });
    return 'found';
  }
  await syncDirectory(place.homeDir);
  return 'made';
}

async function checkCluster(place: Place, binaries: Binaries): Promise<void> {
  const info = await lstat(place.dataDir);
  if (!info.isDirectory() || info.uid !== place.account.uid) {
    throw unusable(place.dataDir, `it is not a directory of the user ${place.account.name}`);
  }
  const version = await readFile(join(place.dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined || !(await exists(join(place.dataDir, 'global', 'pg_control')))) {
    throw unusable(
      place.dataDir,
      'it holds no complete database cluster (PG_VERSION or global/pg_control is missing). Nothing was changed; restore it or move it away',
    );
  }
  if (version.trim() !== binaries.major) {
    throw unusable(
      place.dataDir,
      `it was made by PostgreSQL ${version.trim()}, this program brings PostgreSQL ${binaries.major}. Nothing was changed; move it away to begin with an empty registry`,
    );
  }
}

// Peer authentication: the kernel tells who connects, so there is no password to keep or to lose. Root may enter
// because nothing keeps root out.
async function writeAccess(place: Place): Promise<void> {
  const names = new Set(['root']);
  if (place.mayAccountEnter) names.add(place.account.name);
  const lines = [...names].map((name) => `packwatch "${name}" ${roleName}\n`);
  await replaceFile(place, 'packwatch_hba.conf', 'local all packwatch peer map=packwatch\n');
  await replaceFile(place, 'packwatch_ident.conf', lines.join(''));
}

async function replaceFile(place: Place, name: string, text: string): Promise<void> {
  const path = join(place.dataDir, name);
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(unfinished, text, { flag: 'wx', mode: 0o600 });
  if (place.isRoot) await lchown(unfinished, place.account.uid, place.account.gid);
  await rename(unfinished, path);
}

/** Removes clusters whose making was cut short; nobody ever used one. */
async function removeUnfinished(place: Place): Promise<void> {
  const names = (await readdir(place.homeDir)).filter((name) => /^init-[0-9a-f]{12}$/.test(name));
  // An initdb that is just being stopped may still add files; what is left goes at the next start.
  await Promise.allSettled(
    names.map((name) => rm(join(place.homeDir, name), { recursive: true, force: true })),
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
