// Syntax tree → what it names and calls, in the order of the text: what static checks look at.
import { type Node, type Span, type SpineNode, spineOf } from './ast.ts';

/** A reference: a root and the members below it that are known from the text alone. */
export type NameUse = Span & {
  readonly kind: 'name';
  readonly root: string;
  /** `.name` and `["name"]`, up to the first that is computed. The whole reference is `start` to `end`. */
  readonly path: readonly PathPart[];
};

export type PathPart = Span & { readonly name: string };

export type CallUse = Span & {
  readonly kind: 'call';
  readonly name: string;
  /** Where the name stands; `start` to `end` is the whole call. */
  readonly at: Span;
  readonly args: readonly Node[];
};

export type Use = NameUse | CallUse;

/** Every reference and every call; index expressions and arguments are walked, function names are no references. */
export function walkNames(node: Node): Use[] {
  const uses: Use[] = [];
  visit(node, uses);
  return uses;
}

function visit(node: Node, uses: Use[]): void {
  const { head, spine } = spineOf(node);
  let rest = spine;
  switch (head.kind) {
    case 'name': {
      const path = staticPath(spine);
      const end = spine[path.length - 1]?.end ?? head.end;
      uses.push({ kind: 'name', root: head.name, path, start: head.start, end });
      rest = spine.slice(path.length);
      break;
    }
    case 'call':
      uses.push({ ...head });
      for (const arg of head.args) visit(arg, uses);
      break;
    case 'list':
      for (const item of head.items) visit(item, uses);
      break;
    case 'unary':
      visit(head.operand, uses);
      break;
    case 'literal':
      break;
  }
  for (const next of rest) {
    if (next.kind === 'binary') visit(next.right, uses);
    if (next.kind === 'index') visit(next.index, uses);
  }
}

function staticPath(spine: readonly SpineNode[]): PathPart[] {
  const path: PathPart[] = [];
  for (const next of spine) {
    if (next.kind === 'member') path.push({ name: next.name, ...next.at });
    else if (next.kind === 'index' && next.index.kind === 'literal' && typeof next.index.value === 'string') {
      path.push({ name: next.index.value, start: next.index.start, end: next.index.end });
    } else break;
  }
  return path;
}
