// How much of an archive is read before it is refused.

export type ArchiveLimits = {
  /** Bytes of the archive as it is sent. */
  readonly maxPackedBytes: number;
  /** Bytes of the tar stream, headers and what is skipped included. */
  readonly maxUnpackedBytes: number;
  /** Unpacked bytes for one packed byte; a tar stream below `freeUnpackedBytes` may be packed as tightly as it likes. */
  readonly maxRatio: number;
  readonly freeUnpackedBytes: number;
  readonly maxEntries: number;
  /** Of a file that is kept. */
  readonly maxFileBytes: number;
};

export const archiveLimits: ArchiveLimits = {
  maxPackedBytes: 64 * 1024 * 1024,
  maxUnpackedBytes: 64 * 1024 * 1024,
  maxRatio: 100,
  freeUnpackedBytes: 1024 * 1024,
  maxEntries: 5000,
  maxFileBytes: 1024 * 1024,
};

/** Of the path of an entry, as the archive spells it. */
export const maxPathBytes = 255;
/** Names in such a path, the file's own included. */
export const maxPathDepth = 8;
