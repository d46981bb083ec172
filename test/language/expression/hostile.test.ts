// Input that wants to hang, overflow or fill the memory: each answers within 100 ms, by a value or by a code.
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/language/expression/ast.ts';
import { evaluate } from '../../../src/language/expression/evaluate.ts';
import { parseExpression } from '../../../src/language/expression/parse.ts';
import { printExpression } from '../../../src/language/expression/print.ts';
import { evaluateWhen, renderTemplate } from '../../../src/language/expression/render.ts';
import { createScope } from '../../../src/language/expression/scope.ts';
import { parseTemplate, templateErrors } from '../../../src/language/expression/template.ts';
import { walkNames } from '../../../src/language/expression/walk.ts';
import { blocked, mark, run, shown } from './support.ts';

const million = 1_000_000;
const limitMs = 100;

const texts: readonly (readonly [what: string, text: string, code: string])[] = [
  ['parentheses', '('.repeat(10_000), 'EXPR_LIMIT 100-101'],
  ['closed parentheses', `${'('.repeat(10_000)}1${')'.repeat(10_000)}`, 'EXPR_LIMIT 100-101'],
  ['brackets', '['.repeat(million), 'EXPR_LIMIT 100-101'],
  ['calls', 'int('.repeat(250_000), 'EXPR_LIMIT 403-404'],
  ['indexes', 'a['.repeat(500_000), 'EXPR_LIMIT 201-202'],
  ['minus signs', '-'.repeat(million), 'EXPR_LIMIT 100-101'],
  ['nots', 'not '.repeat(250_000), 'EXPR_LIMIT 400-403'],
  ['blanks', ' '.repeat(million), `EXPR_EMPTY 0-${million}`],
  ['digits', '9'.repeat(million), `EXPR_RANGE 0-${million}`],
  ['noughts', `${'0'.repeat(million)}`, '0'],
  ['digits after the dot', `0.${'3'.repeat(million)}`, '0.3333333333333333'],
  ['an open string', `"${'a'.repeat(million)}`, `EXPR_SYNTAX 0-${million + 1}`],
  ['an open string of escapes', `"${'\\n'.repeat(500_000)}`, `EXPR_SYNTAX 0-${million + 1}`],
  ['escapes', `length("${'\\n'.repeat(499_000)}")`, '499000'],
  ['a long name', 'a'.repeat(million), `EXPR_UNKNOWN_NAME 0-${million}`],
  ['a long name called', `${'a'.repeat(million)}()`, `EXPR_UNKNOWN_FUNCTION 0-${million}`],
  ['a sum', `1${'+1'.repeat(500_000)}`, 'EXPR_LIMIT 10000-10001'],
  ['commas', `[${'1,'.repeat(500_000)}]`, 'EXPR_LIMIT 10000-10001'],
];

