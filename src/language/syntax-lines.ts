// The lines around the place at which the parser gave up, and what is found in them.
import type { Range } from './problem.ts';

/** In the author's words, at the place to mend. */
export type SyntaxCause = { readonly place: Range; readonly message: string; readonly help: string };

/** A line of a text without its end; `start` is its offset. */
export type Line = { readonly start: number; readonly text: string };

/** UTF-16 units of a line that are looked at: an author did not type longer ones. */
const maxLine = 2000;
/** Blank lines and comments that are passed over. */
const maxSkipped = 40;

/** The line that an offset stands in. */
export function lineAt(text: string, offset: number): Line {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return { start, text: text.slice(start, Math.min(end < 0 ? text.length : end, start + maxLine)).trimEnd() };
}

/** The nearest line above that holds more than a comment. */
export function lineAbove(text: string, line: Line): Line | undefined {
  let above = line;
  for (let count = 0; count < maxSkipped && above.start > 0; count += 1) {
    above = lineAt(text, above.start - 1);
    if (!/^\s*(?:#|$)/.test(above.text)) return above;
  }
  return undefined;
}

/** Blanks before the content of a line, the dashes of its list entries counted in. */
export function indentOf(line: string): number {
  return line.length - line.replace(/^ *(?:- +)*/, '').length;
}
