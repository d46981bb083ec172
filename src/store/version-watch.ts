// Reads of catalog_version → told when it moved.
import type { Database, ListenConnection } from './connect.ts';
import { leaveGap, readVersion } from './sql/catalog-version.ts';

export type VersionWatch = {
  /**
   * Reads it over the pool; false when it could not. One read at a time: who asks during one gets the next, with everybody else
   * who does.
   */
  ask(): Promise<boolean>;
  /** Reads it over the connection that listens; throws when it cannot. */
  askOver(connection: ListenConnection): Promise<void>;
};

export type VersionWatchOptions = {
  readonly database: Database;
  readonly deadlineMs: number;
  /** Nothing is told after it. */
  readonly stop: AbortSignal;
  onWake(version: number): void;
  onError(error: unknown): void;
};

/** Remembers the version told last; the first one read is told too. */
export function createVersionWatch(options: VersionWatchOptions): VersionWatch {
  const { database, deadlineMs, stop } = options;
  let told: number | undefined;
  let begun = 0;
  let learnt = 0;
  let running: Promise<boolean> | undefined;
  let next: Promise<boolean> | undefined;

  const read = async (over: Database | ListenConnection): Promise<void> => {
    begun += 1;
    const turn = begun;
    const version = await readVersion(over, database.schema, deadlineMs);
    // An answer that was overtaken by that of a later question may be the older one.
    if (stop.aborted || turn < learnt) return;
    learnt = turn;
    if (version === told) return;
    // Set back, and perhaps by something that leaves no trace of itself: the numbers in between must not come again.
    if (told !== undefined && version < told) await leaveGap(database, told, deadlineMs);
    told = version;
    options.onWake(version);
  };

  const tryPool = async (): Promise<boolean> => {
    try {
      await read(database);
      return true;
    } catch (error) {
      if (!stop.aborted) options.onError(error);
      return false;
    } finally {
      running = next;
      next = undefined;
    }
  };

  return {
    ask() {
      if (!running) {
        running = tryPool();
        return running;
      }
      next ??= running.then(tryPool);
      return next;
    },
    askOver: read,
  };
}
