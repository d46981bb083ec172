// A replica that may answer reads: whenever it has every version that is known here, and none that the primary has not. What is known
// is what followers were told, what was written over the API, and what a client says that it knows.
//
// Versions that it lacks are kept with the time at which they became known: that is how far it is behind, by this clock alone. It is
// looked at every second, and by whoever would have to go to the primary otherwise; all who ask at a time share one look.

import { messageOf } from '../model/errors.ts';
import type { ReplicaState } from '../model/reads.ts';
import type { Database } from './connect.ts';
import { readVersion } from './sql/catalog-version.ts';

export type ReplicaOptions = {
  readonly primary: Database;
  readonly replica: Database;
  nowMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Each time it becomes another one. */
  onState(state: ReplicaState): void;
};

export type Replica = {
  /** Looks now and then until `close`. */
  start(): void;
  close(): void;
  /** The registry has this version now; a lower one than before: it was set back. */
  moved(version: number): void;
  /** Whether it can answer one who knows of this version. */
  hasCaughtUp(atLeast: number | undefined): Promise<boolean>;
  /** The highest version that is known of the registry. */
  known(): number | undefined;
  /** Asks the primary. */
  askKnown(): Promise<number>;
  /** It failed a read. */
  failed(error: unknown): void;
  state(): ReplicaState;
};

const everyMs = 1_000;
/** Milliseconds that a look may take, and for which a look that found it behind stands for the next. */
const lookMs = 1_000;
const restMs = 25;
/** Versions remembered that it lacks; beyond it every second one goes. */
const maxLacking = 1_000;

export function createReplica(options: ReplicaOptions): Replica {
  const { primary, replica, nowMs, sleep } = options;
  const stop = new AbortController();
  let known: number | undefined;
  let seen: number | undefined;
  let trouble: string | undefined = 'it was not asked yet';
  let lookedMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let lacking: { readonly version: number; readonly atMs: number }[] = [];
  let told = '';

  const state = (): ReplicaState => {
    const version = seen ?? null;
    const behindMs = Math.round(lacking[0] === undefined ? 0 : nowMs() - lacking[0].atMs);
    if (trouble !== undefined) return { state: 'unreachable', version, behindMs, reason: trouble };
    if (seen !== undefined && known !== undefined && seen > known) {
      const reason = `it is at version ${seen}, the primary at ${known}: it follows another server`;
      return { state: 'ahead', version, behindMs, reason };
    }
    if (lacking.length === 0) return { state: 'used', version, behindMs: 0, reason: null };
    return {
      state: 'behind',
      version,
      behindMs,
      reason: `it is at version ${seen}, the primary at ${known}`,
    };
  };
  const tell = () => {
    const now = state();
    if (now.state === told) return;
    told = now.state;
    options.onState(now);
  };

  const moved = (version: number) => {
    if (known !== undefined && version < known) lacking = [];
    if (version === known) return;
    known = version;
    if (seen === undefined || version > seen) lacking.push({ version, atMs: nowMs() });
    if (lacking.length > maxLacking) lacking = lacking.filter((_, at) => at % 2 === 0);
  };
  const askKnown = async () => {
    const version = await readVersion(primary, primary.schema, lookMs);
    // Of two answers the later one may be the older.
    if (known === undefined || version > known) moved(version);
    return known ?? version;
  };

  const look = async () => {
    try {
      const version = await readVersion(replica, replica.schema, lookMs);
      // Perhaps it heard of a change sooner than we did.
      if (known === undefined || version > known) await askKnown();
      seen = version;
      trouble = undefined;
      lacking = lacking.filter((one) => one.version > version);
    } catch (error) {
      trouble ??= messageOf(error);
    } finally {
      lookedMs = nowMs();
      looking = undefined;
      tell();
    }
  };
  const lookOnce = () => {
    looking ??= look();
    return looking;
  };
  const isAt = (version: number) =>
    trouble === undefined && seen !== undefined && known !== undefined && seen >= version && seen <= known;

  return {
    start() {
      void (async () => {
        while (!stop.signal.aborted) {
          await lookOnce();
          await sleep(everyMs, stop.signal);
        }
      })();
    },
    close: () => stop.abort(),
    moved,
    async hasCaughtUp(atLeast = 0) {
      const wanted = Math.max(known ?? 0, atLeast);
      if (isAt(wanted)) return true;
      // Unreachable: the next look by the clock finds out when it is back.
      if (trouble !== undefined || nowMs() - lookedMs < restMs) return false;
      await lookOnce();
      return isAt(wanted);
    },
    known: () => known,
    askKnown,
    failed(error) {
      trouble = messageOf(error);
      tell();
    },
    state,
  };
}
