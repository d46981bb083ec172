// Rules about the tasks of one list: names, targets and reachability.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { atValue, type Report } from '../problem.ts';
import { isMap } from '../raw.ts';
import { suggest } from '../suggest.ts';
import { deadConditions } from './dead-rules.ts';
import { edgesOf, hasReadableEdges } from './edges.ts';
import { joins } from './join-rules.ts';
import { endlessLoops } from './loop-rules.ts';
import { errorAt, type ListRule, warningAt } from './rule.ts';
import { entriesOf, reachedFrom, verticesOf } from './vertices.ts';

const duplicates: ListRule = {
  code: 'RULE_TASK_DUPLICATE',
  run: ({ tasks, at, isTop }, report) => {
    const seen = new Set<string>();
    for (const [index, task] of tasks.entries()) {
      const name = isMap(task) ? task['name'] : undefined;
      if (typeof name !== 'string' || name === '') continue;
      if (seen.has(name)) {
        const make = isTop ? errorAt : warningAt;
        const message = `another task of this list is named \`${name}\``;
        report(make('RULE_TASK_DUPLICATE', atValue([...at, index, 'name']), message, 'choose another name'));
      }
      seen.add(name);
    }
  },
};

const targets: ListRule = {
  code: 'RULE_TARGET_UNKNOWN',
  run: (siblings, report) => {
    const names = new Set<string>();
    for (const task of siblings.tasks)
      if (isMap(task) && typeof task['name'] === 'string') names.add(task['name']);
    for (const [index, task] of siblings.tasks.entries()) {
      if (!isMap(task)) continue;
      for (const { to, at } of edgesOf(task, [...siblings.at, index])) {
        if (!names.has(to)) reportTarget(to, at, names, siblings.isTop, report);
      }
    }
  },
};

function reportTarget(
  to: string,
  at: DocumentPath,
  names: ReadonlySet<string>,
  isTop: boolean,
  report: Report,
): void {
  const where = isTop ? 'this workflow' : 'this list; sub-tasks lead to their siblings only';
  const help = (): string => {
    const near = suggest(to, names);
    return near === undefined ? `the tasks are: ${listNames(names)}` : `did you mean \`${near}\`?`;
  };
  report(errorAt('RULE_TARGET_UNKNOWN', atValue(at), `no task \`${to}\` in ${where}`, help));
}

function listNames(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, 8);
  return names.size > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}

const reachability: ListRule = {
  code: 'RULE_TASK_UNREACHABLE',
  run: (siblings, report) => {
    // Where a transition cannot be read, what it leads to cannot be told: no second finding for that mistake.
    if (!siblings.isTop || !siblings.tasks.every((task) => isMap(task) && hasReadableEdges(task))) return;
    const vertices = verticesOf(siblings);
    const entries = entriesOf(vertices);
    if (entries.size === 0) return;
    const reached = reachedFrom(entries, vertices);
    for (const { name, at } of vertices) {
      if (reached.has(name)) continue;
      const message = `the task \`${name}\` is never reached: only tasks of its own cycle lead to it`;
      report(
        errorAt('RULE_TASK_UNREACHABLE', atValue([...at, 'name']), message, 'lead to it from another task'),
      );
    }
  },
};

/** Every rule about a list of tasks. */
export const listRules: readonly ListRule[] = [
  duplicates,
  targets,
  joins,
  reachability,
  deadConditions,
  endlessLoops,
];
