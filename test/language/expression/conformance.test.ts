// The language as its users see it: expression → value as compact JSON, or code and place of the error.
import { describe, expect, it } from 'vitest';
import { run } from './support.ts';

type Case = readonly [expression: string, outcome: string];

const literals: readonly Case[] = [
  ['1', '1'],
  ['0042', '42'],
  ['9223372036854775807', '9223372036854775807'],
  ['9223372036854775808', 'EXPR_RANGE 0-19'],
  ['00000000000000000000000001', '1'],
  ['1.50', '1.5'],
  ['3.0', '3.0'],
  [`${'9'.repeat(400)}.0`, 'EXPR_RANGE 0-402'],
  ['1.', 'EXPR_SYNTAX 2-2'],
  ['.5', 'EXPR_SYNTAX 0-1'],
  ['1e5', 'EXPR_SYNTAX 1-3'],
  ['1.5.2', 'EXPR_SYNTAX 4-5'],
  ['1.foo', 'EXPR_TYPE 2-5'],
  ['1abc', 'EXPR_SYNTAX 1-4'],
  ['"a"', '"a"'],
  ["'a'", '"a"'],
  [String.raw`"\n\t\r\\\""`, String.raw`"\n\t\r\\\""`],
  [String.raw`'\''`, `"'"`],
  [String.raw`'\"'`, String.raw`"\\\""`],
  [String.raw`"\q\u0041"`, String.raw`"\\q\\u0041"`],
  ['"two\nlines"', String.raw`"two\nlines"`],
  ['"open', 'EXPR_SYNTAX 0-5'],
  [String.raw`"open\"`, 'EXPR_SYNTAX 0-7'],
  ['\'a"', 'EXPR_SYNTAX 0-3'],
  ['"😀"', '"😀"'],
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
  ['True', 'EXPR_UNKNOWN_NAME 0-4'],
  ['[]', '[]'],
  ['[1, "a", [null]]', '[1,"a",[null]]'],
  ['[1, 2,]', '[1,2]'],
  ['[,]', 'EXPR_SYNTAX 1-2'],
  ['[1 2]', 'EXPR_SYNTAX 3-4'],
  ['[1', 'EXPR_SYNTAX 0-1'],
  [' \t\r\n1 ', '1'],
  ['', 'EXPR_EMPTY 0-0'],
  ['  ', 'EXPR_EMPTY 0-2'],
];

const signs: readonly Case[] = [
  ['a = 1', 'EXPR_SYNTAX 2-3'],
  ['!a', 'EXPR_SYNTAX 0-1'],
  ['list | length', 'EXPR_SYNTAX 5-6'],
  ['a & b', 'EXPR_SYNTAX 2-3'],
  ['{}', 'EXPR_SYNTAX 0-1'],
  ['1 }', 'EXPR_SYNTAX 2-3'],
  ['a ? 1 : 2', 'EXPR_SYNTAX 2-3'],
  ['1 : 2', 'EXPR_SYNTAX 2-3'],
  ['a; b', 'EXPR_SYNTAX 1-2'],
  ['1 + 😀', 'EXPR_SYNTAX 4-6'],
  ['1\u00a0+ 1', 'EXPR_SYNTAX 1-2'],
  ['é', 'EXPR_SYNTAX 0-1'],
  ['(1', 'EXPR_SYNTAX 0-1'],
  ['1)', 'EXPR_SYNTAX 1-2'],
  ['(1]', 'EXPR_SYNTAX 2-3'],
  ['()', 'EXPR_SYNTAX 1-2'],
  ['1 +', 'EXPR_SYNTAX 3-3'],
  ['+1', 'EXPR_SYNTAX 0-1'],
  ['1 2', 'EXPR_SYNTAX 2-3'],
  ['and', 'EXPR_SYNTAX 0-3'],
];

