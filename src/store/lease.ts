// The lease of each source: taken, renewed and given back, by the database's clock. Whoever holds it may write; the epoch is
// checked inside every apply, so a holder that was overtaken cannot commit.
//
// States of a source: wanted (looked at every `renewMs`, and as soon as it has run out; taken when it is there to be taken and
// `mayTake` says so) → held (renewed every `renewMs`) → run out (it could not be renewed in time: every apply is refused; renewed
// late, it is told as gained again), lost (another took it: wanted again) or given up (wanted again) → released.
import type { SourceName } from '../model/pack.ts';
import type { Database } from './connect.ts';
import { acquireLease, readLease, releaseLease, renewLease, type SeenLease } from './sql/lease.ts';

/** Of a source that is not led here. */
export type Followed = Pick<SeenLease, 'holder' | 'ledFrom'> & {
  /** The lease was seen to be renewed since the start. */
  readonly renews: boolean;
};

export type LeaseOptions = {
  readonly database: Database;
  readonly sources: readonly SourceName[];
  /** Who we are: `host boot pid start`, see `holderName`. */
  readonly holder: string;
  /** Where we lead a source from: another place is another disk. @default not known */
  placeOf?(source: SourceName): string;
  /** True when that holder is a process of this host that is gone. */
  isDead(holder: string): Promise<boolean>;
  /** @default 6 */
  readonly seconds?: number;
  /** @default 2000 */
  readonly renewMs?: number;
  /** Asked before a lease that is there to be taken is; may take its time. @default always */
  mayTake?(source: SourceName, ledFrom: string | null): Promise<boolean>;
  /** Also when it had run out and was renewed late, with the epoch as it was: what was refused meanwhile has to be looked for. */
  onGained(source: SourceName, epoch: number): void;
  onLost(source: SourceName, holder: string | null): void;
  /** Each time that a source is looked at and is not led here. */
  onFollowed?(source: SourceName, followed: Followed): void;
  /** A statement failed because the database did; it is tried again. */
  onError(error: unknown): void;
  /** Somebody asked for a scan of a source that is held; told at each renewal until it is done. */
  onAsked?(source: SourceName, number: number): void;
  /** The database has answered. */
  onAnswer?(): void;
};

export type LeaseKeeper = {
  /** One try for every source that is not held; throws when the database cannot be used. */
  acquire(): Promise<void>;
  /** One try for a source, if it is not held. Never throws. */
  tryNow(source: SourceName): Promise<void>;
  /** Keeps trying and renewing until `release`; once is enough. */
  keep(): void;
  epochOf(source: SourceName): number | undefined;
  /** Who holds a source that we do not, as last seen. */
  holderOf(source: SourceName): string | null;
  held(): readonly SourceName[];
  /** Gives one lease back; it is wanted again from then on. Never throws. */
  giveUp(source: SourceName): Promise<void>;
  release(): Promise<void>;
};

/** After the end of a lease, by our clock; milliseconds. */
const slackMs = 20;
/** Between two looks at a lease that has not been seen to be renewed. */
const unsureMs = 500;

