// The watches of one root. In: raw events and requests to look. Out: hints. Level-triggered: a look compares the
// directories on disk with those watched and mends the difference, so a lost or reordered event costs only time.
//
// States of a place: unwatched → (directory there) opening → watched → (gone, moved, replaced, or its watch broke) unwatched.
// A watch is set before the directory is listed and hinted at afterwards: no gap in which a file could come unseen.
import { basename, join, resolve } from 'node:path';
import { codeOf } from '../model/errors.ts';
import type { PackDir, PackPath, Root } from '../model/pack.ts';
import { findDirectory, isInside, listDirectories } from './directories.ts';
import {
  childNames,
  childPlace,
  type Followed,
  groupFollowed,
  hintPath,
  meaningOf,
  type Place,
  rootPlace,
} from './place.ts';
import { isOutOfWatches, type OpenWatch, type Watch } from './watch-directory.ts';

export type TreeOptions = {
  readonly root: Root;
  readonly open: OpenWatch;
  onHint(path: PackPath | undefined): void;
  onError(error: unknown): void;
};

/** The watches of one root. */
export type Tree = {
  /** Opens every watch anew and resolves when they are established; a missing root is no error, the next call looks again. */
  rebuild(): Promise<void>;
  /** Sets the directories, relative to the root, that are watched beyond the usual ones. */
  follow(dirs: readonly string[]): void;
  /** Looks whether the watches of these packs, or of all, are what the disk asks for; resolves when they are. */
  mend(dirs: Iterable<PackDir> | 'all'): Promise<void>;
  directories(): number;
  /** Directories that should be watched and are not, because the system has no watch left for them. */
  unwatched(): number;
  close(): Promise<void>;
};

type Watched = { readonly place: Place; readonly identity: string; readonly watch: Watch; broken: boolean };

const openAtOnce = 32;
const openAttempts = 3;
// Beyond this many different places to look at, listing the root is cheaper.
const maxQueuedLooks = 256;