const grammar: readonly Case[] = [
  ['2 + 3 * 4', '14'],
  ['(2 + 3) * 4', '20'],
  ['10 - 2 - 3', '5'],
  ['10 - (2 - 3)', '11'],
  ['100 / 10 / 5', '2'],
  ['-2 + 3', '1'],
  ['--2', '2'],
  ['2 - -2', '4'],
  ['2 * -3', '-6'],
  ['-parameters.ports[0]', '-5432'],
  ['true or false and false', 'true'],
  ['(true or false) and false', 'false'],
  ['not false and true', 'true'],
  ['not (false and true)', 'true'],
  ['not 1 == 2', 'true'],
  ['not not 1', 'true'],
  ['true and not false', 'true'],
  ['1 == not true', 'EXPR_SYNTAX 5-8'],
  ['1 == (not true)', 'false'],
  ['1 not in [1]', 'EXPR_SYNTAX 2-5'],
  ['- not 1', 'EXPR_SYNTAX 2-5'],
  ['1 == 1 == true', 'true'],
  ['1 < 2 == true', 'true'],
  ['1 < 2 < 3', 'EXPR_TYPE 0-9'],
  ['1 in [1] == true', 'true'],
  ['1 + 1 in [2]', 'true'],
  ['1 < 1 + 1', 'true'],
  ['length("ab", )', 'EXPR_SYNTAX 13-14'],
  ['length((1))', 'EXPR_TYPE 7-10'],
  ['item.id()', 'EXPR_SYNTAX 7-8'],
  ['(length)("a")', 'EXPR_SYNTAX 8-9'],
  ['length("a")("b")', 'EXPR_SYNTAX 11-12'],
  ['[1, 2](0)', 'EXPR_SYNTAX 6-7'],
  ['item.', 'EXPR_SYNTAX 5-5'],
  ['list.0', 'EXPR_SYNTAX 5-6'],
  ['list.1.2', 'EXPR_SYNTAX 5-8'],
  ['item."id"', 'EXPR_SYNTAX 5-9'],
  ['list[]', 'EXPR_SYNTAX 5-6'],
  ['list[0, 1]', 'EXPR_SYNTAX 6-7'],
  ['"abc"[1]', '"b"'],
  ['[[1, 2], [3]][0][1]', '2'],
  ['succeeded ()', 'true'],
];

