// Composition root of `run` and `dev`: builds the edges, joins them to the loop, starts and stops them in order.
//
// Start: http (live, not ready) → watch → full pass over disk and registry → ready. Stop: the reverse, each step bounded.

import type { Config } from './config.ts';
import { createActivity } from './daemon/activity.ts';
import { createAsked } from './daemon/asked.ts';
import { atMost } from './daemon/at-most.ts';
import { createCandidacy } from './daemon/candidacy.ts';
import { followChanges } from './daemon/changes.ts';
import { createClientWrites } from './daemon/client-writes.ts';
import type { OpenDatabase } from './daemon/database.ts';
import { createEngine } from './daemon/engine.ts';
import { createHousekeeping } from './daemon/housekeeping.ts';
import { createHttp } from './daemon/http.ts';
import { createLeadership } from './daemon/leadership.ts';
import { countPass, createPassLog, logPack } from './daemon/observe-pass.ts';
import { createPulse } from './daemon/pulse.ts';
import { createReads } from './daemon/reads.ts';
import { createRootWatch } from './daemon/root-watch.ts';
import { createStatus, type DaemonStatus } from './daemon/status.ts';
import { createStop } from './daemon/stopping.ts';
import { superviseBy } from './daemon/supervision.ts';
import { systemClock } from './daemon/system-clock.ts';
import type { HttpServer } from './http/server.ts';
import { createRootAccesses } from './load/root-access.ts';
import type { Logger } from './model/logger.ts';
import { apiSource, type PackDir, type SourceName } from './model/pack.ts';
import type { Token } from './model/token.ts';
import { createLoop } from './reconcile/loop.ts';
import type { PackReport, PassReport } from './reconcile/ports.ts';
import { changeOf, fullChange } from './registry/change-set.ts';
import { createCatalog } from './store/catalog.ts';
import { createChangeFeed } from './store/change-feed.ts';
import { createRowMemory } from './store/row-memory.ts';
import { createPackMemory } from './store/sql/registered-pack.ts';
import { createWriter } from './store/writer.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createSettle } from './watch/settle.ts';

export type DaemonOptions = {
  readonly config: Config;
  readonly logger: Logger;
  readonly pid: number;
  /** What a service manager may have put in; settings are read already. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly opened: OpenDatabase;
  /** False: `onPack` tells what changed, so the log need not. */
  readonly logsPacks: boolean;
  /** Called for each pack that a pass changed or refused, as soon as it is done. */
  onPack(report: PackReport): void;
  onPass(report: PassReport): void;
  /** The daemon cannot go on; the caller stops it and exits. */
  onFatal(error: unknown): void;
};

export type Daemon = {
  /** Resolves when the listener is open and the first pass was begun; `url` is undefined without a listener. Throws `AppError`. */
  start(): Promise<{ readonly url: string | undefined }>;
  /** Bounded; may be called at any time, later calls join the first. */
  stop(): Promise<void>;
  /** Does what a reload is, and tells the service manager when it begins and ends. */
  reload(act: (daemon: Daemon) => void): void;
  /** A full pass, soon. */
  rescan(): void;
  /** Tokens asked for from now on; nothing where none were asked for at the start. */
  useTokens(tokens: readonly Token[] | undefined): void;
  readonly status: DaemonStatus;
};

/** How long a running pass may go on at a stop before it is aborted between two packs. */
const passDeadlineMs = 3_000;
/** Of each kind: a pack of thousands, or those that were saved last; some 400 bytes a row. */
const rememberedRows = 8_000;
/** How long another step of the stop may take: a database that does not answer must not hold up the end. All of them stay below 10 s. */
const stepMs = 1_500;
/** How long requests may go on at a stop. */
const drainMs = 2_000;