export function createLeaseKeeper(options: LeaseOptions): LeaseKeeper {
  const { database } = options;
  const seconds = options.seconds ?? 6;
  const renewMs = options.renewMs ?? 2_000;
  const epochs = new Map<SourceName, number>();
  const holders = new Map<SourceName, string | null>();
  // When a lease of another was to end, as first seen.
  const firstSeen = new Map<SourceName, string>();
  const lost = new Set<SourceName>();
  const tries = new Map<SourceName, Promise<void>>();
  const soon = new Map<SourceName, NodeJS.Timeout>();
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> | undefined;
  let released = false;

  const take = async (source: SourceName, deadHolder: string | null) => {
    const place = options.placeOf?.(source) ?? null;
    const lease = await acquireLease(database, source, options.holder, deadHolder, seconds, place);
    holders.set(source, lease.holder);
    if (!lease.acquired) return;
    if (released) return releaseLease(database, source, lease.epoch);
    lost.delete(source);
    firstSeen.delete(source);
    epochs.set(source, lease.epoch);
    options.onGained(source, lease.epoch);
  };

  const follow = (source: SourceName, { holder, ledFrom, expiresAt, leftMs }: SeenLease) => {
    holders.set(source, holder);
    if (lost.delete(source)) options.onLost(source, holder);
    if (holder !== null && !firstSeen.has(source)) firstSeen.set(source, expiresAt);
    const renews = holder !== null && firstSeen.get(source) !== expiresAt;
    options.onFollowed?.(source, { holder, ledFrom, renews });
    clearTimeout(soon.get(source));
    const delayMs = holder === null ? renewMs : Math.min(leftMs + slackMs, renews ? renewMs : unsureMs);
    if (delayMs >= renewMs || released) return;
    soon.set(source, setTimeout(() => void tryNow(source), delayMs).unref());
  };

  const lookAt = async (source: SourceName) => {
    const seen = await readLease(database, source);
    options.onAnswer?.();
    const { holder, ledFrom } = seen;
    const isDead = holder !== null && (await options.isDead(holder));
    const isThere = holder === null || holder === options.holder || isDead;
    // Before anything that takes its time: who waits for a leader is to know that it is another.
    follow(source, isThere ? { ...seen, holder: null, leftMs: 0 } : seen);
    if (!isThere || released) return;
    if (options.mayTake && !(await options.mayTake(source, ledFrom))) return;
    if (released) return;
    await take(source, isDead ? holder : null);
  };

  /** One at a time for each source: of two that are under way the later answer might be of the earlier epoch. */
  const tryOne = (source: SourceName): Promise<void> => {
    if (epochs.has(source) || released) return Promise.resolve();
    const running = tries.get(source);
    if (running) return running;
    const begun = lookAt(source).finally(() => tries.delete(source));
    tries.set(source, begun);
    return begun;
  };

  const tryNow = (source: SourceName) => tryOne(source).catch(options.onError);

  const renew = async () => {
    for (const [source, epoch] of epochs) {
      const renewal = await renewLease(database, source, epoch, seconds);
      options.onAnswer?.();
      // What was to be written while it had run out was refused, and nobody asks for it again.
      if (renewal.state === 'late') options.onGained(source, epoch);
      if (renewal.asked > 0) options.onAsked?.(source, renewal.asked);
      if (renewal.state === 'lost' && epochs.get(source) === epoch) {
        epochs.delete(source);
        lost.add(source);
      }
    }
  };

  const turn = async () => {
    try {
      await renew();
      // failpoint: lease.renewed
    } catch (error) {
      options.onError(error);
    }
    // Nothing waits for these: a look at a root may take longer than a lease lasts.
    for (const source of options.sources) void tryNow(source);
    if (!released) schedule();
  };

  const schedule = () => {
    timer = setTimeout(() => {
      turning = turn();
    }, renewMs);
    timer.unref();
  };

  const giveBack = async (source: SourceName) => {
    const epoch = epochs.get(source);
    epochs.delete(source);
    if (epoch !== undefined) await releaseLease(database, source, epoch);
  };

  return {
    async acquire() {
      await Promise.all(options.sources.map(tryOne));
    },
    tryNow,
    keep() {
      if (timer === undefined && !released) schedule();
    },
    epochOf: (source) => epochs.get(source),
    holderOf: (source) => holders.get(source) ?? null,
    held: () => [...epochs.keys()],
    giveUp: (source) => giveBack(source).catch(options.onError),
    async release() {
      released = true;
      clearTimeout(timer);
      for (const one of soon.values()) clearTimeout(one);
      await turning;
      for (const source of [...epochs.keys()]) await giveBack(source);
      await Promise.allSettled(tries.values());
      // failpoint: lease.released
    },
  };
}
