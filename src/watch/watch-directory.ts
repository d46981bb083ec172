// One watch on one directory. The only user of chokidar, and only of what its `raw` events say.
import { isAbsolute } from 'node:path';
import { FSWatcher } from 'chokidar';
import { codeOf } from '../model/errors.ts';

/** An open watch on one directory. */
export type Watch = { close(): Promise<void> };

export type WatchListener = {
  /** `name` as the system told it, null when it told none. */
  onRaw(kind: string, name: string | null): void;
  onError(error: unknown): void;
};

/** Resolves once events of the directory arrive; undefined if it cannot be watched (`onError` was told, unless it is gone). */
export type OpenWatch = (dir: string, listener: WatchListener) => Promise<Watch | undefined>;

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
export const watchDirectory: OpenWatch = (dir, listener) => {
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
 * Keeps chokidar from listing its directory, at the start and at each event: what lies in it is not its business here, and with
 * 4,000 files in a directory each event cost 96 ms of processor for their stats. It lists when its throttle lets it, which is
 * a private method of the pinned version; should it be renamed, everything works as before, only slower.
 */
function listNothing(chokidar: FSWatcher): void {
  chokidar._throttle = () => false;
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

/** True for what the system says when it has no watch left: the user's limit of watches, or of watching processes; memory likewise. */
export function isOutOfWatches(error: unknown): boolean {
  return ['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM'].includes(codeOf(error) ?? '');
}
