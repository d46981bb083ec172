// Why a file is registered or not, step by step → text for people. Pure.
import type { Explanation } from '../model/explain.ts';
import { columnsOf, visible } from './cells.ts';
import { renderDiagnostics } from './diagnostics-text.ts';
import type { Style } from './style.ts';

export type ExplainOptions = {
  readonly style: Style;
  /** Only the steps that failed. */
  readonly failedOnly: boolean;
};

/** A line for each step, the outcome, and the diagnostics of the file. */
export function renderExplanation(explanation: Explanation, options: ExplainOptions): string {
  const { style, failedOnly } = options;
  const steps = explanation.steps.filter(({ ok }) => !failedOnly || ok === false);
  const width = Math.max(0, ...steps.map(({ step }) => columnsOf(visible(step))));
  const lines = steps.map(({ step, ok, message }) => {
    const name = visible(step);
    return `${signOf(ok, style)} ${name}${' '.repeat(width - columnsOf(name))}  ${visible(message)}\n`;
  });
  if (failedOnly) return lines.join('');
  const files = explanation.diagnostics.map((diagnostic) => ({
    path: diagnostic.path,
    text: '',
    diagnostics: [diagnostic],
  }));
  const problems = renderDiagnostics(files, { style });
  const isGood = explanation.steps.every(({ ok }) => ok !== false);
  const outcome = visible(explanation.state.replaceAll('_', ' '));
  const last = `${style.dim('outcome')} ${isGood ? style.green(outcome) : style.yellow(outcome)}\n`;
  return [lines.join(''), last, problems === '' ? '' : `${problems}\n`]
    .filter((part) => part !== '')
    .join('\n');
}

function signOf(ok: boolean | null, style: Style): string {
  if (ok === null) return style.dim('--');
  return ok ? style.green('ok') : style.red('no');
}