export function createDaemon(options: DaemonOptions): Daemon {
  const { config, logger } = options;
  const { database } = options.opened;
  const metrics = createMetrics({ defaultMetrics: true });
  const catalog = createCatalog(database);
  const feed = createChangeFeed(database);
  const { replica } = options.opened;
  const reads = replica && createReads({ primary: database, replica: replica.database, logger });
  const activity = createActivity(startTimer);
  const sources = config.roots.map((root) => root.source);
  const pulse = createPulse({ clock: systemClock, setTimer: startTimer });
  const status = createStatus({
    config,
    version: options.version,
    place: options.opened.place,
    ...(replica && reads ? { replica: { place: replica.place, state: reads.state } } : {}),
    clock: systemClock,
    isPrompt: pulse.isPrompt,
  });
  const supervision = superviseBy(options.env, options.pid, { status, logger });
  const logPass = createPassLog(logger);
  let tokens = config.tokens ?? [];
  let http: HttpServer | undefined;

  const accesses = createRootAccesses({
    roots: config.roots,
    onSilent(source, limitMs) {
      logger.warn(
        { source, limitMs },
        'the file system of this root does not answer; the others go on without it',
      );
    },
    onAnswer(source) {
      logger.info({ source }, 'the file system of this root answers again');
      rootWatch.answered(source);
    },
  });

  const rescanMs = config.rescanS * 1000;
  const reader = createWriter({ database, epochOf: () => undefined });
  const leadership = createLeadership({
    ...{ database, sources, pid: options.pid, rescanMs, logger, metrics, status },
    candidacy: createCandidacy({ config, accesses, registry: reader, clock: systemClock }),
    // Whatever changed while another led is found by looking.
    onGained: (source) => loop.push(fullChange([source], 'start', systemClock.nowMs())),
    onLost: (source) => asked.lost(source),
    onAsked: (source, number) => asked.asked(source, number),
    onAnswer: () => loop.wake(),
    onPrepared() {
      changes.start();
      reads?.start();
    },
  });
  const writer = createWriter({
    database,
    memory: createRowMemory(),
    packMemory: createPackMemory(rememberedRows),
    epochOf: leadership.epochOf,
    keepRevisions: config.keepRevisions,
  });
  const engine = createEngine({
    config,
    accesses,
    registry: writer,
    dryRun: false,
    onParsed(source, path) {
      metrics.filesParsed(1);
      activity.parsed(source, path);
    },
    onCacheLookup: (result) => metrics.cacheLookup(result),
    onPack(report) {
      if (options.logsPacks) logPack(logger, report);
      options.onPack(report);
    },
  });

  const { epochOf, held } = leadership;
  const { nowMs } = systemClock;
  const asked = createAsked({
    ...{ config, database, catalog, status, logger, sources, held, epochOf },
    reconsider: leadership.reconsider,
    push: (source, scope) => loop.push(changeOf(source, scope, 'request', nowMs())),
  });
  const { retainDays } = config;
  const housekeeping = createHousekeeping({ database, logger, nowMs, retainDays, held, epochOf });

  const clients = createClientWrites(config, database, metrics);
  const changes = followChanges({
    ...{ opened: options.opened, catalog, feed, metrics, status, logger },
    onVersion: reads?.moved,
    onScan(source) {
      asked.wake(source);
      // A lease that is given back tells so in the same way.
      void leadership.reconsider(source as SourceName | undefined);
    },
  });

  const loop = createLoop({
    sources,
    reconcile: engine.reconcile,
    clock: systemClock,
    rescanMs,
    againMs: Math.max(config.settleMs, 50),
    random: Math.random,
    prepare: leadership.prepare,
    writable: leadership.held,
    onPass(found) {
      const report = leadership.complete(found);
      leadership.passed(found);
      const now = systemClock.nowMs();
      status.passed(report);
      countPass(metrics, report, now);
      metrics.setHeldRemovals(status.held());
      metrics.setPendingPaths(settle.pendingCount() + loop.pendingCount());
      logPass(report);
      rootWatch.passed(report);
      asked.passed(report);
      housekeeping.passed();
      options.onPass(report);
      supervision.passed(report);
      // What a save wrote is told by the database, too, and counted then: once a second at most, for counting takes as long as there are rows.
      if (report.cause !== 'watch') void changes.recount();
      // A start that found everything as it was has loaded no rules: the first edit shall not wait for them.
      void import('./language/check-file.ts');
    },
    onFailure(error, retryInMs) {
      status.failed(error);
      metrics.databaseError('pass');
      metrics.passFinished('retry', 'failed', {});
      logger.warn(
        { err: error, retryInMs: Math.round(retryInMs) },
        'a pass failed; what it was for stays asked for',
      );
    },
    onFatal: (error) => options.onFatal(error),
  });

  const settle = createSettle({
    settleMs: config.settleMs,
    settleMaxMs: config.settleMaxMs,
    clock: { nowMs: systemClock.nowMs, setTimer: startTimer },
    onSettled(change) {
      activity.settled(change);
      loop.push(change);
    },
  });

  const rootWatch = createRootWatch({
    roots: config.roots,
    accesses,
    mode: config.watch,
    nowMs: systemClock.nowMs,
    setTimer: startTimer,
    metrics,
    logger,
    onEvent(event) {
      metrics.watchEvent();
      activity.seen(event);
      settle.push(event);
      const dir = event.path?.split('/', 1)[0];
      if (dir !== undefined && held().includes(event.source))
        engine.ahead.expect(event.source, dir as PackDir);
    },
    onLook: (source) => loop.push(fullChange([source], 'rescan', systemClock.nowMs())),
    onMode: status.watchedBy,
  });

  const openHttp = async (): Promise<string | undefined> => {
    http = createHttp({
      ...{ config, database, catalog, feed, reads, activity, status, metrics, logger, sources, drainMs },
      ...{ version: options.version, wait: asked.wait, scans: asked.scans },
      tokens: () => tokens,
      writes: clients.writes,
      // What the API gives up, any root may have waited for.
      onDecision: (source) => asked.wake(source === apiSource ? undefined : source),
    });
    return (await http?.start())?.url;
  };

  // Each whether or not the start came that far. The lease goes only when no pass can want it any more.
  const stop = createStop(logger, [
    async () => status.stopping(),
    async () => supervision.stopping(),
    async () => accesses.hurry(),
    () => atMost(stepMs, 'closing the watches', rootWatch.close()),
    async () => settle.close(),
    () => atMost(stepMs, 'ending looks ahead', engine.ahead.close()),
    () => loop.stop(passDeadlineMs),
    () => atMost(stepMs, 'ending workers and housekeeping', closeAll(engine.loader, housekeeping)),
    async () => changes.close(),
    () => atMost(stepMs, 'giving the leases back', leadership.release()),
    () => http?.close(),
    () => clients.close(),
    () => reads?.close(),
    () => options.opened.close(),
    async () => pulse.close(),
    () => supervision.close(),
  ]);

  const daemon: Daemon = {
    status,
    reload: (act) => supervision.reload(() => act(daemon)),
    rescan: () => loop.push(fullChange(sources, 'request', systemClock.nowMs())),
    useTokens(next) {
      tokens = next ?? [];
    },
    async start() {
      engine.loader.prepare();
      const url = await openHttp();
      // Watching begins before scanning, so that nothing falls between the two.
      await rootWatch.start();
      // failpoint: watch.started
      loop.push(fullChange(sources, 'start', systemClock.nowMs()));
      return { url };
    },
    stop,
  };
  return daemon;
}

async function closeAll(...parts: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(parts.map((part) => part.close()));
}

function startTimer(fire: () => void, delayMs: number): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => clearTimeout(timer);
}
