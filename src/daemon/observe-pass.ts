// What a pass did → log lines and metrics.
import { catalogue } from '../language/diagnostics.ts';
import type { Logger } from '../model/logger.ts';
import type { PackDir, SourceName } from '../model/pack.ts';
import type { PackReport, PassReport } from '../reconcile/ports.ts';
import type { Metrics, PassOutcome } from '../telemetry/metrics.ts';

/** One line for each changed definition and each refused file of a pack. */
export function logPack(logger: Logger, report: PackReport): void {
  const pack = report.plan.packRef ?? report.dir;
  if (report.result?.outcome === 'fenced') {
    logger.warn(
      { pack, source: report.source },
      'not written: the lease of this source has run out, or another daemon holds it',
    );
    return;
  }
  // Words of findings quote the file, and whoever reads logs may not be let read definitions: code and place are told instead.
  const revisions = revisionsOf(report.plan);
  for (const { ref, path, verb, reason: words } of report.plan.changes) {
    const revision = revisions.get(ref);
    const reason = verb === 'rejected' ? 'its file has problems' : words;
    const fields = { source: report.source, pack, ref, path, verb, reason, ...(revision && { revision }) };
    if (verb === 'degraded' || verb === 'rejected') logger.warn(fields, `${ref} ${verb}`);
    else logger.info(fields, `${ref} ${verb}`);
  }
  for (const { code, path, line, column, severity } of report.diagnostics) {
    const fields = { source: report.source, pack, code, path, line, column, severity };
    const told = `${path}:${line}:${column} ${code} ${catalogue[code].title}`;
    if (severity === 'error') logger.warn(fields, told);
    else logger.info(fields, told);
  }
}

/** Of what is served from a file once the plan is applied; under a pin it is the history's. */
function revisionsOf({ workflows, touch }: PackReport['plan']): ReadonlyMap<string, string> {
  return new Map([...workflows, ...touch].map(({ ref, revision }) => [ref, revision]));
}

/** A function that tells passes: one line for each that changed something or could not, and what ails a root once, until it is over. */
export function createPassLog(logger: Logger): (report: PassReport) => void {
  const tellTroubles = createTroubleLog(logger);
  return (report) => {
    tellTroubles(report);
    logPass(logger, report);
  };
}

/** Removals of a source that wait for a person. */
export function heldOf(report: PassReport, source: SourceName): number {
  return (report.held.get(source) ?? []).reduce((total, { refs }) => total + refs.length, 0);
}

/** Roots and packs that cannot be listed, removals that wait: told when it begins, when it is another, and when it is over. */
function createTroubleLog(logger: Logger): (report: PassReport) => void {
  const told = new Map<string, string>();
  const waits = new Map<SourceName, { readonly packs: number; readonly batches: ReadonlySet<string> }>();
  const tellWaiting = (report: PassReport, source: SourceName) => {
    const before = waits.get(source) ?? { packs: 0, batches: new Set() };
    // A pass over a part of a root does not know what else waits for a rescan; what is held it knows.
    const isFull = report.roots.get(source)?.isFull ?? false;
    const packs = isFull ? (report.waiting.get(source)?.size ?? 0) : before.packs;
    const held = report.held.get(source) ?? [];
    waits.set(source, { packs, batches: new Set(held.map(({ id }) => id)) });
    for (const { id, reason, refs } of held) {
      const why = reason === 'root_empty' ? 'the root is suddenly empty' : 'too much would go at once';
      const fields = { source, batch: id, held: refs.length };
      if (!before.batches.has(id)) logger.warn(fields, `removals wait for a person: ${why}`);
    }
    if (held.length > 0 || (packs === before.packs && before.batches.size === 0)) return;
    if (packs === 0) logger.info({ source }, 'no removal waits any more');
    else
      logger.info(
        { source, packs },
        'removals wait for a look one rescan later: the root has become another directory',
      );
  };
  const tellDrift = ({ plan, source }: PackReport) => {
    const key = `${source}/${plan.dir} drift`;
    const now = plan.drifted.join(' ');
    if ((told.get(key) ?? '') === now) return;
    told.set(key, now);
    const fields = { source, pack: plan.packRef, refs: plan.drifted };
    if (now !== '') logger.warn(fields, 'rows were changed by hand and are left so, as the settings want it');
  };
  const tell = (source: SourceName, dir: PackDir | undefined, reason: string | undefined) => {
    const key = `${source}/${dir ?? ''}`;
    if (told.get(key) === reason) return;
    const what = dir === undefined ? `the root of ${source}` : `the pack ${dir}`;
    const fields = { source, ...(dir === undefined ? {} : { pack: dir }) };
    if (reason === undefined) {
      told.delete(key);
      logger.info(fields, `${what} can be listed again`);
      return;
    }
    told.set(key, reason);
    const effect = dir === undefined ? 'nothing is changed for it' : 'what is registered of the rest is kept';
    const fault = dir === undefined ? 'cannot be used' : 'cannot be listed whole';
    logger.warn({ ...fields, reason }, `${what} ${fault}; ${effect}`);
  };
  return (report) => {
    for (const pack of report.packs) tellDrift(pack);
    const unhealthy = new Map(report.unhealthy.map(({ source, reason }) => [source, reason]));
    for (const [source, seen] of report.roots) {
      tell(source, undefined, unhealthy.get(source));
      for (const dir of seen.looked) tell(source, dir, seen.unlisted.get(dir));
      if (report.held.has(source)) tellWaiting(report, source);
    }
  };
}

function logPass(logger: Logger, report: PassReport): void {
  for (const { source, dir, error } of report.refused)
    logger.error({ source, pack: dir, err: error }, 'the database refused a pack; the others go on');
  const changed = report.packs.reduce((total, pack) => total + pack.plan.changes.length, 0);
  const fields = {
    cause: report.cause,
    durationMs: Math.round(report.durationMs),
    changed,
    written: report.written,
    parsed: report.parsed,
    unchanged: report.unchanged,
    problems: report.invalid.length,
  };
  if (report.written > 0) logger.info(fields, 'pass committed');
  else logger.debug(fields, 'pass changed nothing');
}

export function countPass(metrics: Metrics, report: PassReport, nowMs: number): void {
  const stagesS = Object.fromEntries(Object.entries(report.stages).map(([stage, ms]) => [stage, ms / 1000]));
  metrics.passFinished(report.cause, outcomeOf(report), { ...stagesS, total: report.durationMs / 1000 });
  for (const pack of report.packs) {
    if (pack.result?.outcome !== 'applied' || pack.result.written === 0) continue;
    for (const change of pack.plan.changes) metrics.rowsWritten(change.verb, 1);
  }
  if (report.cause === 'watch' && report.written > 0)
    metrics.savedToLive((nowMs - report.oldestSeenAtMs) / 1000);
  const unixS = Date.now() / 1000;
  if ([...report.roots.values()].every(({ isFull }) => isFull)) metrics.setLastScan(unixS);
  if (report.unhealthy.length === 0 && report.refused.length === 0) metrics.setLastSuccess(unixS);
}

function outcomeOf(report: PassReport): PassOutcome {
  if (report.refused.length > 0) return 'refused';
  if (report.packs.some((pack) => pack.result?.outcome === 'fenced')) return 'fenced';
  return report.written > 0 ? 'applied' : 'unchanged';
}
