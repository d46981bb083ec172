// The syntax tree of an expression. Every node says where it stands in the text that was parsed.

/** Offsets in UTF-16 units, `end` exclusive; parentheses around a node belong to it. */
export type Span = { readonly start: number; readonly end: number };

/** `bigint` is an integer, `number` a float; both are never negative, the sign is an operator. */
export type LiteralValue = null | boolean | bigint | number | string;

export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export type UnaryOperator = 'not' | '-';

export type LiteralNode = Span & { readonly kind: 'literal'; readonly value: LiteralValue };
export type NameNode = Span & { readonly kind: 'name'; readonly name: string };
export type ListNode = Span & { readonly kind: 'list'; readonly items: readonly Node[] };
export type UnaryNode = Span & {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Node;
};
export type BinaryNode = Span & {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
};
/** `object.name`; the name may be a keyword and stands at `at`. */
export type MemberNode = Span & {
  readonly kind: 'member';
  readonly object: Node;
  readonly name: string;
  readonly at: Span;
};
export type IndexNode = Span & { readonly kind: 'index'; readonly object: Node; readonly index: Node };
/** `name(args)`; the name stands at `at`. */
export type CallNode = Span & {
  readonly kind: 'call';
  readonly name: string;
  readonly at: Span;
  readonly args: readonly Node[];
};

export type Node =
  | LiteralNode
  | NameNode
  | ListNode
  | UnaryNode
  | BinaryNode
  | MemberNode
  | IndexNode
  | CallNode;

/** A node that begins with another one: `a + b`, `a.b`, `a[b]`. */
export type SpineNode = BinaryNode | MemberNode | IndexNode;

/** A node that begins with a token of its own. */
export type HeadNode = Exclude<Node, SpineNode>;

/** How tightly operators bind, `or` least; what is left and right of one must bind more tightly, the left may equal it. */
export const precedence: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  '==': 4,
  '!=': 4,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

export const notPrecedence = 3;
export const minusPrecedence = 7;
export const postfixPrecedence = 8;

/**
 * The chain of nodes that begin at the same place, innermost first, and the node they begin with. Chains are as long as
 * a text has operators (`a + b + c`, `a.b.c`), so whoever walks a tree takes them in a loop and recurses only aside,
 * where the parser's limit of depth holds.
 */
export function spineOf(node: Node): { readonly head: HeadNode; readonly spine: readonly SpineNode[] } {
  const spine: SpineNode[] = [];
  let current = node;
  for (;;) {
    switch (current.kind) {
      case 'binary':
        spine.push(current);
        current = current.left;
        break;
      case 'member':
      case 'index':
        spine.push(current);
        current = current.object;
        break;
      default:
        return { head: current, spine: spine.reverse() };
    }
  }
}
