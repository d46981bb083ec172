// Revisions of a workflow → a table for people, newest first. Pure.
import type { RevisionRow } from '../model/answers.ts';
import { renderTable, type TableOptions } from './table.ts';
import { minute } from './words.ts';
import { shortRevision } from './workflow-text.ts';

export function renderHistory(revisions: readonly RevisionRow[], options: TableOptions): string {
  const { style } = options;
  return renderTable(
    revisions,
    [
      { title: 'NUMBER', cell: ({ number }) => String(number), align: 'right' },
      { title: 'VERSION', cell: ({ version }) => version, least: 7 },
      { title: 'CREATED (UTC)', cell: ({ created }) => minute(created) },
      { title: 'CAUSE', cell: ({ cause }) => cause, least: 8 },
      {
        title: 'REVISION',
        cell: ({ revision }) => revision.slice(0, shortRevision),
        dress: style.dim,
        isOptional: true,
      },
      {
        title: '',
        cell: ({ served, pinned }) =>
          [served ? 'served' : '', pinned ? 'pinned' : ''].filter((word) => word !== '').join(', '),
        dress: (text, { pinned }) => (pinned ? style.yellow(text) : style.green(text)),
      },
    ],
    options,
  );
}
