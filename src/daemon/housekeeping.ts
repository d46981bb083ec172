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
  /** Called after a pass; does nothing but once an hour. Never throws. */
  passed(): Promise<void>;
};

const everyMs = 3_600_000;
/** Rows deleted in one statement, which holds their packs locked. */
const rowsAtATime = 200;
/** Milliseconds between two of them, so that a pass gets its turn. */
const restMs = 100;

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { database, logger } = options;
  let lastMs = Number.NEGATIVE_INFINITY;

  const purge = async (): Promise<void> => {
    let purged = 0;
    for (let last = rowsAtATime; last >= rowsAtATime; await sleep(restMs)) {
      const [source] = options.held();
      const epoch = source && options.epochOf(source);
      if (source === undefined || epoch === undefined) return;
      last = await purgeRetired(database, source, epoch, options.retainDays, rowsAtATime);
      purged += last;
    }
    await forgetChanges(database);
    if (purged > 0)
      logger.info({ purged, retainDays: options.retainDays }, 'what was retired long ago is forgotten');
  };

  return {
    async passed() {
      if (options.nowMs() - lastMs < everyMs || options.held().length === 0) return;
      lastMs = options.nowMs();
      try {
        await purge();
      } catch (error) {
        logger.warn({ err: error }, 'what was retired long ago could not be forgotten; again in an hour');
      }
    },
  };
}
