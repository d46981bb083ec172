// What clients write, made of the daemon's parts: the checker of files, the plans of passes, the registry without a lease.
import { readArchive } from '../archive/read-archive.ts';
import type { Config } from '../config.ts';
import { createChecker } from '../load/checker.ts';
import type { Writes } from '../model/writes.ts';
import { inTurns } from '../reconcile/slices.ts';
import type { Database } from '../store/connect.ts';
import { readFencedTag } from '../store/sql/fenced-tag.ts';
import { createWriter } from '../store/writer.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createWrites } from '../writes/writes.ts';
import { checkedBy } from './engine.ts';
import { systemClock } from './system-clock.ts';

export type ClientWrites = {
  readonly writes: Writes;
  /** Ends the worker that checks large texts. */
  close(): Promise<void>;
};

export function createClientWrites(
  config: Config,
  database: Database,
  metrics: Pick<Metrics, 'rowsWritten'>,
): ClientWrites {
  const { strict, maxFileBytes, keepRevisions } = config;
  const checker = createChecker({ strict });
  const { readPack, apply } = createWriter({ database, epochOf: () => null, keepRevisions });
  const applyCounted: typeof apply = async (plan, cause) => {
    const result = await apply(plan, cause);
    if (result.outcome === 'applied') for (const { verb } of plan.changes) metrics.rowsWritten(verb, 1);
    return result;
  };
  const writes = createWrites({
    ...{ readPack, apply: applyCounted, strict, maxFileBytes, checkedBy: checkedBy(config) },
    check: checker.check,
    readArchive: (bytes) => readArchive(bytes, { maxFileBytes }),
    readTag: (kind, ref) => readFencedTag(database, kind, ref),
    inTurns: (steps) => inTurns(systemClock, steps),
    sleep: (ms) => systemClock.sleep(ms),
    random: Math.random,
  });
  return { writes, close: checker.close };
}
