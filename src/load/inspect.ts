// A path of a pack → what lies there: a file inside the root with its stats, or why it is out of reach. Nothing is opened here.
import type { BigIntStats } from 'node:fs';
import { join, sep } from 'node:path';
import type { Finding } from '../model/diagnostic.ts';
import { codeOf } from '../model/errors.ts';
import type { FileRole, PackDir, PackPath } from '../model/pack.ts';
import { roleOf } from '../registry/discover.ts';
import type { FileAccess } from './file-access.ts';
import type { FileStats } from './read.ts';
import { readRefusal, refusal } from './refusal.ts';

/** A file in a listing: where its bytes are, or why they are out of reach. */
export type ListedFile = {
  readonly path: PackPath;
  readonly role: FileRole;
} & ({ readonly realPath: string; readonly stats: FileStats } | { readonly refused: Finding });

/** Where a pack lies: the root's real path, and the pack's name and path below it. */
export type Place = {
  readonly access: FileAccess;
  readonly rootReal: string;
  readonly dir: PackDir;
  readonly packReal: string;
};

/** `gone`: nothing is there. `plain`: the real path of what the listing says is no link, which saves resolving it. */
export async function inspect(
  { access, rootReal, packReal, dir }: Place,
  inPack: string,
  plain?: string,
): Promise<ListedFile & { readonly gone: boolean }> {
  const path = `${dir}/${inPack}` as PackPath;
  const role = roleOf(path) ?? 'workflow';
  const target =
    (plain && (await statPlain(access, plain))) ||
    (await resolveInside(access, rootReal, join(packReal, inPack)));
  if ('refused' in target) return { path, role, ...target };
  if (!target.stats.isFile()) {
    const refused = refusal('READ_NOT_REGULAR', 'not a regular file', 'replace it by a plain file');
    return { path, role, refused, gone: false };
  }
  return { ...fileOf(path, role, target.real, target.stats), gone: false };
}

/** A file with what tells it from another. */
export function fileOf(path: PackPath, role: FileRole, realPath: string, stats: BigIntStats): ListedFile {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return { path, role, realPath, stats: { dev, ino, size, mtimeNs, ctimeNs } };
}

export type Resolved =
  | { readonly real: string; readonly stats: BigIntStats }
  | { readonly refused: Finding; readonly gone: boolean };

/** Undefined: it is no plain file any more, or cannot be reached. */
async function statPlain(access: FileAccess, real: string): Promise<Resolved | undefined> {
  try {
    const stats = await access.lstat(real);
    return stats.isFile() ? { real, stats } : undefined;
  } catch {
    return undefined; // the slower way says why
  }
}

/** Follows links, inside the root's real path only. */
export async function resolveInside(access: FileAccess, rootReal: string, path: string): Promise<Resolved> {
  try {
    const real = await access.realpath(path);
    if (!isInside(rootReal, real)) {
      const message = 'the symbolic link leads out of the root';
      return { refused: refusal('READ_OUTSIDE_ROOT', message, 'copy the file into the pack'), gone: false };
    }
    return { real, stats: await access.stat(real) };
  } catch (error) {
    return { refused: readRefusal(error), gone: isGone(error) };
  }
}

/** True for the root's real path and what lies below it. */
export function isInside(rootReal: string, real: string): boolean {
  return real === rootReal || real.startsWith(rootReal.endsWith(sep) ? rootReal : rootReal + sep);
}

/** Nothing is there: no directory entry, or none of the kind that the path needs. */
export function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}
