// How two revisions differ → text for people: task by task, as a reviewer would read it. Pure.
import type { Difference } from '../model/difference.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { columnsOf, toCells, visible } from './cells.ts';
import { shortJson } from './json-text.ts';
import type { Style } from './style.ts';
import { diffTextLines } from './text-diff.ts';
import { count } from './words.ts';

export type DiffOptions = {
  readonly style: Style;
  /** Columns of the terminal. @default 100 */
  readonly columns: number | undefined;
};

export type DiffHead = { readonly ref: string; readonly from: number; readonly to: number };

/** A heading, the changes outside the tasks, a paragraph for each task that changed, and how many there are. */
export function renderDiff(head: DiffHead, changes: readonly Difference[], options: DiffOptions): string {
  const { style } = options;
  const title = `${style.bold(visible(head.ref))} revision ${head.from} → ${head.to}`;
  if (changes.length === 0) return `${title}\n\n${style.green('no difference')}\n`;
  const outside = changes.filter((change) => taskOf(change) === undefined);
  const tasks = new Map<string, Difference[]>();
  for (const change of changes) {
    const task = taskOf(change);
    if (task !== undefined) tasks.set(task, [...(tasks.get(task) ?? []), change]);
  }
  const paragraphs = [
    outside.map((change) => renderChange(change, 0, options)).join('\n'),
    ...[...tasks].map(([name, own]) => renderTask(name, own, options)),
  ].filter((part) => part !== '');
  return `${[title, ...paragraphs].join('\n\n')}\n\n${style.dim(count(changes.length, 'change'))}\n`;
}

/** `tasks.deploy.input.image`, `tasks.deploy.next[0].when`, `vars["a b"]`. */
export function placeText(at: Difference['at']): string {
  return at
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const isWord = /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key);
      return isWord ? `${index === 0 ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`;
    })
    .join('');
}

function taskOf({ at }: Difference): string | undefined {
  return at[0] === 'tasks' && typeof at[1] === 'string' ? at[1] : undefined;
}

/** What happened to the task itself in its first line, what happened inside it below. */
function renderTask(name: string, changes: readonly Difference[], options: DiffOptions): string {
  const { style } = options;
  // A name may be gone and come at once, where another task was given it.
  const whole = changes.filter(({ at }) => at.length === 2);
  const inside = changes.filter(({ at }) => at.length > 2);
  const gone = whole.filter(({ kind }) => kind === 'added' || kind === 'removed');
  const marks = whole.flatMap(({ kind, before, after }) => {
    if (kind === 'renamed') return [`renamed from ${visible(String(before))}`];
    return kind === 'moved' ? [`moved from place ${before} to ${after}`] : [];
  });
  const title = [`task ${style.bold(visible(name))}`, ...(marks.length > 0 ? [marks.join(', ')] : [])].join(
    '  ',
  );
  return [
    ...gone.map((change) => renderWhole(change, 0, options)),
    ...(inside.length > 0 || marks.length > 0 ? [`${style.yellow('~')} ${title}`] : []),
    ...inside.map((change) => renderChange(change, 2, options, 2)),
  ].join('\n');
}

/** A task that came or went, with what it does. */
function renderWhole({ at, kind, before, after }: Difference, indent: number, options: DiffOptions): string {
  const { style } = options;
  const [sign, colour, task] = kind === 'added' ? ['+', style.green, after] : ['-', style.red, before];
  const margin = ' '.repeat(indent);
  const title = `${margin}${colour(sign as string)} task ${style.bold(visible(String(at.at(-1))))}`;
  const lines = isObject(task as Json) ? piecesOf(task as JsonObject) : [];
  return [
    title,
    ...lines.map(
      ([name, value]) => `${margin}    ${(colour as Style['red'])(sign as string)} ${name}  ${value}`,
    ),
  ].join('\n');
}

const pieceOrder = ['type', 'action', 'input', 'when', 'with_items', 'retry', 'timeout', 'tasks', 'next'];

/** What is written in a task, one piece a line; what has its default is left out. */
function piecesOf(task: JsonObject): readonly (readonly [string, string])[] {
  const rank = (key: string): number =>
    pieceOrder.includes(key) ? pieceOrder.indexOf(key) : pieceOrder.length;
  const keys = Object.keys(task).sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  return keys.flatMap((key): (readonly [string, string])[] => {
    const value = task[key] ?? null;
    if (key === 'name' || value === null || (key === 'type' && value === 'action')) return [];
    if (key === 'input' && isObject(value)) {
      return Object.entries(value).map(([name, one]) => [placeText(['input', name]), shortJson(one)]);
    }
    if (key === 'next' && isList(value)) {
      return value.map((one, index) => [placeText(['next', index]), transitionText(one)]);
    }
    if (key === 'tasks' && isList(value)) {
      return [
        ['tasks', value.map((one) => (isObject(one) ? shortJson(one['name'] ?? null) : '?')).join(', ')],
      ];
    }
    return [[visible(key), shortJson(value)]];
  });
}

