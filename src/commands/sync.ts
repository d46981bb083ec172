// `sync`: one pass over the roots as the writer of their sources, then exit.

import type { Config } from '../config.ts';
import { createEngine } from '../daemon/engine.ts';
import { holderName, isDeadHolder, placeName } from '../daemon/holder.ts';
import { createLookAhead } from '../daemon/look-ahead.ts';
import { createPassLog } from '../daemon/observe-pass.ts';
import { compileLess } from '../daemon/short-run.ts';
import { toSyncReport } from '../daemon/sync-report.ts';
import { systemClock } from '../daemon/system-clock.ts';
import type { ChangeSet } from '../model/change.ts';
import { AppError } from '../model/errors.ts';
import { hasProblems, type SyncReport } from '../model/report.ts';
import { syncDocument } from '../output/sync-json.ts';
import { renderSync } from '../output/sync-text.ts';
import type { PassReport } from '../reconcile/ports.ts';
import { fullChange } from '../registry/change-set.ts';
import type { Database } from '../store/connect.ts';
import { createLeaseKeeper, type LeaseKeeper } from '../store/lease.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { createWriter } from '../store/writer.ts';
import type { RootLogger } from '../telemetry/logger.ts';
import { type Command, type CommandContext, exitCodes } from './context.ts';
import { configure } from './settings.ts';
import { createUnbroken } from './unbroken.ts';
import { withDatabase } from './with-database.ts';

/** Milliseconds that packs which are being written or switched are waited for: longer than a tool's marker is believed. */
const waitMs = 40_000;
const longestPauseMs = 1_000;

const stopped = new AppError('aborted', 'stopped before the pass was over', { retryable: false });

export const sync: Command = async (context, input) => {
  const config = configure(context, input);
  if (typeof config === 'number') return config;
  compileLess(context.engine);
  // Asked for before anything is started: a signal ends the run between two packs, or before the first.
  const abort = new AbortController();
  void context.stopRequested.then(() => abort.abort(stopped));
  return withDatabase(context, config, async (database, logger) => {
    const report = await syncOnce(context, config, logger, database, abort);
    if (context.format === 'json') context.out(`${JSON.stringify(syncDocument(report))}\n`);
    else if (!context.quiet || hasProblems(report)) context.out(renderSync(report, context.style));
    return hasProblems(report) ? exitCodes.problems : exitCodes.done;
  });
};

async function syncOnce(
  context: CommandContext,
  config: Config,
  logger: RootLogger,
  database: Database,
  abort: AbortController,
): Promise<SyncReport> {
  abort.signal.throwIfAborted();
  const sources = config.roots.map((root) => root.source);
  const pathOf = (source: string) => config.roots.find((root) => root.source === source)?.path ?? source;
  const keeper = createLeaseKeeper({
    database,
    sources,
    holder: await holderName(context.pid),
    placeOf: (source) => placeName(pathOf(source)),
    isDead: isDeadHolder,
    onGained: () => undefined,
    onLost: (source, holder) => {
      abort.abort(leaseLost(`${source} is led by ${describeHolder(holder)} now; the pass was not finished`));
    },
    onError: (error) => logger.warn({ err: error }, 'the lease could not be renewed; trying again'),
  });
  const unbroken = createUnbroken({
    ...systemClock,
    signal: abort.signal,
    onFailure: (error) =>
      logger.warn({ err: error }, 'the database broke off the pass; going on with the rest'),
  });
  const engine = createEngine({
    config,
    registry: createWriter({ database, epochOf: keeper.epochOf, keepRevisions: config.keepRevisions }),
    dryRun: false,
    onPack: unbroken.note,
  });
  const ahead = createLookAhead(engine.loader, sources);
  try {
    // Started while the database is asked.
    engine.loader.prepare();
    await migrate(database, await readMigrations(), ahead.begin);
    await keeper.acquire();
    await ahead.end();
    refuseLed(keeper, sources);
    keeper.keep();
    const reports: PassReport[] = [];
    const logPass = createPassLog(logger);
    let change: ChangeSet = fullChange(sources, 'request', systemClock.nowMs());
    const endMs = systemClock.nowMs() + waitMs;
    for (let pauseMs = Math.max(config.settleMs, 50); ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const report = await unbroken.pass(() => engine.reconcile(change, abort.signal));
      logPass(report);
      reports.push(report);
      const [refused] = report.refused;
      if (refused) throw refused.error;
      if (report.packs.some(({ result }) => result?.outcome === 'fenced'))
        throw leaseLost('the lease was lost to another daemon; the pass was not finished');
      if (report.again.size === 0 || systemClock.nowMs() > endMs) break;
      await systemClock.sleep(pauseMs, abort.signal);
      change = { scopes: report.again, cause: 'request', oldestSeenAtMs: systemClock.nowMs() };
    }
    const report = toSyncReport(reports, pathOf, unbroken.finished());
    return { ...report, parsed: engine.loader.parsedCount() };
  } catch (error) {
    // Whatever a pass throws when it is cut off: why it was cut off says more.
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    await ahead.end();
    await engine.loader.close();
    await keeper.release();
  }
}

function refuseLed(keeper: LeaseKeeper, sources: Config['roots'][number]['source'][]): void {
  const led = sources.filter((source) => keeper.epochOf(source) === undefined);
  if (led.length === 0) return;
  const holders = led.map((source) => `${source} by ${describeHolder(keeper.holderOf(source))}`).join(', ');
  throw leaseLost(`led by a live daemon, which does this itself: ${holders}`);
}

function leaseLost(message: string): AppError {
  return new AppError('lease_held', message, { retryable: false });
}

function describeHolder(holder: string | null): string {
  const [host, , , pid] = (holder ?? '').split(' ');
  return host && pid ? `process ${pid} on ${host}` : (holder ?? 'another daemon');
}
