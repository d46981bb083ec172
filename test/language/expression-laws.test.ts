// What holds for every string of a workflow: the static check against the evaluator, places in every style of scalar, and time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNames } from '../../src/language/expression/check.ts';
import { checkTemplate, purposes } from '../../src/language/expression/check-template.ts';
import { evaluate } from '../../src/language/expression/evaluate.ts';
import type { Names, Setting } from '../../src/language/expression/names.ts';
import { parseExpression } from '../../src/language/expression/parse.ts';
import { printExpression } from '../../src/language/expression/print.ts';
import { createScope, type ScopeInput } from '../../src/language/expression/scope.ts';
import { blocked } from './expression/support.ts';
import { trees } from './expression/trees.ts';
import { check, marks } from './support.ts';

const world: ScopeInput = {
  parameters: { a: 1, c: [1, 2] },
  vars: { b: 2, c: 'text', 'x-y': null },
  tasks: { a: { result: { b: 1 }, state: 'succeeded' } },
};
const names: Names = {
  parameters: new Set(['a', 'c']),
  vars: new Set(['b', 'c', 'x-y']),
  tasks: new Set(['a']),
};
const blind: Names = { parameters: undefined, vars: undefined, tasks: undefined };
const settings = fc.record({ hasItem: fc.boolean(), hasResult: fc.boolean() });

function scopeIn({ hasItem, hasResult }: Setting) {
  return createScope({
    ...world,
    ...(hasItem ? { item: { id: 1 }, index: 0 } : {}),
    ...(hasResult ? { current: { result: { b: 1 }, state: 'failed' } } : {}),
  });
}

/** What evaluation says of a name or a call that the text alone shows to be wrong. */
const staticCodes = new Set(['EXPR_UNKNOWN_NAME', 'EXPR_UNKNOWN_FUNCTION', 'EXPR_ARITY']);

/** How often evaluation fails for a reason that the static check with these names did not give. */
function missed(known: Names, runs: number): number {
  let count = 0;
  fc.assert(
    fc.property(trees, settings, (tree, setting) => {
      const text = printExpression(tree);
      const { node } = parseExpression(text);
      if (node === undefined) throw new Error(text);
      const outcome = evaluate(node, scopeIn(setting));
      if (!('error' in outcome) || !staticCodes.has(outcome.error.code)) return;
      const { code, start, end } = outcome.error;
      const faults = checkNames(text, node, known, setting);
      const isSaid = faults.some((fault) => {
        const isCode = fault.code === code || (fault.code === 'EXPR_CONTEXT' && code === 'EXPR_UNKNOWN_NAME');
        return isCode && fault.start >= start && fault.end <= end;
      });
      if (!isSaid) count += 1;
    }),
    { numRuns: runs, seed: 7 },
  );
  return count;
}

