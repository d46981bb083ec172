// Tells when the registry was changed, by whomever: catalog_version, read whenever a notification says that it may have moved; and
// when a scan was asked for or is done, which is for others to read.
//
// A notification is only a reason to look, so what counts is to know whether any would come. States:
//   opening    a connection of its own is made and listens; the version is read over it, so nothing is missed in between
//   proving    a notification is sent to it over the pool, on a channel that nobody else listens to; no statement runs on it
//              meanwhile, for behind a pooler that would be just when a notification of another's backend could slip through
//   listening  the proof came; it is asked for again every `checkMs`, and the version with it
//   waiting    the proof did not come (again after `deafMs`), or the connection failed or was lost (again after a growing delay)
// opening → proving → listening → proving …; from each of them → waiting → opening. Whenever the state is not listening (or a
// proof after it), the version is read every `pollMs` instead.
import type { Database, ListenConnection, ListenEvents } from './connect.ts';
import { createEar, type Ear } from './ear.ts';
import { createVersionWatch } from './version-watch.ts';

/** How changes of the registry are learnt of. */
export type ListenMode = 'listening' | 'polling';

/** Milliseconds. */
export type ListenTiming = {
  /** For the proof to come. */
  readonly proofMs: number;
  readonly checkMs: number;
  readonly pollMs: number;
  readonly deafMs: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** For one statement, connecting included. */
  readonly deadlineMs: number;
};

export type ListenerOptions = {
  /** The pool: for proofs, and for the version. */
  readonly database: Database;
  /** Of digits and small letters: names the channel of the proofs, of this listener alone. */
  readonly id: string;
  open(events: ListenEvents): ListenConnection;
  /** The version is another than the one told last; also told first of all. */
  onWake(version: number): void;
  /** A scan of this source was asked for, or is done; undefined: of any source, as far as can be told. @default nothing */
  onScan?(source: string | undefined): void;
  /** The first mode, and each change; `reason` is for people. */
  onMode(mode: ListenMode, reason: string): void;
  /** The database could not be asked; it is tried again. */
  onError(error: unknown): void;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 ≤ x < 1, for the jitter. */
  random(): number;
  /** @default proof 2 s, check 30 s, poll 1 s, deaf 60 s, retries 0.2 to 10 s, deadline 5 s */
  readonly timing?: Partial<ListenTiming>;
};

export type Listener = {
  start(): void;
  /** Nothing is told any more. Waits for nothing that the server would have to answer. */
  close(): void;
};

const defaults: ListenTiming = {
  proofMs: 2_000,
  checkMs: 30_000,
  pollMs: 1_000,
  deafMs: 60_000,
  firstRetryMs: 200,
  longestRetryMs: 10_000,
  deadlineMs: 5_000,
};

const reasons = {
  heard: 'notifications come through',
  deaf: 'no notification comes through, as behind a pooler that shares connections by the transaction',
  lost: 'the connection that listens was lost',
};

/** Opens nothing before `start`. */
export function createListener(options: ListenerOptions): Listener {
  const { sleep, onScan = () => undefined } = options;
  const timing = { ...defaults, ...options.timing };
  const stop = new AbortController();
  const shared = { ...options, ...timing, stop: stop.signal };
  const version = createVersionWatch(shared);
  let mode: ListenMode | undefined;
  let failures = 0;

  const enter = (next: ListenMode, reason: string) => {
    if (stop.signal.aborted || mode === next) return;
    mode = next;
    options.onMode(next, reason);
  };

  const poll = async () => {
    while (!stop.signal.aborted) {
      if (mode !== 'listening') {
        onScan(undefined);
        await version.ask();
      }
      await sleep(timing.pollMs, stop.signal);
    }
  };

  const openEar = (): Ear => {
    const ear = createEar({
      ...shared,
      onScan,
      onNotify: () =>
        void version.ask().then((isRead) => {
          // What it was about is still unknown: the next connection begins by reading.
          if (!isRead) ear.leave();
        }),
    });
    return ear;
  };

  /** Resolves when nothing is heard; throws when the database fails or the connection is lost. */
  const listen = async (ear: Ear) => {
    await ear.listen();
    for (;;) {
      await version.askOver(ear.connection);
      onScan(undefined);
      if (!(await ear.hears())) return;
      enter('listening', reasons.heard);
      failures = 0;
      await sleep(timing.checkMs, ear.over);
      // When it was lost meanwhile, the next statement throws.
    }
  };

  const nextRetryMs = () => {
    const delayMs = Math.min(timing.longestRetryMs, timing.firstRetryMs * 2 ** failures);
    failures += 1;
    return delayMs * (0.5 + options.random() / 2);
  };

  const keepListening = async () => {
    while (!stop.signal.aborted) {
      const ear = openEar();
      let delayMs = timing.deafMs;
      try {
        await listen(ear);
        enter('polling', reasons.deaf);
        await ear.forget();
      } catch (error) {
        if (stop.signal.aborted) return;
        options.onError(error);
        enter('polling', reasons.lost);
        delayMs = nextRetryMs();
      } finally {
        ear.leave();
      }
      await sleep(delayMs, stop.signal);
    }
  };

  return {
    start() {
      void poll();
      void keepListening();
    },
    close: () => stop.abort(),
  };
}
