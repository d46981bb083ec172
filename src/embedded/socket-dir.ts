// Where the server's socket lies. In: a place. Out: undefined for the data directory, or a private temporary directory when the
// path would be too long for a socket address (107 bytes on Linux, 103 on macOS).
import { randomBytes } from 'node:crypto';
import { lchown, lstat, mkdir, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../model/errors.ts';
import type { Account } from './account.ts';
import { hiddenName, openStateFile, type Place, unusable } from './place.ts';
import type { PidFile } from './postmaster.ts';

/** Longest socket path, in bytes. */
export const maxSocketPathBytes = 100;

/** Path of the socket in a directory. */
export function socketPath(dir: string, port: number): string {
  return join(dir, `.s.PGSQL.${port}`);
}

/**
 * The directory for the socket. A temporary one keeps its name in `<stateDir>/socket-dir`, so that those who use the
 * server find it under the same name after a restart.
 */
export async function chooseSocketDir(place: Place, port: number): Promise<string | undefined> {
  if (Buffer.byteLength(socketPath(place.dataDir, port)) <= maxSocketPathBytes) return undefined;
  const known = await readFile(join(place.stateDir, 'socket-dir'), 'utf8').catch(() => '');
  if (known.startsWith('/') && (await claim(known, place))) return known;
  // Root's own temporary directory may be closed to the account.
  const parents = place.isRoot ? ['/tmp'] : [tmpdir(), '/tmp'];
  for (const parent of parents) {
    const dir = join(parent, `packwatch-${randomBytes(8).toString('hex')}`);
    if (Buffer.byteLength(socketPath(dir, port)) > maxSocketPathBytes) continue;
    if (!(await claim(dir, place))) continue;
    const handle = await openStateFile(place, 'socket-dir', 'wx');
    await handle.writeFile(dir).finally(() => handle.close());
    return dir;
  }
  throw unusable(
    place.stateDir,
    'its path is too long for a socket, and no temporary directory could be made',
  );
}

/** Removes a temporary socket directory once the server is gone; the name is kept and made again. */
export async function removeSocketDir(dir: string | undefined): Promise<void> {
  if (dir === undefined) return;
  await rmdir(dir).catch((error: unknown) => {
    const code = codeOf(error);
    // Already gone, or a later server has its socket there.
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  });
}

/** The socket directory of a running server, as a path that we can use. */
export function socketDirOf(place: Place, file: PidFile): string {
  return file.socketDir === hiddenName ? place.dataDir : file.socketDir;
}

// Only a directory that is the account's and closed to others: anybody can make one of that name in a public place.
async function claim(dir: string, place: Place): Promise<boolean> {
  try {
    await mkdir(dir, { mode: 0o700 });
    if (place.isRoot) await lchown(dir, place.account.uid, place.account.gid);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return false;
    return isPrivate(dir, place.account);
  }
}

async function isPrivate(dir: string, account: Account): Promise<boolean> {
  const info = await lstat(dir);
  return info.isDirectory() && info.uid === account.uid && (info.mode & 0o077) === 0;
}
