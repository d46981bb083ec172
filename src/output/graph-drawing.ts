// A task graph → what every notation draws of it: boxes, marks for beginning and end, lines between them. Pure.
import type { EdgeKind, Graph, GraphEdge, GraphNode } from '../model/graph.ts';
import { edgeLines, nodeLines } from './graph-words.ts';

/** A line between two boxes or marks. */
export type Line = {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly words: readonly string[];
  readonly isBack: boolean;
};

/** A task. A parallel one is a frame around its parts, with a mark where they begin (`id`) and one where all are done. */
export type Box = {
  readonly id: string;
  readonly node: GraphNode;
  readonly words: readonly string[];
  /** Mark behind the last parts; undefined for a task without parts. */
  readonly done: string | undefined;
  readonly parts: readonly Box[];
};

export type Drawing = {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  /** False when no task can begin: each is led to. */
  readonly hasBegin: boolean;
  readonly hasFinish: boolean;
};

/** Ids of the marks of the whole graph. Ids of tasks are `n` and digits. */
export const beginMark = 'begin';
export const finishMark = 'finish';

/** Everything in a fixed order: that of the file. */
export function layOut({ nodes, edges }: Graph): Drawing {
  const childrenOf = groupBy(nodes, ({ parent }) => parent);
  const edgesOf = groupBy(edges, ({ from }) => from);
  const lines = nodes.flatMap((node) => {
    const done = childrenOf.has(node.id) ? doneMark(node.id) : undefined;
    const into = node.parent ?? beginMark;
    const outOf = node.parent === null ? finishMark : doneMark(node.parent);
    const leaving = edgesOf.get(node.id) ?? [];
    return [
      ...(node.is_entry ? [plain(into, node.id)] : []),
      ...leaving.map((edge) => lineOf(edge, done ?? node.id, outOf)),
      ...(leaving.length === 0 ? [plain(done ?? node.id, outOf)] : []),
    ];
  });
  const boxOf = (node: GraphNode): Box => {
    const parts = childrenOf.get(node.id)?.map(boxOf) ?? [];
    const done = parts.length === 0 ? undefined : doneMark(node.id);
    return { id: node.id, node, words: nodeLines(node), done, parts };
  };
  return {
    boxes: childrenOf.get(null)?.map(boxOf) ?? [],
    lines,
    hasBegin: lines.some(({ from }) => from === beginMark),
    hasFinish: lines.some(({ to }) => to === finishMark),
  };
}

const doneMark = (id: string): string => `${id}_done`;

const plain = (from: string, to: string): Line => ({ from, to, kind: 'always', words: [], isBack: false });

function lineOf(edge: GraphEdge, from: string, outOf: string): Line {
  return { from, to: edge.to ?? outOf, kind: edge.kind, words: edgeLines(edge), isBack: edge.is_back };
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
