// A tar.gz with a pack in it → the pack's files, in memory: nothing is ever written to a disk, and nothing in the archive is
// believed. What is ambiguous, too large or none of a pack's business is refused whole, with the entry's name.
import { isDefinitionFile } from '../registry/discover.ts';
import { createByteSource } from './byte-source.ts';
import { createPathBook, pathOf } from './entry-paths.ts';
import { gunzip } from './gunzip.ts';
import { type ArchiveLimits, archiveLimits } from './limits.ts';
import { ArchiveRefusal, refuse, shown } from './refusal.ts';
import { readEntries, type TarEntry } from './tar-entries.ts';

export type PackFiles = {
  /** The YAML files, by their path below the pack's directory; `pack.yaml` or `pack.yml` is among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths of the files that a registry has no use for; hidden ones and `node_modules` are not told. */
  readonly skipped: readonly string[];
};

export type ArchiveReading =
  | ({ readonly ok: true } & PackFiles)
  /** One sentence: which entry, what is expected, what to do. */
  | { readonly ok: false; readonly message: string };

/** Never throws for what the bytes are. Takes memory for the files that are kept and little more. */
export async function readArchive(
  bytes: Uint8Array,
  options: Partial<ArchiveLimits> = {},
): Promise<ArchiveReading> {
  try {
    return { ok: true, ...(await readPack(bytes, { ...archiveLimits, ...options })) };
  } catch (error) {
    if (error instanceof ArchiveRefusal) return { ok: false, message: error.message };
    throw error;
  }
}

async function readPack(bytes: Uint8Array, limits: ArchiveLimits): Promise<PackFiles> {
  const { maxPackedBytes, maxEntries } = limits;
  if (bytes.length > maxPackedBytes)
    refuse(
      `the archive has ${bytes.length} bytes, more than the ${maxPackedBytes} allowed`,
      'leave out what is no YAML',
    );
  const book = createPathBook();
  const files = new Map<string, Uint8Array>();
  const skipped: string[] = [];
  let count = 0;
  const slices = gunzip(bytes, limits);
  try {
    for await (const entry of readEntries(createByteSource(slices))) {
      count += 1;
      if (count > maxEntries)
        refuse(`the archive has more than the ${maxEntries} entries allowed`, 'leave out what is no YAML');
      checkSize(entry, limits);
      const path = pathOf(entry);
      if (path === undefined) continue;
      book.enter(path, entry.kind);
      if (entry.kind === 'directory' || isHidden(path)) continue;
      if (isKept(path)) files.set(path, await readKept(entry, limits));
      else skipped.push(path);
    }
  } finally {
    // A refusal leaves the rest unread, and zlib at work.
    await slices.return(undefined);
  }
  return stripTop(files, skipped);
}

function checkSize({ name, size }: TarEntry, { maxUnpackedBytes }: ArchiveLimits): void {
  if (size > maxUnpackedBytes)
    refuse(
      `the entry ${shown(name)} has ${size} bytes: expected at most ${maxUnpackedBytes} in all`,
      'leave it out',
    );
}

async function readKept(entry: TarEntry, { maxFileBytes }: ArchiveLimits): Promise<Uint8Array> {
  if (entry.size > maxFileBytes)
    refuse(
      `the entry ${shown(entry.name)} has ${entry.size} bytes: expected at most ${maxFileBytes}`,
      'split it, or raise PACKWATCH_MAX_FILE_BYTES',
    );
  return await entry.read();
}

/** What no pack on a disk is read from either; archives made by macOS are full of `._` files. */
function isHidden(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.') || name === 'node_modules');
}

function isKept(path: string): boolean {
  return isDefinitionFile(path.slice(path.lastIndexOf('/') + 1));
}

/** The pack may lie at the top of the archive, or be the one directory there. */
function stripTop(files: ReadonlyMap<string, Uint8Array>, skipped: readonly string[]): PackFiles {
  if (hasManifest(files, '')) return { files, skipped };
  const tops = new Set([...files.keys(), ...skipped].map((path) => path.split('/', 1)[0] ?? ''));
  const packs = [...tops].filter((top) => hasManifest(files, `${top}/`));
  const [top = ''] = packs;
  if (packs.length === 0)
    refuse(
      'the archive has no pack.yaml at its top or one directory down',
      'pack the directory that holds it',
    );
  if (tops.size > 1) {
    const others = [...tops]
      .filter((name) => name !== top)
      .slice(0, 3)
      .map(shown)
      .join(', ');
    refuse(
      `beside ${shown(top)} the archive holds ${others}: expected one directory, the pack`,
      'pack it alone',
    );
  }
  const below = (path: string): string => path.slice(top.length + 1);
  return {
    files: new Map([...files].map(([path, bytes]) => [below(path), bytes])),
    skipped: skipped.map(below),
  };
}

function hasManifest(files: ReadonlyMap<string, Uint8Array>, prefix: string): boolean {
  return files.has(`${prefix}pack.yaml`) || files.has(`${prefix}pack.yml`);
}
