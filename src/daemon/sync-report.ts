// What passes did → the report that `sync` and `plan` print. Pure.
import type { Ref } from '../model/pack.ts';
import type { ChangeVerb } from '../model/plan.ts';
import type { ReportEntry, SyncReport } from '../model/report.ts';
import type { PendingBatch } from '../model/state.ts';
import type { PackReport, PassReport } from '../reconcile/ports.ts';
import { packDirOf } from '../registry/discover.ts';

/** Joins the passes of one run; `pathOf` tells a source's configured path, `cutOff` the packs of passes that were broken off. */
export function toSyncReport(
  reports: readonly PassReport[],
  pathOf: (source: string) => string,
  cutOff: readonly PackReport[] = [],
): SyncReport {
  const packs = [...cutOff, ...reports.flatMap((report) => report.packs)];
  const last = reports.at(-1);
  const unsettled = [...(last?.again ?? [])];
  const withVerb = (verb: ChangeVerb) => sorted(packs.flatMap((pack) => entriesOf(pack, verb)));
  return {
    parsed: sum(reports, (report) => report.parsed),
    written: sum(reports, (report) => report.written) + sum(cutOff, writtenBy),
    // What a pass that was broken off has changed, the next one finds as it is.
    unchanged: sum(reports, (report) => report.unchanged) - sum(cutOff, changedBy),
    registered: withVerb('registered'),
    updated: withVerb('updated'),
    touched: withVerb('touched'),
    moved: withVerb('moved'),
    recovered: withVerb('recovered'),
    retired: withVerb('retired'),
    kept: sorted(distinct(packs.flatMap(keptEntries))),
    // A later pass over a source says what still waits.
    held: sorted([...new Map(reports.flatMap(({ held }) => [...held]))].flatMap(heldEntries)),
    conflicts: sorted(distinct(packs.flatMap(conflictEntries))),
    invalid: [...lastVerdicts(reports)].sort((a, b) => order(a.source, b.source) || order(a.path, b.path)),
    unhealthy: [
      ...(last?.unhealthy ?? []).map(({ source, reason }) => ({ source, path: pathOf(source), reason })),
      ...unsettled.map(([source, dirs]) => ({
        source,
        path: pathOf(source),
        reason: `still being written, so not registered as it is now: ${[...dirs].sort().join(', ')}`,
      })),
    ],
    durationMs: Math.round(sum(reports, (report) => report.durationMs)),
    stages: last?.stages ?? {},
  };
}

/** A later pass over a pack replaces what an earlier one said of its files. */
function lastVerdicts(reports: readonly PassReport[]): PassReport['invalid'] {
  let verdicts: PassReport['invalid'] = [];
  for (const report of reports) {
    const isOld = ({ source, path }: PassReport['invalid'][number]) =>
      report.roots.get(source)?.linked.has(packDirOf(path)) ?? false;
    verdicts = [...verdicts.filter((verdict) => !isOld(verdict)), ...report.invalid];
  }
  return verdicts;
}

const heldReasons = {
  root_empty: 'the root is empty; nothing is removed until packs are there again or a person agrees',
  threshold: 'its file is gone, with too many others; it is served until a person agrees',
} as const;

function heldEntries([source, batches]: readonly [string, readonly PendingBatch[]]): readonly ReportEntry[] {
  return batches.flatMap(({ reason, refs }) =>
    refs.map((ref) => ({ source, ref, path: packOf(ref), reason: heldReasons[reason] })),
  );
}

/** A file that is gone has no place any more; its pack had the name that the ref begins with. */
function packOf(ref: Ref): string {
  return ref.slice(0, ref.indexOf('.'));
}

function entriesOf(pack: PackReport, verb: ChangeVerb): readonly ReportEntry[] {
  return pack.plan.changes
    .filter((change) => change.verb === verb)
    .map((change) => entry(pack, change.ref, change.path, change.reason));
}

function keptEntries(pack: PackReport): readonly ReportEntry[] {
  const reasons = {
    invalid: 'its file is invalid',
    unreadable: 'its file cannot be read',
    conflict: 'two files claim it',
    manifest: 'the manifest of its pack is bad',
    incomplete: 'its pack could not be listed completely',
    held: 'its file is gone and the removal is held',
    rejected: 'its file is gone and the removal was rejected',
    protected: 'its file is gone and it is protected',
  } as const;
  return pack.plan.kept.map((kept) =>
    entry(pack, kept.ref, kept.path, `${reasons[kept.reason]}; the last good revision goes on`),
  );
}

function conflictEntries(pack: PackReport): readonly ReportEntry[] {
  return pack.plan.conflicts.map((conflict) =>
    entry(
      pack,
      conflict.ref as Ref,
      conflict.challengers[0] ?? pack.dir,
      `${conflict.incumbent} serves; also claimed by ${conflict.challengers.join(', ')}`,
    ),
  );
}

function entry(pack: PackReport, ref: Ref, path: string, reason: string): ReportEntry {
  return { source: pack.source, ref, path, reason };
}

/** What stands after one pass stands after the next, and both tell it. */
function distinct(entries: readonly ReportEntry[]): readonly ReportEntry[] {
  const byKey = entries.map((one) => [`${one.source} ${one.ref} ${one.path}`, one] as const);
  return [...new Map(byKey).values()];
}

function sorted(entries: readonly ReportEntry[]): readonly ReportEntry[] {
  return [...entries].sort((a, b) => order(a.ref, b.ref) || order(a.path, b.path));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writtenBy({ result }: PackReport): number {
  return result?.outcome === 'applied' ? result.written : 0;
}

/** How many workflow definitions it wrote. */
function changedBy({ plan, result }: PackReport): number {
  if (result?.outcome !== 'applied') return 0;
  return new Set([...plan.workflows, ...plan.touch, ...plan.restore].map(({ ref }) => ref)).size;
}

function sum<One>(list: readonly One[], of: (one: One) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}
