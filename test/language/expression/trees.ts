// Made-up syntax trees of every shape.
import fc from 'fast-check';
import type { BinaryOperator, Node } from '../../../src/language/expression/ast.ts';
import { functionNames } from '../../../src/language/expression/functions.ts';

const nowhere = { start: 0, end: 0 };
const at = nowhere;
const keywords = ['true', 'false', 'null', 'and', 'or', 'not', 'in'];
const operators: readonly BinaryOperator[] = [
  ...(['or', 'and', '==', '!=', '<', '>', '<=', '>=', 'in', '+', '-', '*', '/', '%'] as const),
];

const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/);
/** Names that mean something, and some that may. */
export const known = fc.constantFrom('parameters', 'vars', 'task', 'item', 'index', 'a', 'b', 'c');
const name = fc.oneof(
  known,
  word.filter((text) => !keywords.includes(text)),
);
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ maxLength: 6 }));
const literal = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 0n, max: 4n }),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  anyText,
);

/** Trees of every shape; functions by their names, so that calls do something. */
export const { node: trees } = fc.letrec<{ node: Node }>((tie) => {
  const node = tie('node');
  const args = fc.array(node, { maxLength: 3 });
  const tree = (arbitrary: fc.Arbitrary<object>): fc.Arbitrary<Node> =>
    arbitrary.map((made) => ({ ...made, ...nowhere }) as Node);
  return {
    node: fc.oneof(
      { maxDepth: 7, depthSize: 'medium' },
      tree(fc.record({ kind: fc.constant('literal'), value: literal })),
      tree(fc.record({ kind: fc.constant('name'), name })),
      tree(fc.record({ kind: fc.constant('list'), items: args })),
      tree(fc.record({ kind: fc.constant('unary'), operator: fc.constantFrom('not', '-'), operand: node })),
      tree(
        fc.record({
          kind: fc.constant('binary'),
          operator: fc.constantFrom(...operators),
          left: node,
          right: node,
        }),
      ),
      tree(
        fc.record({
          kind: fc.constant('member'),
          object: node,
          name: fc.oneof(name, fc.constantFrom(...keywords)),
          at: fc.constant(at),
        }),
      ),
      tree(fc.record({ kind: fc.constant('index'), object: node, index: node })),
      tree(
        fc.record({
          kind: fc.constant('call'),
          name: fc.oneof(fc.constantFrom(...functionNames), name),
          at: fc.constant(at),
          args,
        }),
      ),
    ),
  };
});
