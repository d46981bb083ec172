// One pass, readable as the pipeline: for each source in scope, look at the disk, decide, apply, report.
import type { ChangeSet } from '../model/change.ts';
import type { PackDir, SourceName } from '../model/pack.ts';
import type { PendingBatch } from '../model/state.ts';
import type { ToldLinks } from './ahead.ts';
import type { Pause } from './parallel.ts';
import { createPatience } from './patience.ts';
import type { PackReport, PassReport, SeenRoot } from './ports.ts';
import { createRootAge } from './root-age.ts';
import { passSource } from './source-pass.ts';
import type { SourcePassOptions } from './source-state.ts';
import { createStopwatch, timedDisk, timedRegistry } from './stopwatch.ts';

export type ReconcileOptions = Omit<
  SourcePassOptions,
  'cause' | 'signal' | 'pause' | 'stopwatch' | 'patience' | 'rootAge' | 'told'
> & {
  /** Milliseconds for which nothing is removed from a root that became another directory: a rescan interval. */
  readonly youngRootMs: number;
  /** @default its own */
  readonly told?: ToldLinks;
};

/** `pause`: what may come between two packs. */
export type Reconcile = (change: ChangeSet, signal?: AbortSignal, pause?: Pause) => Promise<PassReport>;

/** A function that runs one pass at a time over whatever a change set names. It throws only what the edges throw. */
export function createReconcile(options: ReconcileOptions): Reconcile {
  const patience = createPatience(options.clock.nowMs);
  const rootAge = createRootAge(options.clock.nowMs, options.youngRootMs);
  const told: ToldLinks = options.told ?? new Map();
  return async (change, signal, pause) => {
    const startedAtMs = options.clock.nowMs();
    const parsedBefore = options.disk.parsedCount();
    const stopwatch = createStopwatch(options.clock);
    const ports = {
      disk: timedDisk(options.disk, stopwatch),
      registry: timedRegistry(options.registry, stopwatch),
    };
    const packs: PackReport[] = [];
    const unhealthy: { source: SourceName; reason: string }[] = [];
    const invalid: PassReport['invalid'][number][] = [];
    const again = new Map<SourceName, ReadonlySet<PackDir>>();
    const waiting = new Map<SourceName, ReadonlySet<PackDir>>();
    const held = new Map<SourceName, readonly PendingBatch[]>();
    const refused: PassReport['refused'][number][] = [];
    const roots = new Map<SourceName, SeenRoot>();
    let unchanged = 0;
    for (const [source, scope] of change.scopes) {
      const result = await passSource(
        { ...options, ...ports, patience, rootAge, told, stopwatch, cause: change.cause, signal, pause },
        source,
        scope,
      );
      packs.push(...result.packs);
      roots.set(source, result.seen);
      unchanged += result.unchanged;
      if (result.unhealthy === undefined) held.set(source, result.held);
      else unhealthy.push({ source, reason: result.unhealthy });
      for (const { dir, error } of result.refused) refused.push({ source, dir, error });
      if (result.again.size > 0) again.set(source, result.again);
      if (result.waiting.size > 0) waiting.set(source, result.waiting);
      if (result.seen.identity === undefined) patience.forget(source);
      else patience.noted(source, result.seen.looked, result.again);
      for (const row of result.problems)
        invalid.push({ source, path: row.path, ref: row.ref, diagnostics: row.diagnostics });
    }
    return {
      cause: change.cause,
      startedAtMs,
      oldestSeenAtMs: change.oldestSeenAtMs,
      durationMs: options.clock.nowMs() - startedAtMs,
      stages: stopwatch.stages(),
      packs,
      unhealthy,
      held,
      refused,
      roots,
      parsed: options.disk.parsedCount() - parsedBefore,
      written: packs.reduce(
        (total, pack) => total + (pack.result?.outcome === 'applied' ? pack.result.written : 0),
        0,
      ),
      unchanged,
      invalid,
      again,
      waiting,
    };
  };
}
