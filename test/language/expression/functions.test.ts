// Every function: what it yields, at its edges, and what it refuses. Places are those of the argument at fault.
import { describe, expect, it } from 'vitest';
import { arityOf, functionNames } from '../../../src/language/expression/functions.ts';
import { run } from './support.ts';

type Case = readonly [expression: string, outcome: string];

const cases: Readonly<Record<string, readonly Case[]>> = {
  string: [
    ['string(42)', '"42"'],
    ['string(3.0)', '"3.0"'],
    ['string(-0.0)', '"-0.0"'],
    ['string("a")', '"a"'],
    ['string(null)', '""'],
    ['string(true)', '"true"'],
    ['string([1, "a", null, 2.0])', String.raw`"[1,\"a\",null,2.0]"`],
    ['string(item)', String.raw`"{\"id\":7}"`],
  ],
  number: [
    ['number("3")', '3.0'],
    ['number("3.15")', '3.15'],
    ['number("-1e3")', '-1000.0'],
    ['number(3)', '3'],
    ['number(2.5)', '2.5'],
    ['number(true)', '1'],
    ['number("three")', 'EXPR_RANGE 7-14'],
    ['number("")', 'EXPR_RANGE 7-9'],
    ['number("1e999")', 'EXPR_RANGE 7-14'],
    ['number("Infinity")', 'EXPR_RANGE 7-17'],
    ['number("0x10")', 'EXPR_RANGE 7-13'],
    ['number(null)', 'EXPR_TYPE 7-11'],
    ['number([])', 'EXPR_TYPE 7-9'],
  ],
  int: [
    ['int(3.9)', '3'],
    ['int(-3.9)', '-3'],
    ['int("42")', '42'],
    ['int("+9223372036854775807")', '9223372036854775807'],
    ['int("9223372036854775808")', 'EXPR_RANGE 0-26'],
    ['int("3.9")', '3'],
    ['int(false)', '0'],
    ['int(10000000000000000000.0)', 'EXPR_RANGE 0-27'],
    ['int("x")', 'EXPR_RANGE 4-7'],
    ['int(null)', 'EXPR_TYPE 4-8'],
  ],
  bool: [
    ['bool(0)', 'false'],
    ['bool("x")', 'true'],
    ['bool([])', 'false'],
    ['bool(0.0)', 'false'],
    ['bool("false")', 'true'],
  ],
  type_of: [
    ['[type_of(null), type_of(true), type_of(1), type_of(1.0)]', '["null","bool","number","number"]'],
    ['[type_of(""), type_of([]), type_of(empty)]', '["string","array","object"]'],
  ],
  length: [
    ['length("hello")', '5'],
    ['length("é😀")', '2'],
    ['length([1, [2, 3]])', '2'],
    ['length(item)', '1'],
    ['length("")', '0'],
    ['length(5)', 'EXPR_TYPE 7-8'],
    ['length(null)', 'EXPR_TYPE 7-11'],
  ],
  keys: [
    ['keys(parameters)', '["deep","host","ports","ratio"]'],
    ['keys(empty)', '[]'],
    ['keys([1])', 'EXPR_TYPE 5-8'],
  ],
  values: [
    ['values(item)', '[7]'],
    ['values(empty)', '[]'],
    ['values("a")', 'EXPR_TYPE 7-10'],
  ],
  abs: [
    ['abs(-5)', '5'],
    ['abs(-1.5)', '1.5'],
    ['abs(-9223372036854775807 - 1)', 'EXPR_RANGE 0-29'],
    ['abs("1")', 'EXPR_TYPE 4-7'],
  ],
  floor: [
    ['floor(3.7)', '3'],
    ['floor(-3.2)', '-4'],
    ['floor(3)', '3'],
    ['floor(100000000000000000000.0)', 'EXPR_RANGE 0-30'],
    ['floor(null)', 'EXPR_TYPE 6-10'],
  ],
  ceil: [
    ['ceil(3.2)', '4'],
    ['ceil(-3.7)', '-3'],
    ['ceil(true)', 'EXPR_TYPE 5-9'],
  ],
  round: [
    ['round(3.5)', '4'],
    ['round(2.5)', '3'],
    ['round(-2.5)', '-3'],
    ['round(-0.4)', '0'],
    ['round(0.49999999999999994)', '0'],
    ['round(7)', '7'],
  ],
  min: [
    ['min(3, 7)', '3'],
    ['min(2, 1.5)', '1.5'],
    ['min(2, 2.0)', '2'],
    ['min("b", "a")', '"a"'],
    ['min(1, "a")', 'EXPR_TYPE 0-11'],
    ['min([1, 2])', 'EXPR_ARITY 0-11'],
  ],
  max: [
    ['max(3, 7)', '7'],
    ['max(2.0, 2)', '2.0'],
    ['max(null, 1)', 'EXPR_TYPE 0-12'],
  ],
  sum: [
    ['sum([1, 2, 3])', '6'],
    ['sum([1, 2.5])', '3.5'],
    ['sum([])', '0'],
    ['sum([9223372036854775807, 1])', 'EXPR_RANGE 0-29'],
    ['sum([1, "2"])', 'EXPR_TYPE 4-12'],
    ['sum(1)', 'EXPR_TYPE 4-5'],
  ],
  lower: [
    ['lower("ÀB")', '"àb"'],
    ['lower(1)', 'EXPR_TYPE 6-7'],
  ],
  upper: [
    ['upper("straße")', '"STRASSE"'],
    ['upper([])', 'EXPR_TYPE 6-8'],
  ],
  trim: [
    [String.raw`trim(" \t a b\n")`, '"a b"'],
    ['trim("")', '""'],
  ],
  split: [
    ['split("a,b,c", ",")', '["a","b","c"]'],
    ['split(",a,", ",")', '["","a",""]'],
    ['split("", ",")', '[""]'],
    ['split("aXXXb", "XX")', '["a","Xb"]'],
    ['split("a😀", "")', '["a","😀"]'],
    ['split(1, ",")', 'EXPR_TYPE 6-7'],
    ['split("a", 1)', 'EXPR_TYPE 11-12'],
  ],
  join: [
    ['join(["a", "b"], "-")', '"a-b"'],
    ['join([], "-")', '""'],
    ['join([1, 2.0, null, true], "")', '"12.0true"'],
    ['join("ab", "")', 'EXPR_TYPE 5-9'],
  ],
  replace: [
    ['replace("hello world", "o", "0")', '"hell0 w0rld"'],
    ['replace("aaa", "aa", "b")', '"ba"'],
    ['replace("a.c", ".", "$&")', '"a$&c"'],
    ['replace("abc", "b", "")', '"ac"'],
    ['replace("abc", "x", "y")', '"abc"'],
    ['replace("abc", "", "y")', 'EXPR_RANGE 15-17'],
    ['replace("abc", "b")', 'EXPR_ARITY 0-19'],
  ],
  starts_with: [
    ['starts_with("hello", "he")', 'true'],
    ['starts_with("hello", "")', 'true'],
    ['starts_with("he", "hello")', 'false'],
    ['starts_with(["h"], "h")', 'EXPR_TYPE 12-17'],
  ],
  ends_with: [
    ['ends_with("hello", "lo")', 'true'],
    ['ends_with("lo", "hello")', 'false'],
  ],
  match: [
    ['match("^h.*o$", "hello")', 'true'],
    ['match("ell", "hello")', 'true'],
    ['match("^ell", "hello")', 'false'],
    ['match("(", "x")', 'EXPR_RANGE 6-9'],
    ['match(1, "x")', 'EXPR_TYPE 6-7'],
  ],
  contains: [
    ['contains([1, 2], 2.0)', 'true'],
    ['contains("hello", "ell")', 'true'],
    ['contains(item, "id")', 'true'],
    ['contains("abc", 1)', 'EXPR_TYPE 0-18'],
    ['contains(1, 1)', 'EXPR_TYPE 0-14'],
  ],
  reversed: [
    ['reversed([1, 2])', '[2,1]'],
    ['reversed("a😀b")', '"b😀a"'],
    ['reversed(1)', 'EXPR_TYPE 9-10'],
  ],
  sort: [
    ['sort([3, 1.5, 2])', '[1.5,2,3]'],
    ['sort(["b", "a", "B"])', '["B","a","b"]'],
    ['sort(["😀", "～"])', '["～","😀"]'],
    ['sort([10, 9])', '[9,10]'],
    ['sort([2.0, 1, 2])', '[1,2.0,2]'],
    ['sort([])', '[]'],
    ['sort([1, "a"])', 'EXPR_TYPE 5-13'],
    ['sort([null])', 'EXPR_TYPE 5-11'],
  ],
  unique: [
    ['unique([1, 2, 2.0, 1, "1"])', '[1,2,"1"]'],
    ['unique([[1], [1.0], null, null])', '[[1],null]'],
    ['unique(["a,b", ["a", "b"], ["a,b"]])', '["a,b",["a","b"],["a,b"]]'],
  ],
  flat: [
    ['flat([[1, 2], [3, [4]]])', '[1,2,3,[4]]'],
    ['flat([1, [2]])', '[1,2]'],
    ['flat("a")', 'EXPR_TYPE 5-8'],
  ],
  zip: [
    ['zip([1, 2], ["a", "b"])', '[[1,"a"],[2,"b"]]'],
    ['zip([1, 2, 3], [null])', '[[1,null]]'],
    ['zip([], [1])', '[]'],
  ],
  range: [
    ['range(3)', '[0,1,2]'],
    ['range(2, 5)', '[2,3,4]'],
    ['range(-1, 1)', '[-1,0]'],
    ['range(5, 2)', '[]'],
    ['range(0)', '[]'],
    ['range(1.0)', 'EXPR_TYPE 6-9'],
    ['range(9223372036854775807)', 'EXPR_LIMIT 0-26'],
    ['range()', 'EXPR_ARITY 0-7'],
    ['range(1, 2, 3)', 'EXPR_ARITY 0-14'],
  ],
  slice: [
    ['slice([1, 2, 3], 1)', '[2,3]'],
    ['slice([1, 2, 3], 0, 2)', '[1,2]'],
    ['slice([1, 2, 3], -2)', '[2,3]'],
    ['slice([1, 2, 3], -9, -1)', '[1,2]'],
    ['slice([1, 2, 3], 2, 1)', '[]'],
    ['slice([1, 2, 3], 9)', '[]'],
    ['slice("a😀bc", 1, 3)', '"😀b"'],
    ['slice("a😀bc", -1)', '"c"'],
    ['slice("abc", 0, 9)', '"abc"'],
    ['slice("abc", "0")', 'EXPR_TYPE 13-16'],
    ['slice(item, 0)', 'EXPR_TYPE 6-10'],
  ],
  index_of: [
    ['index_of([1, 2], 2.0)', '1'],
    ['index_of([1], 3)', '-1'],
    ['index_of("a😀b", "b")', '2'],
    ['index_of("abc", "x")', '-1'],
    ['index_of("abc", "")', '0'],
    ['index_of("abc", 1)', 'EXPR_TYPE 16-17'],
  ],
  count: [
    ['count([1, 1.0, 2], 1)', '2'],
    ['count("aaaa", "aa")', '2'],
    ['count("abc", "")', 'EXPR_RANGE 13-15'],
    ['count(item, "id")', 'EXPR_TYPE 6-10'],
  ],
  merge: [
    ['merge(item, config)', '{"id":7,"url":"http://localhost"}'],
    ['merge(config, merge(item, item))', '{"id":7,"url":"http://localhost"}'],
    ['merge(item, [])', 'EXPR_TYPE 12-14'],
  ],
  chunks: [
    ['chunks([1, 2, 3], 2)', '[[1,2],[3]]'],
    ['chunks([], 2)', '[]'],
    ['chunks([1], 9223372036854775807)', '[[1]]'],
    ['chunks([1], 0)', 'EXPR_RANGE 12-13'],
    ['chunks([1], -1)', 'EXPR_RANGE 12-14'],
  ],
  result: [['result(1, 2, 3).code', '200']],
  succeeded: [['succeeded()', 'true']],
  failed: [['failed("why")', 'false']],
  timed_out: [['timed_out()', 'false']],
};

describe.each(Object.entries(cases))('%s', (_, rows) => {
  it.each(rows)('%s → %s', (expression, outcome) => {
    expect(run(expression)).toBe(outcome);
  });
});

describe('functions', () => {
  it('are all tested here', () => {
    expect(Object.keys(cases).sort()).toEqual(functionNames);
  });

  it('keep the right side of a merge', () => {
    const scope = { vars: { a: { x: 1, y: { deep: 1 } }, b: { y: { other: 2 }, z: 3 } } };
    expect(run('merge(a, b)', scope)).toBe('{"x":1,"y":{"other":2},"z":3}');
  });

  it('refuse too few and too many arguments, before they look at them', () => {
    for (const name of functionNames) {
      const arity = arityOf(name);
      if (arity === undefined || arity.max === Number.POSITIVE_INFINITY) continue;
      const few = `${name}(${Array(arity.min - 1)
        .fill('nowhere')
        .join()})`;
      const many = `${name}(${Array(arity.max + 1)
        .fill('nowhere')
        .join()})`;
      expect(run(few)).toBe(`EXPR_ARITY 0-${few.length}`);
      expect(run(many)).toBe(`EXPR_ARITY 0-${many.length}`);
    }
  });
});