const operators: readonly Case[] = [
  ['1 + 2', '3'],
  ['1 + 2.0', '3.0'],
  ['9223372036854775807 + 1', 'EXPR_RANGE 0-23'],
  ['-9223372036854775807 - 1', '-9223372036854775808'],
  ['-9223372036854775807 - 2', 'EXPR_RANGE 0-24'],
  ['-(-9223372036854775807 - 1)', 'EXPR_RANGE 0-27'],
  ['(-9223372036854775807 - 1) / -1', 'EXPR_RANGE 0-31'],
  ['9223372036854775807 * 2', 'EXPR_RANGE 0-23'],
  ['9223372036854775807 * 2.0', '18446744073709552000.0'],
  ['"a" + "b"', '"ab"'],
  ['[1] + [2]', '[1,2]'],
  ['"a" + 1', 'EXPR_TYPE 0-7'],
  ['1 + "a"', 'EXPR_TYPE 0-7'],
  ['null + 1', 'EXPR_TYPE 0-8'],
  ['true + true', 'EXPR_TYPE 0-11'],
  ['"a" - "b"', 'EXPR_TYPE 0-9'],
  ['"a" * 3', 'EXPR_TYPE 0-7'],
  ['4 / 2', '2'],
  ['5 / 2', '2.5'],
  ['-7 / 2', '-3.5'],
  ['4.0 / 2', '2.0'],
  ['0 / 5', '0'],
  ['1 / 0', 'EXPR_ZERO 0-5'],
  ['1 % 0', 'EXPR_ZERO 0-5'],
  ['1.0 / 0.0', 'EXPR_ZERO 0-9'],
  ['1 / 0.0', 'EXPR_ZERO 0-7'],
  ['7 % 3', '1'],
  ['-7 % 3', '-1'],
  ['7 % -3', '1'],
  ['-7.5 % 2', '-1.5'],
  ['3 == 3.0', 'true'],
  ['[3, {}] == 1', 'EXPR_SYNTAX 4-5'],
  ['[3, [1.0]] == [3.0, [1]]', 'true'],
  ['9007199254740993 == 9007199254740992.0', 'false'],
  ['"3" == 3', 'false'],
  ['null == false', 'false'],
  ['null == null', 'true'],
  ['0 == false', 'false'],
  ['[] == empty', 'false'],
  ['1 != 2', 'true'],
  ['[1] != [1]', 'false'],
  ['1 < 1.5', 'true'],
  ['2 >= 2.0', 'true'],
  ['"a" < "b"', 'true'],
  ['"Z" < "a"', 'true'],
  ['"a" <= "a"', 'true'],
  ['"a" < "ab"', 'true'],
  // Byte order is that of code points: U+FF5E before U+1F600, whose surrogates are lower units.
  ['"～" < "😀"', 'true'],
  ['[1, 2] < [1, 3]', 'true'],
  ['[1] < [1, 0]', 'true'],
  ['[] < [1]', 'true'],
  ['["a"] > ["A"]', 'true'],
  ['[1, 2.5] >= [1, 2]', 'true'],
  ['[1] < ["a"]', 'EXPR_TYPE 0-11'],
  ['[1, "a"] < [2]', 'EXPR_TYPE 0-14'],
  ['[[1]] < [[2]]', 'EXPR_TYPE 0-13'],
  ['1 < "a"', 'EXPR_TYPE 0-7'],
  ['null < 1', 'EXPR_TYPE 0-8'],
  ['true < false', 'EXPR_TYPE 0-12'],
  ['empty < empty', 'EXPR_TYPE 0-13'],
  ['2 in list', 'true'],
  ['2.0 in list', 'true'],
  ['[1] in [[1.0]]', 'true'],
  ['"id" in item', 'true'],
  ['"no" in item', 'false'],
  ['1 in item', 'EXPR_TYPE 0-9'],
  ['"d" in "Ada"', 'true'],
  ['"" in ""', 'true'],
  ['1 in "1"', 'EXPR_TYPE 0-8'],
  ['1 in 1', 'EXPR_TYPE 0-6'],
  ['"a" in null', 'EXPR_TYPE 0-11'],
  ['-"a"', 'EXPR_TYPE 0-4'],
  ['-1.5', '-1.5'],
];

const logic: readonly Case[] = [
  ['1 and 2', 'true'],
  ['0 or "x"', 'true'],
  ['"" or []', 'false'],
  ['null or false', 'false'],
  ['0.0 or empty', 'false'],
  ['[0] and "0"', 'true'],
  ['false and missing', 'false'],
  ['true or missing', 'true'],
  ['true and missing', 'EXPR_UNKNOWN_NAME 9-16'],
  ['false and 1 / 0', 'false'],
  ['not ""', 'true'],
  ['not [0]', 'false'],
  ['not 0', 'true'],
];

