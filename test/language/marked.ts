// Texts that say themselves where something is found: «…» around it, «» for a place without width.
import type { Finding } from '../../src/model/diagnostic.ts';

export type Marked = {
  readonly text: string;
  /** `line:column-line:column` of each pair of marks, in the order they are opened. */
  readonly places: readonly string[];
};

/** The text without its marks, and where they stood, in the order they are opened. */
export function unmark(marked: string): Marked {
  const places: string[] = [];
  const open: number[] = [];
  let text = '';
  for (const part of marked.split(/([«»])/)) {
    const lines = text.split(/\r\n|\n|\r/);
    const here = `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
    if (part === '«') open.push(places.push(here) - 1);
    else if (part === '»') places[open.pop() ?? 0] += `-${here}`;
    else text += part;
  }
  return { text, places };
}

/** The same words for a finding. */
export function placeOf({ line, column, end_line = line, end_column = column }: Finding): string {
  return `${line}:${column}-${end_line}:${end_column}`;
}
