// One pack on this daemon's disk → what a pass would make of it now; nothing is written. One at a time.
import type { Config } from '../config.ts';
import type { PackDir, PackPath, SourceName } from '../model/pack.ts';
import type { ChangeVerb, ToldPlan } from '../model/plan.ts';
import type { FileRow } from '../model/state.ts';
import type { PassReport, Registry } from '../reconcile/ports.ts';
import { changeOf } from '../registry/change-set.ts';
import type { ScannedRow } from '../store/sql/scanned-files.ts';
import { createEngine } from './engine.ts';
import { systemClock } from './system-clock.ts';

export type PackPreview = (
  source: SourceName,
  dir: PackDir,
  signal: AbortSignal,
) => Promise<Preview | { readonly why: string }>;

export type Preview = {
  /** The rows of the pack's files as they would be, of those as they are; by path. */
  over(rows: readonly ScannedRow[]): readonly ScannedRow[];
};

/** Looks at a pack that is being written, and milliseconds between two. */
const maxLooks = 20;
const pauseMs = 100;

/** `registry` is read, never written. */
export function createPackPreview(config: Config, registry: Registry): PackPreview {
  let last: Promise<unknown> = Promise.resolve();
  return (source, dir, signal) => {
    const turn = last.then(() => preview(config, registry, { source, dir, signal }));
    last = turn.catch(() => undefined); // who asked is told
    return turn;
  };
}

type Ask = { readonly source: SourceName; readonly dir: PackDir; readonly signal: AbortSignal };

async function preview(
  config: Config,
  registry: Registry,
  { source, dir, signal }: Ask,
): Promise<Preview | { readonly why: string }> {
  const root = config.roots.find((one) => one.source === source);
  if (root === undefined) return { why: `${source} is no root of this daemon; ask the one that leads it` };
  const own = { ...config, roots: [root] };
  const engine = createEngine({ config: own, registry, dryRun: true, onPack: () => undefined });
  try {
    for (let looks = 0; looks < maxLooks && !signal.aborted; looks += 1) {
      const report = await engine.reconcile(changeOf(source, dir, 'request', systemClock.nowMs()));
      const [unhealthy] = report.unhealthy;
      if (unhealthy) return { why: `${source} cannot be looked at: ${unhealthy.reason}` };
      if (!report.again.get(source)?.has(dir)) return previewOf(report, source, dir);
      await systemClock.sleep(pauseMs, signal);
    }
    return { why: `${dir} of ${source} is being written` };
  } finally {
    await engine.loader.close();
  }
}

function previewOf(report: PassReport, source: SourceName, dir: PackDir): Preview {
  const plans = report.packs.filter((pack) => pack.dir === dir).map(({ plan }) => plan);
  return { over: (rows) => layOver(rows, plans, source) };
}

function layOver(
  rows: readonly ScannedRow[],
  plans: readonly ToldPlan[],
  source: SourceName,
): readonly ScannedRow[] {
  const files = new Map(rows.map((row) => [row.path, row]));
  const verbs = new Map<PackPath, ChangeVerb[]>();
  for (const { path, verb } of plans.flatMap(({ changes }) => changes))
    verbs.set(path, [...(verbs.get(path) ?? []), verb]);
  for (const path of plans.flatMap(({ removedFiles }) => removedFiles)) files.delete(path);
  for (const row of plans.flatMap((plan) => plan.files))
    files.set(row.path, rowOf(row, files.get(row.path), source));
  return [...files.values()]
    .map((row) => ({ ...row, verbs: verbs.get(row.path as PackPath) ?? [] }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function rowOf(wanted: FileRow, before: ScannedRow | undefined, source: SourceName): ScannedRow {
  const { path, role, ref, digest, state, diagnostics } = wanted;
  const fresh = before?.digest !== digest || before.state !== state;
  return {
    source,
    path,
    role,
    ref,
    digest,
    state,
    diagnostics,
    served: before?.served ?? false,
    verbs: [],
    fresh,
  };
}
