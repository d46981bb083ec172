// The watcher as the daemon keeps it: each root in its mode, its watches opened anew when it turns out to be another directory,
// linked files followed, and events put to the test by what passes find.
import type { Config } from '../config.ts';
import type { RootAccesses } from '../load/root-access.ts';
import type { FileEvent } from '../model/change.ts';
import { codeOf } from '../model/errors.ts';
import type { Logger } from '../model/logger.ts';
import type { PackDir, Root, SourceName } from '../model/pack.ts';
import type { PassReport, SeenRoot } from '../reconcile/ports.ts';
import type { Metrics, WatchMode } from '../telemetry/metrics.ts';
import { type EventSupport, eventSupportOf } from '../watch/file-system.ts';
import { createPoller, type Poller } from '../watch/poller.ts';
import { createPulse } from '../watch/pulse.ts';
import { createSelfTest, type SelfTest } from '../watch/self-test.ts';
import { createWatcher } from '../watch/watcher.ts';

export type RootWatchOptions = {
  readonly roots: readonly Root[];
  readonly accesses: RootAccesses;
  readonly mode: Config['watch'];
  readonly metrics: Pick<Metrics, 'watchEventsMissed' | 'setWatchMode'>;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  nowMs(): number;
  setTimer(fire: () => void, delayMs: number): () => void;
  onEvent(event: FileEvent): void;
  /** The whole root has to be looked at: it is polled, or its watches were opened anew and what happened meanwhile is unknown. */
  onLook(source: SourceName): void;
  onMode(source: SourceName, mode: WatchMode): void;
};

export type RootWatch = {
  /** Resolves when the roots that answer soon are watched. The others are as soon as they do. */
  start(): Promise<void>;
  /** The file system of a root answers again. */
  answered(source: SourceName): void;
  passed(report: PassReport): void;
  close(): Promise<void>;
};

type Watched = {
  readonly root: Root;
  readonly poller: Poller;
  /** False: its file system has not answered yet. */
  isBegun: boolean;
  /** Undefined: no events are expected. */
  test: SelfTest | undefined;
  type: EventSupport['type'] | undefined;
  /** As the last pass saw it. Undefined: not seen yet, or away. */
  identity: string | undefined;
  mendedAtMs: number;
  readonly linked: Map<PackDir, readonly string[]>;
};

/** Milliseconds for which a start waits for the file systems of the roots. */
const answerMs = 1_000;

/** Milliseconds after which watches that the system had no room for are tried again. */
const mendMs = 30_000;

