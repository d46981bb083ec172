// Pending changes → passes, one at a time. The only place that retries.
//
// States: idle (nothing pending) → running (one pass; changes that arrive meanwhile are joined to the pending set) → idle, or
// waiting (the database was lost: the set is put back and tried again after a growing delay) → stopped (for good: asked to, or
// after a failure that no retry can mend).
import type { ChangeSet } from '../model/change.ts';
import { AppError } from '../model/errors.ts';
import type { SourceName } from '../model/pack.ts';
import { fullChange, unionChanges } from '../registry/change-set.ts';
import { createLetIn } from './let-in.ts';
import type { Pause } from './parallel.ts';
import type { Clock, PassReport } from './ports.ts';
import type { Reconcile } from './reconcile.ts';

export type LoopOptions = {
  readonly sources: readonly SourceName[];
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  /** Milliseconds between full compares, ≥ 1000. */
  readonly rescanMs: number;
  /** Milliseconds before a pack that was being written is looked at again; it doubles, up to a second, while that goes on. */
  readonly againMs: number;
  /** 0 ≤ x < 1, for the jitter. */
  random(): number;
  /** Whatever a pass needs first (schema, leases); called before each one, cheap once it is done. Throws what the edges throw. */
  prepare(): Promise<void>;
  /** Sources this process may write now. A change of another is dropped: its leader sees the same disk. */
  writable(): readonly SourceName[];
  onPass(report: PassReport): void;
  onFailure(error: unknown, retryInMs: number): void;
  /** What no retry can mend, an environment that cannot be worked with or a bug of ours: it ends the process. */
  onFatal(error: unknown): void;
};

export type Loop = {
  /** Joins a change to the pending ones. */
  push(change: ChangeSet): void;
  /** Resolves with the report of a full pass that began after the call. Rejects with `AppError('aborted')` at a stop. */
  request(): Promise<PassReport>;
  /** What kept the last pass from ending is over, as far as others can tell: a retry that waits begins now. */
  wake(): void;
  /** Waits for the running pass, at most `deadlineMs`; then it is aborted between packs, and left behind a second later. */
  stop(deadlineMs: number): Promise<void>;
  /** Sets that wait: packs, or sources as a whole. */
  pendingCount(): number;
};

type Waiter = { resolve(report: PassReport): void; reject(error: unknown): void };

const firstRetryMs = 200;
/** Below the 5 s after which a database that is back has everything that changed meanwhile. */
const longestRetryMs = 4_000;
const longestAgainMs = 1_000;
const abortGraceMs = 1_000;

export function createLoop(options: LoopOptions): Loop {
  const { clock } = options;
  const abort = new AbortController();
  let pending: ChangeSet | undefined;
  let waiters: Waiter[] = [];
  // Those whom the running pass is for.
  let served: Waiter[] = [];
  let running: Promise<void> | undefined;
  let stopped = false;
  let failures = 0;
  let pause: AbortController | undefined;
  // Passes in a row that were only for what the one before had left.
  let repeats = 0;
  let again: ChangeSet | undefined;
  let againTimer: NodeJS.Timeout | undefined;
  let rescanTimer: NodeJS.Timeout | undefined;

  const scheduleRescan = () => {
    clearTimeout(rescanTimer);
    if (stopped) return;
    rescanTimer = setTimeout(() => {
      push(fullChange(options.sources, 'rescan', clock.nowMs()));
      scheduleRescan();
    }, options.rescanMs);
  };

  const push = (change: ChangeSet) => {
    if (stopped) return;
    // Nothing ticks before there is anything to do: a daemon that fails to start leaves no timer behind.
    if (rescanTimer === undefined) scheduleRescan();
    if (!letIn.takes(change)) pending = unionChanges(pending, change);
    running ??= run();
  };

  const pass = async (change: ChangeSet, pause?: Pause) => {
    const report = await options.reconcile(restrict(change, options.writable()), abort.signal, pause);
    // failpoint: pass.done
    lookAgain(report);
    options.onPass(report);
    return report;
  };

  const letIn = createLetIn(pass);

  const putBack = (change: ChangeSet) => {
    pending = unionChanges(pending, change);
  };

  const halt = (reason: unknown) => {
    stopped = true;
    clearTimeout(rescanTimer);
    pending = undefined;
    for (const waiter of [...served.splice(0), ...waiters.splice(0)]) waiter.reject(reason);
  };

  const run = async () => {
    while (pending && !stopped) {
      const change: ChangeSet = pending;
      served = waiters;
      pending = undefined;
      waiters = [];
      try {
        await options.prepare();
        // failpoint: pass.begin
        const report = await (change.cause === 'rescan' ? letIn.rescan(change, putBack) : pass(change));
        failures = 0;
        for (const waiter of served.splice(0)) waiter.resolve(report);
      } catch (error) {
        // What was asked for is still asked for.
        putBack(change);
        waiters = [...served.splice(0), ...waiters];
        if (!stopped) await retryLater(error);
      }
    }
    // In the same turn as the test above: a change that comes later must find nobody running.
    running = undefined;
  };

  const retryLater = async (error: unknown) => {
    if (!(error instanceof AppError && error.retryable)) {
      halt(error);
      options.onFatal(error);
      return;
    }
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** failures) * (0.5 + options.random() / 2);
    failures += 1;
    options.onFailure(error, delayMs);
    pause = new AbortController();
    await clock.sleep(delayMs, AbortSignal.any([abort.signal, pause.signal]));
    pause = undefined;
  };

  const lookAgain = (report: PassReport) => {
    if (report.cause !== 'retry') repeats = 0;
    if (report.again.size === 0) return;
    again = unionChanges(again, {
      ...{ scopes: report.again, cause: 'retry', oldestSeenAtMs: report.oldestSeenAtMs },
    });
    // One timer however many passes left something: each of its own would make for as many passes again.
    if (againTimer !== undefined) return;
    const delayMs = Math.min(longestAgainMs, options.againMs * 2 ** repeats);
    repeats += 1;
    againTimer = setTimeout(() => {
      const change = again;
      again = againTimer = undefined;
      if (change) push(change);
    }, delayMs);
    againTimer.unref();
  };

  return {
    push,
    request: () =>
      new Promise((resolve, reject) => {
        if (stopped) {
          reject(stopping());
          return;
        }
        waiters.push({ resolve, reject });
        push(fullChange(options.sources, 'request', clock.nowMs()));
      }),
    wake: () => pause?.abort(),
    async stop(deadlineMs) {
      stopped = true;
      clearTimeout(rescanTimer);
      // A pass that waits for its retry has nothing to finish.
      if (failures > 0) abort.abort();
      const deadline = setTimeout(() => abort.abort(), deadlineMs);
      await Promise.race([running, graceAfter(deadlineMs)]);
      clearTimeout(deadline);
      halt(stopping());
    },
    pendingCount: () =>
      [...(pending?.scopes.values() ?? []), ...(letIn.pending()?.scopes.values() ?? [])].reduce(
        (total, scope) => total + (scope === 'all' ? 1 : scope.size),
        0,
      ),
  };
}

function stopping(): AppError {
  return new AppError('aborted', 'the daemon is stopping', { retryable: false });
}

/** An aborted pass ends with the call to an edge that it is in; one that does not end is left behind. */
function graceAfter(deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, deadlineMs + abortGraceMs).unref();
  });
}

function restrict(change: ChangeSet, writable: readonly SourceName[]): ChangeSet {
  const scopes = new Map([...change.scopes].filter(([source]) => writable.includes(source)));
  return { ...change, scopes };
}
