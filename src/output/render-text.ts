// A dry walk → text for people: the tasks in the order of the walk, then what was not reached, the output, and what fails. Pure.
import type { RenderedEntry, RenderedTask, RenderedTransition, Rendering } from '../model/render.ts';
import { visible } from './cells.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';
import { type Mark, yamlLines } from './yaml-text.ts';

type Page = {
  readonly style: Style;
  readonly columns: number;
  readonly mark: Mark;
  /** Of the task, counted over the whole walk. */
  step: number;
};

export type RenderTextOptions = { readonly style: Style; readonly columns: number; readonly mark: Mark };

/** The walk, with a line break at its end. `title` is what it is a walk of. */
export function renderWalk(title: string, rendering: Rendering, options: RenderTextOptions): string {
  const page: Page = { ...options, step: 0 };
  const { style } = page;
  const reached = rendering.tasks.filter(({ visit }) => visit > 0);
  const rest = rendering.tasks.filter(({ visit }) => visit === 0);
  const { cut_after: cut } = rendering;
  const parts = [
    [style.bold(visible(title)), ...block('parameters', yamlOf(page, rendering.parameters), page)],
    ...reached.map((task) => taskLines(task, page)),
    ...(cut === undefined ? [] : [[style.yellow(`the walk ends here, after ${count(cut, 'task')}`)]]),
    ...(reached.length > 0 ? [] : [[style.yellow('no task can begin: each one is led to by another')]]),
    ...rest.map((task) => taskLines(task, page)),
    ...outputLines(rendering, page),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const yamlOf = ({ mark }: Page, value: Rendering['parameters']) => yamlLines({ kind: 'value', value }, mark);

function outputLines(rendering: Rendering, page: Page): readonly (readonly string[])[] {
  const { output, vars } = rendering;
  const hasOutput = output.kind !== 'value' || output.value !== null;
  return [
    block('variables at the end', yamlOf(page, vars), page),
    ...(hasOutput ? [block('output', yamlLines(output, page.mark), page)] : []),
  ].filter((lines) => lines.length > 0);
}

/** A name and a value below it, in one line when the value is a short one; nothing for an empty map. */
function block(name: string, lines: readonly string[], { style }: Page): readonly string[] {
  const [first = ''] = lines;
  if (lines.length === 1 && first === '{}') return [];
  const isInline = lines.length === 1 && !/^(?:- |[^\s"'[{].*: )/.test(first);
  return isInline
    ? [`${style.cyan(name)}: ${first}`]
    : [style.cyan(name), ...lines.map((line) => `  ${line}`)];
}

function taskLines(task: RenderedTask, page: Page): readonly string[] {
  const { style } = page;
  const isReached = task.visit > 0;
  if (isReached) page.step += 1;
  const number = isReached ? `${page.step}.` : '-';
  const title = [
    `${style.blue(number)} ${style.bold(visible(task.name))}`,
    style.dim(visible(task.action ?? task.type)),
    ...(task.visit > 1 ? [`${style.yellow('↺')} visit ${task.visit}`] : []),
    ...(isReached ? [] : [style.yellow('not reached')]),
  ];
  return [title.join('  '), ...bodyLines(task, page).map((line) => `   ${line}`)];
}

function bodyLines(task: RenderedTask, page: Page): readonly string[] {
  const { style, mark } = page;
  const { when, ended } = task;
  const lines: string[] = [];
  if (when !== undefined && task.visit > 0)
    lines.push(...conditionLines('runs when', when.holds === true, when.why, page));
  if (task.is_skipped) return [...lines, style.yellow('skipped: it does not run, and nothing follows it')];
  if (task.items === undefined) lines.push(...block('input', yamlLines(task.input, mark), page));
  else lines.push(...itemLines(task.items, page));
  for (const { key, value } of task.settings) lines.push(...block(key, yamlLines(value, mark), page));
  const parts = task.tasks.flatMap((part) => taskLines(part, page));
  if (parts.length > 0) lines.push(style.cyan('side by side'), ...parts.map((line) => `  ${line}`));
  if (ended !== undefined) {
    const dress = ended.state === 'succeeded' ? style.green : style.red;
    const given = ended.is_result_given ? 'with the result that is given' : 'no result is given';
    lines.push(`${dress(ended.state.replace('_', ' '))}, ${style.dim(given)}`);
  }
  return [...lines, ...task.next.flatMap((transition) => transitionLines(transition, page))];
}

function itemLines(items: NonNullable<RenderedTask['items']>, page: Page): readonly string[] {
  const { style, mark } = page;
  const total = typeof items.total === 'number' ? count(items.total, 'item') : mark(items.total);
  const head = `${style.cyan('for each of')} ${total}`;
  const shown = items.shown.flatMap(({ index, item, input }) => [
    `  ${style.dim(`item ${index}:`)} ${shorten(JSON.stringify(item), page.columns - 16)}`,
    ...block('input', yamlLines(input, mark), page).map((line) => `    ${line}`),
  ]);
  const rest = items.left_out === 0 ? [] : [style.dim(`  ${count(items.left_out, 'more item')} not shown`)];
  return [head, ...shown, ...rest];
}

function transitionLines(transition: RenderedTransition, page: Page): readonly string[] {
  const { style } = page;
  const fires = transition.fires === true;
  const lines = [...conditionLines('when', fires, transition.why, page)];
  if (!fires) return lines;
  for (const { key, value } of transition.publish) lines.push(...published({ key, value }, page));
  for (const name of transition.do) lines.push(`  ${style.blue('→')} ${targetText(transition, name, page)}`);
  return lines;
}

function published({ key, value }: RenderedEntry, page: Page): readonly string[] {
  return block(visible(key), yamlLines(value, page.mark), page).map((line, place) =>
    place === 0 ? `  ${page.style.dim('sets')} ${line}` : `  ${line}`,
  );
}

function targetText({ again, waiting }: RenderedTransition, name: string, { style }: Page): string {
  const shown = visible(name);
  const wait = waiting.find((one) => one.name === name);
  if (wait !== undefined) return `${shown} ${style.dim(`(waits: ${wait.come} of ${wait.join} have come)`)}`;
  if (!again.includes(name)) return shown;
  return `${shown} ${style.yellow('↺ again as before: a loop')} ${style.dim('(give a list of results to leave it)')}`;
}

/** The condition, and on a line of its own how it came to its answer. */
function conditionLines(word: string, holds: boolean, why: string, { style }: Page): readonly string[] {
  const sign = holds ? style.green('✓') : style.red('✗');
  const [condition = '', ...steps] = why.split(' → ');
  if (why === 'no condition') return [`${sign} ${style.dim('always')}`];
  // `succeeded → true` says no more than the sign before it.
  const rest = steps.length < 2 ? '' : steps.map((step) => visible(step)).join(' → ');
  const first = `${sign} ${style.dim(word)} ${visible(condition)}`;
  return rest === '' ? [first] : [first, `    ${style.dim('→')} ${rest}`];
}

function shorten(text: string, width: number): string {
  const shown = visible(text.slice(0, 2000));
  return shown.length <= width ? shown : `${shown.slice(0, Math.max(20, width))}…`;
}
