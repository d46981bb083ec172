// A task graph → DOT, for Graphviz. Pure, deterministic.
import type { EdgeKind, Graph } from '../model/graph.ts';
import { visible } from './cells.ts';
import { type Box, beginMark, finishMark, type Line, layOut } from './graph-drawing.ts';

const looks: Readonly<Record<EdgeKind, string>> = {
  always: '',
  condition: '',
  success: 'color="#2e7d32", fontcolor="#2e7d32"',
  failure: 'color="#c62828", fontcolor="#c62828", style=dashed',
  timeout: 'color="#ef6c00", fontcolor="#ef6c00", style=dotted',
};

/** A directed graph called by `name`, with a line break at its end. */
export function toDot(graph: Graph, name: string): string {
  const { boxes, lines, hasBegin, hasFinish } = layOut(graph);
  const rows = [
    `digraph ${quoted([visible(name)])} {`,
    '  graph [fontname="Helvetica", fontsize=11]',
    '  node [fontname="Helvetica", fontsize=11, shape=box, style=rounded]',
    '  edge [fontname="Helvetica", fontsize=9]',
    ...(hasBegin
      ? [`  ${beginMark} [shape=circle, style=filled, fillcolor=black, label="", width=0.15]`]
      : []),
    ...boxes.flatMap((box) => boxRows(box, '  ')),
    ...(hasFinish
      ? [`  ${finishMark} [shape=doublecircle, style=filled, fillcolor=black, label="", width=0.12]`]
      : []),
    ...lines.map(lineRow),
    '}',
  ];
  return `${rows.join('\n')}\n`;
}

function boxRows(box: Box, indent: string): readonly string[] {
  const { id, node, words, done } = box;
  if (done === undefined) {
    const more = [
      ...(node.with_items === null ? [] : ['peripheries=2']),
      ...(node.type === 'workflow' ? ['penwidth=2'] : []),
    ];
    return [`${indent}${id} [${[`label=${quoted(words)}`, ...more].join(', ')}]`];
  }
  const mark = 'shape=circle, style=filled, fillcolor=gray40, label="", width=0.12';
  return [
    `${indent}subgraph cluster_${id} {`,
    `${indent}  label=${quoted(words)}`,
    `${indent}  ${id} [${mark}]`,
    ...box.parts.flatMap((part) => boxRows(part, `${indent}  `)),
    `${indent}  ${done} [${mark}]`,
    `${indent}}`,
  ];
}

function lineRow({ from, to, kind, words, isBack }: Line): string {
  const attributes = [
    ...(words.length === 0 ? [] : [`label=${quoted(words)}`]),
    ...(looks[kind] === '' ? [] : [looks[kind]]),
    ...(isBack ? ['penwidth=2'] : []),
  ];
  return `  ${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`;
}

/** Lines as one quoted label: only quotes and backslashes have a meaning in it, and `&…;`, which is a character. */
function quoted(words: readonly string[]): string {
  const text = words.map((line) =>
    line.replaceAll(/[\\"]/g, (sign) => `\\${sign}`).replaceAll(/&(?=[#\w]+;)/g, '&amp;'),
  );
  return `"${text.join('\\n')}"`;
}
