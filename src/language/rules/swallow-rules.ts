// Failures that nobody notices: a task leads on whatever becomes of it, and nothing looks at what became of it.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { atKey } from '../problem.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { type FileRule, infoAt } from './rule.ts';
import { visitTemplates } from './template-rules.ts';

/** How a task ended or what it yielded, asked in one of its own transitions. */
const asks = /\b(?:succeeded|failed|timed_out|result)\s*\(/;

export const swallowed: FileRule = {
  code: 'RULE_FAILURE_SWALLOWED',
  run: (root, report) => {
    const careless = carelessTasks(root['tasks'], ['tasks']);
    if (careless.length === 0) return;
    const read = readTasks(root);
    for (const { name, at, targets } of careless) {
      if (read === 'any' || read.has(name)) continue;
      const shown = targets.slice(0, maxShown).map((target) => `\`${target}\``);
      const others = targets.length > maxShown ? ', …' : '';
      const start = targets.length === 1 ? 'starts' : 'start';
      const message = `if \`${name}\` fails, ${shown.join(', ')}${others} ${start} all the same, and nothing asks how it ended`;
      const help = 'add `when: "{{ succeeded() }}"`, or `when: "{{ true }}"` to say that it is meant';
      report(infoAt('RULE_FAILURE_SWALLOWED', atKey([...at, 'do']), message, help));
    }
  },
};

/** Targets that are shown. */
const maxShown = 3;

type Careless = {
  readonly name: string;
  /** The transition that leads on without a condition. */
  readonly at: DocumentPath;
  readonly targets: readonly unknown[];
};

/** Tasks of every depth with a transition that has no condition, and none that asks how the task ended. */
function carelessTasks(value: unknown, at: DocumentPath): Careless[] {
  let names: ReadonlySet<unknown> | undefined;
  return listOf(value).flatMap((task, index) => {
    if (!isMap(task)) return [];
    const below = task['tasks'] === undefined ? [] : carelessTasks(task['tasks'], [...at, index, 'tasks']);
    const { name } = task;
    const next = listOf(task['next']);
    const place = next.findIndex(leadsOnAlways);
    if (place < 0) return below;
    const path = [...at, index];
    const transition = next[place];
    if (typeof name !== 'string' || !isMap(transition) || next.some(asksAnything)) return below;
    // One that does not exist is a finding of its own.
    names ??= new Set(listOf(value).map((sibling): unknown => isMap(sibling) && sibling['name']));
    const known = names;
    const targets = [...new Set(listOf(transition['do']))].filter((target) => known.has(target));
    return targets.length === 0 ? below : [{ name, at: [...path, 'next', place], targets }, ...below];
  });
}

function leadsOnAlways(transition: unknown): boolean {
  return isMap(transition) && transition['when'] === undefined && listOf(transition['do']).length > 0;
}

/** True for a transition that looks at the task it belongs to; a bare name publishes its result. */
function asksAnything(transition: unknown): boolean {
  if (!isMap(transition)) return true;
  const { when } = transition;
  if (typeof when === 'string' && asks.test(when)) return true;
  return listOf(transition['publish']).some((entry) => !isMap(entry) || asksIn(entry));
}

function asksIn(value: unknown): boolean {
  if (typeof value === 'string') return asks.test(value);
  if (Array.isArray(value)) return value.some(asksIn);
  return isMap(value) && Object.values(value).some(asksIn);
}

/** `task.name` and `task['name']`; names longer than that are taken for read. */
const taskRead = /\btasks?\b(?:\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)|\s*\[\s*(['"])([^'"\\]{0,255})\2\s*\])?/g;

/** Tasks whose results are read anywhere: who reads one finds out that it is not there. `any`: which, cannot be told. */
function readTasks(root: RawMap): ReadonlySet<string> | 'any' {
  const names = new Set<string>();
  let isClear = true;
  visitTemplates(root, (text) => {
    if (!text.includes('task')) return;
    for (const [, plain, , quoted] of text.matchAll(taskRead)) {
      const name = plain ?? quoted;
      if (name === undefined) isClear = false;
      else names.add(name);
    }
  });
  return isClear ? names : 'any';
}
