// Stage: the disk speaks. In: the directories that packs are made of. Out: FileEvent, a hint that somebody has to look.
import type { FileEvent } from '../model/change.ts';
import type { PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import { createTree, type Tree } from './tree.ts';
import { type OpenWatch, watchDirectory } from './watch-directory.ts';

export type WatcherOptions = {
  readonly roots: readonly Root[];
  onEvent(event: FileEvent): void;
  /** A directory cannot be watched (`ENOSPC`, `EMFILE`, `EACCES`, …); the others go on. Once per code and rebuild. */
  onError(error: unknown, source: SourceName): void;
  /** Monotonic milliseconds. */
  nowMs(): number;
};

/** Watches roots. Hints may come doubled or for nothing; lost ones are the rescan's business. */
export type Watcher = {
  /**
   * Resolves when the watches are established, of all roots but those in `later`. Never fails: a root that is missing or comes later
   * waits for `rebuild`.
   */
  start(later?: ReadonlySet<SourceName>): Promise<void>;
  /**
   * Replaces the directories that are watched beyond the usual ones because they hold linked files.
   * @param dirs POSIX paths relative to the root, inside its real path; unknown ones are left out
   */
  follow(source: SourceName, dirs: readonly string[]): void;
  /** Opens all watches of a root anew, for a root that appeared or is another directory than before. */
  rebuild(source: SourceName): Promise<void>;
  /** Sets watches that were lost or refused, of these packs or of all of a root; those that are right stay. */
  mend(source: SourceName, dirs: Iterable<PackDir> | 'all'): Promise<void>;
  /** Directories watched now. */
  directories(): number;
  /** Directories of a root that the system has no watch left for. */
  unwatched(source: SourceName): number;
  /** Releases every watch and timer; nothing is emitted afterwards. */
  close(): Promise<void>;
};

/**
 * The system's queue holds 16,384 events by default; what comes beyond is lost, and nobody is told (libuv drops the event that
 * says so). So many in so short a time are taken for a queue that may have run over.
 */
const burstEvents = 4096;
const burstMs = 1000;

/** Creates a watcher that watches nothing until `start()`. */
export function createWatcher(options: WatcherOptions): Watcher {
  const { onEvent, onError, nowMs } = options;
  const trees = new Map<SourceName, Tree>();
  // One queue serves all watches of a process.
  const onBurst = () => {
    for (const source of trees.keys()) onEvent({ source, path: undefined, seenAtMs: nowMs() });
  };
  const open = countBursts(watchDirectory, nowMs, onBurst);
  for (const root of options.roots) {
    const { source } = root;
    const tree = createTree({
      root,
      open,
      onHint: limitPerTurn((path) => onEvent({ source, path, seenAtMs: nowMs() })),
      onError: (error) => onError(error, source),
    });
    trees.set(source, tree);
  }
  const all = [...trees.values()];
  return {
    async start(later) {
      const now = [...trees].filter(([source]) => !later?.has(source));
      await Promise.all(now.map(([, tree]) => tree.rebuild()));
    },
    follow: (source, dirs) => trees.get(source)?.follow(dirs),
    rebuild: (source) => trees.get(source)?.rebuild() ?? Promise.resolve(),
    mend: (source, dirs) => trees.get(source)?.mend(dirs) ?? Promise.resolve(),
    directories: () => all.reduce((count, tree) => count + tree.directories(), 0),
    unwatched: (source) => trees.get(source)?.unwatched() ?? 0,
    async close() {
      await Promise.all(all.map((tree) => tree.close()));
    },
  };
}

/**
 * Leaves out hints at a pack that was hinted at often enough in this turn of the event loop: a full queue is handed over in one
 * turn, and the thousandth hint says nothing that the first did not.
 */
function limitPerTurn(
  hint: (path: PackPath | undefined) => void,
  most = 16,
): (path: PackPath | undefined) => void {
  const counts = new Map<string, number>();
  return (path) => {
    const dir = path === undefined ? '' : path.slice(0, (path.indexOf('/') + 1 || path.length + 1) - 1);
    const count = counts.get(dir) ?? 0;
    if (count === 0 && counts.size === 0) setImmediate(() => counts.clear());
    counts.set(dir, count + 1);
    if (count < most) hint(path);
  };
}

/** Watches that count every event, also those of files that are nobody's business: they fill the queue like any other. */
function countBursts(open: OpenWatch, nowMs: () => number, onBurst: () => void): OpenWatch {
  let windowMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  const note = () => {
    const now = nowMs();
    if (now - windowMs > burstMs) {
      windowMs = now;
      count = 0;
    }
    count += 1;
    if (count % burstEvents === 0) onBurst();
  };
  return (dir, listener) =>
    open(dir, {
      ...listener,
      onRaw(kind, name) {
        note();
        listener.onRaw(kind, name);
      },
    });
}