describe('a hostile expression', () => {
  it.each(texts)('of a million %s ends in time', (_, text, outcome) => {
    expect(run(text)).toBe(outcome);
    expect(blocked(() => run(text))).toBeLessThan(limitMs);
  });

  it('keeps long chains out of the stack', () => {
    const and = Array(4_000).fill('true').join(' and ');
    expect(run(and)).toBe('true');
    expect(blocked(() => run(and))).toBeLessThan(limitMs);
    const members = `x${'.a'.repeat(4_900)}`;
    const indexes = `x${'[0]'.repeat(3_300)}`;
    for (const text of [and, members, indexes]) {
      const { node } = parseExpression(text);
      expect(node && printExpression(node)).toBe(text);
      expect(node && walkNames(node).length).toBeLessThan(2);
    }
    expect(run(`-${members}`, { vars: {} })).toBe('EXPR_UNKNOWN_NAME 1-2');
  });

  it('compares no long names for a suggestion', () => {
    const long = 'a'.repeat(3_000);
    const scope = createScope({
      vars: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${long}${index}`, 1])),
    });
    const { node } = parseExpression(`vars.${long}`);
    expect(node && shown(evaluate(node, scope))).toBe('EXPR_MISSING 5-3005');
    expect(blocked(() => node && evaluate(node, scope))).toBeLessThan(limitMs);
  });

  it('accepts a hundred levels and no more', () => {
    const nest = (levels: number) => `${'int(1*[1+'.repeat(levels / 2)}1${'][0])'.repeat(levels / 2)}`;
    expect(run(nest(100))).toBe('51');
    expect(run(nest(102))).toMatch(/^EXPR_LIMIT/);
  });

  it('built by hand beyond all levels is an error, not the end of the stack', () => {
    let node: Node = { kind: 'literal', value: 1n, start: 0, end: 1 };
    for (let level = 0; level < 5_000; level += 1)
      node = { kind: 'unary', operator: '-', operand: node, start: 0, end: 1 };
    expect(shown(evaluate(node, createScope()))).toBe('EXPR_LIMIT 0-1');
  });
});

describe('an expensive evaluation', () => {
  const list = Array.from({ length: 40_000 }, (_, index) => index);
  const text = 'a'.repeat(600_000);
  const scope = createScope({
    vars: {
      list,
      words: list.map((number) => `some prefix ${number}`),
      text,
      needle: `${'a'.repeat(200_000)}b${'a'.repeat(200_000)}`,
      huge: Array.from({ length: 400_000 }, (_, index) => index),
      pad: 'b'.repeat(1_000),
    },
  });
  const many = (part: string, joint: string, count: number) => Array(count).fill(part).join(joint);

  it.each([
    ['doubling', many('list + list', ' + ', 20)],
    ['lists of lists', `[${many('list', ', ', 1_000)}]`],
    ['adding one by one', `text${' + "a"'.repeat(3_000)}`],
    ['adding to a list', `list${' + [1]'.repeat(2_000)}`],
    ['a range', 'range(1000000000000)'],
    ['ranges', many('length(range(100000))', ' + ', 500)],
    ['comparing', many('list == (list + [])', ' and ', 500)],
    ['ordering', many('list <= list', ' and ', 500)],
    ['sorting', many('length(sort(list))', ' + ', 500)],
    ['sorting words', many('length(sort(words))', ' + ', 500)],
    ['unique', many('length(unique(words))', ' + ', 500)],
    ['searching', many('contains(text, needle)', ' or ', 500)],
    ['searching a list', many('-1 in list', ' or ', 500)],
    ['replacing into more', 'replace(text, "a", text)'],
    ['replacing much', many('length(replace(text, "a", "b"))', ' + ', 500)],
    ['splitting', many('length(split(text, "a"))', ' + ', 500)],
    ['splitting into characters', 'split(text, "")'],
    ['joining', `join(list, text)`],
    ['joining much', many('length(join(list, pad))', ' + ', 500)],
    ['counting characters', many('length(text)', ' + ', 500)],
    ['characters by place', many('text[-1]', ' + ', 500)],
    ['slices', many('length(slice(text, 1))', ' + ', 500)],
    ['turning round', many('length(reversed(text))', ' + ', 500)],
    ['raising', many('length(upper(text))', ' + ', 500)],
    ['texts of lists', many('length(string(list))', ' + ', 500)],
    ['sums of a list above the limit', many('sum(huge)', ' + ', 500)],
    ['slices of it', many('length(slice(huge, 1))', ' + ', 500)],
    ['chunks', many('length(chunks(list, 1))', ' + ', 500)],
    ['zipping', many('length(zip(list, list))', ' + ', 500)],
    ['patterns', many('match("(a|a)*$", text)', ' or ', 500)],
    ['many patterns', many('match("(?:x{500}){3}", "x")', ' or ', 500)],
    ['long arguments of patterns', 'match(text, text)'],
  ])('of %s ends in time', (_, expression) => {
    const { node } = parseExpression(expression);
    if (node === undefined) throw new Error('does not parse');
    expect(blocked(() => evaluate(node, scope))).toBeLessThan(limitMs);
  });

  it('ends by a limit where the work is too much', () => {
    for (const expression of [
      many('length(sort(list))', ' + ', 500),
      many('contains(text, needle)', ' or ', 500),
      '[text, text]',
      'huge',
    ]) {
      const { node } = parseExpression(expression);
      expect(node && shown(evaluate(node, scope))).toMatch(/^EXPR_LIMIT /);
    }
  });

  it.each([
    ['sum(list) + count(list, 7) + list[-1] + length(slice(list, 100))', '800059900'],
    ['length(unique(list))', '40000'],
    ['length(sort(words))', '40000'],
    ['length(join(words, ","))', '708889'],
    ['length(split(join(list, ","), ","))', '40000'],
    ['match("b$", text) or contains(text, "b") or ends_with(text, "b")', 'false'],
    ['length(replace(text, "aaaaaaaaaa", "b"))', '60000'],
    ['huge[399999] + length(huge)', '799999'],
  ])('leaves honest work alone: %s', (expression, outcome) => {
    const { node } = parseExpression(expression);
    expect(node && shown(evaluate(node, scope))).toBe(outcome);
  });
});

describe('a hostile template', () => {
  it.each([
    ['open braces', '{{'.repeat(500_000)],
    ['closed braces', '}}'.repeat(500_000)],
    ['empty expressions', '{{}}'.repeat(250_000)],
    ['small expressions', '{{1}}'.repeat(200_000)],
    ['broken expressions', '{{)}}'.repeat(200_000)],
    ['nested expressions', `{{${'('.repeat(90)}}}`.repeat(10_000)],
    ['braces before text', `{{${'a'.repeat(million)}`],
  ])('of a million %s ends in time', (_, text) => {
    const scope = createScope();
    expect(
      blocked(() => {
        renderTemplate(parseTemplate(text), scope);
        evaluateWhen(text, scope);
      }),
    ).toBeLessThan(limitMs);
  });

  it('takes the rest of a string for one error when its expressions are too many', () => {
    const text = '{{1}}'.repeat(200_000);
    const template = parseTemplate(text);
    expect(template.parts.length).toBeLessThan(10_002);
    expect(templateErrors(template).map(mark)).toHaveLength(1);
    expect(template.parts.at(-1)).toMatchObject({
      end: text.length,
      result: { error: { code: 'EXPR_LIMIT' } },
    });
  });
});
