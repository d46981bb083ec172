// A report → the JSON documents of `sync` (refs) and `plan` (refs with file and reason), contract §3. Pure.
import type { InvalidEntry, ReportEntry, SyncReport } from '../model/report.ts';

const lists = [
  'registered',
  'updated',
  'touched',
  'moved',
  'recovered',
  'retired',
  'kept',
  'held',
  'conflicts',
] as const satisfies readonly (keyof SyncReport)[];

/** The document of `sync`. */
export function syncDocument(report: SyncReport): object {
  return {
    ...counts(report),
    ...perList(report, ({ ref }) => ref),
    invalid: report.invalid.map(({ source, path }) => ({ source, path })),
    ...rest(report),
  };
}

/** The document of `plan`: nothing was written, so `written` is 0. */
export function planDocument(report: SyncReport): object {
  return {
    ...counts({ ...report, written: 0 }),
    ...perList(report, ({ source, ref, path, reason, changes, callers }) => ({
      source,
      ref,
      path,
      reason,
      ...(changes === undefined ? {} : { changes }),
      ...(callers === undefined ? {} : { callers }),
    })),
    invalid: report.invalid.map((entry) => ({
      source: entry.source,
      ref: entry.ref,
      path: entry.path,
      reason: reasonOf(entry),
    })),
    ...rest(report),
  };
}

/** Why a file is refused, in one line. */
export function reasonOf({ diagnostics }: InvalidEntry): string {
  const worst = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  return worst === undefined
    ? 'not valid'
    : `${worst.code} at ${worst.line}:${worst.column}: ${worst.message}`;
}

function counts({ parsed, written, unchanged }: SyncReport): object {
  return { parsed, written, unchanged };
}

function perList(report: SyncReport, print: (entry: ReportEntry) => unknown): object {
  return Object.fromEntries(lists.map((key) => [key, report[key].map(print)]));
}

function rest({ unhealthy, durationMs, stages }: SyncReport): object {
  return {
    unhealthy: unhealthy.map(({ source, path, reason }) => ({ source, path, reason })),
    duration_ms: Math.round(durationMs),
    stages: Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, Math.round(ms)])),
  };
}
