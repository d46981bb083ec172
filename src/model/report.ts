// What one run of `sync` did, or what `plan` says a pass would do: counts, and every ref with its reason.
import type { Diagnostic } from './diagnostic.ts';

/** One ref and why it is in the list it is in. */
export type ReportEntry = {
  readonly source: string;
  readonly ref: string;
  /** The file it comes from, or the one at fault; relative to the root, POSIX. */
  readonly path: string;
  /** One line in words, without a full stop. */
  readonly reason: string;
  /** For an update: the keys of the definition that differ (`tasks.build.retry`). */
  readonly changes?: readonly string[];
  /** For a removal: refs of other packs that call it. */
  readonly callers?: readonly string[];
};

/** A file that is not registered as it stands. */
export type InvalidEntry = {
  readonly source: string;
  readonly path: string;
  /** The ref it claims, where it could be read. */
  readonly ref: string | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** A root that could not be looked at: nothing was planned for it. */
export type UnhealthyRoot = {
  readonly source: string;
  /** As configured. */
  readonly path: string;
  readonly reason: string;
};

/** Lists are sorted by ref (by source and path where there is no ref). `sync` and `plan` share the shape. */
export type SyncReport = {
  /** Files parsed in this run. */
  readonly parsed: number;
  /** Rows inserted, updated or deleted in pack, action, workflow_definition, workflow_revision, pack_file. */
  readonly written: number;
  /** Definitions that are as they should be. */
  readonly unchanged: number;
  readonly registered: readonly ReportEntry[];
  readonly updated: readonly ReportEntry[];
  /** Only text or comments changed: no revision. */
  readonly touched: readonly ReportEntry[];
  readonly moved: readonly ReportEntry[];
  /** Status degraded → active with the same revision. */
  readonly recovered: readonly ReportEntry[];
  readonly retired: readonly ReportEntry[];
  readonly kept: readonly ReportEntry[];
  readonly held: readonly ReportEntry[];
  readonly conflicts: readonly ReportEntry[];
  readonly invalid: readonly InvalidEntry[];
  readonly unhealthy: readonly UnhealthyRoot[];
  readonly durationMs: number;
  /** Milliseconds by stage: `scan`, `load`, `plan`, `apply`, … */
  readonly stages: Readonly<Record<string, number>>;
};

/** True when a person has to look: an invalid file, a conflict, a held removal or an unhealthy root (exit code 1). */
export function hasProblems(report: SyncReport): boolean {
  return (
    report.invalid.length > 0 ||
    report.conflicts.length > 0 ||
    report.held.length > 0 ||
    report.unhealthy.length > 0
  );
}
