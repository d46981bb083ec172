// What a rule is: a code and a pure function that reports where a value, whose shape may be wrong, breaks it.
import type { DiagnosticCode, DocumentPath } from '../../model/diagnostic.ts';
import type { Place, Problem, Report } from '../problem.ts';
import type { RawMap } from '../raw.ts';

/** Looks at one task, of any depth. */
export type TaskRule = {
  readonly code: DiagnosticCode;
  readonly run: (task: RawMap, at: DocumentPath, report: Report) => void;
};

/** Tasks of one list: the siblings that transitions can name. `at` is the path of the list. */
export type Siblings = {
  readonly tasks: readonly unknown[];
  readonly at: DocumentPath;
  readonly isTop: boolean;
};

/** Looks at one list of tasks. */
export type ListRule = {
  readonly code: DiagnosticCode;
  readonly run: (siblings: Siblings, report: Report) => void;
};

/** Looks at a whole file. */
export type FileRule = {
  readonly code: DiagnosticCode;
  readonly run: (root: RawMap, report: Report) => void;
};

export function errorAt(
  code: DiagnosticCode,
  place: Place,
  message: string,
  help?: Problem['help'],
): Problem {
  return { code, severity: 'error', message, place, ...(help === undefined ? {} : { help }) };
}

export function warningAt(
  code: DiagnosticCode,
  place: Place,
  message: string,
  help?: Problem['help'],
): Problem {
  return { code, severity: 'warning', message, place, ...(help === undefined ? {} : { help }) };
}

export function infoAt(code: DiagnosticCode, place: Place, message: string, help: string): Problem {
  return { code, severity: 'info', message, place, help };
}
