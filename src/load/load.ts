// The disk edge as one interface: observe a pack (what lies there, which bytes), check a file (what it says).
// Reads and checks run with bounded concurrency, and the event loop gets a turn every few milliseconds.
import { join } from 'node:path';
import type PQueue from 'p-queue';
import { type CheckedFile, isUnjudged } from '../model/file.ts';
import type { ObservedFile, RootListing } from '../model/listing.ts';
import type { Digest, PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import { createBulk } from './bulk.ts';
import { createChecker } from './checker.ts';
import { createDisk, type DiskOptions } from './disk.ts';
import type { FileAccess } from './file-access.ts';
import { createFileIndex } from './file-index.ts';
import { largePack } from './fingerprints.ts';
import { createFreshFiles, type FreshFile } from './fresh-files.ts';
import { createLooker, type Looker } from './look.ts';
import { createParseCache } from './parse-cache.ts';
import { readListed } from './read.ts';
import { createRootAccesses, type RootAccesses } from './root-access.ts';
import { scanRoot } from './scan.ts';
import { createSlices } from './slices.ts';

export type LoadOptions = {
  readonly roots: readonly Root[];
  /** @default its own */
  readonly accesses?: RootAccesses;
  /** The calls of `accesses` wait for their answers: there are never several under way. @default false */
  readonly isDirect?: boolean;
  /** Bytes; larger files are refused unread. */
  readonly maxFileBytes: number;
  /** Bytes the parse cache may hold; 0: there is none. */
  readonly cacheBytes: number;
  /** Parallel reads and checks, ≥ 1. */
  readonly concurrency: number;
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** Nothing is registered: of workflows an outline is enough. @default false */
  readonly isOutline?: boolean;
  readonly onParsed?: (source: SourceName, path: PackPath) => void;
  readonly onCacheLookup?: (result: 'hit' | 'miss') => void;
};

export type Loader = Looker & {
  /** Much will be looked at: threads for it are started meanwhile. */
  prepare(): void;
  /** A directory will be looked at: where that is much, a thread is started. Resolves when it is there; false: nothing is known of it. */
  expect(source: SourceName, dir: PackDir): Promise<boolean>;
  scanRoot(source: SourceName): Promise<RootListing>;
  /** Undefined: the bytes on disk are no longer those that were observed. */
  check(source: SourceName, file: ObservedFile): Promise<CheckedFile | undefined>;
  /** Lets go of the files that the last look at a pack brought. */
  release(source: SourceName, dir: PackDir): void;
  /** Files parsed since the start. */
  parsedCount(): number;
  /** Files known by their fingerprint. */
  fileCount(): number;
  close(): Promise<void>;
};

export function createLoader(options: LoadOptions): Loader {
  const roots = new Map(options.roots.map((root) => [root.source, root]));
  const queue = options.isDirect ? unqueued : createQueue(options.concurrency);
  const bulk = createBulk({ threads: options.concurrency - 1 });
  const slices = createSlices();
  const checker = createChecker({ ...options, bulk, slices });
  const accesses = options.accesses ?? createRootAccesses({ roots: options.roots });
  const disk = createDisk({ ...options, bulk, queue, accesses });
  const cache = createParseCache(options.cacheBytes);
  const index = createFileIndex();
  const fresh = createFreshFiles();
  let parsed = 0;

  const rootOf = (source: SourceName): Root => {
    const root = roots.get(source);
    if (!root) throw new Error(`no root is configured for ${source}`);
    return root;
  };

  const looker = createLooker({ rootOf, accesses, disk, index, fresh });

  const checkFresh = async (
    source: SourceName,
    { role, path }: ObservedFile,
    digest: Digest,
    read: FreshFile,
  ): Promise<CheckedFile> => {
    const checked = read.state === 'read' ? await checker.check(role, read.bytes) : read.checked;
    // failpoint: file.parsed
    parsed += 1;
    options.onParsed?.(source, path);
    // No verdict on the bytes.
    if (!isUnjudged(checked.findings)) await cache.set(role, digest, checked);
    return checked;
  };

  return {
    prepare: () => disk.expectMuch(),
    async expect(source, dir) {
      const files = index.size(source, dir);
      if (files < largePack) return files > 0;
      bulk.prepare(1);
      // It has nothing to do but to answer.
      await disk.glance(rootOf(source), []);
      return true;
    },
    scanRoot: (source) => scanRoot(accesses.of(source), rootOf(source)),
    observe: looker.observe,
    glance: looker.glance,
    stands: looker.stands,
    isAsSeen: looker.isAsSeen,
    unseen: looker.unseen,
    async check(source, file) {
      const { digest, role, path } = file;
      if (digest === null) return undefined;
      // Of thousands that are all in the cache none would wait for anything else.
      while (slices.isOver()) await slices.next();
      const cached = cache.get(role, digest);
      options.onCacheLookup?.(cached ? 'hit' : 'miss');
      if (cached) return cached;
      const kept = fresh.get(source, path, digest);
      if (kept !== undefined) return checkFresh(source, file, digest, kept);
      const access = accesses.of(source);
      const listed = join(rootOf(source).path, path);
      // A path that is gone by now is read as it stands: the read then says so, and the digest cannot match.
      const result = await queue.add(async () =>
        readListed(access, await resolved(access, listed), options.maxFileBytes),
      );
      if (result.state !== 'read' || result.digest !== digest) return undefined;
      return checkFresh(source, file, digest, result);
    },
    release: fresh.release,
    parsedCount: () => parsed,
    fileCount: () => index.size(),
    async close() {
      await Promise.all([checker.close(), bulk.close()]);
    },
  };
}

/** It is loaded by the first that comes. */
function createQueue(concurrency: number): DiskOptions['queue'] {
  let queue: Promise<PQueue> | undefined;
  return {
    async add(work) {
      queue ??= import('p-queue').then((library) => new library.default({ concurrency }));
      return (await queue).add(work);
    },
  };
}

const unqueued: DiskOptions['queue'] = { add: (work) => work() };

/** The path as it stands where it leads nowhere. */
async function resolved(access: FileAccess, path: string): Promise<string> {
  try {
    return await access.realpath(path);
  } catch {
    return path; // reading it says why
  }
}
