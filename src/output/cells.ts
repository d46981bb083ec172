// Text of unknown origin → what a terminal may be shown, with its width in columns. Pure.

/** One thing that stands on the screen: a letter with its marks, or an escape in place of what must not be printed. */
export type Cell = {
  readonly text: string;
  /** Columns it takes, 0 to a few. */
  readonly width: number;
  /** Where it lies in the line, in UTF-16 units. */
  readonly start: number;
  /** Just behind its last unit. */
  readonly end: number;
};

const tabWidth = 4;
/** Control and format characters, separators of lines, halves of pairs: they move the cursor or hide themselves. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** Joins the parts of an emoji: harmless, and escaping it would tear them apart. */
const joiner = '\u200d';
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u30ff\uff01-\uff60\uffe0-\uffe6]/u;
/** Half-width kana and hangul: of wide scripts, and narrow; their sound marks stand in a column of their own. */
const halfWidth = /^[\uff61-\uffdc]/;
let segmenter: Intl.Segmenter | undefined;

/** Made for the first text that is not plain: it takes 5 ms. */
function lettersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

const plain = /^[ -~]*$/;

/** The cells of one line. */
export function toCells(line: string): readonly Cell[] {
  // Most lines are: telling letters apart takes fifty times as long.
  if (plain.test(line)) return Array.from(line, (text, start) => ({ text, width: 1, start, end: start + 1 }));
  const cells: Cell[] = [];
  for (const { segment, index } of lettersOf(line)) {
    const shown = show(segment);
    cells.push({
      text: shown,
      width: shown === segment ? widthOf(segment) : columnsOf(shown),
      start: index,
      end: index + segment.length,
    });
  }
  return cells;
}

/** The text on one line with everything escaped that a terminal would obey. */
export function visible(text: string): string {
  if (plain.test(text)) return text;
  let shown = '';
  for (const character of text) shown += character === '\t' ? '\\t' : show(character);
  return shown;
}

/** Columns that a text takes which is already visible. */
export function columnsOf(text: string): number {
  if (plain.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of lettersOf(text)) columns += widthOf(segment);
  return columns;
}

function show(segment: string): string {
  if (segment === '\t') return '→'.padEnd(tabWidth);
  if (!hidden.test(segment)) return segment;
  let shown = '';
  for (const character of segment)
    shown += hidden.test(character) && character !== joiner ? escapeOf(character) : character;
  return shown;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

function widthOf(segment: string): number {
  if (/^\p{M}+$/u.test(segment)) return 0;
  if (halfWidth.test(segment)) return segment.length;
  return wide.test(segment) ? 2 : 1;
}