const names: readonly Case[] = [
  ['parameters.host', '"db-1"'],
  ['parameters.deep.a.b[0].c', '"found"'],
  ['parameters["host"]', '"db-1"'],
  ['workflow.count', '3'],
  ['vars.count', '3'],
  ['variables.count', '3'],
  ['count', '3'],
  ['task.fetch.result.rows[-1]', '2'],
  ['tasks.fetch.result', '{"rows":[1,2]}'],
  ['task.fetch.state', 'EXPR_MISSING 11-16'],
  ['task.fech', 'EXPR_MISSING 5-9'],
  ['config.url', '"http://localhost"'],
  ['keystore.token', '"s3cret"'],
  ['system.workflow_start', '"2031-05-04"'],
  ['item.id + index', '9'],
  ['host', 'EXPR_UNKNOWN_NAME 0-4'],
  ['length', 'EXPR_UNKNOWN_NAME 0-6'],
  ['result().code', '200'],
  ['result(1, "x").code', '200'],
  ['succeeded()', 'true'],
  ['failed()', 'false'],
  ['timed_out()', 'false'],
  ['succeeded(missing)', 'EXPR_UNKNOWN_NAME 10-17'],
  ['item.in', 'EXPR_MISSING 5-7'],
  ['(item).id', '7'],
  ['nothing', 'null'],
  ['nothing.x', 'EXPR_TYPE 8-9'],
  ['name.first', 'EXPR_TYPE 5-10'],
  ['list.length', 'EXPR_TYPE 5-11'],
  ['item["id"]', '7'],
  ['item["no"]', 'EXPR_MISSING 5-9'],
  ['item[0]', 'EXPR_TYPE 5-6'],
  ['list[0]', '3'],
  ['list[-3]', '3'],
  ['list[3]', 'EXPR_RANGE 5-6'],
  ['list[-4]', 'EXPR_RANGE 5-7'],
  ['list[1.0]', 'EXPR_TYPE 5-8'],
  ['list["0"]', 'EXPR_TYPE 5-8'],
  ['list[9223372036854775807]', 'EXPR_RANGE 5-24'],
  ['name[0]', '"A"'],
  ['name[-1]', '"a"'],
  ['name[3]', 'EXPR_RANGE 5-6'],
  ['"a😀b"[1]', '"😀"'],
  ['"a😀b"[-1]', '"b"'],
  ['""[0]', 'EXPR_RANGE 3-4'],
  ['count[0]', 'EXPR_TYPE 6-7'],
  ['nope()', 'EXPR_UNKNOWN_FUNCTION 0-4'],
  ['1 + now()', 'EXPR_UNKNOWN_FUNCTION 4-7'],
];

describe.each<[string, readonly Case[]]>([
  ['literals', literals],
  ['signs that mean nothing', signs],
  ['grammar', grammar],
  ['operators', operators],
  ['logic', logic],
  ['names', names],
])('%s', (_, cases) => {
  it.each(cases)('%s → %s', (expression, outcome) => {
    expect(run(expression)).toBe(outcome);
  });
});

describe('a scope', () => {
  it('has an item and an index only inside with_items, a task only after one', () => {
    expect(run('item', {})).toBe('EXPR_UNKNOWN_NAME 0-4');
    expect(run('index', { vars: { index: 1 } })).toBe('EXPR_UNKNOWN_NAME 0-5');
    expect(run('item', { item: null })).toBe('null');
    expect(run('1 + length(result())', {})).toBe('EXPR_MISSING 11-19');
    expect(run('timed_out() and not failed()', { current: { result: null, state: 'timed_out' } })).toBe(
      'true',
    );
  });

  it('does not let a variable hide a namespace', () => {
    expect(run('task', { vars: { task: 1 } })).toBe('{}');
    expect(run('vars.task', { vars: { task: 1 } })).toBe('1');
  });

  it('takes keys that JavaScript knows for keys like all others', () => {
    const scope = { vars: JSON.parse('{"__proto__": 1, "constructor": 2}') };
    expect(run('__proto__ + vars.constructor + vars["__proto__"]', scope)).toBe('4');
    expect(run('vars.toString', scope)).toBe('EXPR_MISSING 5-13');
    expect(run('toString()', scope)).toBe('EXPR_UNKNOWN_FUNCTION 0-8');
    expect(run('vars', scope)).toBe('{"__proto__":1,"constructor":2}');
  });

  it('gives whole numbers as integers and all else as floats', () => {
    expect(run('[a, b, c]', { vars: { a: 3, b: 2 ** 53, c: 1e-7 } })).toBe('[3,9007199254740992.0,1e-7]');
  });

  it('gives objects in byte order of their keys, whatever order they were written in', () => {
    expect(run('vars', { vars: { b: 1, '😀': 2, '～': 3, a: 4 } })).toBe('{"a":4,"b":1,"～":3,"😀":2}');
  });
});
