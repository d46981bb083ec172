// A workflow in canonical form → its task graph. Pure; linear in tasks and transitions.
import type { EdgeKind, Graph, GraphEdge, GraphNode } from '../model/graph.ts';
import type { JsonObject } from '../model/pack.ts';
import { conditionText, holdsIn } from './condition.ts';
import { entryTasks, publishedNames, type TaskView, type TransitionView, viewTasks } from './task-view.ts';

/** Nodes and edges in the order of the file, a parallel task before its sub-tasks. `graph` is that of a valid file. */
export function buildGraph(graph: JsonObject): Graph {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  addList(viewTasks(graph['tasks']), undefined, nodes, edges);
  return { nodes, edges };
}

function addList(
  tasks: readonly TaskView[],
  parent: string | undefined,
  nodes: GraphNode[],
  edges: GraphEdge[],
): void {
  const entries = new Set(entryTasks(tasks));
  const idOf = (index: number): string => (parent === undefined ? `n${index + 1}` : `${parent}_${index + 1}`);
  // The first of two tasks of one name is the one that is led to.
  const places = new Map([...tasks].reverse().map(({ name, index }) => [name, index]));
  const isBack = backEdges(tasks, places, entries);
  for (const task of tasks) {
    const id = idOf(task.index);
    nodes.push(nodeOf(task, id, parent, entries.has(task)));
    addList(task.tasks, id, nodes, edges);
    for (const transition of task.next) {
      const edge = edgeOf(transition, id);
      if (transition.targets.length === 0) edges.push(edge);
      for (const target of new Set(transition.targets)) {
        const place = places.get(target);
        if (place === undefined) continue;
        edges.push({ ...edge, to: idOf(place), is_back: isBack(task.index, place) });
      }
    }
  }
}

function nodeOf(task: TaskView, id: string, parent: string | undefined, isEntry: boolean): GraphNode {
  return {
    id,
    name: task.name,
    type: task.type,
    action: task.action ?? null,
    parent: parent ?? null,
    is_entry: isEntry,
    join: task.join ?? null,
    with_items: task.withItems === undefined ? null : conditionText(task.withItems),
    when: task.when === undefined ? null : conditionText(task.when),
  };
}

function edgeOf(transition: TransitionView, from: string): GraphEdge {
  const { when } = transition;
  return {
    from,
    to: null,
    kind: kindOf(when),
    when: when ?? null,
    label: when === undefined ? null : conditionText(when),
    publish: publishedNames(transition),
    is_back: false,
  };
}

function kindOf(when: string | undefined): EdgeKind {
  if (when === undefined) return 'always';
  const [succeeded, failed, timedOut] = [
    holdsIn(when, 'succeeded'),
    holdsIn(when, 'failed'),
    holdsIn(when, 'timed_out'),
  ];
  if (succeeded === false)
    return failed === false ? (timedOut === false ? 'condition' : 'timeout') : 'failure';
  if (failed === false && timedOut === false) return 'success';
  return failed === true && timedOut === true && succeeded === undefined ? 'failure' : 'condition';
}

/** Edges that a walk in depth from the entries, then from what they do not reach, finds leading to a task it is inside of. */
function backEdges(
  tasks: readonly TaskView[],
  places: ReadonlyMap<string, number>,
  entries: ReadonlySet<TaskView>,
): (from: number, to: number) => boolean {
  const targets = tasks.map(({ next }) =>
    next.flatMap((transition) => transition.targets.flatMap((name) => places.get(name) ?? [])),
  );
  const back = new Set<string>();
  const state = tasks.map((): 'new' | 'open' | 'done' => 'new');
  const starts = [...entries, ...tasks].map(({ index }) => index);
  // A list of its own instead of recursion: a chain may be as long as the file.
  const stack: { readonly at: number; next: number }[] = [];
  const open = (at: number): void => {
    state[at] = 'open';
    stack.push({ at, next: 0 });
  };
  for (const start of starts) {
    if (state[start] === 'new') open(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const to = targets[top.at]?.[top.next];
      top.next += 1;
      if (to === undefined) {
        state[top.at] = 'done';
        stack.pop();
      } else if (state[to] === 'open') back.add(`${top.at} ${to}`);
      else if (state[to] === 'new') open(to);
    }
  }
  return (from, to) => back.has(`${from} ${to}`);
}
