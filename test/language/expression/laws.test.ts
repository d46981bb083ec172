// What holds for every expression, scope and string.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/language/expression/ast.ts';
import { isEqual, keyOf } from '../../../src/language/expression/compare.ts';
import { evaluate } from '../../../src/language/expression/evaluate.ts';
import { parseExpression } from '../../../src/language/expression/parse.ts';
import { printExpression } from '../../../src/language/expression/print.ts';
import { evaluateWhen, renderTemplate } from '../../../src/language/expression/render.ts';
import { createScope } from '../../../src/language/expression/scope.ts';
import { createSearch } from '../../../src/language/expression/search.ts';
import { parseTemplate } from '../../../src/language/expression/template.ts';
import {
  compareText,
  fromJson,
  toJson,
  toJsonText,
  type Value,
} from '../../../src/language/expression/value.ts';
import { walkNames } from '../../../src/language/expression/walk.ts';
import type { Json, JsonObject } from '../../../src/model/pack.ts';
import { known, trees } from './trees.ts';

/** The tree without its places. */
function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([key]) => !['start', 'end', 'at'].includes(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, bare(value)]));
}

function parsed(text: string): Node {
  const { node, error } = parseExpression(text);
  if (node === undefined) throw new Error(`${text}: ${error?.message}`);
  return node;
}

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'kind' in child) yield* nodesOf(child);
    }
  }
}

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const object = fc.dictionary(fc.oneof(known, fc.string({ maxLength: 3 })), json, {
  maxKeys: 4,
}) as fc.Arbitrary<JsonObject>;
const scopes = fc
  .record({
    parameters: object,
    vars: object,
    tasks: fc.dictionary(
      known,
      fc.record({ result: json, state: fc.constantFrom('succeeded', 'failed', 'timed_out') }),
    ),
    item: json,
    index: fc.nat(3),
    current: fc.record({ result: json, state: fc.constantFrom('succeeded', 'failed', 'timed_out') }),
  })
  .map((input) => createScope(input as Parameters<typeof createScope>[0]));

describe('printing', () => {
  it('gives a text that parses to the same tree', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(bare(parsed(printExpression(tree)))).toEqual(bare(tree));
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the same text for the tree of its text', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const text = printExpression(tree);
        expect(printExpression(parsed(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('places', () => {
  it('cut out of the text what parses to the node alone', () => {
    fc.assert(
      fc.property(trees, fc.constantFrom('', '  ', '\n'), (tree, pad) => {
        const text = pad + printExpression(tree);
        for (const node of nodesOf(parsed(text))) {
          expect(bare(parsed(text.slice(node.start, node.end)))).toEqual(bare(node));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of an error lie within the text', () => {
    const units = fc.constantFrom(...'()[]{}.,+-*/%<>=!|&?:"\'\\ 0193abnot in and'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: units, maxLength: 15 }), (text) => {
        const { error } = parseExpression(text);
        if (error === undefined) return;
        expect(error.start).toBeGreaterThanOrEqual(0);
        expect(error.end).toBeGreaterThanOrEqual(error.start);
        expect(error.end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('nothing throws', () => {
  it('for any tree and any scope', () => {
    fc.assert(
      fc.property(trees, scopes, (tree, scope) => {
        const outcome = evaluate(tree, scope);
        if ('error' in outcome) expect(outcome.error.code).toMatch(/^EXPR_[A-Z_]+$/);
        else expect(typeof toJsonText(outcome.value)).toBe('string');
        walkNames(tree);
      }),
      { numRuns: 1_000 },
    );
  });

  it('for any string, of every plane of Unicode', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({
        unit: fc.constantFrom(
          '{{',
          '}}',
          '"',
          "'",
          '\\',
          '(',
          ')',
          '[',
          ']',
          '.',
          'a',
          '1',
          ' ',
          '\ud83d',
          '\u{10ffff}',
        ),
        maxLength: 30,
      }),
    );
    const scope = createScope({ vars: { a: [1] } });
    fc.assert(
      fc.property(anything, (text) => {
        parseExpression(text);
        const template = parseTemplate(text);
        expect(template.parts.map((part) => text.slice(part.start, part.end)).join('')).toBe(text);
        renderTemplate(template, scope);
        evaluateWhen(text, scope);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('values', () => {
  const values: fc.Arbitrary<Value> = json.map((value) => fromJson(value));

  it('come back from JSON as they were, but for the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(toJson(fromJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(toJsonText(fromJson(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('have equal keys exactly when they are equal', () => {
    const few = fc.oneof(values, fc.constantFrom<Value>(1n, 1, 1.5, '1', [1n], [1], ['1'], null, 'null'));
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(keyOf(a) === keyOf(b)).toBe(isEqual(a, b));
        expect(isEqual(a, a)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('order text as its bytes do', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\u07ff', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('search', () => {
  it('finds what the engine finds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 30 });
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 }),
        fc.nat(5),
        (hay, needle, from) => {
          expect(createSearch(needle)(hay, Math.min(from, hay.length))).toBe(
            hay.indexOf(needle, Math.min(from, hay.length)),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
