// The disk edge as one interface: observe a pack (what lies there, which bytes), check a file (what it says).
// Reads and checks run with bounded concurrency, and the event loop gets a turn every few milliseconds.
import { join } from 'node:path';
import type PQueue from 'p-queue';
import type { Finding } from '../model/diagnostic.ts';
import { type CheckedFile, isUnjudged } from '../model/file.ts';
import type { Judged, ObservedFile, ObservedPack, RootListing } from '../model/listing.ts';
import type { Digest, PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import { createBulk } from './bulk.ts';
import type { ReadAnswer } from './bulk-worker.ts';
import { createChecker } from './checker.ts';
import { createDisk, type DiskOptions, manyFiles } from './disk.ts';
import type { FileAccess } from './file-access.ts';
import { createFileIndex, type LastLook } from './file-index.ts';
import { fingerprintOfPack, type ListingChange, largePack, type Shown } from './fingerprints.ts';
import { createFreshFiles, type FreshFile } from './fresh-files.ts';
import type { ListedFile } from './inspect.ts';
import { createMarkers } from './markers.ts';
import { once, withFiles } from './observed.ts';
import { createParseCache } from './parse-cache.ts';
import { fingerprintOf, readListed } from './read.ts';
import { stillChanging } from './refusal.ts';
import { createRootAccesses, type RootAccesses } from './root-access.ts';
import { type PackListing, scanRoot } from './scan.ts';
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

export type Loader = {
  /** Much will be looked at: threads for it are started meanwhile. */
  prepare(): void;
  /** A directory will be looked at soon: where that is much, threads are started meanwhile. */
  expect(source: SourceName, dir: PackDir): void;
  scanRoot(source: SourceName): Promise<RootListing>;
  /**
   * `extra`: paths that actions link outside the usual directories. `insists`: a file that does not stand still counts as
   * unreadable, so that the rest of the pack need not wait any longer. `judged`: what is not will be asked for, so that it may be
   * checked where it is read.
   */
  observe(
    source: SourceName,
    dir: PackDir,
    extra: readonly PackPath[],
    insists?: boolean,
    judged?: Judged,
  ): Promise<ObservedPack>;
  /** Those of many directories that are found as they were at the last look, at less cost than by looks of their own. */
  glance(source: SourceName, dirs: readonly PackDir[]): Promise<ReadonlyMap<PackDir, ObservedPack>>;
  /**
   * True while all of the pack is as it was observed, and nobody is switching it: then what was read lay there together at one
   * moment. Any other difference than a tool's marker is let pass where the look insisted.
   */
  stands(observed: ObservedPack): Promise<boolean>;
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
  const markers = createMarkers({ nowMs: () => performance.now() });
  const looks = new WeakMap<ObservedPack, Look>();
  const fresh = createFreshFiles();
  let parsed = 0;

  const rootOf = (source: SourceName): Root => {
    const root = roots.get(source);
    if (!root) throw new Error(`no root is configured for ${source}`);
    return root;
  };

  /** A root that cannot be reached is no safer than one that is being switched. */
  const isSwitching = async (source: SourceName, dir: PackDir) => {
    const access = accesses.of(source);
    return access
      .within(async () => markers.isSwitching(await access.realpath(rootOf(source).path), dir))
      .catch(() => true);
  };

  /** Listed files → their digests. What was read for them is kept until the pack is released, as far as there is room. */
  const readFresh = async (
    source: SourceName,
    dir: PackDir,
    listed: readonly ListedFile[],
    judged: Judged | undefined,
  ) => {
    const look = fresh.look(source, dir);
    const found = new Map<ListedFile, Found>();
    const unknown: Readable[] = [];
    for (const file of listed) {
      if ('refused' in file) found.set(file, { digest: null, findings: [file.refused], changing: false });
      else {
        const digest = index.lookUp(source, file.path, file.stats);
        if (digest === undefined) unknown.push(file);
        else {
          look.carry(file.path, digest);
          found.set(file, { digest, findings: [], changing: false });
        }
      }
    }
    const readAtNs = BigInt(Date.now()) * 1_000_000n;
    const wanted = unknown.map((file) => ({
      ...file,
      known: index.lastRead(source, file.path) ?? judged?.(file.path),
    }));
    const take = (at: number, result: ReadAnswer[number]) => {
      const file = unknown[at] as Readable;
      const { path, stats } = file;
      if (result.state === 'refused' || result.state === 'changing') {
        const changing = result.state === 'changing';
        found.set(file, { digest: null, findings: changing ? [] : [result.finding], changing });
        return;
      }
      const { digest } = result;
      const settled = result.fingerprint === fingerprintOf(stats);
      if (settled) index.record(source, path, stats, digest, readAtNs);
      found.set(file, { digest, findings: [], changing: !settled });
      if (result.state === 'known') look.carry(path, digest);
      else look.take(path, result);
    };
    await disk.read(source, wanted, take, () => judged !== undefined && look.hasRoom());
    look.end();
    return found;
  };

  /** Files that were listed → what they contain; nothing of those that the index knows is read. */
  const observeFiles = async (
    source: SourceName,
    dir: PackDir,
    listed: readonly ListedFile[],
    { insists, judged }: Pick<Look, 'insists' | 'judged'>,
  ) => {
    const found = await readFresh(source, dir, listed, judged);
    let settled = true;
    const files = listed.map((file): ObservedFile => {
      const { digest, findings, changing } = found.get(file) as Found;
      if (changing) settled = false;
      const isLost = digest === null && changing && insists;
      const { path, role } = file;
      return { path, role, digest, findings: isLost ? [stillChanging()] : findings };
    });
    return { files, settled };
  };

  /** What a listing and the files in it come to; `looked`: those that had to be looked into. */
  const packOf = (
    { source, dir, listing, files, settled }: Seen,
    look: Look,
    looked: readonly ListedFile[],
  ): ObservedPack => {
    const { state, complete, trouble } = listing;
    const fingerprint = once(() => fingerprintOfPack(state, complete, files.values()));
    const pack: ObservedPack = {
      ...{ source, dir, state, files, complete, trouble, settled: settled || look.insists },
      get fingerprint() {
        return fingerprint();
      },
      compared: settled || look.insists ? index.compare(source, dir, state !== 'absent') : 'same',
    };
    if (complete && listing.settled)
      index.keep({ source, dir, state, files, listed: look.listed, fingerprint }, looked);
    looks.set(pack, look);
    return pack;
  };

  /** All that is as it was listed last is as it was seen then, but for what was not believed. */
  const observeChange = async (
    source: SourceName,
    dir: PackDir,
    last: LastLook,
    change: Omit<ListingChange, 'state'>,
    look: Look,
  ): Promise<ObservedPack> => {
    const gone = new Set(change.gone);
    const doubtful = new Map(last.doubtful.map((file) => [file.path, file]));
    for (const file of change.files) doubtful.set(file.path, file);
    const looked = [...doubtful.values()].filter(({ path }) => !gone.has(path));
    const found = await observeFiles(source, dir, looked, look);
    index.drop(source, dir, gone);
    const files = withFiles(last.files, found.files, gone);
    const listing = { state: last.state, ...whole };
    return packOf({ source, dir, listing, files, settled: found.settled }, look, looked);
  };

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
    expect(source, dir) {
      if (index.size(source, dir) >= largePack) bulk.prepare(1);
    },
    scanRoot: (source) => scanRoot(accesses.of(source), rootOf(source)),
    async observe(source, dir, extra, isPatienceOver = false, judged = undefined) {
      // What a tool is switching is half of each version: that is waited for in its own time.
      const insists = isPatienceOver && !(await isSwitching(source, dir));
      const last = index.last(source, dir);
      const size = index.size(source, dir);
      const { listing, listed } = await disk.list(rootOf(source), dir, extra, last?.listed, size);
      if (listing === 'same' || listing.state === 'changed') {
        if (last === undefined) throw new Error(`a listing of ${source}/${dir} is as none was`);
        const change = listing === 'same' ? { files: [], gone: [] } : listing;
        return observeChange(source, dir, last, change, {
          extra,
          insists,
          judged,
          listed: listed ?? last.listed,
        });
      }
      const look = { extra, insists, judged, listed: listed as Shown };
      const found = await observeFiles(source, dir, listing.files, look);
      const files = new Map(found.files.map((file) => [file.path, file]));
      if (listing.complete) index.retain(source, dir, new Set(files.keys()));
      const settled = listing.settled && found.settled;
      return packOf({ source, dir, listing, files, settled }, look, listing.files);
    },
    async glance(source, dirs) {
      const lasts = dirs.map((dir) => ({ dir, last: index.last(source, dir) }));
      // What is not believed has to be read, whatever its listing is.
      const known = lasts.flatMap(({ dir, last }) => (last?.doubtful.length === 0 ? [{ dir, last }] : []));
      const same = new Map<PackDir, ObservedPack>();
      if (known.reduce((total, { last }) => total + last.files.size, 0) < manyFiles) return same;
      const packs = known.map(({ dir, last }) => ({ dir, known: last.listed.mark }));
      const answers = await disk.glance(rootOf(source), packs);
      for (const [at, { dir, last }] of known.entries()) {
        // Whoever looked at it meanwhile knows better.
        if (!answers?.[at] || index.last(source, dir) !== last) continue;
        const look = { extra: [], insists: false, judged: undefined, listed: last.listed };
        const { state, files } = last;
        same.set(dir, packOf({ source, dir, listing: { state, ...whole }, files, settled: true }, look, []));
      }
      return same;
    },
    async stands(observed) {
      const { source, dir } = observed;
      const look = looks.get(observed);
      // Asked before the second listing: where both listings are alike, the files lay together at this moment.
      if (await isSwitching(source, dir)) return false;
      if (look === undefined || look.insists) return true;
      const packs = [{ dir, known: look.listed.mark }];
      // A glance costs two thirds of a listing, and where it finds the same there is nothing else to tell.
      if (observed.files.size >= largePack && look.extra.length === 0)
        if ((await disk.glance(rootOf(source), packs))?.[0]) return true;
      const again = await disk.list(rootOf(source), dir, look.extra, look.listed, observed.files.size);
      return again.listing === 'same' || again.listed.mark === look.listed.mark;
    },
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

type Readable = Extract<ListedFile, { readonly realPath: string }>;

/** What a listed file came to; `changing`: somebody is writing it. */
type Found = {
  readonly digest: Digest | null;
  readonly findings: readonly Finding[];
  readonly changing: boolean;
};

/** A listing that was kept. */
const whole = { complete: true, settled: true, trouble: [] } as const;

/** What a look at a pack showed. */
type Seen = Pick<ObservedPack, 'source' | 'dir' | 'files' | 'settled'> & {
  readonly listing: Pick<PackListing, 'state' | 'complete' | 'settled' | 'trouble'>;
};

/** How a pack was looked at, and what its listing showed without opening a file. */
type Look = {
  readonly extra: readonly PackPath[];
  readonly insists: boolean;
  readonly judged: Judged | undefined;
  readonly listed: Shown;
};
