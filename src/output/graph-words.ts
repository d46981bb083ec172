// Words of a graph's nodes and edges, in short lines: the same for every notation. Pure.
import type { GraphEdge, GraphNode } from '../model/graph.ts';
import { visible } from './cells.ts';

/** Characters of a line, and lines of one piece: more makes a picture that nobody can read. */
const lineLength = 30;
const maxLines = 5;
/** Names of variables that an edge shows. */
const maxNames = 4;

/** What a node shows, a line each: its name first, then what it runs and under which conditions. */
export function nodeLines(node: GraphNode): readonly string[] {
  const { action, when, with_items: items, join } = node;
  return [
    ...wrap(node.name, 2),
    ...(action === null ? [] : wrap(action, 2)),
    ...(items === null ? [] : wrap(`for each of ${items}`, 2)),
    ...(when === null ? [] : wrap(`only when ${when}`, 2)),
    ...(join === null ? [] : [`join: ${join}`]),
  ];
}

/** What an edge shows: its condition, then the variables that it sets. */
export function edgeLines(edge: GraphEdge): readonly string[] {
  const loop = edge.is_back ? '↺ ' : '';
  // The colour says so already; what else must hold is what tells the edges of a task apart.
  const condition = edge.kind === 'success' ? edge.label?.replace(/^succeeded and /, '✓ ') : edge.label;
  const label = `${loop}${condition ?? ''}`.trim();
  const names = edge.publish.slice(0, maxNames).join(', ');
  const more = edge.publish.length > maxNames ? ', …' : '';
  return [
    ...(label === '' ? [] : wrap(label, maxLines)),
    ...(names === '' ? [] : wrap(`sets ${names}${more}`, 2)),
  ];
}

/** Lines broken between words where there are any; what does not fit into so many is cut. */
function wrap(text: string, lines: number): readonly string[] {
  const rows: string[] = [];
  // A picture needs little of a very long text, and letters are counted one by one.
  const words = visible(text.slice(0, 1000)).split(' ');
  for (const word of words) {
    const last = rows.at(-1);
    const joined = `${last ?? ''} ${word}`;
    if (last !== undefined && [...joined].length <= lineLength) rows[rows.length - 1] = joined;
    else rows.push(word);
  }
  const shown = rows.slice(0, lines).map(cut);
  if (rows.length > lines) shown[lines - 1] = `${shown[lines - 1]} …`;
  return shown;
}

function cut(line: string): string {
  const letters = [...line];
  return letters.length <= lineLength + 8 ? line : `${letters.slice(0, lineLength + 7).join('')}…`;
}
