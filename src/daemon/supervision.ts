// What the daemon knows of itself → a service manager: ready, reloading, stopping, in a few words how it is, and that it is alive.
//
// Starting (the time for it is extended) → up, when everything was looked at, or the database has been away for a while → stopping.
// The watchdog hears of it while `live()` says so, which is what /livez answers.
import type { Logger } from '../model/logger.ts';
import { renderStatusLine } from '../output/supervisor-text.ts';
import type { PassReport } from '../reconcile/ports.ts';
import { readManager } from '../supervisor/environment.ts';
import { createNotifier } from '../supervisor/notifier.ts';
import { createSender, type Message, monotonicUsec, type Sender } from '../supervisor/send.ts';
import { atMost } from './at-most.ts';
import type { DaemonStatus } from './status.ts';

export type Supervision = {
  passed(report: PassReport): void;
  /** Does what a reload is, between the two messages that say so. */
  reload(act: () => void): void;
  stopping(): void;
  /** Bounded; what is still to be told is told. */
  close(): Promise<void>;
};

export type SupervisionOptions = {
  readonly sender: Sender;
  readonly watchdogMs: number | undefined;
  readonly status: Pick<DaemonStatus, 'live' | 'ready' | 'snapshot' | 'problems'>;
  readonly logger: Pick<Logger, 'warn'>;
  nowMs(): number;
  /** Calls `fire` again and again; gives back what ends it. */
  every(delayMs: number, fire: () => void): () => void;
};

const tickMs = 1_000;
/** While the database is away for no longer, who waits for this service waits on. */
const degradedAfterMs = 15_000;
/** What a start or a stop asks for; it is asked for again while there is progress. A stop ends within 10 s. */
const extensionUsec = String(20_000_000);
const extendEveryMs = 5_000;
/** Between two sentences about how it is. */
const statusRestMs = 5_000;
/** For what was not told yet when everything else has stopped. */
const closeMs = 1_500;

const starving =
  'the event loop is stuck again and again, or no scan ends: the watchdog is not fed, and will have this process killed';

export function createSupervision(options: SupervisionOptions): Supervision {
  const { status, nowMs, watchdogMs } = options;
  const notifier = createNotifier({
    send: options.sender.send,
    onTrouble: (error) =>
      options.logger.warn({ err: error }, 'the service manager could not be told; trying again'),
  });
  const beganMs = nowMs();
  let phase: 'starting' | 'up' | 'stopping' = 'starting';
  let lagMs: number | undefined;
  const told = {
    pingMs: beganMs,
    statusMs: beganMs - statusRestMs,
    extendedMs: beganMs,
    line: '',
    isStarving: false,
  };

  const render = () => renderStatusLine({ state: status.snapshot(), problems: status.problems(), lagMs });

  const line = (): Message => {
    told.line = render();
    return { STATUS: told.line };
  };

  const isUp = (): boolean => {
    const { ready, reasons } = status.ready();
    const isAway = reasons.some(({ code }) => code === 'database_unreachable');
    return ready || (isAway && nowMs() - beganMs >= degradedAfterMs);
  };

  const start = () => {
    if (isUp()) {
      phase = 'up';
      notifier.tell({ READY: '1', ...line() });
    } else if (status.live() && nowMs() - told.extendedMs >= extendEveryMs) {
      told.extendedMs = nowMs();
      notifier.tell({ EXTEND_TIMEOUT_USEC: extensionUsec, ...line() });
    }
  };

  // Three times an interval: one message may fail, and one moment be a bad one.
  const feed = (intervalMs: number) => {
    if (nowMs() - told.pingMs < intervalMs / 3) return;
    const isLive = status.live();
    if (isLive) {
      told.pingMs = nowMs();
      notifier.tell({ WATCHDOG: '1' });
    } else if (!told.isStarving) options.logger.warn({}, starving);
    told.isStarving = !isLive;
  };

  const look = () => {
    notifier.retry();
    if (phase === 'starting') start();
    if (phase !== 'up') return;
    if (watchdogMs !== undefined) feed(watchdogMs);
    if (nowMs() - told.statusMs < statusRestMs || render() === told.line) return;
    told.statusMs = nowMs();
    notifier.tell(line());
  };

  const cancel = options.every(Math.min(tickMs, (watchdogMs ?? tickMs) / 4), look);

  return {
    passed(report) {
      if (report.cause === 'watch' && report.written > 0) lagMs = nowMs() - report.oldestSeenAtMs;
      if (phase === 'starting') look();
    },
    reload(act) {
      if (phase !== 'up') return act();
      notifier.tellReload({ RELOADING: '1', MONOTONIC_USEC: monotonicUsec() });
      act();
      notifier.tell({ READY: '1', ...line() });
    },
    stopping() {
      if (phase === 'stopping') return;
      phase = 'stopping';
      notifier.tell({ STOPPING: '1', STATUS: 'stopping', EXTEND_TIMEOUT_USEC: extensionUsec });
    },
    async close() {
      cancel();
      notifier.retry();
      try {
        await atMost(closeMs, 'telling the service manager', notifier.settled());
      } finally {
        options.sender.close();
      }
    },
  };
}

const unsupervised: Supervision = {
  passed: () => undefined,
  reload: (act) => act(),
  stopping: () => undefined,
  close: () => Promise.resolve(),
};

/** Where no service manager wants to be told, nothing is. */
export function superviseBy(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  rest: Pick<SupervisionOptions, 'status' | 'logger'>,
): Supervision {
  const manager = readManager(env, pid);
  if (manager === undefined) return unsupervised;
  return createSupervision({
    ...rest,
    sender: createSender(manager),
    watchdogMs: manager.watchdogMs,
    nowMs: () => performance.now(),
    every(delayMs, fire) {
      const timer = setInterval(fire, delayMs);
      return () => clearInterval(timer);
    },
  });
}
