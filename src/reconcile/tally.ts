// What a pass over one source adds up to: reports of packs, problems, what has to be looked at again.
import type { PackDir, PackPath } from '../model/pack.ts';
import type { ApplyResult, RegistrationPlan, ToldPlan } from '../model/plan.ts';
import type { FileRow } from '../model/state.ts';
import type { Decided } from './decide.ts';
import { type Outline, outlined } from './outline.ts';
import type { PackReport } from './ports.ts';

export type Tally = {
  readonly packs: PackReport[];
  /** Directories that were being written while they were read, or lost a race. */
  readonly again: Set<PackDir>;
  /** Directories that lose something, under a root that has just become another one. */
  readonly waiting: Set<PackDir>;
  /** Directories whose files are others than at the last look. */
  readonly changed: Set<PackDir>;
  readonly refused: { readonly dir: PackDir; readonly error: unknown }[];
  /** Directories beyond the usual ones that hold linked files. */
  readonly linked: Map<PackDir, readonly string[]>;
  /** A pack that is as it should be, told before anything else of its directory; `workflows`: how many it has. */
  clean(dir: PackDir, workflows: number, outline: Outline): void;
  /** A pack that was decided about, once more in a pass replacing what was said before. Returns its report. */
  decided(decided: Decided, result: ApplyResult | undefined): PackReport;
  unchanged(): number;
  /** Rows of files with a problem, by path. */
  problems(): readonly FileRow[];
};

export function createTally(): Tally {
  const unchanged = new Map<string, number>();
  const problems = new Map<PackPath, FileRow>();
  const linked = new Map<PackDir, readonly string[]>();
  const packs: PackReport[] = [];
  const told = new Set<string>();
  const note = (dir: PackDir, outline: Outline) => {
    for (const row of outline.problems) problems.set(row.path, row);
    const outside = outline.outside.map((path) => path.slice(0, path.lastIndexOf('/')));
    linked.set(dir, [...new Set(outside)]);
  };
  return {
    packs,
    again: new Set(),
    waiting: new Set(),
    changed: new Set(),
    refused: [],
    linked,
    clean(dir, workflows, outline) {
      unchanged.set(dir, workflows);
      note(dir, outline);
    },
    decided({ plan, rows }, result) {
      const key = `${plan.dir}/${plan.packRef ?? ''}`;
      unchanged.delete(plan.dir);
      unchanged.set(key, plan.unchanged);
      for (const row of rows) problems.delete(row.path);
      note(plan.dir, outlined(rows));
      // What is kept and in conflict was told with the pack's first plan.
      const shown = told.has(key) ? { ...toldOf(plan), kept: [], conflicts: [] } : toldOf(plan);
      told.add(key);
      const diagnostics = plan.files.flatMap((row) => row.diagnostics);
      const report = { source: plan.source, dir: plan.dir, plan: shown, result, diagnostics };
      packs.push(report);
      return report;
    },
    unchanged: () => [...unchanged.values()].reduce((total, count) => total + count, 0),
    problems: () => [...problems.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function toldOf({ pack: _, workflows, actions, touch, ...plan }: RegistrationPlan): ToldPlan {
  return {
    ...plan,
    workflows: workflows.map(({ ref, revision, sourcePath }) => ({ ref, revision, sourcePath })),
    actions: actions.map(({ ref, isWorkflow }) => ({ ref, isWorkflow })),
    touch: touch.map(({ ref, revision }) => ({ ref, revision })),
  };
}