describe('the static check', () => {
  it('says before what evaluation would say of names and calls', () => {
    expect(missed(names, 4000)).toBe(0);
    // Told nothing of the names there are, it cannot.
    expect(missed(blind, 1000)).toBeGreaterThan(50);
  });

  it('says nothing of a name that evaluation finds', () => {
    let found = 0;
    fc.assert(
      fc.property(trees, settings, (tree, setting) => {
        const text = printExpression(tree);
        const { node } = parseExpression(text);
        for (const { code, start, end } of node === undefined ? [] : checkNames(text, node, names, setting)) {
          if (code !== 'EXPR_UNKNOWN_NAME') continue;
          const alone = parseExpression(text.slice(start, end)).node;
          const outcome = alone && evaluate(alone, scopeIn(setting));
          expect(outcome, text).toMatchObject({ error: { code, start: 0, end: end - start } });
          found += 1;
        }
      }),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(200);
  });

  it('answers for any string, of every plane of Unicode, with places inside it', () => {
    const pieces = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '{{',
        '}}',
        ' ',
        '(',
        ')',
        '"',
        "'",
        'a',
        'parameters.',
        'x-y',
        '+',
        'not ',
        '[',
        ']',
        ',',
      ),
    );
    const strings = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(strings, fc.constantFrom(...purposes), settings, (text, purpose, setting) => {
        const faults = checkTemplate(text, purpose, names, setting);
        expect(checkTemplate(text, purpose, names, setting)).toEqual(faults.map(sameHelp));
        for (const { start, end } of faults) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  function sameHelp<T extends { readonly help?: unknown }>(fault: T): T {
    return typeof fault.help === 'function' ? { ...fault, help: expect.any(Function) } : fault;
  }
});

describe('the place of a finding', () => {
  const words = fc.constantFrom(
    'a',
    'b c',
    "it's",
    '"q"',
    'é',
    '😀',
    '{{ 1 }}',
    '{{ gone }}',
    '{{ 1 +\n gone }}',
    '{{gone}}',
  );
  const lines = fc.array(fc.array(words, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
  const writers: Readonly<Record<string, (text: string) => string>> = {
    plain: (text) => `x${text.replaceAll('\n', '\n\n      ')}`,
    single: (text) => `'${text.replaceAll("'", "''").replaceAll('\n', '\n\n      ')}'`,
    double: (text) => JSON.stringify(text).replaceAll('😀', '\\U0001F600'),
    literal: (text) => `|-\n      ${text.replaceAll('\n', '\n      ')}`,
    folded: (text) => `>\n      ${text.replaceAll('\n', '\n\n      ')}\n`,
  };

  it.each(Object.entries(writers))('is the name itself in a scalar written %s', (_style, write) => {
    let found = 0;
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), (parts, eol) => {
        const value = parts.map((line) => line.join(' ')).join('\n');
        const scalar = write(value);
        const text = `version: 1.0.0\ntasks:\n  - name: t\n    action: p.t\n    input:\n     k: ${scalar}\n`;
        const { findings } = check(text.replaceAll('\n', eol));
        const source = text.split('\n');
        for (const { code, line, column } of findings) {
          expect(code, text).toBe('EXPR_UNKNOWN_NAME');
          expect(source[line - 1]?.slice(column - 1, column + 3), text).toBe('gone');
          found += 1;
        }
        expect(findings.length, text).toBe(value.split('gone').length - 1);
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(300);
  });

  it('is the same whatever was checked before, and said once for an anchor and its aliases', () => {
    const template = fc.constantFrom(
      '{{ a }}',
      '{{ gone }}',
      '{{ item }}',
      '{{ result() }}',
      '{{ 1 +',
      'plain',
    );
    fc.assert(
      fc.property(fc.array(template, { maxLength: 6 }), (templates) => {
        const list = templates.map((text) => JSON.stringify(text)).join(', ');
        const task = (input: string) => `  - { name: t, action: p.t, input: { x: &x [${list}]${input} } }\n`;
        const once = check(`version: 1.0.0\ntasks:\n${task('')}`);
        const often = check(`version: 1.0.0\ntasks:\n${task(', y: *x, z: { w: [*x, *x] }')}`);
        expect(often.findings).toEqual(once.findings);
        expect(marks(once).length).toBe(templates.filter((text) => text !== 'plain').length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a hostile workflow', () => {
  const million = 1_000_000;
  const task = (lines: string, head = ''): string =>
    `version: 1.0.0\n${head}tasks:\n  - name: a\n    action: p.a\n    ${lines}\n`;
  const input = (text: string): string => task(`input: { x: "${text}" }`);
  const planes = Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x10000 + 0x4e2d));
  const list = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n');

  /** One template of 4,000 terms in 14,000 places. */
  const aliases = (term: string): string => {
    const nest = (of: string, count: number): string => `[${`*${of},`.repeat(count)}]`;
    const template = `"{{ ${`${term}+`.repeat(4_000)}${term} }}"`;
    const head = `a: &a ${template}, b: &b ${nest('a', 9)}, c: &c ${nest('b', 9)}, d: &d ${nest('c', 9)}`;
    return task(`input: { x: ${nest('e', 4)} }`, `vars: { ${head}, e: &e ${nest('d', 4)} }\n`);
  };

  // The limit is several times what each takes; a check that is quadratic takes minutes.
  it.each<readonly [what: string, text: string, finding: string | undefined, limitMs: number]>([
    ['nested parentheses', input(`{{ ${'('.repeat(10_000)}`), 'EXPR_SYNTAX? 5:18', 200],
    [
      'closed parentheses',
      input(`{{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }}`),
      'EXPR_LIMIT? 5:121',
      200,
    ],
    ['parentheses of a condition', task(`when: ${'('.repeat(10_000)}`), 'EXPR_LIMIT? 5:111', 200],
    ['a long condition', task(`when: ${'a'.repeat(million)}`), 'EXPR_UNKNOWN_NAME? 5:11', 600],
    ['a long text', input('a'.repeat(million)), undefined, 600],
    ['braces without end', input(`{{ ${'a'.repeat(million)}`), 'EXPR_SYNTAX? 5:18', 600],
    ['nothing but braces', input('{{'.repeat(500_000)), 'EXPR_SYNTAX? 5:18', 600],
    ['small expressions', input('{{1}}'.repeat(200_000)), 'EXPR_LIMIT? 5:25020', 600],
    ['wrong expressions', input('{{no}}'.repeat(160_000)), 'EXPR_UNKNOWN_NAME? 5:20', 600],
    ['a long name', input(`{{ task.${'a'.repeat(million)} }}`), 'EXPR_UNKNOWN_TASK? 5:26', 600],
    ['a long function', input(`{{ ${'a'.repeat(million)}() }}`), 'EXPR_UNKNOWN_FUNCTION? 5:21', 600],
    ['escapes', input(`${'\\n'.repeat(490_000)}{{ no }}`), 'EXPR_UNKNOWN_NAME? 5:980021', 1500],
    [
      'templates',
      task(`input:\n${list(30_000, (index) => `      k${index}: "{{ n${index} }}"`)}`),
      'EXPR_UNKNOWN_NAME? 6:15',
      2000,
    ],
    [
      'names with a sign in them',
      task(
        `input:\n${list(3_000, (index) => `      k${index}: "{{ v-x${index} }}"`)}`,
        `vars:\n${list(10_000, (index) => `  v-${index}: 1`)}\n`,
      ),
      'EXPR_UNKNOWN_NAME? 10007:15',
      2000,
    ],
    ['aliases of a wrong template', aliases('n'), 'EXPR_UNKNOWN_NAME? 2:19', 1000],
    ['aliases of a sound template', aliases('1'), undefined, 1000],
    ...planes.map(
      (character) =>
        [
          `U+${character.codePointAt(0)?.toString(16)}`,
          input(`{{ ${character} }}`),
          'EXPR_SYNTAX? 5:21',
          200,
        ] as const,
    ),
  ])('of %s ends in time with a finding', (_what, text, finding, limitMs) => {
    const checked = check(text);
    expect(marks(checked).slice(0, 1)).toEqual(finding === undefined ? [] : [finding]);
    expect(blocked(() => check(text), limitMs)).toBeLessThan(limitMs);
  });
});
