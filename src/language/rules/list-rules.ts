// Rules about the tasks of one list: names, targets, joins and reachability.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { atValue, type Report } from '../problem.ts';
import { isMap, type RawMap } from '../raw.ts';
import { suggest } from '../suggest.ts';
import { type Edge, edgesOf, hasReadableEdges } from './edges.ts';
import { endlessLoops } from './loop-rules.ts';
import { errorAt, type ListRule, type Siblings, warningAt } from './rule.ts';

type Vertex = {
  readonly task: RawMap;
  readonly at: DocumentPath;
  readonly name: string;
  readonly edges: readonly Edge[];
};

/** The tasks of a list whose name can be read. */
function verticesOf({ tasks, at }: Siblings): Vertex[] {
  const vertices: Vertex[] = [];
  for (const [index, task] of tasks.entries()) {
    if (!isMap(task) || typeof task['name'] !== 'string') continue;
    const path = [...at, index];
    vertices.push({ task, at: path, name: task['name'], edges: edgesOf(task, path) });
  }
  return vertices;
}

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

const joins: ListRule = {
  code: 'RULE_JOIN_RANGE',
  run: (siblings, report) => {
    if (!siblings.tasks.some((task) => isMap(task) && typeof task['join'] === 'number')) return;
    const vertices = verticesOf(siblings);
    const predecessors = countPredecessors(vertices);
    for (const { task, at, name } of vertices) {
      const { join } = task;
      if (typeof join !== 'number') continue;
      const inbound = predecessors.get(name) ?? 0;
      const place = atValue([...at, 'join']);
      if (join === 0) report(warningAt('RULE_JOIN_RANGE', place, '`join: 0` waits for nothing', 'remove it'));
      else if (join > inbound) {
        const message = `\`join: ${join}\` never fires: ${inbound} ${inbound === 1 ? 'task leads' : 'tasks lead'} here`;
        report(warningAt('RULE_JOIN_RANGE', place, message));
      }
    }
  },
};

/** How many tasks lead to each name; a task that does so twice counts once. */
function countPredecessors(vertices: readonly Vertex[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { edges } of vertices) {
    for (const to of new Set(edges.map((edge) => edge.to))) counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  return counts;
}

const reachability: ListRule = {
  code: 'RULE_TASK_UNREACHABLE',
  run: (siblings, report) => {
    // Where a transition cannot be read, what it leads to cannot be told: no second finding for that mistake.
    if (!siblings.isTop || !siblings.tasks.every((task) => isMap(task) && hasReadableEdges(task))) return;
    const vertices = verticesOf(siblings);
    const reached = reachable(vertices);
    if (reached === undefined) return;
    for (const { name, at } of vertices) {
      if (reached.has(name)) continue;
      const message = `the task \`${name}\` is never reached: only tasks of its own cycle lead to it`;
      report(
        errorAt('RULE_TASK_UNREACHABLE', atValue([...at, 'name']), message, 'lead to it from another task'),
      );
    }
  },
};

/** Names reached from the tasks that no task leads to; undefined when there is no such task. */
function reachable(vertices: readonly Vertex[]): Set<string> | undefined {
  const edges = new Map<string, Edge[]>();
  const led = new Set<string>();
  for (const vertex of vertices) {
    const known = edges.get(vertex.name);
    if (known === undefined) edges.set(vertex.name, [...vertex.edges]);
    else for (const edge of vertex.edges) known.push(edge);
    for (const { to } of vertex.edges) led.add(to);
  }
  const reached = new Set<string>();
  for (const { name } of vertices) if (!led.has(name)) reached.add(name);
  if (reached.size === 0) return undefined;
  // A set may grow while it is walked, and each name is then visited once.
  for (const name of reached) for (const { to } of edges.get(name) ?? []) reached.add(to);
  return reached;
}

/** Every rule about a list of tasks. */
export const listRules: readonly ListRule[] = [duplicates, targets, joins, reachability, endlessLoops];
