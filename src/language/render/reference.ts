// What an expression that fails was reading: `result().rows[0]`, `parameters.host`, as a root and the members below it.
import { type Node, type Span, type SpineNode, spineOf } from '../expression/ast.ts';
import { namespaceOf } from '../expression/scope.ts';

export type Reference = Span & {
  /** `result` for the call, else the namespace, `vars` for a bare name. */
  readonly root:
    | 'result'
    | 'parameters'
    | 'vars'
    | 'tasks'
    | 'config'
    | 'keystore'
    | 'system'
    | 'item'
    | 'index';
  readonly path: readonly (Span & { readonly name: string })[];
};

/** The reference an error is about: the one with a member where the error stands, else the first one inside its range. */
export function referenceAt(node: Node, error: Span): Reference | undefined {
  const all: Reference[] = [];
  collect(node, all);
  for (const reference of all) {
    const place = reference.path.findIndex(({ start, end }) => start === error.start && end === error.end);
    if (place >= 0) return { ...reference, path: reference.path.slice(0, place + 1) };
  }
  return all.find(({ start, end }) => start >= error.start && end <= error.end);
}

function collect(node: Node, all: Reference[]): void {
  const { head, spine } = spineOf(node);
  let rest = spine;
  if (head.kind === 'name' || (head.kind === 'call' && head.name === 'result')) {
    const root = head.kind === 'call' ? 'result' : (namespaceOf(head.name) ?? 'vars');
    const below = memberPath(spine);
    const bare = head.kind === 'name' && namespaceOf(head.name) === undefined ? [head] : [];
    const end = spine[below.length - 1]?.end ?? head.end;
    all.push({ root, path: [...bare, ...below], start: head.start, end });
    rest = spine.slice(below.length);
  } else if (head.kind === 'call') for (const arg of head.args) collect(arg, all);
  else if (head.kind === 'list') for (const item of head.items) collect(item, all);
  else if (head.kind === 'unary') collect(head.operand, all);
  for (const next of rest) {
    if (next.kind === 'binary') collect(next.right, all);
    if (next.kind === 'index') collect(next.index, all);
  }
}

/** `.name` and `["name"]`, up to the first step that is neither. */
function memberPath(spine: readonly SpineNode[]): Reference['path'] {
  const path: (Span & { readonly name: string })[] = [];
  for (const next of spine) {
    if (next.kind === 'member') path.push({ name: next.name, ...next.at });
    else if (next.kind === 'index' && next.index.kind === 'literal' && typeof next.index.value === 'string')
      path.push({ name: next.index.value, start: next.index.start, end: next.index.end });
    else break;
  }
  return path;
}
