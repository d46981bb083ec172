// Files with an error or not served as they stand → text for people, in the words of `check`. Pure.
import type { Problem } from '../model/answers.ts';
import { visible } from './cells.ts';
import { renderDiagnostics } from './diagnostics-text.ts';
import type { Style } from './style.ts';
import { count, minute } from './words.ts';

/** A paragraph for each file, then how many there are. */
export function renderProblems(problems: readonly Problem[], style: Style): string {
  if (problems.length === 0) return `${style.green('no problems')}\n`;
  const severities = problems.flatMap(({ diagnostics }) => diagnostics.map(({ severity }) => severity));
  const errors = severities.filter((severity) => severity === 'error').length;
  const files = count(problems.length, 'file');
  const found = errors === 0 ? style.yellow(files) : style.red(`${count(errors, 'error')} in ${files}`);
  return `${problems.map((problem) => renderProblem(problem, style)).join('\n\n')}\n\n${found}\n`;
}

function renderProblem(problem: Problem, style: Style): string {
  const { source, path, diagnostics, since } = problem;
  const title = `${style.bold(visible(path))} ${style.dim(visible(source))}`;
  const state = `  ${stateOf(problem, style)} ${style.dim(`since ${minute(since)} UTC`)}; ${servedOf(problem)}`;
  const body = renderDiagnostics([{ path, text: '', diagnostics }], { style });
  return [title, state, indented(body)].filter((part) => part !== '').join('\n');
}

function stateOf({ state }: Problem, style: Style): string {
  switch (state) {
    case 'invalid':
    case 'unreadable':
    case 'conflict':
      return style.red(state);
    case 'valid':
    case 'ignored':
      return style.yellow(`${state}, but not served as it stands`);
    default:
      return state satisfies never;
  }
}

function servedOf({ ref, served: isServed, state }: Problem): string {
  if (ref === null)
    return isServed ? 'its last good revision goes on being served' : 'nothing of it is served';
  const name = visible(ref);
  if (!isServed) return `nothing is served as ${name}`;
  if (state === 'conflict') return `one file goes on being served as ${name}`;
  const served = `${name} goes on being served as it was`;
  // A pin, a hand, another file: the file itself has nothing to say about it.
  return state === 'valid' ? `${served}; \`packwatch explain ${name}\` tells why` : served;
}

function indented(text: string): string {
  return text === '' ? '' : text.replaceAll(/^(?=.)/gm, '  ');
}