/** `when {{ failed() }} do alert, page; publish x`. */
function transitionText(value: Json): string {
  if (!isObject(value)) return shortJson(value);
  const { when, do: targets, publish, ...rest } = value;
  const parts = [
    when === undefined ? 'always' : `when ${shortJson(when)}`,
    ...(isList(targets) ? [`do ${targets.map(shortJson).join(', ') || 'nothing'}`] : []),
    ...(publish === undefined
      ? []
      : [`publish ${isList(publish) ? publish.map(shortJson).join(', ') : shortJson(publish)}`]),
    ...(Object.keys(rest).length === 0 ? [] : [shortJson(rest)]),
  ];
  return parts.join(' ');
}

/** One change below the first `skip` keys of its place. */
function renderChange(change: Difference, indent: number, options: DiffOptions, skip = 0): string {
  const { style } = options;
  const { at, kind, before, after } = change;
  const margin = ' '.repeat(indent);
  const name = visible(placeText(at.slice(skip)));
  switch (kind) {
    case 'added':
      return renderOne(`${margin}${style.green('+')} ${name}`, at, after, indent, options, '+');
    case 'removed':
      return renderOne(`${margin}${style.red('-')} ${name}`, at, before, indent, options, '-');
    case 'moved':
      return `${margin}${style.yellow('~')} ${name}  moved from place ${before} to ${after}`;
    case 'renamed':
      return `${margin}${style.yellow('~')} ${name}  renamed from ${visible(String(before))}`;
    case 'changed':
      return renderChanged({ name, before, after }, indent, options);
    default:
      return kind satisfies never;
  }
}

function renderOne(
  title: string,
  at: Difference['at'],
  value: Json,
  indent: number,
  options: DiffOptions,
  sign: '+' | '-',
): string {
  const isTransition = typeof at.at(-1) === 'number' && at.at(-2) === 'next';
  const isTask = isObject(value) && at.length > 2 && at.at(-2) === 'tasks';
  if (isTask) {
    const change = {
      at,
      kind: sign === '+' ? ('added' as const) : ('removed' as const),
      before: value,
      after: value,
    };
    return renderWhole(change, indent, options);
  }
  if (typeof value === 'string' && value.includes('\n')) {
    const lines = value
      .replace(/\n$/, '')
      .split('\n')
      .map((text) => ({ sign, text }));
    return [title, ...lines.map((line) => renderLine(line, indent + 4, options.style))].join('\n');
  }
  return `${title}  ${isTransition ? transitionText(value) : shortJson(value)}`;
}

type Changed = { readonly name: string; readonly before: Json; readonly after: Json };

/** On one line where there is room; texts of several lines line by line. */
function renderChanged({ name, before, after }: Changed, indent: number, options: DiffOptions): string {
  const { style, columns = 100 } = options;
  const title = `${' '.repeat(indent)}${style.yellow('~')} ${name}`;
  const below = (lines: readonly Line[]): string =>
    [title, ...lines.map((line) => renderLine(line, indent + 4, style))].join('\n');
  const isLong = [before, after].some((value) => typeof value === 'string' && value.includes('\n'));
  if (isLong && typeof before === 'string' && typeof after === 'string') {
    return below(nearChanges(diffTextLines(before, after)));
  }
  const [one, other] = [shortJson(before), shortJson(after)];
  const width = indent + columnsOf(`~ ${name}  ${one} → ${other}`);
  if (width > columns)
    return below([
      { sign: '-', text: one },
      { sign: '+', text: other },
    ]);
  return `${title}  ${style.red(one)} → ${style.green(other)}`;
}

type Line = { readonly sign: '+' | '-' | ' '; readonly text: string };

/** Lines that are the same are shown only next to one that is not. */
function nearChanges(lines: readonly Line[]): readonly Line[] {
  const isNear = (index: number): boolean =>
    [index - 1, index, index + 1].some((each) => (lines[each]?.sign ?? ' ') !== ' ');
  return lines.flatMap((line, index) => {
    if (isNear(index)) return [line];
    return index > 0 && isNear(index - 1) ? [{ sign: ' ', text: '…' }] : [];
  });
}

function renderLine({ sign, text }: Line, indent: number, style: Style): string {
  const shown = toCells(text)
    .map((cell) => cell.text)
    .join('');
  const line = `${sign} ${shown}`.trimEnd();
  return (
    ' '.repeat(indent) + (sign === '+' ? style.green(line) : sign === '-' ? style.red(line) : style.dim(line))
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
