// Path → digest as last read. A hint that saves reading again; the bytes decide whenever it is in doubt.
import type { BigIntStats } from 'node:fs';
import type { Digest, PackPath, SourceName } from '../model/pack.ts';
import { fingerprintOf } from './read.ts';

/**
 * A clock tick of the file system may hide a write: a file whose ctime is this close to the moment it was read could have
 * been written once more within the same tick ("racily clean"), so its entry is not believed.
 */
const racyNs = 2_000_000_000n;

type Entry = { readonly fingerprint: string; readonly digest: Digest; readonly racy: boolean };

export type FileIndex = {
  /** The digest of an unchanged file; undefined when it has to be read. */
  lookUp(source: SourceName, path: PackPath, stats: BigIntStats): Digest | undefined;
  /** `readAtNs`: wall clock before the file was opened. */
  record(source: SourceName, path: PackPath, stats: BigIntStats, digest: Digest, readAtNs: bigint): void;
  /** Drops what lies in a pack directory and is not listed any more. */
  retain(source: SourceName, dir: string, paths: ReadonlySet<PackPath>): void;
  size(): number;
};

export function createFileIndex(): FileIndex {
  // source and directory → path → entry, so that forgetting a pack costs nothing for the others.
  const packs = new Map<string, Map<PackPath, Entry>>();
  const packOf = (source: SourceName, path: PackPath) => `${source}/${path.slice(0, path.indexOf('/'))}`;
  return {
    lookUp(source, path, stats) {
      const entry = packs.get(packOf(source, path))?.get(path);
      return entry && !entry.racy && entry.fingerprint === fingerprintOf(stats) ? entry.digest : undefined;
    },
    record(source, path, stats, digest, readAtNs) {
      const key = packOf(source, path);
      const pack = packs.get(key) ?? new Map<PackPath, Entry>();
      packs.set(key, pack);
      pack.set(path, { fingerprint: fingerprintOf(stats), digest, racy: readAtNs - stats.ctimeNs < racyNs });
    },
    retain(source, dir, paths) {
      const key = `${source}/${dir}`;
      const pack = packs.get(key);
      if (!pack) return;
      for (const path of pack.keys()) if (!paths.has(path)) pack.delete(path);
      if (pack.size === 0) packs.delete(key);
    },
    size: () => [...packs.values()].reduce((total, pack) => total + pack.size, 0),
  };
}
