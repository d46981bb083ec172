// Expressions: every string of a workflow that may hold one, each in its setting, checked once per distinct string.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { StaticFault } from '../expression/check.ts';
import { checkTemplate, type Purpose, purposes } from '../expression/check-template.ts';
import type { Names, Setting } from '../expression/names.ts';
import { type Report, within } from '../problem.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { hasNext } from './edges.ts';
import { namesOf } from './known-names.ts';
import { type FileRule, warningAt } from './rule.ts';

/** Findings of a file that are passed on: a hundred are shown, and some of them may be the same through an alias. */
const maxReported = 500;

/** A string and where it stands: `path` is the walker's own and changes as it goes on. */
export type Visit = (text: string, path: DocumentPath, purpose: Purpose, setting: Setting) => void;

const nothing: Setting = { hasItem: false, hasResult: false };

/** Keys of a task whose strings are templates, at every depth of their values. */
const valueKeys = [
  'input',
  'permission_set_refs',
  'permission_set_ref',
  'worker_selector',
  'worker_tolerations',
  'worker_affinity',
];

export const templates: FileRule = {
  code: 'EXPR_SYNTAX',
  run: (root, report) => visitTemplates(root, createVisit(root, report)),
};

/** Visits every string of a workflow that may hold an expression. */
export function visitTemplates(root: RawMap, visit: Visit): void {
  visitValues(root['vars'], ['vars'], nothing, visit);
  visitTasks(root['tasks'], ['tasks'], false, visit);
  visitValues(root['output_map'], ['output_map'], nothing, visit);
}

function createVisit(root: RawMap, report: Report): Visit {
  let names: Names | undefined;
  let reported = 0;
  const checked: (Map<string, readonly StaticFault[]> | undefined)[] = [];
  return (text, path, purpose, setting) => {
    if (reported >= maxReported || (purpose === 'text' && !text.includes('{{'))) return;
    const place = purposes.indexOf(purpose) * 4 + (setting.hasItem ? 2 : 0) + (setting.hasResult ? 1 : 0);
    let faults = checked[place]?.get(text);
    if (faults === undefined) {
      names ??= namesOf(root);
      faults = checkTemplate(text, purpose, names, setting);
      checked[place] ??= new Map();
      checked[place].set(text, faults);
    }
    if (faults.length === 0) return;
    reported += faults.length;
    const at = [...path];
    for (const { code, message, help, ...span } of faults) {
      report(warningAt(code, within(at, span), message, help));
    }
  };
}

/** Every string of a value, at any depth. */
function visitValues(value: unknown, path: (string | number)[], setting: Setting, visit: Visit): void {
  if (typeof value === 'string') visit(value, path, 'text', setting);
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visitBelow(item, path, index, setting, visit);
  } else if (isMap(value)) {
    for (const key in value) visitBelow(value[key], path, key, setting, visit);
  }
}

function visitBelow(
  value: unknown,
  path: (string | number)[],
  step: string | number,
  setting: Setting,
  visit: Visit,
): void {
  if (typeof value !== 'string' && typeof value !== 'object') return;
  path.push(step);
  visitValues(value, path, setting, visit);
  path.pop();
}

function visitTasks(value: unknown, at: DocumentPath, hasOuterItem: boolean, visit: Visit): void {
  for (const [index, task] of listOf(value).entries()) {
    if (!isMap(task)) continue;
    const path = [...at, index];
    const hasItem = hasOuterItem || task['with_items'] !== undefined;
    const setting = { hasItem, hasResult: false };
    visitOne(task, path, 'with_items', 'items', { hasItem: hasOuterItem, hasResult: false }, visit);
    visitOne(task, path, 'when', 'condition', setting, visit);
    for (const key of valueKeys) {
      if (task[key] !== undefined) visitValues(task[key], [...path, key], setting, visit);
    }
    visitEnded(task, path, { hasItem, hasResult: true }, visit);
    if (task['tasks'] !== undefined) visitTasks(task['tasks'], [...path, 'tasks'], hasItem, visit);
  }
}

/** What is looked at when the task, or a try of it, has ended. Old forms that `next` discards are left out. */
function visitEnded(task: RawMap, path: DocumentPath, setting: Setting, visit: Visit): void {
  const { retry } = task;
  if (isMap(retry)) visitOne(retry, [...path, 'retry'], 'on_error', 'text', setting, visit);
  for (const [index, transition] of listOf(task['next']).entries()) {
    if (!isMap(transition)) continue;
    const at = [...path, 'next', index];
    visitOne(transition, at, 'when', 'condition', setting, visit);
    visitPublish(transition['publish'], [...at, 'publish'], setting, visit);
  }
  if (hasNext(task)) return;
  for (const [index, branch] of listOf(task['decision']).entries()) {
    if (isMap(branch)) visitOne(branch, [...path, 'decision', index], 'when', 'condition', setting, visit);
  }
  visitPublish(task['publish'], [...path, 'publish'], setting, visit);
}

function visitOne(
  map: RawMap,
  at: DocumentPath,
  key: string,
  purpose: Purpose,
  setting: Setting,
  visit: Visit,
): void {
  const text = map[key];
  if (typeof text === 'string') visit(text, [...at, key], purpose, setting);
}

/** A bare string among the entries is the name of a variable, no template. */
function visitPublish(value: unknown, at: DocumentPath, setting: Setting, visit: Visit): void {
  for (const [index, entry] of listOf(value).entries()) {
    if (isMap(entry)) visitValues(entry, [...at, index], setting, visit);
  }
}
