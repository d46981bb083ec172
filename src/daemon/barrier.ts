// The barrier: what lay on disk before the call is in the registry, as far as it can be, when it resolves. On whatever daemon it is
// asked: where the source is led here a look is enough, elsewhere its leader is asked by the row of its lease.
import type { RootHealth } from '../model/explain.ts';
import type { PackDir, SourceName } from '../model/pack.ts';
import type { Database } from '../store/connect.ts';
import { askScan, readScan, type ScanRow } from '../store/sql/scans.ts';
import type { Looks } from './looks.ts';

export type BarrierOptions = {
  readonly database: Database;
  readonly looks: Looks;
  /** The daemon's own. */
  readonly sources: readonly SourceName[];
  led(): readonly SourceName[];
  /** Leads a source that is there to be led. Never throws. */
  reconsider(source: SourceName): Promise<void>;
  rootOf(source: SourceName): RootHealth;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

export type BarrierAsk = {
  readonly source: SourceName;
  /** One pack directory, of a name that a pack may have, or the whole root. A leader elsewhere looks at the whole root anyway. */
  readonly scope: PackDir | 'all';
  /** Waiting ends when it aborts. */
  readonly signal: AbortSignal;
  /** Why it takes long, in words; it may still come. */
  onTrouble(reason: string): void;
};

export type BarrierEnd = 'passed' | 'aborted' | 'unknown_source';

export type Barrier = {
  /** Throws `AppError` when the database cannot be asked. */
  pass(ask: BarrierAsk): Promise<BarrierEnd>;
  /** A scan of this source was asked for or answered, or of any. */
  wake(source: string | undefined): void;
};

/** Between two readings of the row when nothing tells that it has changed; milliseconds. */
const readMs = 250;

export function createBarrier(options: BarrierOptions): Barrier {
  const { database, looks, sources, led, sleep, rootOf } = options;
  const sleepers = new Map<AbortController, SourceName>();

  const lookHere = async ({ source, scope, signal, onTrouble }: BarrierAsk): Promise<boolean> => {
    const look = looks.ask({ source, scope, onTrouble });
    const forget = () => look.forget();
    signal.addEventListener('abort', forget);
    if (signal.aborted) forget();
    try {
      return (await look.end) === 'done';
    } finally {
      signal.removeEventListener('abort', forget);
    }
  };

  const rest = async (source: SourceName, signal: AbortSignal): Promise<void> => {
    const woken = new AbortController();
    sleepers.set(woken, source);
    try {
      await sleep(readMs, AbortSignal.any([signal, woken.signal]));
    } finally {
      sleepers.delete(woken);
    }
  };

  /** False: the source has come to be led here, or the signal has aborted. */
  const askLeader = async (
    { source, scope, signal, onTrouble }: BarrierAsk,
    number: number,
  ): Promise<boolean> => {
    while (!signal.aborted && !led().includes(source)) {
      const row = await readScan(database, source);
      if (row !== undefined && hasLookedAt(row, scope, number)) return true;
      const trouble = row && troubleOf(row, source, number, rootOf(source));
      if (trouble !== undefined) onTrouble(trouble);
      await rest(source, signal);
    }
    return false;
  };

  return {
    async pass(ask) {
      const { source, signal } = ask;
      while (!signal.aborted) {
        // A root that is back since it was last looked at is led again, and looked at, rather than missed.
        if (!led().includes(source)) await Promise.race([options.reconsider(source), aborted(signal)]);
        if (led().includes(source)) {
          if (await lookHere(ask)) return 'passed';
        } else {
          const number = await askScan(database, source);
          if (number !== undefined) {
            if (await askLeader(ask, number)) return 'passed';
          } else if (sources.includes(source)) {
            // A start that has not come to its leases yet.
            ask.onTrouble(unled(source, rootOf(source)));
            await rest(source, signal);
          } else return 'unknown_source';
        }
      }
      return 'aborted';
    },
    wake(source) {
      for (const [woken, of] of sleepers) if (source === undefined || source === of) woken.abort();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A later scan has looked at what an earlier one was asked for. */
function hasLookedAt({ done, tried, left }: ScanRow, scope: PackDir | 'all', number: number): boolean {
  if (done >= number) return true;
  return tried >= number && scope !== 'all' && left !== null && !left.includes(scope);
}

/** What this daemon knows of it says more than that nobody leads. */
function unled(source: string, root: RootHealth): string {
  if (root.state === 'unhealthy') return `${source} cannot be looked at: ${root.reason}`;
  const nobody = `no daemon leads ${source} at the moment`;
  return root.state === 'unled' ? `${nobody}, and this one does not: ${root.reason}` : nobody;
}

function troubleOf(row: ScanRow, source: string, number: number, root: RootHealth): string | undefined {
  if (!row.led) return unled(source, root);
  return row.tried >= number && row.trouble !== null ? row.trouble : undefined;
}