export function createRootWatch(options: RootWatchOptions): RootWatch {
  const { accesses, logger, metrics, nowMs } = options;
  const hasEvents = options.mode === 'auto' || options.mode === 'events';
  const roots = new Map<SourceName, Watched>();
  let isClosed = false;
  for (const root of options.roots) {
    const poller = createPoller({ onPoll: () => options.onLook(root.source) });
    const fresh = { isBegun: false, test: undefined, type: undefined, identity: undefined };
    roots.set(root.source, { root, poller, ...fresh, mendedAtMs: nowMs(), linked: new Map() });
  }

  const watcher = createWatcher({
    roots: hasEvents ? options.roots : [],
    nowMs,
    onEvent,
    onError(error, source) {
      const limit = codeOf(error) === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances';
      const isLimit = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EMFILE';
      const help = isLimit ? `; raise fs.inotify.${limit}` : '';
      logger.warn({ source, err: error }, `some directories cannot be watched${help}`);
    },
  });

  const pulse = createPulse({
    roots: hasEvents ? options.roots : [],
    nowMs,
    isSilent: (source) => !roots.get(source)?.isBegun || accesses.of(source).isSilent(),
    onChange(source) {
      onEvent({ source, path: undefined, seenAtMs: nowMs() });
      const watched = roots.get(source);
      if (watched) void rebuild(watched);
    },
    onPause() {
      for (const source of roots.keys()) onEvent({ source, path: undefined, seenAtMs: nowMs() });
    },
  });

  function onEvent(event: FileEvent): void {
    const dir = event.path?.split('/', 1)[0];
    roots.get(event.source)?.test?.announce(dir === '' ? undefined : (dir as PackDir | undefined));
    options.onEvent(event);
  }

  function setMode(source: SourceName, mode: WatchMode): void {
    if (isClosed) return;
    metrics.setWatchMode(source, mode);
    options.onMode(source, mode);
    if (mode === 'poll') roots.get(source)?.poller.start();
    else roots.get(source)?.poller.stop();
  }

  /** Puts the events of a root to the test, by the file system it lies on now. */
  async function arm(watched: Watched): Promise<void> {
    const { source, path } = watched.root;
    const support = await eventSupportOf(path);
    // A root that is away is not on another file system for that.
    const { events, type } = support ?? { events: 'yes', type: watched.type ?? 'unknown' };
    if (watched.type === type || isClosed) return;
    watched.type = type;
    watched.test?.close();
    const first = options.mode === 'auto' && events !== 'yes' ? 'poll' : 'events';
    if (first === 'poll')
      logger.info({ source, type }, `polling: on ${type} not every change brings an event`);
    watched.test = createSelfTest({
      ...{ first, nowMs, setTimer: options.setTimer },
      canSwitch: options.mode === 'auto',
      canClimb: events !== 'never',
      onMissed(dirs) {
        metrics.watchEventsMissed(dirs.size);
        logger.debug({ source, packs: [...dirs] }, 'changed packs that no event announced');
        mend(watched, dirs);
      },
      onSwitch(mode, reason) {
        const what = mode === 'poll' ? 'events cannot be relied on, so this root is polled' : 'polling ends';
        logger[mode === 'poll' ? 'warn' : 'info']({ source, reason }, `${what}: ${reason}`);
        setMode(source, mode);
      },
    });
    setMode(source, first);
  }

  function mend(watched: Watched, dirs: Iterable<PackDir> | 'all'): void {
    const { source } = watched.root;
    if (accesses.of(source).isSilent()) return;
    watched.mendedAtMs = nowMs();
    watcher.mend(source, dirs).catch((error: unknown) => {
      logger.error({ source, err: error }, 'the watches could not be mended');
    });
  }

  /** Opens the watches of a root anew, for one that is another directory than before. */
  async function rebuild(watched: Watched): Promise<void> {
    const { source } = watched.root;
    try {
      await arm(watched);
      // failpoint: watch.rebuild
      await watcher.rebuild(source);
      // failpoint: watch.rebuilt
      logger.info(
        { source },
        'the root is not the directory that it was, or is gone; its watches were opened anew',
      );
      options.onLook(source);
    } catch (error) {
      logger.error({ source, err: error }, 'the watches could not be opened anew');
    }
  }

  /** Begins with a root if it has answered by now. */
  async function begin(watched: Watched): Promise<void> {
    const { source } = watched.root;
    const hasAnswered = accesses
      .of(source)
      .ask()
      .then(
        () => true,
        () => false, // `answered` says when it does
      );
    if (!(await Promise.race([hasAnswered, after(answerMs)]))) {
      void hasAnswered.then((has) => (has ? beginLate(watched) : undefined));
      return;
    }
    watched.isBegun = true;
    await arm(watched);
  }

  async function beginLate(watched: Watched): Promise<void> {
    if (watched.isBegun || isClosed) return;
    watched.isBegun = true;
    await rebuild(watched);
  }

  /** Tells the watcher where linked files lie, if that is news. */
  function follow({ root, linked }: Watched, seen: SeenRoot): void {
    const before = [...linked.values()].flat().join('\n');
    for (const [dir, dirs] of seen.linked) {
      if (dirs.length > 0) linked.set(dir, dirs);
      else linked.delete(dir);
    }
    const dirs = [...linked.values()].flat();
    if (dirs.join('\n') !== before) watcher.follow(root.source, dirs);
  }

  function rootPassed(watched: Watched, seen: SeenRoot, report: PassReport): void {
    const { root, test } = watched;
    // The first look compares with nothing, nor does one at a root that was away or is another directory.
    const isBaseline = seen.identity === undefined || seen.identity !== watched.identity;
    watched.identity = seen.identity;
    test?.passed({ ...seen, startedAtMs: report.startedAtMs, isBaseline });
    const unwatched = watcher.unwatched(root.source);
    test?.unwatched(unwatched);
    if (unwatched > 0 && nowMs() - watched.mendedAtMs > mendMs) mend(watched, 'all');
    // A root that cannot be listed was looked at as far as that goes.
    if (seen.isFull || seen.identity === undefined) watched.poller.looked(report.durationMs);
    follow(watched, seen);
  }

  return {
    async start() {
      if (!hasEvents) {
        for (const source of roots.keys()) setMode(source, options.mode === 'poll' ? 'poll' : 'off');
        return;
      }
      await Promise.all([...roots.values()].map(begin));
      // Before the watches are opened: a root that appears meanwhile is told by it.
      void pulse.start();
      const late = [...roots.values()].filter((watched) => !watched.isBegun);
      await watcher.start(new Set(late.map((watched) => watched.root.source)));
    },
    answered(source) {
      const watched = roots.get(source);
      if (!watched || isClosed) return;
      if (hasEvents && !watched.isBegun) void beginLate(watched);
      else options.onLook(source);
    },
    passed(report) {
      if (isClosed) return;
      for (const [source, seen] of report.roots) {
        const watched = roots.get(source);
        if (watched) rootPassed(watched, seen, report);
      }
    },
    async close() {
      isClosed = true;
      pulse.close();
      for (const { test, poller } of roots.values()) {
        test?.close();
        poller.stop();
      }
      await watcher.close();
    },
  };
}

function after(delayMs: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), delayMs).unref();
  });
}
