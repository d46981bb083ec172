// Joins: barriers that wait for more tasks than can ever come.
import { atValue, type Report } from '../problem.ts';
import { isMap } from '../raw.ts';
import { type Condition, excludes, readCondition } from './condition.ts';
import type { Edge } from './edges.ts';
import { type ListRule, warningAt } from './rule.ts';
import { type Vertex, verticesOf } from './vertices.ts';

export const joins: ListRule = {
  code: 'RULE_JOIN_RANGE',
  run: (siblings, report) => {
    if (!siblings.tasks.some((task) => isMap(task) && typeof task['join'] === 'number')) return;
    const graph = graphOf(verticesOf(siblings), siblings.isTop);
    for (const vertex of graph.vertices) checkJoin(vertex, graph, report);
  },
};

type Inbound = { readonly from: Vertex; readonly edge: Edge };

type Graph = {
  readonly vertices: readonly Vertex[];
  /** Everything that leads to a name. */
  readonly inbound: ReadonlyMap<string, readonly Inbound[]>;
  /** False where two tasks share a name, or where the list may run more than once: who ran is then not told by names. */
  readonly isClear: boolean;
  /** The condition of an edge, read once for each text. */
  readonly conditionOf: (edge: Edge) => Condition;
};

function graphOf(vertices: readonly Vertex[], isTop: boolean): Graph {
  const inbound = new Map<string, Inbound[]>();
  for (const from of vertices) {
    for (const edge of from.edges) {
      const known = inbound.get(edge.to);
      if (known === undefined) inbound.set(edge.to, [{ from, edge }]);
      else known.push({ from, edge });
    }
  }
  const conditions = new Map<unknown, Condition>();
  const conditionOf = ({ when }: Edge): Condition => {
    if (!conditions.has(when)) conditions.set(when, readCondition(when));
    return conditions.get(when);
  };
  const isClear = isTop && new Set(vertices.map(({ name }) => name)).size === vertices.length;
  return { vertices, inbound, isClear, conditionOf };
}

function checkJoin({ task, at, name }: Vertex, graph: Graph, report: Report): void {
  const { join } = task;
  if (typeof join !== 'number') return;
  const place = atValue([...at, 'join']);
  if (join === 0) report(warningAt('RULE_JOIN_RANGE', place, '`join: 0` waits for nothing', 'remove it'));
  const before = [...new Set((graph.inbound.get(name) ?? []).map(({ from }) => from))];
  if (join > before.length) {
    const lead = before.length === 1 ? 'task leads' : 'tasks lead';
    const message = `\`join: ${join}\` never fires: ${before.length} ${lead} here`;
    report(warningAt('RULE_JOIN_RANGE', place, message));
  } else if (join > 1 && graph.isClear && before.length <= maxCompared) {
    checkTogether(join, groupsOf(before, graph), place, report);
  }
}

/** Tasks before a join, and tasks on the way to one of them, that are looked at, at most. */
const maxCompared = 20;

/** Tasks of which one at most runs, and the task that decides which. */
type Group = { readonly members: Vertex[]; fork: Vertex | undefined };

/** The tasks before a join, those together that shut each other out. No more of them complete than there are groups. */
function groupsOf(before: readonly Vertex[], graph: Graph): readonly Group[] {
  const ways = new Map(before.map((vertex) => [vertex, wayTo(vertex, graph)]));
  const groups: Group[] = [];
  for (const vertex of before) {
    const forkFrom = (other: Vertex) => forkOf(ways.get(vertex) ?? [], ways.get(other) ?? [], graph);
    const group = groups.find(({ members }) => members.every((other) => forkFrom(other) !== undefined));
    if (group === undefined) groups.push({ members: [vertex], fork: undefined });
    else {
      group.fork ??= forkFrom(group.members[0] as Vertex);
      group.members.push(vertex);
    }
  }
  return groups;
}

function checkTogether(
  join: number,
  groups: readonly Group[],
  place: ReturnType<typeof atValue>,
  report: Report,
): void {
  if (join <= groups.length) return;
  const [apart] = groups.filter(({ members }) => members.length > 1);
  if (apart?.fork === undefined) return;
  const names = apart.members.map(({ name }) => `\`${name}\``);
  const last = names.pop();
  const message = `\`join: ${join}\` never fires: of ${names.join(', ')} and ${last} only one runs, since \`${apart.fork.name}\` leads to them under conditions that exclude each other`;
  const help =
    groups.length === 1
      ? 'remove `join`: whichever runs leads on'
      : `no more than ${groups.length} of the tasks that lead here can complete in one run`;
  report(warningAt('RULE_JOIN_RANGE', place, message, help));
}

/** A task that must have led on, by one of these edges, before another could run. */
type Stretch = { readonly from: Vertex; readonly edges: readonly Edge[] };

/** The tasks that alone lead to a task, nearest first, as far back as there is one alone. */
function wayTo(vertex: Vertex, { inbound }: Graph): readonly Stretch[] {
  const way: Stretch[] = [];
  let { name } = vertex;
  while (way.length < maxCompared) {
    const into = inbound.get(name) ?? [];
    const [first] = into;
    if (first === undefined || !into.every(({ from }) => from === first.from)) break;
    way.push({ from: first.from, edges: into.map(({ edge }) => edge) });
    name = first.from.name;
  }
  return way;
}

/** The task both ways begin at under conditions that exclude each other; it runs once, so only one of them is gone. */
function forkOf(a: readonly Stretch[], b: readonly Stretch[], graph: Graph): Vertex | undefined {
  for (const { from, edges } of a) {
    const other = b.find((stretch) => stretch.from === from);
    if (other === undefined || !runsOnce(from, graph)) continue;
    const areApart = edges.every((one) =>
      other.edges.every(
        (two) => one.when !== two.when && excludes(graph.conditionOf(one), graph.conditionOf(two)),
      ),
    );
    if (areApart) return from;
  }
  return undefined;
}

/** True where a run of the workflow surely comes by only once: one way leads here, from a task nobody leads to. */
function runsOnce(vertex: Vertex, { inbound }: Graph): boolean {
  let { name } = vertex;
  for (let steps = 0; steps < maxCompared; steps += 1) {
    const [only, ...more] = inbound.get(name) ?? [];
    if (only === undefined) return true;
    if (more.length > 0) return false;
    name = only.from.name;
  }
  return false;
}
