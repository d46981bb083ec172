// The watches of one root. In: raw events and requests to look. Out: hints. Level-triggered: a look compares the
// directories on disk with those watched and mends the difference, so a lost or reordered event costs only time.
//
// States of a place: unwatched → (directory there) opening → watched → (gone, moved, replaced, or its watch broke) unwatched.
// A watch is set before the directory is listed and hinted at afterwards: no gap in which a file could come unseen.
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { codeOf } from '../model/errors.ts';
import type { PackPath, Root } from '../model/pack.ts';
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

/** An open watch on one directory. */
export type Watch = { close(): Promise<void> };

export type WatchListener = {
  onRaw(kind: string, name: string | null): void;
  onError(error: unknown): void;
};

/** Resolves once events of the directory arrive; undefined if it cannot be watched (`onError` was told, unless it is gone). */
export type OpenWatch = (dir: string, listener: WatchListener) => Promise<Watch | undefined>;

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
  directories(): number;
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
  let followed: Followed = new Map();
  let rootReal: string | undefined;
  let tail: Promise<void> = Promise.resolve();
  let built = false;
  let closed = false;

  // One failure of a kind per rebuild: a full inotify table fails for every directory alike.
  function report(error: unknown): void {
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
    if (identity === undefined) return closeBelow(place);
    if ((stale || current === undefined) && (await openPlace(place, identity))) changed.add(place.rel);
    // Below is looked at even where the watch was refused, and every place there is told apart by its own identity.
    await inBatches(await childrenOf(place), (child) => examine(child, false, changed));
  }

  /** Sets the watch, then makes sure that the directory is still the one that was meant. */
  async function openPlace(place: Place, firstIdentity: string): Promise<boolean> {
    let identity: string | undefined = firstIdentity;
    for (let attempt = 0; attempt < openAttempts && identity !== undefined; attempt += 1) {
      const listener: WatchListener = {
        onRaw: (kind, name) => onRaw(place, kind, name),
        onError(error) {
          const entry = watched.get(place.rel);
          if (entry !== undefined) entry.broken = true;
          report(error);
        },
      };
      const watch = await open(absolute(place), listener);
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

  /** What tells one directory from another at the same path; undefined: no directory inside the root's real path. */
  async function identify(place: Place): Promise<string | undefined> {
    try {
      const real = await realpath(absolute(place));
      if (place.kind === 'root') rootReal = real;
      else if (rootReal === undefined || !isInside(real, rootReal)) return undefined;
      const stats = await stat(real, { bigint: true });
      // Inode numbers are used again at once, hence the time of birth.
      return stats.isDirectory() ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}` : undefined;
    } catch (error) {
      if (!isAbsence(error)) report(error);
      return undefined;
    }
  }

  /** Places that may be directly below; a root that cannot be listed keeps what it has. */
  async function childrenOf(place: Place): Promise<readonly Place[]> {
    if (place.kind !== 'root') return knownBelow(place);
    const listed = (await listRoot()).map((name) => childPlace(place, name));
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

  async function listRoot(): Promise<readonly string[]> {
    try {
      const entries = await readdir(rootPath, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map((entry) => entry.name);
    } catch (error) {
      if (!isAbsence(error)) report(error);
      return [];
    }
  }

  async function closeOne(rel: string): Promise<void> {
    const entry = watched.get(rel);
    watched.delete(rel);
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
    directories: () => watched.size,
    async close() {
      closed = true;
      await tail;
      await closeAll();
    },
  };
}

function isInside(real: string, rootReal: string): boolean {
  return real.startsWith(rootReal.endsWith(sep) ? rootReal : rootReal + sep);
}

function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}

async function inBatches<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += openAtOnce)
    await Promise.all(items.slice(at, at + openAtOnce).map(run));
}
