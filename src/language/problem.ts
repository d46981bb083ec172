// A problem on its way from a stage to a Finding: what is wrong and where, not yet as line and column.
import type { DiagnosticCode, DocumentPath, Severity } from '../model/diagnostic.ts';

/** Offsets in UTF-16 units, `end` exclusive. */
export type Range = { readonly start: number; readonly end: number };

/**
 * Where a problem lies: a place in the document, or a range of its text. `within` is a part of the string that stands
 * at the place, counted in the string's value, whatever way that was written.
 */
export type Place =
  | { readonly path: DocumentPath; readonly part: 'key' | 'value'; readonly within?: Range }
  | Range;

export type Problem = {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  /** A function where the words take work (a nearest name): it is asked only for problems that are shown. */
  readonly help?: string | (() => string | undefined);
  readonly place: Place;
};

/** In a message or help: the text that stands at the problem's place (`1.0`, which as a value is 1). */
export const asWritten = '{as written}';

/** Takes a problem; stages call it as they go, so that one bad file yields all of its problems. */
export type Report = (problem: Problem) => void;

/** The place of the value at `path`. */
export function atValue(path: DocumentPath): Place {
  return { path, part: 'value' };
}

/** The place of a part of the string at `path`. */
export function within(path: DocumentPath, { start, end }: Range): Place {
  return { path, part: 'value', within: { start, end } };
}

/** The place of the last key of `path`. */
export function atKey(path: DocumentPath): Place {
  return { path, part: 'key' };
}

/** The start of the file, for what concerns it as a whole. */
export const wholeFile: Place = { start: 0, end: 0 };
