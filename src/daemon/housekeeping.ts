// What is forgotten in time: definitions retired long enough, changes told long ago. Once an hour, by whoever leads a source.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../model/logger.ts';
import type { SourceName } from '../model/pack.ts';
import type { Database } from '../store/connect.ts';
import { forgetChanges, purgeRetired } from '../store/sql/purge.ts';

export type HousekeepingOptions = {
  readonly database: Database;
  readonly retainDays: number;
  readonly logger: Logger;
  nowMs(): number;
  held(): readonly SourceName[];
  epochOf(source: SourceName): number | undefined;
};

export type Housekeeping = {
  /** Called after a pass; begins the work once an hour, and does not wait for it. */
  passed(): void;
  /** No statement is begun any more; resolves when the one under way has ended. Never rejects. */
  close(): Promise<void>;
};

const everyMs = 3_600_000;
/** Rows deleted in one statement, which holds their packs locked. */
const rowsAtATime = 200;
/** Milliseconds between two of them, so that a pass gets its turn. */
const restMs = 100;

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { database, logger, retainDays } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let lastMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();

  const purge = async (): Promise<void> => {
    let purged = 0;
    try {
      for (let last = rowsAtATime; last >= rowsAtATime; await sleep(restMs, undefined, { signal })) {
        const [source] = options.held();
        const epoch = source && options.epochOf(source);
        if (source === undefined || epoch === undefined) return;
        last = await purgeRetired(database, source, epoch, retainDays, rowsAtATime);
        purged += last;
      }
    } finally {
      if (purged > 0) logger.info({ purged, retainDays }, 'what was retired long ago is forgotten');
    }
    await forgetChanges(database);
  };

  const work = async (): Promise<void> => {
    try {
      await purge();
    } catch (error) {
      // The rest between two statements was cut short, or the connections were closed over one that takes long.
      if (signal.aborted) return;
      logger.warn({ err: error }, 'what was retired long ago could not be forgotten; again in an hour');
    }
  };

  return {
    passed() {
      const isDue = options.nowMs() - lastMs >= everyMs;
      if (!isDue || signal.aborted || options.held().length === 0) return;
      lastMs = options.nowMs();
      running = work();
    },
    close() {
      closing.abort();
      return running;
    },
  };
}
