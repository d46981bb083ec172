// Disk → listings: which packs a root holds and which files a pack holds, and what could not be seen.
// Links are followed inside the root's real path only. Nothing is opened here.
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../model/diagnostic.ts';
import { codeOf, messageOf } from '../model/errors.ts';
import { identityOf, type RefusedEntry, type RootListing } from '../model/listing.ts';
import type { FileRole, PackDir, PackPath, Root } from '../model/pack.ts';
import { isDefinitionFile, mayBePack, packDirectories } from '../registry/discover.ts';
import type { FileAccess } from './file-access.ts';
import { fileOf, inspect, isGone, isInside, type ListedFile, type Place, resolveInside } from './inspect.ts';
import { refusal } from './refusal.ts';

/** Files looked at together. */
const batchSize = 64;

export type PackListing = {
  readonly state: 'absent' | 'other' | 'pack';
  readonly files: readonly ListedFile[];
  readonly complete: boolean;
  /** False: an entry was gone between being listed and being looked at, so somebody is at work here. */
  readonly settled: boolean;
  readonly trouble: readonly string[];
};

/** Lists the directories of a root that may be packs. Never throws for what the disk does. */
export async function scanRoot(access: FileAccess, root: Root): Promise<RootListing> {
  try {
    const real = await access.realpath(root.path);
    const stats = await access.stat(real);
    if (!stats.isDirectory()) {
      return { state: 'not_directory', source: root.source, reason: `${root.path} is not a directory` };
    }
    const dirs: PackDir[] = [];
    const refused: RefusedEntry[] = [];
    for (const entry of await listNames(access, real)) {
      if (!mayBePack(entry.name)) continue;
      const path = entry.name as string as PackPath;
      if (entry.finding) refused.push({ path, finding: entry.finding });
      else if (entry.dirent.isDirectory()) dirs.push(entry.name as PackDir);
      else if (entry.dirent.isSymbolicLink()) {
        const target = await resolveInside(access, real, join(real, entry.name));
        if ('refused' in target) {
          if (target.refused.code === 'READ_OUTSIDE_ROOT') refused.push({ path, finding: target.refused });
          else dirs.push(entry.name as PackDir);
        } else if (target.stats.isDirectory()) dirs.push(entry.name as PackDir);
      }
    }
    return {
      state: 'listed',
      source: root.source,
      identity: identityOf(stats),
      dirs: dirs.sort(byteOrder),
      refused,
    };
  } catch (error) {
    const state = codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable';
    return { state, source: root.source, reason: messageOf(error) };
  }
}

/** Lists the files of one pack. `extra` are paths that actions link outside the usual directories. */
export async function scanPack(
  access: FileAccess,
  root: Root,
  dir: PackDir,
  extra: readonly PackPath[],
): Promise<PackListing> {
  const trouble: string[] = [];
  let place: Place;
  let top: Listed;
  try {
    const rootReal = await access.realpath(root.path);
    place = { access, rootReal, dir, packReal: join(rootReal, dir) };
    const packReal = await access.realpath(place.packReal);
    if (!isInside(rootReal, packReal)) return unlisted(`${dir} leads out of the root`);
    top = { real: packReal, entries: await listNames(access, packReal) };
  } catch (error) {
    if (!isGone(error)) return unlisted(messageOf(error));
    if (await isLink(access, join(root.path, dir)))
      return unlisted(`the target of the link ${dir} does not exist`);
    // A pack directory is proven gone only under a root that is there; the caller has looked at the root.
    return { state: 'absent', files: [], complete: true, settled: true, trouble };
  }
  const names = new Set(top.entries.map((entry) => entry.name));
  const manifests = top.entries.filter(({ name }) => name === 'pack.yaml' || name === 'pack.yml');
  const found = [await inspectAll(place, '', { real: top.real, entries: manifests })];
  const seen = new Set<string>();
  for (const directory of packDirectories) {
    const listed = await listDirectory(place, directory, seen, trouble);
    const entries = listed.entries.filter((entry) => isDefinitionFile(entry.name));
    found.push(await inspectAll(place, `${directory}/`, { ...listed, entries }));
  }
  const files = found.flatMap((one) => one.files);
  files.push(...(await inspectLinked(place, extra, new Set(files.map((file) => file.path)))));
  const isPack =
    files.some((file) => file.role === 'manifest') || names.has('workflows') || names.has('actions');
  return {
    state: isPack ? 'pack' : 'other',
    files: inByteOrder(files),
    complete: trouble.length === 0,
    settled: found.every((one) => one.settled),
    trouble,
  };
}

/** The names in a directory and its real path. */
type Listed = { readonly real: string; readonly entries: readonly NamedEntry[] };

