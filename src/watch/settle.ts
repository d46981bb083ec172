// Stage: hints become work. In: FileEvent… Out: one ChangeSet once packs have been quiet, at most a longest wait later.
//
// States of a pack (or, as `all`, of a whole source): idle → pending (an event came) → due (quiet for `settleMs`, or
// `settleMaxMs` after its first event) → handed over, idle again. Nothing leaves pending but by being handed over or by close().
import type { ChangeSet, FileEvent, SourceScope } from '../model/change.ts';
import type { PackDir, SourceName } from '../model/pack.ts';

/** Time as the window sees it: monotonic milliseconds, and one timer that can be cancelled. */
export type SettleClock = {
  nowMs(): number;
  /** Runs `fire` once after about `delayMs`; the result cancels it. */
  setTimer(fire: () => void, delayMs: number): () => void;
};

export type SettleOptions = {
  /** Quiet time in ms since the last event of a pack. */
  readonly settleMs: number;
  /** Longest wait in ms since the first event of a pack; wins over `settleMs`. */
  readonly settleMaxMs: number;
  /** More pending packs of one source than this become scope `all`. @default 1000 */
  readonly maxPacks?: number;
  readonly clock: SettleClock;
  /** Called with everything that is due; it may push again. */
  onSettled(change: ChangeSet): void;
};

/** The settle window. */
export type Settle = {
  push(event: FileEvent): void;
  /** Hands over everything pending now. */
  flush(): void;
  /** Packs pending; a source that was widened counts as one. */
  pendingCount(): number;
  /** Forgets what is pending and ignores later events. */
  close(): void;
};

type Wait = { readonly firstMs: number; readonly lastMs: number; readonly oldestSeenAtMs: number };

/** Once `wholeSource` is there, it stands alone: it covers every pack of its source. */
type Waits = Map<PackDir, Wait>;

const defaultMaxPacks = 1000;
// No directory can have this name, so it cannot be taken for a pack.
const wholeSource = 'all/' as PackDir;

/** Creates an empty window; it holds a timer only while something is pending. */
export function createSettle(options: SettleOptions): Settle {
  const { clock, settleMs, settleMaxMs, onSettled } = options;
  const maxPacks = options.maxPacks ?? defaultMaxPacks;
  const pending = new Map<SourceName, Waits>();
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let closed = false;

  const dueAtMs = (wait: Wait): number => Math.min(wait.lastMs + settleMs, wait.firstMs + settleMaxMs);

  function disarm(): void {
    timer?.cancel();
    timer = undefined;
  }

  // A later event only moves a due time back, so an armed timer is never too late: when it fires early it looks again.
  function arm(atMs: number): void {
    if (timer !== undefined && timer.atMs <= atMs) return;
    disarm();
    timer = { atMs, cancel: clock.setTimer(fire, Math.max(1, Math.ceil(atMs - clock.nowMs()))) };
  }

  function fire(): void {
    timer = undefined;
    handOver(clock.nowMs());
  }

  function handOver(untilMs: number): void {
    const { due, nextMs } = takeDue(pending, (wait) => dueAtMs(wait) <= untilMs, dueAtMs);
    // failpoint: settle.due
    if (nextMs !== undefined) arm(nextMs);
    if (due.size > 0) onSettled(toChangeSet(due));
    // failpoint: settle.handed
  }

  return {
    push(event) {
      if (closed) return;
      const waits = pending.get(event.source) ?? new Map<PackDir, Wait>();
      pending.set(event.source, waits);
      arm(dueAtMs(admit(waits, event, clock.nowMs(), maxPacks)));
    },
    flush() {
      disarm();
      handOver(Number.POSITIVE_INFINITY);
    },
    pendingCount: () => [...pending.values()].reduce((count, waits) => count + waits.size, 0),
    close() {
      closed = true;
      disarm();
      pending.clear();
    },
  };
}

/** Notes an event and returns the wait it belongs to now. */
function admit(waits: Waits, event: FileEvent, nowMs: number, maxPacks: number): Wait {
  const dir = event.path?.split('/', 1)[0];
  const key = dir === undefined || dir === '' || waits.has(wholeSource) ? wholeSource : (dir as PackDir);
  const fresh: Wait = { firstMs: nowMs, lastMs: nowMs, oldestSeenAtMs: event.seenAtMs };
  const widen = key === wholeSource || (!waits.has(key) && waits.size >= maxPacks);
  const wait = (widen ? [...waits.values()] : [waits.get(key)]).reduce<Wait>(merge, fresh);
  if (widen) waits.clear();
  waits.set(widen ? wholeSource : key, wait);
  return wait;
}

/** The earlier beginnings of both; `late` is the newer one. */
function merge(late: Wait, early: Wait | undefined): Wait {
  if (early === undefined) return late;
  return {
    firstMs: Math.min(late.firstMs, early.firstMs),
    lastMs: late.lastMs,
    oldestSeenAtMs: Math.min(late.oldestSeenAtMs, early.oldestSeenAtMs),
  };
}

/** Removes what is due from `pending`; `nextMs` is the earliest due time of the rest. */
function takeDue(
  pending: Map<SourceName, Waits>,
  isDue: (wait: Wait) => boolean,
  at: (wait: Wait) => number,
) {
  const due = new Map<SourceName, Waits>();
  let nextMs: number | undefined;
  for (const [source, waits] of pending) {
    for (const [key, wait] of waits) {
      if (isDue(wait)) {
        waits.delete(key);
        due.set(source, (due.get(source) ?? new Map<PackDir, Wait>()).set(key, wait));
      } else {
        nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, at(wait));
      }
    }
    if (waits.size === 0) pending.delete(source);
  }
  return { due, nextMs };
}

function toChangeSet(due: ReadonlyMap<SourceName, Waits>): ChangeSet {
  const scopes = new Map<SourceName, SourceScope>();
  let oldestSeenAtMs = Number.POSITIVE_INFINITY;
  for (const [source, waits] of due) {
    scopes.set(source, waits.has(wholeSource) ? 'all' : new Set(waits.keys()));
    for (const wait of waits.values()) oldestSeenAtMs = Math.min(oldestSeenAtMs, wait.oldestSeenAtMs);
  }
  return { scopes, cause: 'watch', oldestSeenAtMs };
}
