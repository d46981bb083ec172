// What the watch asks of the disk: which directory lies at a path, and which directories a root has.
import { readdir, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { codeOf } from '../model/errors.ts';
import { identityOf } from '../model/listing.ts';

/** A directory as it is now: its path without links, and what tells it from another one at the same path. */
export type Found = { readonly real: string; readonly identity: string };

/** The directory that a path leads to; undefined: there is none. Throws what the system says of anything else. */
export async function findDirectory(path: string): Promise<Found | undefined> {
  try {
    const real = await realpath(path);
    const stats = await stat(real, { bigint: true });
    return stats.isDirectory() ? { real, identity: identityOf(stats) } : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Names in a directory that are directories or links; none where there is no directory. */
export async function listDirectories(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

export function isInside(real: string, rootReal: string): boolean {
  return real.startsWith(rootReal.endsWith(sep) ? rootReal : rootReal + sep);
}

function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
