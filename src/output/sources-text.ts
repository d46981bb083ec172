// Sources that the registry knows → a table for people, and what forgetting one would do. Pure.
import type { SourceRow } from '../model/answers.ts';
import { visible } from './cells.ts';
import { renderTable, type TableOptions } from './table.ts';
import { count, group, minute, timeOfDay } from './words.ts';

export function renderSources(sources: readonly SourceRow[], options: TableOptions): string {
  if (sources.length === 0) return `${options.style.dim('the registry knows no source yet')}\n`;
  const { style } = options;
  const number = (value: number): string => (value === 0 ? '-' : group(value));
  return renderTable(
    sources,
    [
      { title: 'SOURCE', cell: ({ source }) => source },
      {
        title: 'LED BY',
        cell: ({ source, leader }) => leader ?? (source === 'api' ? '-' : 'nobody'),
        dress: (text) => (text === 'nobody' ? style.yellow(text) : text),
        least: 12,
      },
      { title: 'SINCE', cell: ({ since }) => (since === null ? '-' : minute(since)), isOptional: true },
      {
        title: 'LEASE ENDS',
        cell: ({ leader, expires_at: ends }) => (leader === null || ends === null ? '-' : timeOfDay(ends)),
        isOptional: true,
      },
      { title: 'PACKS', cell: ({ packs }) => number(packs), align: 'right' },
      { title: 'DEFINITIONS', cell: ({ definitions }) => number(definitions), align: 'right' },
      { title: 'PROBLEMS', cell: ({ problems }) => number(problems), align: 'right' },
      { title: 'HELD', cell: ({ held }) => number(held), align: 'right' },
    ],
    options,
  );
}

/** Asked before it is done. */
export function renderForgetting({ source, definitions, packs }: SourceRow): string {
  return (
    `${visible(source)} left ${count(definitions, 'definition')} in ${count(packs, 'pack')}, which would be retired; ` +
    `say --yes to do it`
  );
}