function unlisted(trouble: string): PackListing {
  return { state: 'pack', files: [], complete: false, settled: true, trouble: [trouble] };
}

async function inspectAll(place: Place, prefix: string, { real, entries }: Listed) {
  let settled = true;
  const files: ListedFile[] = [];
  const inspectOne = async ({ name, dirent, finding }: NamedEntry): Promise<ListedFile> => {
    const inPack = prefix + name;
    if (finding)
      return { path: `${place.dir}/${inPack}` as PackPath, role: roleIn(prefix), refused: finding };
    const plain = dirent.isFile() ? `${real}/${name}` : undefined;
    const { gone, ...file } = await inspect(place, inPack, plain);
    // A link may lead nowhere for good; a file that was just listed and is gone is being replaced or removed.
    if (gone && !dirent.isSymbolicLink()) settled = false;
    return file;
  };
  const others: NamedEntry[] = [];
  for (const entry of entries) {
    const path = `${real}/${entry.name}`;
    const stats = !entry.finding && entry.dirent.isFile() ? place.access.lstatNow?.(path) : undefined;
    if (!stats?.isFile()) others.push(entry);
    else files.push(fileOf(`${place.dir}/${prefix}${entry.name}` as PackPath, roleIn(prefix), path, stats));
  }
  // The answers of one batch may all come in one turn of the event loop.
  for (let start = 0; start < others.length; start += batchSize)
    files.push(...(await Promise.all(others.slice(start, start + batchSize).map(inspectOne))));
  return { files, settled };
}

async function inspectLinked(
  place: Place,
  extra: readonly PackPath[],
  known: ReadonlySet<PackPath>,
): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  for (const path of extra) {
    if (known.has(path) || !isDefinitionFile(path.slice(path.lastIndexOf('/') + 1))) continue;
    const { gone, ...file } = await inspect(place, path.slice(place.dir.length + 1));
    if (!gone) files.push(file);
  }
  return files;
}

type NamedEntry = { readonly name: string; readonly dirent: Dirent<Buffer>; readonly finding?: Finding };

/** Names are read as bytes: one that is no UTF-8 would otherwise be silently replaced and never found again. */
async function listNames(access: FileAccess, directory: string): Promise<readonly NamedEntry[]> {
  const entries = await access.readdir(directory);
  return entries.map((dirent) => {
    const name = dirent.name.toString('utf8');
    if (!name.includes('\ufffd') || Buffer.from(name, 'utf8').equals(dirent.name)) return { name, dirent };
    const shown = percentEncode(dirent.name);
    const finding = refusal('READ_BAD_NAME', `the file name is not UTF-8: ${shown}`, 'rename the file');
    return { name: shown, dirent, finding };
  });
}

async function listDirectory(
  { access, rootReal, packReal }: Place,
  name: string,
  seen: Set<string>,
  trouble: string[],
): Promise<Listed> {
  const directory = join(packReal, name);
  try {
    const real = await access.realpath(directory);
    // A link between two of a pack's directories would show every file twice; the files count where they lie.
    if (seen.has(real) || (real !== directory && isOwnPlace(packReal, real))) return { real, entries: [] };
    seen.add(real);
    if (isInside(rootReal, real)) return { real, entries: await listNames(access, real) };
    trouble.push(`${directory} leads out of the root`);
  } catch (error) {
    // A directory that is not there holds nothing; of one behind a link that leads nowhere that is not known.
    if (!isGone(error)) trouble.push(messageOf(error));
    else if (await isLink(access, directory))
      trouble.push(`the target of the link ${directory} does not exist`);
  }
  return { real: directory, entries: [] };
}

function isOwnPlace(packReal: string, real: string): boolean {
  return real === packReal || packDirectories.some((name) => real === join(packReal, name));
}

async function isLink(access: FileAccess, path: string): Promise<boolean> {
  try {
    return (await access.lstat(path)).isSymbolicLink();
  } catch {
    return false; // not there, or not for us to see
  }
}

function roleIn(prefix: string): FileRole {
  return prefix === '' ? 'manifest' : prefix === 'actions/' ? 'action' : 'workflow';
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

function inByteOrder(files: ListedFile[]): readonly ListedFile[] {
  // Asked once, not at each comparison of thousands.
  const isPlain = !files.some(({ path }) => hasSurrogates(path));
  return files.sort(isPlain ? (a, b) => (a.path < b.path ? -1 : 1) : (a, b) => byteOrder(a.path, b.path));
}

/** Byte order of UTF-8, so that no locale and no file system decides anything. */
export function byteOrder(a: string, b: string): number {
  // UTF-16 has another order for what surrogates stand for alone, and thousands of names have none.
  if (!hasSurrogates(a) && !hasSurrogates(b)) return a < b ? -1 : Number(a !== b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}