/** Creates a tree that watches nothing until `rebuild()`. */
export function createTree(options: TreeOptions): Tree {
  const { root, open, onHint } = options;
  const rootPath = resolve(root.path);
  const watched = new Map<string, Watched>();
  const queued = new Map<string, { readonly place: Place; reopen: boolean }>();
  const reported = new Set<string>();
  const refused = new Set<string>();
  let followed: Followed = new Map();
  let rootReal: string | undefined;
  let tail: Promise<void> = Promise.resolve();
  let built = false;
  let closed = false;

  // One failure of a kind per rebuild: a full inotify table fails for every directory alike.
  function report(error: unknown): undefined {
    const code = codeOf(error) ?? String(error);
    if (closed || reported.has(code)) return;
    reported.add(code);
    options.onError(error);
  }

  /** Jobs run one after another, so no two ever open or close the same place. */
  function enqueue(job: () => Promise<void>): Promise<void> {
    tail = tail.then(() => (closed ? undefined : job())).catch(report);
    return tail;
  }

  function look(place: Place, reopen: boolean): void {
    const target = queued.size >= maxQueuedLooks && !queued.has(place.rel) ? rootPlace : place;
    const waiting = queued.get(target.rel);
    if (waiting !== undefined) {
      if (target === place) waiting.reopen ||= reopen;
      return;
    }
    const entry = { place: target, reopen: target === place && reopen };
    queued.set(target.rel, entry);
    void enqueue(async () => {
      queued.delete(target.rel);
      const changed = new Set<string>();
      await examine(target, entry.reopen, changed);
      hintAt(changed);
    });
  }

  function hintAt(changed: ReadonlySet<string>): void {
    if (closed) return;
    for (const rel of changed.has('') ? [''] : changed) onHint(hintPath(rel));
  }

  function onRaw(place: Place, kind: string, name: string | null): void {
    if (closed) return;
    const meaning = meaningOf(place, basename(absolute(place)), kind, name);
    if (meaning === undefined) return;
    onHint(hintPath(meaning.rel));
    if (meaning.look !== undefined) look(meaning.look, meaning.reopen);
  }

  const absolute = (place: Place): string => join(rootPath, place.rel);

  /** Makes the watches at and below a place what the disk asks for; adds to `changed` where one was opened or closed. */
  async function examine(place: Place, reopen: boolean, changed: Set<string>): Promise<void> {
    if (closed) return;
    const identity = await identify(place);
    const current = watched.get(place.rel);
    const stale = current !== undefined && (reopen || current.broken || current.identity !== identity);
    if (stale) {
      changed.add(place.rel);
      await closeOne(place.rel);
    }
    refused.delete(place.rel);
    if (identity === undefined) return closeBelow(place);
    if ((stale || current === undefined) && (await openPlace(place, identity))) changed.add(place.rel);
    // Below is looked at even where the watch was refused, and every place there is told apart by its own identity.
    await inBatches(await childrenOf(place), (child) => examine(child, false, changed));
  }

  /** Sets the watch, then makes sure that the directory is still the one that was meant. */
  async function openPlace(place: Place, firstIdentity: string): Promise<boolean> {
    let identity: string | undefined = firstIdentity;
    for (let attempt = 0; attempt < openAttempts && identity !== undefined; attempt += 1) {
      const watch = await open(absolute(place), {
        onRaw: (kind, name) => onRaw(place, kind, name),
        onError: (error) => onWatchError(place, error),
      });
      if (watch === undefined) return false;
      const after: string | undefined = await identify(place);
      if (after === identity) {
        watched.set(place.rel, { place, identity, watch, broken: false });
        return true;
      }
      await watch.close();
      identity = after;
    }
    return false;
  }

  function onWatchError(place: Place, error: unknown): void {
    const entry = watched.get(place.rel);
    if (entry !== undefined) {
      entry.broken = true;
      look(place, false);
    } else if (isOutOfWatches(error)) refused.add(place.rel);
    report(error);
  }

  /** What tells one directory from another at the same path; undefined: no directory inside the root's real path. */
  async function identify(place: Place): Promise<string | undefined> {
    const found = await findDirectory(absolute(place)).catch(report);
    if (place.kind === 'root') rootReal = found?.real ?? rootReal;
    else if (!found || rootReal === undefined || !isInside(found.real, rootReal)) return undefined;
    return found?.identity;
  }

  /** Places that may be directly below; a root that cannot be listed keeps what it has. */
  async function childrenOf(place: Place): Promise<readonly Place[]> {
    if (place.kind !== 'root') return knownBelow(place);
    const names = (await listDirectories(rootPath).catch(report)) ?? [];
    const listed = names.map((name) => childPlace(place, name));
    const children = [...listed.filter((child) => child !== undefined), ...knownBelow(place)];
    return [...new Map(children.map((child) => [child.rel, child])).values()];
  }

  /** The same without a look at the disk: by their names, or because they are watched or followed. */
  function knownBelow(place: Place): readonly Place[] {
    const extra = followed.get(place.rel) ?? [];
    if (place.kind === 'root') {
      const packs = [...watched.values()].map((entry) => entry.place).filter(({ kind }) => kind === 'pack');
      return [...packs, ...extra];
    }
    const usual = childNames(place.kind).map((name) => childPlace(place, name));
    return [...usual.filter((child) => child !== undefined), ...extra];
  }

  async function closeOne(rel: string): Promise<void> {
    const entry = watched.get(rel);
    watched.delete(rel);
    refused.delete(rel);
    await entry?.watch.close();
  }

  async function closeBelow(place: Place): Promise<void> {
    if (place.kind === 'root') return closeAll();
    for (const child of knownBelow(place)) {
      await closeOne(child.rel);
      await closeBelow(child);
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...watched.keys()].map(closeOne));
  }

  return {
    rebuild() {
      return enqueue(async () => {
        reported.clear();
        refused.clear();
        const changed = new Set<string>();
        await closeAll();
        await examine(rootPlace, false, changed);
        // The full scan comes after the first build; after a later one nobody else would look.
        if (built && changed.size > 0) hintAt(new Set(['']));
        built = true;
      });
    },
    follow(dirs) {
      void enqueue(async () => {
        const before = [...followed.values()].flat();
        followed = groupFollowed(dirs);
        const places = [...followed.values()].flat();
        const wanted = new Set(places.map(({ rel }) => rel));
        for (const { rel } of before) if (!wanted.has(rel)) await closeOne(rel);
        const changed = new Set<string>();
        await inBatches(places, (place) => examine(place, false, changed));
        hintAt(changed);
      });
    },
    mend(dirs) {
      const places = dirs === 'all' ? [rootPlace] : [...dirs].map((dir) => childPlace(rootPlace, dir));
      return enqueue(async () => {
        if (dirs === 'all') refused.clear();
        const changed = new Set<string>();
        for (const place of places) if (place !== undefined) await examine(place, false, changed);
        hintAt(changed);
      });
    },
    directories: () => watched.size,
    unwatched: () => refused.size,
    async close() {
      closed = true;
      await tail;
      await closeAll();
    },
  };
}

async function inBatches<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += openAtOnce)
    await Promise.all(items.slice(at, at + openAtOnce).map(run));
}
