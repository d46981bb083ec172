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
  /** Columns for a line's text, without the gutter; at least 20. @default 96 */
  readonly width?: number;
};

const context = 2;
const defaultWidth = 96;
/** UTF-16 units of a line that are looked at on either side of the column: enough to fill any terminal. */
const reach = 1000;

/** What ends a line, as positions count lines. */
const lineBreak = /\r\n|\n|\r/;

/** The lines of a text as positions count them; a byte order mark belongs to none. */
export function splitLines(text: string): readonly string[] {
  return (text.startsWith('\ufeff') ? text.slice(1) : text).split(lineBreak);
}

/**
 * Two lines before and after with a gutter of numbers, and carets under the range, or to the end of its first line.
 * Long lines are cut around the column. Empty when the text has no such line.
 */
export function renderFrame(lines: readonly string[], at: FramePosition, options: FrameOptions): string {
  const target = lines[at.line - 1];
  if (target === undefined || (lines.length === 1 && target === '')) return '';
  const { style, width = defaultWidth } = options;
  const first = Math.max(1, at.line - context);
  // A text that ends in a line break has no last line worth showing.
  const ended = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const last = Math.max(at.line, Math.min(ended, at.line + context));
  const gutter = String(last).length;
  const view = chooseView(target, at, Math.max(20, width));
  const rows: string[] = [];
  for (let number = first; number <= last; number++) {
    const isTarget = number === at.line;
    const label = String(number).padStart(gutter);
    const text = cut(lines[number - 1] ?? '', view).trimEnd();
    const bar = style.blue('|');
    rows.push(
      `${isTarget ? style.red('>') : ' '} ${style.blue(label)} ${bar}${text === '' ? '' : ` ${text}`}`,
    );
    if (isTarget)
      rows.push(
        `  ${' '.repeat(gutter)} ${bar} ${' '.repeat(view.indent)}${style.red('^'.repeat(view.mark))}`,
      );
  }
  return rows.join('\n');
}

/** Which part of the lines is shown, in UTF-16 units and columns, and where the mark lies in it. */
type View = {
  /** Units of the line before which nothing is looked at. */
  readonly from: number;
  /** Columns to leave out after that. */
  readonly skip: number;
  readonly width: number;
  /** Columns before the mark, and of the mark. */
  readonly indent: number;
  readonly mark: number;
};

function chooseView(line: string, at: FramePosition, width: number): View {
  const start = Math.min(Math.max(0, at.column - 1), line.length);
  const isOneLine = at.end_line === undefined || at.end_line === at.line;
  const end = isOneLine ? (at.end_column ?? at.column) - 1 : line.trimEnd().length;
  const from = start > reach ? start - reach : 0;
  const cells = window(line, from);
  const before = columns(cells.filter((cell) => cell.end <= start));
  const marked = columns(cells.filter((cell) => cell.start < end && cell.end > start));
  const total = columns(cells);
  // A mark just behind the last letter needs a column of its own.
  const isWhole = from === 0 && Math.max(total, before + 1) <= width && line.length <= reach;
  // A third of the width stays visible before the mark.
  const skip = isWhole ? 0 : Math.max(0, before - Math.floor(width / 3));
  const ellipsis = from > 0 || skip > 0 ? 1 : 0;
  const indent = before - skip + ellipsis;
  return { from, skip, width, indent, mark: Math.max(1, Math.min(marked, width - indent)) };
}

/** The shown part of a line, with an ellipsis where something was left out. */
function cut(line: string, view: View): string {
  const cells = window(line, view.from);
  let column = 0;
  let shown = view.from > 0 || view.skip > 0 ? '…' : '';
  let limit = view.skip + view.width - shown.length;
  if (columns(cells) > limit || line.length > view.from + 2 * reach) limit -= 1;
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
  return shown === '…' ? '' : shown;
}

/** Cells of the part of a line that can be shown at all. */
function window(line: string, from: number): readonly Cell[] {
  return toCells(line.slice(from, from + 2 * reach)).map((cell) => ({
    ...cell,
    start: cell.start + from,
    end: cell.end + from,
  }));
}

function columns(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}
