// Files with their diagnostics → the report of `check` for people. Pure.
import { type Finding, maxDiagnosticsPerFile, type Severity } from '../model/diagnostic.ts';
import { visible } from './cells.ts';
import { renderFrame, splitLines } from './frame.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';

export type FileDiagnostics = {
  /** As it is shown. */
  readonly path: string;
  /** As written; empty where there is none to show. */
  readonly text: string;
  readonly diagnostics: readonly Finding[];
};

export type DiagnosticsOptions = {
  readonly style: Style;
  /** Columns of the terminal. @default 100 */
  readonly columns?: number;
};

/** Every diagnostic with its frame and help, one empty line between two; empty when there is none. */
export function renderDiagnostics(files: readonly FileDiagnostics[], options: DiagnosticsOptions): string {
  return files
    .flatMap(({ path, text, diagnostics }) => {
      const lines = diagnostics.length === 0 ? [] : splitLines(text);
      return diagnostics.map((diagnostic) => renderDiagnostic(path, lines, diagnostic, options));
    })
    .join('\n\n');
}

/** The report with its last line: `3 errors, 1 warning in 2 files (14 files checked)`. */
export function renderCheckReport(
  files: readonly FileDiagnostics[],
  checked: number,
  options: DiagnosticsOptions,
): string {
  const body = renderDiagnostics(files, options);
  const tail = [...cutFiles(files), renderCounts(files, checked, options.style)].join('\n');
  return `${body === '' ? '' : `${body}\n\n`}${tail}\n`;
}

/** Which files may have more problems than are told of one. */
function cutFiles(files: readonly FileDiagnostics[]): readonly string[] {
  return files
    .filter(({ diagnostics }) => diagnostics.length >= maxDiagnosticsPerFile)
    .map(
      ({ path }) =>
        `${visible(path)}: only ${maxDiagnosticsPerFile} problems of a file are shown, errors first`,
    );
}

function renderDiagnostic(
  path: string,
  lines: readonly string[],
  diagnostic: Finding,
  { style, columns = 100 }: DiagnosticsOptions,
): string {
  const { code, severity, message, line, column, help } = diagnostic;
  const dressMark = colourOf(severity, style);
  const title = `${dressMark(`${severity}[${code}]`)} ${style.bold(visible(message))}`;
  const place = `  ${style.blue('at')} ${visible(path)}:${line}:${column}`;
  const frame = isAboutFile(diagnostic)
    ? ''
    : renderFrame(lines, diagnostic, { style, dressMark, width: columns - 10 });
  const advice = help === undefined ? '' : `  ${style.cyan('help:')} ${visible(help)}`;
  return [title, place, frame, advice].filter((part) => part !== '').join('\n');
}

/** What is said of a file as a whole has no place to show; the start of a text that is no YAML has. */
function isAboutFile({ code, line, column, end_line }: Finding): boolean {
  return line === 1 && column === 1 && end_line === undefined && !code.startsWith('YAML_');
}

/** `3 errors, 1 warning in 2 files (14 files checked)`; of the files with findings. */
export function renderCounts(
  files: readonly { readonly diagnostics: readonly Finding[] }[],
  checked: number,
  style: Style,
): string {
  const all = files.flatMap(({ diagnostics }) => diagnostics);
  const seen = `(${count(checked, 'file')} checked)`;
  if (all.length === 0) return `${style.green('no problems')} ${style.dim(seen)}`;
  const of = (severity: Severity): number => all.filter((finding) => finding.severity === severity).length;
  const parts = [
    { number: of('error'), words: count(of('error'), 'error'), colour: style.red },
    { number: of('warning'), words: count(of('warning'), 'warning'), colour: style.yellow },
    { number: of('info'), words: count(of('info'), 'note'), colour: style.blue },
  ];
  const counts = parts.filter(({ number }) => number > 0).map(({ words, colour }) => colour(words));
  const touched = files.filter(({ diagnostics }) => diagnostics.length > 0).length;
  return `${counts.join(', ')} in ${count(touched, 'file')} ${style.dim(seen)}`;
}

function colourOf(severity: Severity, style: Style): (text: string) => string {
  switch (severity) {
    case 'error':
      return style.red;
    case 'warning':
      return style.yellow;
    case 'info':
      return style.blue;
    default:
      return severity satisfies never;
  }
}
