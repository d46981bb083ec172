// Where the characters of a scalar's value stand in the text: escapes, doubled quotes, folded lines and block indentation
// lie between the two. Pure; asked only for scalars in which something was found.
import { chompingMode, scalarStyle, type YamlScalarEvent } from './events.ts';
import type { Range } from './problem.ts';

/**
 * A run of a value and what it was written as. A verbatim one is the same characters in both; any other (an escape, a
 * fold, line breaks) stands for its text as a whole.
 */
export type Piece = {
  /** Offset in the value. */
  readonly at: number;
  readonly length: number;
  readonly start: number;
  readonly end: number;
  readonly isVerbatim: boolean;
};

type Pieces = { readonly text: string; readonly list: Piece[]; length: number };

/** The pieces of a scalar's value, in order and without gaps in the value. Linear in the text of the scalar. */
export function scalarPieces(text: string, event: YamlScalarEvent): readonly Piece[] {
  const pieces: Pieces = { text, list: [], length: 0 };
  const { valueStart, valueEnd } = event;
  if (valueStart < 0) return pieces.list;
  if (event.fast) addVerbatim(pieces, valueStart, valueEnd);
  else if (event.style === scalarStyle.LITERAL_BLOCK || event.style === scalarStyle.FOLDED_BLOCK) {
    addBlock(pieces, event);
  } else addFlow(pieces, event);
  return pieces.list;
}

/** The range in the text that a range of the value was written as. */
export function rangeInText(pieces: readonly Piece[], { start, end }: Range): Range | undefined {
  const first = pieceAt(pieces, start);
  if (first === undefined) return undefined;
  const from = placeIn(first, start);
  if (end <= start) return { start: from, end: from };
  const last = pieceAt(pieces, end - 1) ?? first;
  return { start: from, end: last.isVerbatim ? placeIn(last, end) : last.end };
}

function placeIn(piece: Piece, offset: number): number {
  if (piece.isVerbatim) return piece.start + Math.min(offset - piece.at, piece.length);
  return offset < piece.at + piece.length ? piece.start : piece.end;
}

/** The last piece that begins at or before an offset. */
function pieceAt(pieces: readonly Piece[], offset: number): Piece | undefined {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return pieces[low];
}

function addVerbatim(pieces: Pieces, start: number, end: number): void {
  if (end > start) add(pieces, end - start, start, end, true);
}

function add(pieces: Pieces, length: number, start: number, end: number, isVerbatim: boolean): void {
  if (length === 0) return;
  pieces.list.push({ at: pieces.length, length, start, end, isVerbatim });
  pieces.length += length;
}

const isBreak = (code: number): boolean => code === 10 || code === 13;
const isBlank = (code: number): boolean => code === 32 || code === 9;

/** Plain and quoted scalars: lines are folded, blanks around a line break dropped. */
function addFlow(pieces: Pieces, { style, valueStart, valueEnd }: YamlScalarEvent): void {
  const { text } = pieces;
  const special = style === scalarStyle.DOUBLE_QUOTED ? 92 : style === scalarStyle.SINGLE_QUOTED ? 39 : -1;
  let from = valueStart;
  let position = valueStart;
  // End of what is not blank: blanks before a break are no part of the value.
  let solid = valueStart;
  while (position < valueEnd) {
    const code = text.charCodeAt(position);
    if (code === special) {
      addVerbatim(pieces, from, position);
      position = special === 39 ? addQuote(pieces, position) : addEscape(pieces, position, valueEnd);
      from = solid = position;
    } else if (isBreak(code)) {
      addVerbatim(pieces, from, solid);
      const fold = skipFold(text, position, valueEnd);
      add(pieces, Math.max(1, fold.breaks - 1), solid, fold.end, false);
      position = from = solid = fold.end;
    } else {
      position += 1;
      if (!isBlank(code)) solid = position;
    }
  }
  addVerbatim(pieces, from, special < 0 ? solid : valueEnd);
}

/** Line breaks and the blanks between and behind them. */
function skipFold(
  text: string,
  from: number,
  end: number,
): { readonly end: number; readonly breaks: number } {
  let breaks = 0;
  let position = from;
  while (position < end) {
    const code = text.charCodeAt(position);
    if (isBreak(code)) {
      breaks += 1;
      if (code === 13 && text.charCodeAt(position + 1) === 10) position += 1;
    } else if (!isBlank(code)) break;
    position += 1;
  }
  return { end: position, breaks };
}

function addQuote(pieces: Pieces, position: number): number {
  add(pieces, 1, position, position + 2, false);
  return position + 2;
}

/** Hexadecimal digits behind the letter of an escape. */
const digits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** An escape, or a line break that is escaped and stands for nothing. */
function addEscape(pieces: Pieces, position: number, valueEnd: number): number {
  const { text } = pieces;
  if (isBreak(text.charCodeAt(position + 1))) return skipFold(text, position + 1, valueEnd).end;
  const letter = text[position + 1] ?? '';
  const count = digits[letter] ?? 0;
  const end = position + 2 + count;
  const isPair = letter === 'U' && Number.parseInt(text.slice(position + 2, end), 16) > 0xffff;
  add(pieces, isPair ? 2 : 1, position, end, false);
  return end;
}

/** A block: lines without their indentation; the line break between two is kept, folded, or stands for a blank. */
function addBlock(pieces: Pieces, event: YamlScalarEvent): void {
  const { text } = pieces;
  const indent = Math.max(event.indent, 0);
  const isFolded = event.style === scalarStyle.FOLDED_BLOCK;
  let breaksStart = event.valueStart;
  let hasContent = false;
  let emptyLines = 0;
  let wasMoreIndented = false;
  for (let start = event.valueStart; start < event.valueEnd; ) {
    const end = lineEnd(text, start, event.valueEnd);
    if (isEmptyLine(text, start, end, event.indent)) emptyLines += 1;
    else {
      const content = Math.min(start + indent, end);
      const isMoreIndented = isFolded && isBlank(text.charCodeAt(content));
      const kept = emptyLines + (hasContent ? 1 : 0);
      const folded = emptyLines > 0 ? emptyLines : kept;
      const length = isFolded && !isMoreIndented && !wasMoreIndented ? folded : kept;
      add(pieces, length, breaksStart, content, false);
      addVerbatim(pieces, content, end);
      wasMoreIndented = isMoreIndented;
      hasContent = true;
      emptyLines = 0;
      breaksStart = end;
    }
    start = end + (text.startsWith('\r\n', end) ? 2 : 1);
  }
  const atEnd = { [chompingMode.STRIP]: 0, [chompingMode.CLIP]: 0, [chompingMode.KEEP]: emptyLines };
  const last = hasContent && event.chomping !== chompingMode.STRIP ? 1 : 0;
  add(pieces, atEnd[event.chomping] + last, breaksStart, event.valueEnd, false);
}

function lineEnd(text: string, start: number, end: number): number {
  let position = start;
  while (position < end && !isBreak(text.charCodeAt(position))) position += 1;
  return position;
}

/** Nothing but blanks, at most as many as the block is indented; without an indentation every line is empty. */
function isEmptyLine(text: string, start: number, end: number, indent: number): boolean {
  if (indent < 0) return true;
  let position = start;
  while (position < end && position < start + indent && text.charCodeAt(position) === 32) position += 1;
  return position >= end;
}
