// What the disk showed: listings and contents' digests, before anything is decided.

import type { Finding } from './diagnostic.ts';
import type { Digest, FileRole, PackDir, PackPath, SourceName } from './pack.ts';

/** A root as last looked at. Only `listed` proves anything about what is absent. */
export type RootListing =
  | {
      readonly state: 'listed';
      readonly source: SourceName;
      /** Of the root's real directory, see `identityOf`. */
      readonly identity: string;
      /** Directories that may be packs, in byte order. */
      readonly dirs: readonly PackDir[];
      /** Entries that were refused (a link out of the root, a name that is no UTF-8). */
      readonly refused: readonly RefusedEntry[];
    }
  | {
      readonly state: 'missing' | 'not_directory' | 'unreadable';
      readonly source: SourceName;
      /** In words, with the system's error. */
      readonly reason: string;
    };

export type RefusedEntry = { readonly path: PackPath; readonly finding: Finding };

/** A file as observed: its digest, or why there is none. */
export type ObservedFile = {
  readonly path: PackPath;
  readonly role: FileRole;
  /** Null: could not be read; `findings` say why. */
  readonly digest: Digest | null;
  readonly findings: readonly Finding[];
};

/** A pack directory as observed. */
export type ObservedPack = {
  readonly source: SourceName;
  readonly dir: PackDir;
  /** `absent`: proven gone. `other`: a directory with no sign of a pack. */
  readonly state: 'absent' | 'other' | 'pack';
  readonly files: ReadonlyMap<PackPath, ObservedFile>;
  /** False: some directory could not be listed, so what is not in `files` may still exist. */
  readonly complete: boolean;
  /** False: a file changed while it was read; look again after a quiet time. */
  readonly settled: boolean;
  /** What kept the listing from being complete, in words. */
  readonly trouble: readonly string[];
  /** Equal for two looks that saw the same. */
  readonly fingerprint: string;
  /** With what the last look of this process saw that settled; `first`: there was none. */
  readonly compared: 'first' | 'same' | 'changed';
};

/** What tells one directory from another at the same path. Inode numbers are used again at once, hence the time of birth. */
export function identityOf(stats: {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly birthtimeNs: bigint;
}): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}

/** The digest that a file had when it was judged by the rules as they are; undefined: it was not. */
export type Judged = (path: PackPath) => Digest | undefined;
