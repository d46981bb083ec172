// Disk → listings: which packs a root holds and which files a pack holds, and what could not be seen.
// Links are followed inside the root's real path only. Nothing is opened here.
import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { DiagnosticCode, Finding } from '../model/diagnostic.ts';
import { codeOf, messageOf } from '../model/errors.ts';
import type { RefusedEntry, RootListing } from '../model/listing.ts';
import type { FileRole, PackDir, PackPath, Root } from '../model/pack.ts';
import { isDefinitionFile, mayBePack, packDirectories, roleOf } from '../registry/discover.ts';

/** A file in a listing: where its bytes are, or why they are out of reach. */
export type ListedFile = {
  readonly path: PackPath;
  readonly role: FileRole;
} & ({ readonly realPath: string; readonly stats: BigIntStats } | { readonly refused: Finding });

export type PackListing = {
  readonly state: 'absent' | 'other' | 'pack';
  readonly files: readonly ListedFile[];
  readonly complete: boolean;
  readonly trouble: readonly string[];
};

/** Lists the directories of a root that may be packs. Never throws for what the disk does. */
export async function scanRoot(root: Root): Promise<RootListing> {
  try {
    const real = await realpath(root.path);
    const stats = await stat(real, { bigint: true });
    if (!stats.isDirectory()) {
      return { state: 'not_directory', source: root.source, reason: `${root.path} is not a directory` };
    }
    const dirs: PackDir[] = [];
    const refused: RefusedEntry[] = [];
    for (const entry of await listNames(real)) {
      if (!mayBePack(entry.name)) continue;
      const path = entry.name as string as PackPath;
      if (entry.finding) refused.push({ path, finding: entry.finding });
      else if (entry.dirent.isDirectory()) dirs.push(entry.name as PackDir);
      else if (entry.dirent.isSymbolicLink()) {
        const target = await resolveInside(real, join(real, entry.name));
        if ('refused' in target) {
          if (target.refused.code === 'READ_OUTSIDE_ROOT') refused.push({ path, finding: target.refused });
          else dirs.push(entry.name as PackDir);
        } else if (target.stats.isDirectory()) dirs.push(entry.name as PackDir);
      }
    }
    return {
      state: 'listed',
      source: root.source,
      identity: `${stats.dev}:${stats.ino}`,
      dirs: dirs.sort(byteOrder),
      refused,
    };
  } catch (error) {
    const state = codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable';
    return { state, source: root.source, reason: messageOf(error) };
  }
}

/** Lists the files of one pack. `extra` are paths that actions link outside the usual directories. */
export async function scanPack(root: Root, dir: PackDir, extra: readonly PackPath[]): Promise<PackListing> {
  const trouble: string[] = [];
  const files: ListedFile[] = [];
  let rootReal: string;
  let top: readonly NamedEntry[];
  try {
    rootReal = await realpath(root.path);
    const packReal = await realpath(join(rootReal, dir));
    if (!isInside(rootReal, packReal)) {
      return { state: 'pack', files: [], complete: false, trouble: [`${dir} leads out of the root`] };
    }
    top = await listNames(packReal);
  } catch (error) {
    const gone = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
    // A pack directory is proven gone only under a root that is there; the caller has looked at the root.
    if (gone) return { state: 'absent', files: [], complete: true, trouble };
    return { state: 'pack', files: [], complete: false, trouble: [messageOf(error)] };
  }
  const names = new Set(top.map((entry) => entry.name));
  const packReal = join(rootReal, dir);
  for (const manifest of ['pack.yaml', 'pack.yml']) {
    if (names.has(manifest)) files.push(await inspect(rootReal, packReal, dir, manifest));
  }
  const seen = new Set<string>();
  for (const directory of packDirectories) {
    const listed = await listDirectory(rootReal, join(packReal, directory), seen, trouble);
    const inspected = await Promise.all(
      listed
        .filter((entry) => isDefinitionFile(entry.name))
        .map((entry) =>
          entry.finding
            ? {
                path: `${dir}/${directory}/${entry.name}` as PackPath,
                role: roleFor(directory),
                refused: entry.finding,
              }
            : inspect(rootReal, packReal, dir, `${directory}/${entry.name}`),
        ),
    );
    files.push(...inspected);
  }
  const known = new Set(files.map((file) => file.path));
  for (const path of extra) {
    if (known.has(path) || !isDefinitionFile(path.slice(path.lastIndexOf('/') + 1))) continue;
    const file = await inspect(rootReal, packReal, dir, path.slice(dir.length + 1));
    if (!('refused' in file) || file.refused.code !== 'READ_FAILED') files.push(file);
  }
  const isPack =
    files.some((file) => file.role === 'manifest') || names.has('workflows') || names.has('actions');
  return {
    state: isPack ? 'pack' : 'other',
    files: files.sort((a, b) => byteOrder(a.path, b.path)),
    complete: trouble.length === 0,
    trouble,
  };
}

