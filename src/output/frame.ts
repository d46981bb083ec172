// A position in a text → the lines around it with a mark below, for a terminal. Pure.
import { type Cell, toCells } from './cells.ts';
import type { Style } from './style.ts';

/** As in a diagnostic: lines and columns from 1, columns in UTF-16 units, the end just behind the last unit. */
export type FramePosition = {
  readonly line: number;
  readonly column: number;
  readonly end_line?: number;
  readonly end_column?: number;
};

export type FrameOptions = {
  readonly style: Style;
  /** How the mark is dressed. @default style.red */
  readonly dressMark?: (text: string) => string;
  /** Columns for a line's text, without the gutter; at least 20. @default 96 */
  readonly width?: number;
};

const context = 2;
const defaultWidth = 96;
/** UTF-16 units of a line that are looked at on either side of the column, for each column that is shown: an emoji takes four. */
const unitsPerColumn = 4;

/** What ends a line, as positions count lines. */
const lineBreak = /\r\n|\n|\r/;

/** The lines of a text as positions count them; a byte order mark belongs to none. */
export function splitLines(text: string): readonly string[] {
  return (text.startsWith('\ufeff') ? text.slice(1) : text).split(lineBreak);
}

/**
 * Two lines before and after with a gutter of numbers, and carets under the range; of a range over several lines, under
 * each of them that is shown. Long lines are cut around the column. Empty when the text has no such line.
 */
export function renderFrame(lines: readonly string[], at: FramePosition, options: FrameOptions): string {
  const target = lines[at.line - 1];
  if (target === undefined || (lines.length === 1 && target === '')) return '';
  const { style, dressMark = style.red, width = defaultWidth } = options;
  const first = Math.max(1, at.line - context);
  // A text that ends in a line break has no last line worth showing.
  const ended = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const last = Math.max(at.line, Math.min(ended, at.line + context));
  const gutter = String(last).length;
  const { view, cells } = chooseView(target, at, Math.max(20, width));
  const bar = style.blue('|');
  const rows: string[] = [];
  for (let number = first; number <= last; number++) {
    const line = lines[number - 1] ?? '';
    const span = spanIn(line, number, at);
    const text = number === at.line ? cut(target, view, cells) : cutBeside(line, view);
    const label = style.blue(String(number).padStart(gutter));
    rows.push(`${span ? dressMark('>') : ' '} ${label} ${bar}${text === '' ? '' : ` ${text}`}`);
    const mark = span && markOf(span, view, number === at.line ? cells : window(line, view));
    if (mark)
      rows.push(
        `  ${' '.repeat(gutter)} ${bar} ${' '.repeat(mark.indent)}${dressMark('^'.repeat(mark.width))}`,
      );
  }
  return rows.join('\n');
}

/** Offsets in a line, the end exclusive. */
type Span = { readonly start: number; readonly end: number };

/** The part of the range that lies in a line; undefined where none does. */
function spanIn(line: string, number: number, at: FramePosition): Span | undefined {
  const { end_line: endLine = at.line, end_column: endColumn = at.column } = at;
  if (number < at.line || (number > at.line && number > endLine)) return undefined;
  const start =
    number === at.line
      ? Math.min(Math.max(0, at.column - 1), line.length)
      : line.length - line.trimStart().length;
  const end = number === endLine ? endColumn - 1 : line.trimEnd().length;
  // The end of a range may be the start of a line, which then is no part of it.
  return number > at.line && end <= start ? undefined : { start, end };
}

/** Which part of the lines is shown, in UTF-16 units and columns. */
type View = {
  /** Units of the line before which nothing is looked at. */
  readonly from: number;
  /** Columns to leave out after that. */
  readonly skip: number;
  readonly width: number;
};

/** The view for the marked line, with the cells of that line, which take the time. */
function chooseView(
  line: string,
  at: FramePosition,
  width: number,
): { readonly view: View; readonly cells: readonly Cell[] } {
  const start = Math.min(Math.max(0, at.column - 1), line.length);
  const reach = width * unitsPerColumn;
  const from = Math.max(0, start - reach);
  const cells = window(line, { from, width });
  const before = columns(cells.filter((cell) => cell.end <= start));
  // A mark just behind the last letter needs a column of its own.
  const isWhole = from === 0 && Math.max(columns(cells), before + 1) <= width && line.length <= 2 * reach;
  // A third of the width stays visible before the mark.
  const skip = isWhole ? 0 : Math.max(0, before - Math.floor(width / 3));
  return { view: { from, skip, width }, cells };
}

/** Columns before the mark, and of the mark; undefined where it lies outside of what is shown. */
function markOf(
  { start, end }: Span,
  { from, skip, width }: View,
  cells: readonly Cell[],
): { readonly indent: number; readonly width: number } | undefined {
  const before = columns(cells.filter((cell) => cell.end <= start));
  const marked = columns(cells.filter((cell) => cell.start < end && cell.end > start));
  const indent = before - skip + (from > 0 || skip > 0 ? 1 : 0);
  if (indent < 0 || indent >= width) return undefined;
  return { indent, width: Math.max(1, Math.min(marked, width - indent)) };
}

/** The shown part of a line, with an ellipsis where something was left out. */
function cut(line: string, view: View, cells = window(line, view)): string {
  let column = 0;
  let shown = view.from > 0 || view.skip > 0 ? '…' : '';
  let limit = view.skip + view.width - shown.length;
  if (columns(cells) > limit || line.length > view.from + 2 * view.width * unitsPerColumn) limit -= 1;
  for (const { text, width } of cells) {
    if (column >= view.skip) {
      if (column + width > limit) return `${shown}…`;
      // A wide letter that the cut goes through leaves a gap, or the mark would be off by one.
      shown += text;
    } else if (column + width > view.skip) {
      shown += ' '.repeat(column + width - view.skip);
    }
    column += width;
  }
  return shown.trimEnd();
}

/** A line beside the marked one: by the same cut where that leaves something of it, else from its start. */
function cutBeside(line: string, view: View): string {
  const shown = cut(line, view);
  return shown.replace('…', '').trim() === '' ? cut(line, { ...view, from: 0, skip: 0 }) : shown;
}

/** Cells of the part of a line that can be shown at all. */
function window(line: string, { from, width }: Omit<View, 'skip'>): readonly Cell[] {
  return toCells(line.slice(from, from + 2 * width * unitsPerColumn)).map((cell) => ({
    ...cell,
    start: cell.start + from,
    end: cell.end + from,
  }));
}

function columns(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}
