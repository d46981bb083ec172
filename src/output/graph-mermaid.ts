// A task graph → Mermaid, for a README or a merge request. Pure, deterministic.
import type { EdgeKind, Graph } from '../model/graph.ts';
import { type Box, beginMark, type Drawing, finishMark, type Line, layOut } from './graph-drawing.ts';

const arrows: Readonly<Record<EdgeKind, string>> = {
  always: '-->',
  condition: '-->',
  success: '-->',
  failure: '-.->',
  timeout: '-.->',
};

const colours: Partial<Readonly<Record<EdgeKind, string>>> = {
  success: 'stroke:#2e7d32',
  failure: 'stroke:#c62828',
  timeout: 'stroke:#ef6c00',
};

/** A flowchart, with a line break at its end. */
export function toMermaid(graph: Graph): string {
  const drawing = layOut(graph);
  const rows = [
    'flowchart TD',
    ...(drawing.hasBegin ? [`  ${beginMark}(( ))`] : []),
    ...drawing.boxes.flatMap((box) => boxRows(box, '  ')),
    ...(drawing.hasFinish ? [`  ${finishMark}((( )))`] : []),
    ...drawing.lines.map(lineRow),
    ...styleRows(drawing),
  ];
  return `${rows.join('\n')}\n`;
}

function boxRows(box: Box, indent: string): readonly string[] {
  const { id, node, words, done } = box;
  if (done === undefined) {
    const [left, right] = node.type === 'workflow' ? ['[[', ']]'] : ['[', ']'];
    return [`${indent}${id}${left}${quoted(words)}${right}`];
  }
  return [
    // A title of several lines would be drawn over what lies in the frame.
    `${indent}subgraph ${id}_parts[${quoted([words.join(' ‧ ')])}]`,
    `${indent}  ${id}(( ))`,
    ...box.parts.flatMap((part) => boxRows(part, `${indent}  `)),
    `${indent}  ${done}(( ))`,
    `${indent}end`,
  ];
}

function lineRow({ from, to, kind, words }: Line): string {
  const label = words.length === 0 ? '' : `|${quoted(words)}|`;
  return `  ${from} ${arrows[kind]}${label} ${to}`;
}

function styleRows({ boxes, lines, hasBegin, hasFinish }: Drawing): readonly string[] {
  const marks = [
    ...(hasBegin ? [beginMark] : []),
    ...boxes.flatMap(marksOf),
    ...(hasFinish ? [finishMark] : []),
  ];
  const each = flatten(boxes).filter(({ node }) => node.with_items !== null);
  const rows: string[] = [];
  if (each.length > 0) {
    rows.push('  classDef each stroke-width:3px', `  class ${each.map(({ id }) => id).join(',')} each`);
  }
  if (marks.length > 0) rows.push('  classDef mark fill:#555,stroke:#555', `  class ${marks.join(',')} mark`);
  for (const kind of ['success', 'failure', 'timeout'] as const) {
    const places = lines.flatMap((line, place) => (line.kind === kind ? [place] : []));
    if (places.length > 0) rows.push(`  linkStyle ${places.join(',')} ${colours[kind]}`);
  }
  const loops = lines.flatMap((line, place) => (line.isBack ? [place] : []));
  if (loops.length > 0) rows.push(`  linkStyle ${loops.join(',')} stroke-width:3px`);
  return rows;
}

function marksOf({ id, done, parts }: Box): readonly string[] {
  return done === undefined ? [] : [id, ...parts.flatMap(marksOf), done];
}

function flatten(boxes: readonly Box[]): readonly Box[] {
  return boxes.flatMap((box) => [...(box.parts.length === 0 ? [box] : []), ...flatten(box.parts)]);
}

/** Lines as one quoted label. */
function quoted(words: readonly string[]): string {
  return `"${words.map(toReferences).join('<br/>')}"`;
}

/** Letters and digits of any script, blanks, and signs without a meaning of their own; a colon before a blank is one. */
const plain = /(?:[\p{L}\p{M}\p{N} _.,/()[\]!=+*…↺✓‧-]|:(?= ))/uy;
/** A first `-`, `+`, `*` or digit may begin a Markdown list, which is shown as an error. */
const plainFirst = /[\p{L}([…↺✓]/uy;

/**
 * What has a meaning in a label even when it is written in references, or without any: a formula, an icon, a direction. A
 * blank without width is put where the pattern matches, and it is none.
 */
const meaning = [/(?<=\$)\$/y, /(?<=:)fa-/y, /(?<=direction) /y];

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/**
 * The rest is written as character references: quotes and `<` would end a label, `#` begins a reference, a backtick
 * Markdown, `%%{` a directive, `://` a link.
 */
function toReferences(text: string): string {
  let written = '';
  for (let at = 0; at < text.length; ) {
    if (meaning.some((pattern) => matchesAt(pattern, text, at))) written += '#8203;';
    const pattern = at === 0 ? plainFirst : plain;
    const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
    written += matchesAt(pattern, text, at) ? letter : `#${letter.codePointAt(0)};`;
    at += letter.length;
  }
  return written;
}
