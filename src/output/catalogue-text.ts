// Workflows of the catalogue → a table for people. Pure.
import type { WorkflowSummary } from '../model/answers.ts';
import type { Style } from './style.ts';
import { renderTable, type TableOptions } from './table.ts';
import { count, group, minute } from './words.ts';

/** The rows, and how many there are; `total` may be more than are shown. */
export function renderWorkflows(
  rows: readonly WorkflowSummary[],
  total: number,
  nothing: string,
  options: TableOptions,
): string {
  if (rows.length === 0) return `${options.style.dim(nothing)}\n`;
  const table = renderTable(
    rows,
    [
      { title: 'REF', cell: ({ ref }) => ref },
      { title: 'LABEL', cell: ({ label }) => label, least: 10, comfort: 24 },
      { title: 'VERSION', cell: ({ version }) => version, least: 7 },
      {
        title: 'STATUS',
        cell: (row) => stateWords(row).join(', '),
        dress: (text, row) => dressState(text, row, options.style),
      },
      { title: 'UPDATED (UTC)', cell: ({ updated }) => minute(updated), isOptional: true },
      { title: 'SOURCE', cell: ({ source }) => source, least: 10, isOptional: true },
    ],
    options,
  );
  const shown =
    rows.length < total ? `${group(rows.length)} of ${count(total, 'workflow')}` : count(total, 'workflow');
  return `${table}${options.style.dim(shown)}\n`;
}

/** `active`, and what an operator laid over it or a reader should know. */
export function stateWords(row: WorkflowSummary): readonly string[] {
  return [
    row.status,
    ...(row.enabled ? [] : ['disabled']),
    ...(row.pinned ? ['pinned'] : []),
    ...(row.protected ? ['protected'] : []),
    ...(row.problem_count > 0 ? [count(row.problem_count, 'problem')] : []),
  ];
}

export function dressState(text: string, row: WorkflowSummary, style: Style): string {
  if (row.status === 'retired') return style.dim(text);
  const isPlain = row.status === 'active' && row.enabled && !row.pinned && row.problem_count === 0;
  return isPlain ? style.green(text) : style.yellow(text);
}
