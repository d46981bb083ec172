// The sections that the texts of `sync` and `plan` share: what happens to which ref, and why. Pure.
import type { InvalidEntry, ReportEntry, SyncReport, UnhealthyRoot } from '../model/report.ts';
import { columnsOf, visible } from './cells.ts';
import type { Style } from './style.ts';
import { reasonOf } from './sync-json.ts';
import { group } from './words.ts';

/** A list of a report that has a section of its own. */
export type SectionKey = Exclude<
  { [Key in keyof SyncReport]: SyncReport[Key] extends readonly unknown[] ? Key : never }[keyof SyncReport],
  'invalid' | 'unhealthy'
>;

/** What a section is called, and what it means where that is not obvious. */
export type SectionWords = { readonly title: string; readonly note?: string };

/** Longer lists are cut: the JSON document has them whole. */
const maxRows = 200;

const signs = {
  registered: { sign: '+', colour: 'green' },
  updated: { sign: '~', colour: 'yellow' },
  touched: { sign: '.', colour: 'dim' },
  moved: { sign: '>', colour: 'dim' },
  recovered: { sign: '+', colour: 'green' },
  retired: { sign: '-', colour: 'red' },
  kept: { sign: '=', colour: 'yellow' },
  held: { sign: '!', colour: 'yellow' },
  conflicts: { sign: '!', colour: 'red' },
} as const satisfies Readonly<Record<SectionKey, { sign: string; colour: keyof Style }>>;

/** The sections of a report that are not empty, one empty line between two; empty when there is none. */
export function renderSections(
  report: SyncReport,
  words: Readonly<Record<SectionKey, SectionWords>>,
  style: Style,
): string {
  const showSource = sourcesOf(report).size > 1;
  const sections = (Object.keys(signs) as SectionKey[]).map((key) =>
    renderList(
      words[key],
      report[key],
      (entry, width) => renderEntry(key, entry, width, showSource, style),
      style,
    ),
  );
  const invalid = renderList(
    { title: 'Invalid files', note: 'not registered as they stand' },
    report.invalid,
    (entry) => renderInvalid(entry, showSource, style),
    style,
  );
  const unhealthy = renderList(
    { title: 'Roots that could not be looked at', note: 'nothing of theirs is removed' },
    report.unhealthy,
    (root) => renderRoot(root, style),
    style,
  );
  return [...sections, invalid, unhealthy].filter((section) => section !== '').join('\n\n');
}

function sourcesOf(report: SyncReport): ReadonlySet<string> {
  const keys = Object.keys(signs) as SectionKey[];
  const entries: readonly { source: string }[] = [...keys.flatMap((key) => report[key]), ...report.invalid];
  return new Set(entries.map(({ source }) => source));
}

function renderList<Row extends object>(
  words: SectionWords,
  rows: readonly Row[],
  render: (row: Row, width: number) => string,
  style: Style,
): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, maxRows);
  const width = Math.min(
    48,
    Math.max(0, ...shown.map((row) => ('ref' in row ? columnsOf(visible(String(row.ref))) : 0))),
  );
  const note = words.note === undefined ? '' : style.dim(` (${words.note})`);
  const more = rows.length - shown.length;
  return [
    `${style.bold(words.title)} ${group(rows.length)}${note}`,
    ...shown.map((row) => render(row, width)),
    ...(more === 0 ? [] : [style.dim(`  and ${group(more)} more; --format json lists them all`)]),
  ].join('\n');
}

function renderEntry(
  key: SectionKey,
  entry: ReportEntry,
  width: number,
  showSource: boolean,
  style: Style,
): string {
  const { sign, colour } = signs[key];
  const ref = visible(entry.ref);
  const gap = ' '.repeat(Math.max(0, width - columnsOf(ref)));
  const place = placeOf(entry, showSource);
  const lines = [
    `  ${style[colour](sign)} ${ref}${gap}  ${style.dim(place)}  ${visible(entry.reason)}`.trimEnd(),
  ];
  if (entry.changes !== undefined && entry.changes.length > 0)
    lines.push(detail('changes', entry.changes, style));
  if (entry.callers !== undefined && entry.callers.length > 0) {
    lines.push(detail('still called by', entry.callers, style));
  }
  return lines.join('\n');
}

function detail(name: string, values: readonly string[], style: Style): string {
  const shown = values.slice(0, 8).map(visible).join(', ');
  const more = values.length > 8 ? ` and ${values.length - 8} more` : '';
  return `      ${style.dim(`${name}:`)} ${shown}${more}`;
}

function renderInvalid(entry: InvalidEntry, showSource: boolean, style: Style): string {
  const more = entry.diagnostics.length - 1;
  const suffix = more > 0 ? style.dim(` (and ${more} more)`) : '';
  return `  ${style.red('x')} ${placeOf(entry, showSource)}\n      ${visible(reasonOf(entry))}${suffix}`;
}

function renderRoot({ source, path, reason }: UnhealthyRoot, style: Style): string {
  return `  ${style.red('x')} ${visible(source)}  ${style.dim(visible(path))}  ${visible(reason)}`;
}

function placeOf({ source, path }: { source: string; path: string }, showSource: boolean): string {
  return showSource ? `${visible(source)} ${visible(path)}` : visible(path);
}
