// Stage: the disk speaks. In: the directories that packs are made of. Out: FileEvent, a hint that somebody has to look.
// The only user of chokidar, and only of what its `raw` events say about directories.
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { FSWatcher } from 'chokidar';
import type { FileEvent } from '../model/change.ts';
import type { Root, SourceName } from '../model/pack.ts';
import { createTree, type OpenWatch, type Tree } from './tree.ts';

export type WatcherOptions = {
  readonly roots: readonly Root[];
  /** `events`: inotify and the like; `poll`: a hint at every root each `pollMs`; `off`: nothing ever. */
  readonly mode: 'events' | 'poll' | 'off';
  /** @default 2000 */
  readonly pollMs?: number;
  onEvent(event: FileEvent): void;
  /** A directory cannot be watched (`ENOSPC`, `EMFILE`, `EACCES`, …); the others go on. Once per code and rebuild. */
  onError(error: unknown, source: SourceName): void;
  /** Monotonic milliseconds. */
  nowMs(): number;
};

/** Watches roots. Hints may come doubled or for nothing; lost ones are the rescan's business. */
export type Watcher = {
  /** Resolves when the watches are established. Never fails: a root that is missing waits for `rebuild`. */
  start(): Promise<void>;
  /**
   * Replaces the directories that are watched beyond the usual ones because they hold linked files.
   * @param dirs POSIX paths relative to the root, inside its real path; unknown ones are left out
   */
  follow(source: SourceName, dirs: readonly string[]): void;
  /** Opens all watches of a root anew, for a root that appeared or is another directory than before. */
  rebuild(source: SourceName): Promise<void>;
  /** Directories watched now. */
  directories(): number;
  /** Releases every watch and timer; nothing is emitted afterwards. */
  close(): Promise<void>;
};

const defaultPollMs = 2000;

/** Creates a watcher that watches nothing until `start()`. */
export function createWatcher(options: WatcherOptions): Watcher {
  switch (options.mode) {
    case 'events':
      return createEventWatcher(options);
    case 'poll':
      return createPollWatcher(options);
    case 'off':
      return idleWatcher;
    default:
      return options.mode satisfies never;
  }
}

const idleWatcher: Watcher = {
  start: () => Promise.resolve(),
  follow: () => undefined,
  rebuild: () => Promise.resolve(),
  directories: () => 0,
  close: () => Promise.resolve(),
};

// chokidar's own polling looks at a directory's mtime, which an edit in place leaves alone. So the reconciler compares.
function createPollWatcher(options: WatcherOptions): Watcher {
  const { roots, onEvent, nowMs, pollMs = defaultPollMs } = options;
  let timer: NodeJS.Timeout | undefined;
  function hintAtAll(): void {
    for (const { source } of roots) onEvent({ source, path: undefined, seenAtMs: nowMs() });
  }
  return {
    ...idleWatcher,
    start() {
      timer ??= setInterval(hintAtAll, pollMs);
      return Promise.resolve();
    },
    close() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

function createEventWatcher(options: WatcherOptions): Watcher {
  const { onEvent, onError, nowMs } = options;
  const trees = new Map<SourceName, Tree>();
  for (const root of options.roots) {
    const { source } = root;
    const tree = createTree({
      root,
      open: openDirectory,
      onHint: (path) => onEvent({ source, path, seenAtMs: nowMs() }),
      onError: (error) => onError(error, source),
    });
    trees.set(source, tree);
  }
  const all = [...trees.values()];
  return {
    async start() {
      await Promise.all(all.map((tree) => tree.rebuild()));
    },
    follow: (source, dirs) => trees.get(source)?.follow(dirs),
    rebuild: (source) => trees.get(source)?.rebuild() ?? Promise.resolve(),
    directories: () => all.reduce((count, tree) => count + tree.directories(), 0),
    async close() {
      await Promise.all(all.map((tree) => tree.close()));
    },
  };
}

/**
 * Watches one directory with a chokidar of its own, which is asked for `raw` alone. Traps of chokidar 5 that this avoids:
 * - it lists a directory before it watches it, so what comes between is lost: here the watch is ready, then we list;
 * - `change` drops the second of two writes less than 50 ms apart; `raw` comes for every event, for ignored files too;
 * - one incomplete listing closes watches further down, which `depth: 0` leaves closed: one instance knows one directory;
 * - at each event it reads the directory and stats every entry of it: see `listNothing`;
 * - when a listing fails it reports an error and is never ready: an error ends the attempt like ready does;
 * - a path that vanished makes it watch the parent instead: the tree checks after ready and closes;
 * - it turns `\` into `/` in paths, on Linux too;
 * - `CHOKIDAR_USEPOLLING` in the environment wins over options, and raw names are absolute then.
 */
const openDirectory: OpenWatch = (dir, listener) => {
  if (dir.includes('\\')) {
    listener.onError(new Error(`cannot watch ${dir}: its path has a backslash`));
    return Promise.resolve(undefined);
  }
  const chokidar = new FSWatcher({
    depth: 0,
    atomic: false,
    ignoreInitial: true,
    ignored: (path) => path !== dir,
  });
  listNothing(chokidar);
  return new Promise((settle) => {
    let failed = false;
    chokidar.on('raw', (kind: string, name: string | null) => {
      listener.onRaw(kind, name === null || isAbsolute(name) ? null : name);
    });
    chokidar.on('error', (error) => {
      failed = true;
      listener.onError(error);
      void closeChokidar(chokidar).then(() => settle(undefined));
    });
    // After a refused watch ready comes all the same.
    chokidar.on('ready', () => {
      if (!failed) settle({ close: () => closeChokidar(chokidar) });
    });
    chokidar.add(dir);
  });
};

/**
 * Makes chokidar take its directory for empty: what lies in it is not its business here, and with 4,000 files in a
 * directory each event cost 96 ms of processor for their stats, against 1 ms without. It is a private method of the pinned version;
 * should it be renamed, everything works as before, only slower.
 */
function listNothing(chokidar: FSWatcher): void {
  // An empty stream, not undefined: chokidar frees its one-second throttle when the listing ends.
  chokidar._readdirp = () => Readable.from([]) as ReturnType<FSWatcher['_readdirp']>;
}

/**
 * Closes in a turn of its own, because chokidar forgets a watch when it is closed between setting it and noting it, which
 * happens in one turn. It also removes every listener, and an error that comes late would throw without one.
 */
function closeChokidar(chokidar: FSWatcher): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      chokidar.close().then(resolve, reject);
      chokidar.on('error', ignoreLateError);
    });
  });
}

// The watch is gone already, nobody waits for it.
function ignoreLateError(): void {
  return;
}
