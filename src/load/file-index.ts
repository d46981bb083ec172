// Path → digest as last read. A hint that saves reading again; the bytes decide whenever it is in doubt. It also knows whether a
// pack's files are others than at the last look, which tells what no event announced.
import type { ObservedPack } from '../model/listing.ts';
import type { Digest, PackPath, SourceName } from '../model/pack.ts';
import { roleOf } from '../registry/discover.ts';
import { largePack, type Shown } from './fingerprints.ts';
import type { ListedFile } from './inspect.ts';
import { type FileStats, fingerprintOf } from './read.ts';

/**
 * A clock tick of the file system may hide a write: a file whose ctime is this close to the moment it was read could have
 * been written once more within the same tick ("racily clean"), so its entry is not believed.
 */
const racyNs = 2_000_000_000n;

/** What is saved within seconds of each other. */
export const maxDoubtful = 64;

type Entry = { readonly fingerprint: string; readonly digest: Digest; readonly racy: boolean };

/** What a look saw, and by which listing: whoever sees that listing again sees the same, but for `doubtful`. */
export type LastLook = Pick<ObservedPack, 'state' | 'files'> & {
  readonly listed: Shown;
  readonly fingerprint: () => string;
  /** Files whose entries are not believed, as they were listed. */
  readonly doubtful: readonly ListedFile[];
};

/** `isChanged` stays until `compare` takes it, so that a look which did not settle loses nothing. */
type Pack = {
  readonly entries: Map<PackPath, Entry>;
  isKnown: boolean;
  isChanged: boolean;
  last: LastLook | undefined;
};

export type LookToKeep = Pick<ObservedPack, 'source' | 'dir'> & LastLook;

export type FileIndex = {
  /** The digest of an unchanged file; undefined when it has to be read. */
  lookUp(source: SourceName, path: PackPath, stats: FileStats): Digest | undefined;
  /** What it contained when its pack was looked at last, believed or not; undefined where that look did not settle. */
  lastRead(source: SourceName, path: PackPath): Digest | undefined;
  /** `readAtNs`: wall clock before the file was opened. */
  record(source: SourceName, path: PackPath, stats: FileStats, digest: Digest, readAtNs: bigint): void;
  /** Drops what lies in a pack directory and is not listed any more. */
  retain(source: SourceName, dir: string, paths: ReadonlySet<PackPath>): void;
  /** The files of a directory beside those at the last call for it; `isThere`: the directory exists. */
  compare(source: SourceName, dir: string, isThere: boolean): ObservedPack['compared'];
  /** Forgets files of a pack directory that are not listed any more. */
  drop(source: SourceName, dir: string, paths: Iterable<PackPath>): void;
  /** Those of some files of a directory whose entries are not believed. `seen`: what they contained. */
  doubtful(
    source: SourceName,
    dir: string,
    files: readonly ListedFile[],
    seen: ObservedPack['files'],
  ): readonly ListedFile[];
  /** Keeps what a complete look saw, unless too much of it is not believed. */
  keep(look: LookToKeep): void;
  /** A look that nobody makes use of saw other files than the one before: the next one does. */
  unseen(source: SourceName, dir: string): void;
  /** The last look at a directory, where it was kept. */
  last(source: SourceName, dir: string): LastLook | undefined;
  /** Files known: of all directories, or of one. */
  size(source?: SourceName, dir?: string): number;
};

export function createFileIndex(): FileIndex {
  // source and directory → path → entry, so that forgetting a pack costs nothing for the others.
  const packs = new Map<string, Pack>();
  const keyOf = (source: SourceName, path: PackPath) => `${source}/${path.slice(0, path.indexOf('/'))}`;
  const packAt = (key: string): Pack => {
    const pack = packs.get(key) ?? { entries: new Map(), isKnown: false, isChanged: false, last: undefined };
    packs.set(key, pack);
    return pack;
  };
  const drop: FileIndex['drop'] = (source, dir, paths) => {
    const pack = packs.get(`${source}/${dir}`);
    for (const path of paths) {
      if (!pack?.entries.delete(path)) continue;
      pack.last = undefined;
      if (roleOf(path) !== undefined) pack.isChanged = true;
    }
  };
  return {
    lookUp(source, path, stats) {
      const entry = packs.get(keyOf(source, path))?.entries.get(path);
      return entry && !entry.racy && entry.fingerprint === fingerprintOf(stats) ? entry.digest : undefined;
    },
    lastRead(source, path) {
      const pack = packs.get(keyOf(source, path));
      return pack?.isKnown && !pack.isChanged ? pack.entries.get(path)?.digest : undefined;
    },
    record(source, path, stats, digest, readAtNs) {
      const pack = packAt(keyOf(source, path));
      pack.last = undefined;
      const before = pack.entries.get(path);
      // A file that an action links is listed only once the link is known: that it is new here says nothing.
      if (before ? before.digest !== digest : roleOf(path) !== undefined) pack.isChanged = true;
      const racy = readAtNs - stats.ctimeNs < racyNs;
      pack.entries.set(path, { fingerprint: fingerprintOf(stats), digest, racy });
    },
    retain(source, dir, paths) {
      const known = packs.get(`${source}/${dir}`)?.entries.keys() ?? [];
      drop(
        source,
        dir,
        [...known].filter((path) => !paths.has(path)),
      );
    },
    drop,
    compare(source, dir, isThere) {
      const key = `${source}/${dir}`;
      const before = packs.get(key);
      const result = before?.isKnown ? (before.isChanged ? 'changed' : 'same') : 'first';
      // Also one without a single file that can be read is known from now on.
      if (isThere) Object.assign(packAt(key), { isKnown: true, isChanged: false });
      else packs.delete(key);
      return result;
    },
    doubtful(source, dir, files, seen) {
      const entries = packs.get(`${source}/${dir}`)?.entries;
      return files.filter(({ path }) => {
        const entry = entries?.get(path);
        return entry === undefined || entry.racy || entry.digest !== seen.get(path)?.digest;
      });
    },
    keep({ source, dir, ...look }) {
      const pack = packs.get(`${source}/${dir}`);
      if (!pack) return;
      const isEnough =
        look.doubtful.length === 0 || (look.files.size >= largePack && look.doubtful.length <= maxDoubtful);
      pack.last = isEnough ? look : undefined;
    },
    unseen(source, dir) {
      const pack = packs.get(`${source}/${dir}`);
      if (pack) pack.isChanged = true;
    },
    last: (source, dir) => packs.get(`${source}/${dir}`)?.last,
    size(source, dir) {
      if (dir !== undefined) return packs.get(`${source}/${dir}`)?.entries.size ?? 0;
      return [...packs.values()].reduce((total, pack) => total + pack.entries.size, 0);
    },
  };
}
