// Scans that others ask the leader of a source for, by a number in its lease's row: told as done when a whole look that began after
// the asking is.
import type { Logger } from '../model/logger.ts';
import type { SourceName } from '../model/pack.ts';
import type { Database } from '../store/connect.ts';
import { answerScan, readScan, type ScanAnswered } from '../store/sql/scans.ts';
import type { Looks } from './looks.ts';

export type ScanRequestOptions = {
  readonly database: Database;
  readonly logger: Logger;
  readonly looks: Looks;
  /** Sources that are led here. */
  led(): readonly SourceName[];
  epochOf(source: SourceName): number | undefined;
};

export type ScanRequests = {
  /** The latest number asked for of a source that is led here, beyond those that are done. */
  asked(source: SourceName, number: number): void;
  /** Somebody may have asked for a scan of this source, or of any: reads whether so. Never throws. */
  wake(source: string | undefined): Promise<void>;
};

export function createScanRequests(options: ScanRequestOptions): ScanRequests {
  const { database, logger, looks, epochOf } = options;
  // The latest number that is being seen to, and the latest that the row says is done.
  const pending = new Map<SourceName, number>();
  const told = new Map<SourceName, number>();

  const answer = async (source: SourceName, number: number, came: ScanAnswered) => {
    const epoch = epochOf(source);
    if (epoch === undefined) return;
    try {
      await answerScan(database, { source, epoch, number }, came);
      if ('left' in came && came.left.length === 0) told.set(source, Math.max(told.get(source) ?? 0, number));
    } catch (error) {
      logger.debug({ source, err: error }, 'a requested scan could not be answered; it is done once more');
    }
  };

  const scan = async (source: SourceName, number: number) => {
    pending.set(source, number);
    const end = await looks.ask({
      ...{ source, scope: 'all' },
      onTrouble: (trouble) => void answer(source, number, { trouble }),
      onLeft: (left) => void answer(source, number, { left }),
    }).end;
    if (end === 'done') await answer(source, number, { left: [] });
    if (pending.get(source) === number) pending.delete(source);
  };

  const asked = (source: SourceName, number: number) => {
    // What was read of the row may be older than what is known here.
    if (Math.max(pending.get(source) ?? 0, told.get(source) ?? 0) < number) void scan(source, number);
  };

  const readOne = async (source: SourceName) => {
    try {
      const row = await readScan(database, source);
      if (row && row.requested > row.done) asked(source, row.requested);
    } catch (error) {
      logger.debug({ source, err: error }, 'requested scans could not be read; the next renewal does');
    }
  };

  return {
    asked,
    async wake(source) {
      const mine = options.led().filter((one) => source === undefined || one === source);
      await Promise.all(mine.map(readOne));
    },
  };
}
