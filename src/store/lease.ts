// The lease of each source: taken, renewed and given back, by the database's clock. Whoever holds it may write; the epoch is
// checked inside every apply, so a holder that was overtaken cannot commit.
//
// States of a source: wanted → held (renewed every `renewMs`) → run out (it could not be renewed in time: every apply is refused;
// renewed late, it is told as gained again) or lost (another took it: wanted again) → released.
import type { SourceName } from '../model/pack.ts';
import type { Database } from './connect.ts';
import { acquireLease, releaseLease, renewLease } from './sql/lease.ts';

export type LeaseOptions = {
  readonly database: Database;
  readonly sources: readonly SourceName[];
  /** Who we are: `host boot pid start`, see `holderName`. */
  readonly holder: string;
  /** True when that holder is a process of this host that is gone. */
  isDead(holder: string): Promise<boolean>;
  /** @default 6 */
  readonly seconds?: number;
  /** @default 2000 */
  readonly renewMs?: number;
  /** Also when it had run out and was renewed late, with the epoch as it was: what was refused meanwhile has to be looked for. */
  onGained(source: SourceName, epoch: number): void;
  onLost(source: SourceName, holder: string | null): void;
  /** A renewal failed because the database did; it is tried again. */
  onError(error: unknown): void;
  /** Somebody asked for a scan of a source that is held; told at each renewal until it is done. */
  onAsked?(source: SourceName, number: number): void;
  /** The database has answered a round of renewals. */
  onAnswer?(): void;
};

export type LeaseKeeper = {
  /** One try for every source that is not held; throws when the database cannot be used. */
  acquire(): Promise<void>;
  /** Keeps trying and renewing until `release`. */
  keep(): void;
  epochOf(source: SourceName): number | undefined;
  /** Who holds a source that we do not, as last seen. */
  holderOf(source: SourceName): string | null;
  held(): readonly SourceName[];
  release(): Promise<void>;
};

export function createLeaseKeeper(options: LeaseOptions): LeaseKeeper {
  const { database } = options;
  const seconds = options.seconds ?? 6;
  const epochs = new Map<SourceName, number>();
  const holders = new Map<SourceName, string | null>();
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> | undefined;
  let released = false;

  const acquireOne = async (source: SourceName) => {
    let lease = await acquireLease(database, source, options.holder, null, seconds);
    if (!lease.acquired && lease.holder !== null && (await options.isDead(lease.holder))) {
      lease = await acquireLease(database, source, options.holder, lease.holder, seconds);
    }
    holders.set(source, lease.holder);
    if (!lease.acquired) return;
    epochs.set(source, lease.epoch);
    options.onGained(source, lease.epoch);
  };

  const acquire = async () => {
    for (const source of options.sources) if (!epochs.has(source)) await acquireOne(source);
  };

  const renew = async () => {
    for (const [source, epoch] of epochs) {
      const renewal = await renewLease(database, source, epoch, seconds);
      // What was to be written while it had run out was refused, and nobody asks for it again.
      if (renewal.state === 'late') options.onGained(source, epoch);
      if (renewal.asked > 0) options.onAsked?.(source, renewal.asked);
      if (renewal.state !== 'lost') continue;
      epochs.delete(source);
      await acquireOne(source);
      if (!epochs.has(source)) options.onLost(source, holders.get(source) ?? null);
    }
  };

  const turn = async () => {
    try {
      await renew();
      // failpoint: lease.renewed
      await acquire();
      options.onAnswer?.();
    } catch (error) {
      options.onError(error);
    }
    if (!released) schedule();
  };

  const schedule = () => {
    timer = setTimeout(() => {
      turning = turn();
    }, options.renewMs ?? 2_000);
    timer.unref();
  };

  return {
    acquire,
    keep: schedule,
    epochOf: (source) => epochs.get(source),
    holderOf: (source) => holders.get(source) ?? null,
    held: () => [...epochs.keys()],
    async release() {
      released = true;
      clearTimeout(timer);
      await turning;
      const mine = [...epochs];
      epochs.clear();
      for (const [source, epoch] of mine) await releaseLease(database, source, epoch);
      // failpoint: lease.released
    },
  };
}
