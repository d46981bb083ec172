// Rows → a table of aligned columns that fits the width, cut by what stands on the screen and not by characters. Pure.
import { columnsOf, toCells, visible } from './cells.ts';
import type { Style } from './style.ts';

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** How a cell is dressed; it is given what is left of the text. @default as it is */
  readonly dress?: (text: string, row: Row) => string;
  readonly align?: 'right';
  /** May be cut down to so many columns. @default never cut */
  readonly least?: number;
  /** Optional columns go before it is cut below this. @default least */
  readonly comfort?: number;
  /** Left out where there is no room, the last such column first. */
  readonly isOptional?: true;
};

export type TableOptions = {
  readonly style: Style;
  /** Columns of the terminal; undefined: nothing is cut. */
  readonly columns: number | undefined;
};

const gap = 2;
/** Of the width, what the first column may take before a long name gets a line of its own. */
const firstShare = 0.5;

/** Lines with a heading, each ended; empty without rows. The first column is never cut: names are there to be copied. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { style, columns: width = Number.POSITIVE_INFINITY }: TableOptions,
): string {
  if (rows.length === 0) return '';
  const texts = new Map(columns.map((column) => [column, rows.map((row) => visible(column.cell(row)))]));
  const cap = Math.max(20, Math.floor(width * firstShare));
  const natural = (column: Column<Row>): number => {
    const all = (texts.get(column) ?? []).map(columnsOf);
    // One long name must not push the columns of all other rows aside.
    const inLine = column === columns[0] ? all.filter((each) => each <= cap) : all;
    return inLine.reduce((widest, each) => Math.max(widest, each), columnsOf(column.title));
  };
  const widths = fitWidths(columns, natural, width);
  const shown = columns.filter((column) => widths.has(column));
  const line = (cells: readonly string[]): string => {
    const padded = shown.map((column, index) => pad(cells[index] ?? '', column, widths.get(column) ?? 0));
    return padded.join(' '.repeat(gap)).trimEnd();
  };
  const heading = style.dim(line(shown.map(({ title }) => title)));
  const lines = rows.map((row, index) => {
    const cells = shown.map((column) => {
      const text = texts.get(column)?.[index] ?? '';
      const isFirst = column === shown[0];
      const left = isFirst ? text : cutTo(text, widths.get(column) ?? 0);
      return { column, text: left, room: widths.get(column) ?? 0 };
    });
    return dressLine(cells, row);
  });
  return `${[heading, ...lines].join('\n')}\n`;
}

type ShownCell<Row> = { readonly column: Column<Row>; readonly text: string; readonly room: number };

/** A first cell that does not fit stands alone, the rest below it. */
function dressLine<Row>(cells: readonly ShownCell<Row>[], row: Row): string {
  const parts = cells.map(({ column, text, room }) => {
    const dressed = column.dress && text !== '' ? column.dress(text, row) : text;
    const space = ' '.repeat(Math.max(0, room - columnsOf(text)));
    return column.align === 'right' ? space + dressed : dressed + space;
  });
  const [first, ...others] = cells;
  if (first && columnsOf(first.text) > first.room && others.some(({ text }) => text !== '')) {
    const below = [' '.repeat(first.room), ...parts.slice(1)].join(' '.repeat(gap));
    return `${parts[0]}\n${below.trimEnd()}`;
  }
  return parts.join(' '.repeat(gap)).trimEnd();
}

/** The columns that are shown, each with its width. */
function fitWidths<Row>(
  columns: readonly Column<Row>[],
  natural: (column: Column<Row>) => number,
  width: number,
): ReadonlyMap<Column<Row>, number> {
  const widths = new Map(columns.map((column) => [column, natural(column)]));
  const least = (column: Column<Row>): number =>
    Math.min(widths.get(column) ?? 0, column.least ?? Number.POSITIVE_INFINITY);
  const sum = (of: (column: Column<Row>) => number): number =>
    [...widths.keys()].reduce((total, column) => total + of(column), 0) + gap * (widths.size - 1);
  const comfort = (column: Column<Row>): number =>
    Math.max(least(column), Math.min(widths.get(column) ?? 0, column.comfort ?? 0));
  for (const column of [...columns].reverse()) {
    if (sum(comfort) <= width) break;
    if (column.isOptional) widths.delete(column);
  }
  for (let over = sum((column) => widths.get(column) ?? 0) - width; over > 0; ) {
    const widest = widestOf(widths, least);
    if (widest === undefined) break;
    const taken = Math.min(over, Math.max(1, Math.ceil(widest.slack / 2)));
    widths.set(widest.column, widest.width - taken);
    over -= taken;
  }
  return widths;
}

function widestOf<Row>(
  widths: ReadonlyMap<Column<Row>, number>,
  least: (column: Column<Row>) => number,
): { column: Column<Row>; width: number; slack: number } | undefined {
  return [...widths]
    .map(([column, width]) => ({ column, width, slack: width - least(column) }))
    .filter(({ slack }) => slack > 0)
    .sort((one, other) => other.width - one.width)[0];
}

function pad<Row>(text: string, { align }: Column<Row>, width: number): string {
  const space = ' '.repeat(Math.max(0, width - columnsOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** What fits of a text that is already visible, with an ellipsis where something was left out. */
export function cutTo(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let shown = '';
  let taken = 1;
  for (const cell of toCells(text)) {
    if (taken + cell.width > width) break;
    shown += cell.text;
    taken += cell.width;
  }
  return width < 1 ? '' : `${shown.trimEnd()}…`;
}
