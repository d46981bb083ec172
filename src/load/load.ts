// The disk edge as one interface: observe a pack (what lies there, which bytes), check a file (what it says).
// Reads and checks run with bounded concurrency, and the event loop gets a turn every few milliseconds.
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import PQueue from 'p-queue';
import { type CheckedFile, isOutOfTime } from '../model/file.ts';
import type { ObservedFile, ObservedPack, RootListing } from '../model/listing.ts';
import type { Digest, PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import { createChecker } from './checker.ts';
import { createFileIndex } from './file-index.ts';
import type { ListedFile } from './inspect.ts';
import { createMarkers } from './markers.ts';
import { createParseCache } from './parse-cache.ts';
import { fingerprintOf, readListed } from './read.ts';
import { stillChanging } from './refusal.ts';
import { type PackListing, scanPack, scanRoot } from './scan.ts';

export type LoadOptions = {
  readonly roots: readonly Root[];
  /** Bytes; larger files are refused unread. */
  readonly maxFileBytes: number;
  /** Bytes the parse cache may hold. */
  readonly cacheBytes: number;
  /** Parallel reads and checks, ≥ 1. */
  readonly concurrency: number;
  /** Warnings count as errors. */
  readonly strict: boolean;
  readonly onParsed?: (source: SourceName, path: PackPath) => void;
  readonly onCacheLookup?: (result: 'hit' | 'miss') => void;
};

export type Loader = {
  scanRoot(source: SourceName): Promise<RootListing>;
  /**
   * `extra`: paths that actions link outside the usual directories. `insists`: a file that does not stand still counts as
   * unreadable, so that the rest of the pack need not wait any longer.
   */
  observe(
    source: SourceName,
    dir: PackDir,
    extra: readonly PackPath[],
    insists?: boolean,
  ): Promise<ObservedPack>;
  /**
   * True while all of the pack is as it was observed, and nobody is switching it: then what was read lay there together at one
   * moment. Any other difference than a tool's marker is let pass where the look insisted.
   */
  stands(observed: ObservedPack): Promise<boolean>;
  /** Undefined: the bytes on disk are no longer those that were observed. */
  check(source: SourceName, file: ObservedFile): Promise<CheckedFile | undefined>;
  /** Lets go of the bytes that the last look at a pack brought. */
  release(source: SourceName, dir: PackDir): void;
  /** Files parsed since the start. */
  parsedCount(): number;
  /** Files known by their fingerprint. */
  fileCount(): number;
  close(): Promise<void>;
};

/** Bytes of one pack that are kept between its look and its checks; what is more is read once more. */
const freshMaxBytes = 16 * 1024 * 1024;

/** How long checks may run before the event loop gets a turn. */
const sliceMs = 8;

export function createLoader(options: LoadOptions): Loader {
  const roots = new Map(options.roots.map((root) => [root.source, root]));
  const queue = new PQueue({ concurrency: options.concurrency });
  const checker = createChecker({ strict: options.strict });
  const cache = createParseCache(options.cacheBytes);
  const index = createFileIndex();
  const markers = createMarkers({ nowMs: () => performance.now() });
  const looks = new WeakMap<ObservedPack, Look>();
  // Bytes read by the last look at a pack, so that a changed file is read once.
  const fresh = new Map<string, Map<PackPath, { readonly digest: Digest; readonly bytes: Uint8Array }>>();
  let parsed = 0;
  let sliceStart = performance.now();
  let turn: Promise<void> | undefined;

  const rootOf = (source: SourceName): Root => {
    const root = roots.get(source);
    if (!root) throw new Error(`no root is configured for ${source}`);
    return root;
  };

  /** A root that cannot be reached is no safer than one that is being switched. */
  const isSwitching = async (source: SourceName, dir: PackDir) => {
    const rootReal = await realpath(rootOf(source).path).catch(() => undefined);
    return rootReal === undefined || (await markers.isSwitching(rootReal, dir));
  };

  // All who wait for a turn wait for the same one, and the slice that it begins is shared among them: each asks anew, right
  // before it works, whether there is something left of it.
  const isSliceOver = () => performance.now() - sliceStart >= sliceMs;
  const nextSlice = () => {
    turn ??= nextTurn().then(() => {
      turn = undefined;
      sliceStart = performance.now();
    });
    return turn;
  };

  const readFresh = async (source: SourceName, listed: ListedFile, keep: (bytes: Uint8Array) => void) => {
    if ('refused' in listed) return { digest: null, findings: [listed.refused], changing: false };
    const known = index.lookUp(source, listed.path, listed.stats);
    if (known) return { digest: known, findings: [], changing: false };
    const readAtNs = BigInt(Date.now()) * 1_000_000n;
    const result = await queue.add(() => readListed(listed.realPath, options.maxFileBytes));
    if (result.state === 'refused') return { digest: null, findings: [result.finding], changing: false };
    if (result.state === 'changing') return { digest: null, findings: [], changing: true };
    const settled = result.fingerprint === fingerprintOf(listed.stats);
    if (settled) index.record(source, listed.path, listed.stats, result.digest, readAtNs);
    keep(result.bytes);
    return { digest: result.digest, findings: [], changing: !settled };
  };

  const checkBytes = async (source: SourceName, file: ObservedFile, digest: Digest, bytes: Uint8Array) => {
    const { role, path } = file;
    while (isSliceOver()) await nextSlice();
    const checked = await checker.check(role, bytes);
    // failpoint: file.parsed
    parsed += 1;
    options.onParsed?.(source, path);
    // Out of time is a verdict on the moment, not on the bytes.
    if (!isOutOfTime(checked)) cache.set(role, digest, checked);
    return checked;
  };

  return {
    scanRoot: (source) => scanRoot(rootOf(source)),
    async observe(source, dir, extra, isPatienceOver = false) {
      // What a tool is switching is half of each version: that is waited for in its own time.
      const insists = isPatienceOver && !(await isSwitching(source, dir));
      const listing = await scanPack(rootOf(source), dir, extra);
      const kept = new Map<PackPath, { readonly digest: Digest; readonly bytes: Uint8Array }>();
      let room = freshMaxBytes;
      let { settled } = listing;
      const observed = await Promise.all(
        listing.files.map(async (listed): Promise<ObservedFile> => {
          let bytes: Uint8Array | undefined;
          const result = await readFresh(source, listed, (read) => {
            bytes = read;
          });
          if (result.changing) settled = false;
          const isLost = result.digest === null && result.changing && insists;
          const findings = isLost ? [stillChanging()] : result.findings;
          if (result.digest && bytes && bytes.length <= room) {
            room -= bytes.length;
            kept.set(listed.path, { digest: result.digest, bytes });
          }
          return { path: listed.path, role: listed.role, digest: result.digest, findings };
        }),
      );
      const files = new Map(observed.map((file) => [file.path, file]));
      if (listing.complete) index.retain(source, dir, new Set(files.keys()));
      if (kept.size > 0) fresh.set(`${source}/${dir}`, kept);
      else fresh.delete(`${source}/${dir}`);
      settled ||= insists;
      const pack: ObservedPack = {
        source,
        dir,
        state: listing.state,
        files,
        complete: listing.complete,
        settled,
        trouble: listing.trouble,
        fingerprint: fingerprintOfPack(listing.state, listing.complete, observed),
        compared: settled ? index.compare(source, dir, listing.state !== 'absent') : 'same',
      };
      looks.set(pack, { extra, insists, listed: fingerprintOfListing(listing) });
      return pack;
    },
    async stands(observed) {
      const { source, dir } = observed;
      const look = looks.get(observed);
      // Asked before the second listing: where both listings are alike, the files lay together at this moment.
      if (await isSwitching(source, dir)) return false;
      if (look === undefined || look.insists) return true;
      return fingerprintOfListing(await scanPack(rootOf(source), dir, look.extra)) === look.listed;
    },
    async check(source, file) {
      const { digest, role, path } = file;
      if (digest === null) return undefined;
      // Of thousands that are all in the cache none would wait for anything else.
      while (isSliceOver()) await nextSlice();
      const cached = cache.get(role, digest);
      options.onCacheLookup?.(cached ? 'hit' : 'miss');
      if (cached) return cached;
      const kept = fresh.get(`${source}/${path.slice(0, path.indexOf('/'))}`)?.get(path);
      if (kept?.digest === digest) return queue.add(() => checkBytes(source, file, digest, kept.bytes));
      return queue.add(async () => {
        const listed = join(rootOf(source).path, path);
        // A path that is gone by now is read as it stands: the read then says so, and the digest cannot match.
        const result = await readListed(await realpath(listed).catch(() => listed), options.maxFileBytes);
        if (result.state !== 'read' || result.digest !== digest) return undefined;
        return checkBytes(source, file, digest, result.bytes);
      });
    },
    release(source, dir) {
      fresh.delete(`${source}/${dir}`);
    },
    parsedCount: () => parsed,
    fileCount: () => index.size(),
    close: () => checker.close(),
  };
}

/** How a pack was looked at, and what its listing showed without opening a file. */
type Look = { readonly extra: readonly PackPath[]; readonly insists: boolean; readonly listed: string };

function fingerprintOfListing({ state, complete, files }: PackListing): string {
  const hash = createHash('sha256').update(`${state} ${complete}\n`);
  for (const file of files)
    hash.update(`${file.path}\0${'refused' in file ? file.refused.code : fingerprintOf(file.stats)}\n`);
  return hash.digest('hex');
}

function fingerprintOfPack(state: string, complete: boolean, files: readonly ObservedFile[]): string {
  const hash = createHash('sha256').update(`${state} ${complete}\n`);
  for (const file of files)
    hash.update(`${file.path}\0${file.digest ?? file.findings.map((f) => f.code).join()}\n`);
  return hash.digest('hex');
}
