// Scans that others ask the leader of a source for, by a number in its lease's row: done when a whole pass began after the asking.
import type { Logger } from '../model/logger.ts';
import type { SourceName } from '../model/pack.ts';
import type { PassReport } from '../reconcile/ports.ts';
import type { Database } from '../store/connect.ts';
import { scanDone } from '../store/sql/lease.ts';

export type ScanRequestOptions = {
  readonly database: Database;
  readonly logger: Logger;
  epochOf(source: SourceName): number | undefined;
  nowMs(): number;
  /** Asks for a full pass over a source. */
  onAsked(source: SourceName): void;
};

export type ScanRequests = {
  /** The latest number asked for of a source that is led here, beyond those that are done. */
  asked(source: SourceName, number: number): void;
  passed(report: PassReport): void;
};

export function createScanRequests(options: ScanRequestOptions): ScanRequests {
  const pending = new Map<SourceName, { readonly number: number; readonly askedAtMs: number }>();
  const tellDone = (source: SourceName, number: number) => {
    const epoch = options.epochOf(source);
    if (epoch === undefined) return;
    scanDone(options.database, source, epoch, number).catch((error: unknown) => {
      options.logger.debug(
        { source, err: error },
        'a requested scan could not be told as done; it is done once more',
      );
      pending.delete(source);
    });
  };
  return {
    asked(source, number) {
      if ((pending.get(source)?.number ?? 0) >= number) return;
      pending.set(source, { number, askedAtMs: options.nowMs() });
      options.onAsked(source);
    },
    passed(report) {
      for (const [source, { number, askedAtMs }] of pending) {
        const isWhole = report.roots.get(source)?.isFull === true && !report.again.has(source);
        if (!isWhole || report.startedAtMs < askedAtMs) continue;
        // Until the row says so it is asked for at each renewal; `pending` keeps it from being done twice.
        pending.set(source, { number, askedAtMs: Number.POSITIVE_INFINITY });
        tellDone(source, number);
      }
    },
  };
}
