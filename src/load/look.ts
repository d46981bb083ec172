// A look at a pack: which files lay there, and what they contain. Nothing is read whose entry in the index can be believed.
import type { Finding } from '../model/diagnostic.ts';
import type { Judged, ObservedFile, ObservedPack } from '../model/listing.ts';
import type { Digest, PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import type { ReadAnswer } from './bulk-worker.ts';
import { type Disk, manyFiles } from './disk.ts';
import { type FileIndex, type LastLook, maxDoubtful } from './file-index.ts';
import { fingerprintOfPack, type ListingChange, largePack, type Shown } from './fingerprints.ts';
import type { FreshFiles } from './fresh-files.ts';
import type { ListedFile } from './inspect.ts';
import { createMarkers } from './markers.ts';
import { once, withFiles } from './observed.ts';
import { fingerprintOf } from './read.ts';
import { stillChanging } from './refusal.ts';
import type { RootAccesses } from './root-access.ts';
import type { PackListing } from './scan.ts';

export type Looker = {
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
  /** The same for a look that was made in the moment of a write: what may have been written once more within a tick of the clock is read again. */
  isAsSeen(observed: ObservedPack): Promise<boolean>;
  /** Nobody makes use of a look: that its files are others than before is news for the next one. */
  unseen(observed: ObservedPack): void;
};

export type LookerOptions = {
  readonly accesses: RootAccesses;
  readonly disk: Disk;
  readonly index: FileIndex;
  readonly fresh: FreshFiles;
  rootOf(source: SourceName): Root;
};

export function createLooker({ accesses, disk, index, fresh, rootOf }: LookerOptions): Looker {
  const markers = createMarkers({ nowMs: () => performance.now() });
  const looks = new WeakMap<ObservedPack, MadeLook>();

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
    const doubtful = index.doubtful(source, dir, looked, files);
    if (complete && listing.settled)
      index.keep({ source, dir, state, files, listed: look.listed, fingerprint, doubtful });
    looks.set(pack, { ...look, doubtful });
    return pack;
  };

  /** All of the pack is listed as it was. A glance costs two thirds of a listing, and where it finds the same there is nothing else to tell. */
  const isListedAgain = async ({ source, dir, files }: ObservedPack, { extra, listed }: Look) => {
    const root = rootOf(source);
    if (files.size >= largePack && extra.length === 0)
      if ((await disk.glance(root, [{ dir, known: listed.mark }]))?.[0]) return true;
    const again = await disk.list(root, dir, extra, listed, files.size);
    return again.listing === 'same' || again.listed.mark === listed.mark;
  };

  /** What was written a moment before it was read contains what it did then: it may have been written once more within a tick of the clock. */
  const isReadAgain = async ({ source, files }: ObservedPack, doubtful: readonly ListedFile[]) => {
    const wanted = doubtful.flatMap((file) => {
      const digest = files.get(file.path)?.digest;
      return 'refused' in file || !digest ? [] : [{ ...file, known: digest }];
    });
    if (wanted.length < doubtful.length || wanted.length > maxDoubtful) return false;
    let isSame = true;
    const take = (at: number, result: ReadAnswer[number]) => {
      const { known, stats } = wanted[at] as (typeof wanted)[number];
      const isRead = result.state === 'read' || result.state === 'known';
      if (!isRead || result.digest !== known || result.fingerprint !== fingerprintOf(stats)) isSame = false;
    };
    await disk.read(source, wanted, take, () => false);
    return isSame;
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

  return {
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
      return isListedAgain(observed, look);
    },
    async isAsSeen(observed) {
      const { source, dir } = observed;
      const look = looks.get(observed);
      if (look === undefined || look.insists || (await isSwitching(source, dir))) return false;
      const found = await Promise.all([isListedAgain(observed, look), isReadAgain(observed, look.doubtful)]);
      return found.every((isSame) => isSame);
    },
    unseen({ source, dir, compared }) {
      if (compared !== 'same') index.unseen(source, dir);
    },
  };
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

type MadeLook = Look & {
  /** Files that may contain something else than was read without showing it. */
  readonly doubtful: readonly ListedFile[];
};
