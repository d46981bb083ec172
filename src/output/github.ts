// Checked files → workflow commands of GitHub Actions, one annotation a finding. Pure.
import type { Finding, Severity } from '../model/diagnostic.ts';
import { visible } from './cells.ts';
import { renderCounts } from './diagnostics-text.ts';
import type { CheckedEntry } from './shown-file.ts';
import { plainStyle } from './style.ts';

/** Annotations of one kind that GitHub shows of a step; more are in the log alone. */
const maxShown = 10;

const commands: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };
const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** Errors first, for GitHub shows the first ten of a kind and fifty of a job. Then a line of counts; with `quiet` only when there are any. */
export function renderAnnotations(files: readonly CheckedEntry[], quiet: boolean): string {
  const lines: string[] = [];
  let isCut = false;
  for (const severity of severities) {
    const before = lines.length;
    for (const { path, diagnostics } of files) {
      for (const finding of diagnostics)
        if (finding.severity === severity) lines.push(annotationOf(path, finding));
    }
    isCut ||= lines.length - before > maxShown;
  }
  if (quiet && lines.length === 0) return '';
  const touched = files.filter(({ diagnostics }) => diagnostics.length > 0);
  const counts = renderCounts(touched, files.length, plainStyle);
  lines.push(isCut ? `${counts}; annotations are shown for the first ${maxShown} of each kind` : counts);
  return `${lines.join('\n')}\n`;
}

function annotationOf(path: string, finding: Finding): string {
  const { code, severity, message, line, column, end_line = line, end_column, help } = finding;
  // Columns are of one line: with a range over several GitHub refuses them.
  const columns =
    end_line === line
      ? [`col=${column}`, ...(end_column === undefined ? [] : [`endColumn=${end_column}`])]
      : [];
  const properties = [
    `file=${property(path)}`,
    `line=${line}`,
    `endLine=${end_line}`,
    ...columns,
    `title=${property(code)}`,
  ];
  const text = help === undefined ? message : `${message}\nhelp: ${help}`;
  return `::${commands[severity]} ${properties.join(',')}::${data(text)}`;
}

/** Line breaks are part of the text, every other control character is shown as an escape. */
function data(text: string): string {
  return text
    .split(/([\r\n])/)
    .map((part) => (part === '\n' ? '%0A' : part === '\r' ? '%0D' : visible(part).replaceAll('%', '%25')))
    .join('');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