type NamedEntry = { readonly name: string; readonly dirent: Dirent<Buffer>; readonly finding?: Finding };

/** Names are read as bytes: one that is no UTF-8 would otherwise be silently replaced and never found again. */
async function listNames(directory: string): Promise<readonly NamedEntry[]> {
  const entries = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  return entries.map((dirent) => {
    const name = dirent.name.toString('utf8');
    if (Buffer.from(name, 'utf8').equals(dirent.name)) return { name, dirent };
    const shown = percentEncode(dirent.name);
    const finding = refusal('READ_BAD_NAME', `the file name is not UTF-8: ${shown}`, 'rename the file');
    return { name: shown, dirent, finding };
  });
}

async function listDirectory(
  rootReal: string,
  directory: string,
  seen: Set<string>,
  trouble: string[],
): Promise<readonly NamedEntry[]> {
  try {
    const real = await realpath(directory);
    // A link between two of a pack's directories would show every file twice.
    if (seen.has(real)) return [];
    seen.add(real);
    if (!isInside(rootReal, real)) {
      trouble.push(`${directory} leads out of the root`);
      return [];
    }
    return await listNames(real);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') trouble.push(messageOf(error));
    return [];
  }
}

async function inspect(
  rootReal: string,
  packReal: string,
  dir: PackDir,
  inPack: string,
): Promise<ListedFile> {
  const path = `${dir}/${inPack}` as PackPath;
  const role = roleOf(path) ?? 'workflow';
  const target = await resolveInside(rootReal, join(packReal, inPack));
  if ('refused' in target) return { path, role, refused: target.refused };
  if (!target.stats.isFile()) {
    return {
      path,
      role,
      refused: refusal('READ_NOT_REGULAR', 'not a regular file', 'replace it by a plain file'),
    };
  }
  return { path, role, realPath: target.real, stats: target.stats };
}

type Resolved = { readonly real: string; readonly stats: BigIntStats } | { readonly refused: Finding };

async function resolveInside(rootReal: string, path: string): Promise<Resolved> {
  try {
    const real = await realpath(path);
    if (!isInside(rootReal, real)) {
      const message = 'the symbolic link leads out of the root';
      return { refused: refusal('READ_OUTSIDE_ROOT', message, 'copy the file into the pack') };
    }
    return { real, stats: await stat(real, { bigint: true }) };
  } catch (error) {
    return { refused: readRefusal(error) };
  }
}

/** A system error while a file was reached or read, as a finding. */
export function readRefusal(error: unknown): Finding {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return refusal(
        'READ_DENIED',
        'permission denied',
        'let the user of the daemon read the file and its directories',
      );
    case 'ELOOP':
      return refusal('READ_LINK_LOOP', 'the symbolic link leads back to itself', 'remove the link');
    case 'ENOENT':
      return refusal(
        'READ_FAILED',
        'the file or the target of its link does not exist',
        'restore the file or remove the link',
      );
    default:
      return refusal(
        'READ_FAILED',
        `cannot be read: ${codeOf(error) ?? messageOf(error)}`,
        'look at the disk',
      );
  }
}

/** A finding about a whole file. */
export function refusal(code: DiagnosticCode, message: string, help: string): Finding {
  return { code, severity: 'error', message, line: 1, column: 1, help };
}

function roleFor(directory: string): FileRole {
  return directory === 'actions' ? 'action' : 'workflow';
}

function isInside(rootReal: string, real: string): boolean {
  return real === rootReal || real.startsWith(rootReal.endsWith(sep) ? rootReal : rootReal + sep);
}

function percentEncode(name: Buffer): string {
  return [...name]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

/** Byte order of UTF-8, so that no locale and no file system decides anything. */
export function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
