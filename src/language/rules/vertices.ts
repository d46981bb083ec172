// The tasks of one list as a graph: who leads where, and what is reached.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { isMap, type RawMap } from '../raw.ts';
import { type Edge, edgesOf } from './edges.ts';
import type { Siblings } from './rule.ts';

export type Vertex = {
  readonly task: RawMap;
  readonly at: DocumentPath;
  readonly name: string;
  readonly edges: readonly Edge[];
};

/** The tasks of a list whose name can be read. */
export function verticesOf({ tasks, at }: Siblings): Vertex[] {
  const vertices: Vertex[] = [];
  for (const [index, task] of tasks.entries()) {
    if (!isMap(task) || typeof task['name'] !== 'string') continue;
    const path = [...at, index];
    vertices.push({ task, at: path, name: task['name'], edges: edgesOf(task, path) });
  }
  return vertices;
}

/** Names of the tasks that no task leads to: with them a list begins. */
export function entriesOf(vertices: readonly Vertex[]): ReadonlySet<string> {
  const led = new Set<string>();
  for (const { edges } of vertices) for (const { to } of edges) led.add(to);
  return new Set(vertices.map(({ name }) => name).filter((name) => !led.has(name)));
}

/** Names reached from some of them, those included; `isWay` leaves edges out. */
export function reachedFrom(
  entries: ReadonlySet<string>,
  vertices: readonly Vertex[],
  isWay: (edge: Edge) => boolean = () => true,
): ReadonlySet<string> {
  const targets = new Map<string, string[]>();
  for (const { name, edges } of vertices) {
    const known = targets.get(name) ?? [];
    for (const edge of edges) if (isWay(edge)) known.push(edge.to);
    targets.set(name, known);
  }
  const reached = new Set(entries);
  // A set may grow while it is walked, and each name is then visited once.
  for (const name of reached) for (const to of targets.get(name) ?? []) reached.add(to);
  return reached;
}
