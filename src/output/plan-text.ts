// What a pass would do → text for people. Pure.
import { hasProblems, type SyncReport } from '../model/report.ts';
import { renderSections, type SectionKey, type SectionWords } from './report-text.ts';
import type { Style } from './style.ts';
import { count, duration, group } from './words.ts';

const words: Readonly<Record<SectionKey, SectionWords>> = {
  registered: { title: 'To register' },
  updated: { title: 'To update' },
  touched: { title: 'To touch', note: 'only comments or layout changed, no new revision' },
  moved: { title: 'To move', note: 'same definition, another file' },
  recovered: { title: 'To recover', note: 'the file is as it is served again' },
  retired: { title: 'To retire', note: 'id and history stay until they are purged' },
  kept: { title: 'To keep', note: 'the last good revision goes on being served' },
  held: { title: 'To hold', note: 'too many removals at once: a person decides' },
  conflicts: { title: 'Conflicts', note: 'the one that was first goes on being served' },
};

const changing = ['registered', 'updated', 'touched', 'moved', 'recovered', 'retired'] as const;

/** True when a pass would change what is served or recorded (exit code 2, where there is no problem). */
export function hasChanges(report: SyncReport): boolean {
  return changing.some((key) => report[key].length > 0);
}

/** The report of `plan`: a section for each kind of change, then what it comes to. */
export function renderPlan(report: SyncReport, style: Style): string {
  const sections = renderSections(report, words, style);
  const changes = changing.reduce((sum, key) => sum + report[key].length, 0);
  const outcome = hasChanges(report) ? `${count(changes, 'change')} to make` : 'nothing to do';
  const colour = hasProblems(report) || hasChanges(report) ? style.yellow : style.green;
  const work = `${group(report.unchanged)} unchanged; looked for ${duration(report.durationMs)}, changed nothing`;
  return `${sections === '' ? '' : `${sections}\n\n`}${colour(outcome)} ${style.dim(`(${work})`)}\n`;
}
