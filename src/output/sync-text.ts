// What one pass did → text for people. Pure.
import { hasProblems, type SyncReport } from '../model/report.ts';
import { renderSections, type SectionKey, type SectionWords } from './report-text.ts';
import type { Style } from './style.ts';
import { count, duration, group } from './words.ts';

const words: Readonly<Record<SectionKey, SectionWords>> = {
  registered: { title: 'Registered' },
  updated: { title: 'Updated' },
  touched: { title: 'Touched', note: 'only comments or layout changed, no new revision' },
  moved: { title: 'Moved', note: 'same definition, another file' },
  recovered: { title: 'Recovered', note: 'its file is as it is served again' },
  retired: { title: 'Retired', note: 'id and history stay until they are purged' },
  kept: { title: 'Kept', note: 'the last good revision goes on being served' },
  held: {
    title: 'Held',
    note: 'still served; the removal waits for `packwatch approve` or `packwatch reject`',
  },
  conflicts: { title: 'Conflicts', note: 'the one that was first goes on being served' },
};

/** The report of `sync`: a section for each kind of change, then one line of counts. */
export function renderSync(report: SyncReport, style: Style): string {
  const sections = renderSections(report, words, style);
  return `${sections === '' ? '' : `${sections}\n\n`}${renderOutcome(report, style)}\n${renderAdvice(report, style)}`;
}

function renderOutcome(report: SyncReport, style: Style): string {
  const parts = [
    [report.registered.length, 'registered'],
    [report.updated.length, 'updated'],
    [report.touched.length, 'touched'],
    [report.moved.length, 'moved'],
    [report.recovered.length, 'recovered'],
    [report.retired.length, 'retired'],
  ] as const;
  const changes = parts.filter(([number]) => number > 0).map(([number, verb]) => `${group(number)} ${verb}`);
  const unchanged = `${group(report.unchanged)} unchanged`;
  const work = `${count(report.parsed, 'file')} parsed, ${count(report.written, 'row')} written, ${duration(report.durationMs)}`;
  const outcome =
    changes.length > 0
      ? [...changes, unchanged].join(', ')
      : `${hasProblems(report) ? 'nothing changed' : 'everything is up to date'}, ${unchanged}`;
  const colour = hasProblems(report) ? style.yellow : style.green;
  return `${colour(outcome)} ${style.dim(`(${work})`)}`;
}

function renderAdvice(report: SyncReport, style: Style): string {
  if (report.invalid.length === 0 && report.conflicts.length === 0) return '';
  return `${style.dim('`packwatch check` shows what is wrong, line by line')}\n`;
}
