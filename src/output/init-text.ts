// A new pack → the tree of its files and the commands to go on with. Pure.
import { dirname } from 'node:path/posix';
import { columnsOf, visible } from './cells.ts';
import type { Style } from './style.ts';

export type NewPack = {
  /** The directory, as given. */
  readonly argument: string;
  readonly ref: string;
  /** In the pack, POSIX. */
  readonly paths: readonly string[];
};

/** What a file or directory of the new pack shows. */
export const notes: Readonly<Record<string, string>> = {
  'pack.yaml': 'the manifest: name, version, configuration',
  'workflows/check_sites.yaml': 'a workflow: parameters, fan-out, retry, a branch for failure',
  'actions/probe.yaml': 'an action and its program',
  'actions/check_site.yaml': 'an action that is a workflow',
  'actions/workflows/check_site.workflow.yaml': 'its graph',
  '.schema': 'what editors complete and check by',
};

type Node = Map<string, Node>;

/** The tree, with what each file shows, then what to type next. */
export function renderNewPack({ argument, ref, paths }: NewPack, style: Style): string {
  const root: Node = new Map();
  for (const path of paths) {
    let node = root;
    for (const part of path.split('/')) {
      const next = node.get(part) ?? new Map();
      node.set(part, next);
      node = next;
    }
  }
  const lines = treeLines(root, '', '');
  const width = Math.max(...lines.map(({ text }) => columnsOf(text)));
  const shown = visible(argument.replace(/(?<=.)\/+$/, ''));
  return [
    `${style.green('✓')} Wrote the pack ${style.bold(ref)}`,
    '',
    `  ${shown}`,
    ...lines.map(({ text, note }) =>
      note === undefined ? `  ${text}` : `  ${text.padEnd(width)}  ${style.dim(note)}`,
    ),
    '',
    'Next:',
    `  packwatch check ${quoted(shown)} --strict`,
    `  packwatch dev ${quoted(parentOf(shown))}`,
    '',
  ].join('\n');
}

function treeLines(node: Node, indent: string, path: string): { text: string; note: string | undefined }[] {
  // Files before directories, what is hidden last.
  const rank = ([name, { size }]: [string, Node]) => (name.startsWith('.') ? 2 : size === 0 ? 0 : 1);
  const entries = [...node].sort((a, b) => rank(a) - rank(b) || (a[0] < b[0] ? -1 : 1));
  return entries.flatMap(([name, below], index) => {
    const isLast = index === entries.length - 1;
    const at = path === '' ? name : `${path}/${name}`;
    const text = `${indent}${isLast ? '└── ' : '├── '}${name}`;
    return [{ text, note: notes[at] }, ...treeLines(below, `${indent}${isLast ? '    ' : '│   '}`, at)];
  });
}

/** The root that the pack lies in, to be typed. */
function parentOf(dir: string): string {
  return dir === '.' || /(?:^|\/)\.\.$/.test(dir) ? `${dir === '.' ? '' : `${dir}/`}..` : dirname(dir);
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
