// The language of templates: expression → value as compact JSON, or the code of what is wrong and where.

export type ExpressionCase = {
  readonly covers: readonly string[];
  readonly expression: string;
  /** Compact JSON, or `CODE start-end`. */
  readonly outcome: string;
};

const about = (covers: string, ...cases: readonly (readonly [string, string])[]): ExpressionCase[] =>
  cases.map(([expression, outcome]) => ({ covers: covers.split(' '), expression, outcome }));

const language: readonly ExpressionCase[] = [
  ...about(
    '9.2.integers',
    ['0', '0'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', 'EXPR_RANGE 0-19'],
  ),
  ...about(
    '9.2.floats',
    ['3.50', '3.5'],
    ['3.', 'EXPR_SYNTAX 2-2'],
    ['.5', 'EXPR_SYNTAX 0-1'],
    ['1e5', 'EXPR_SYNTAX 1-3'],
  ),
  ...about('9.2.strings', [`'it\\'s'`, `"it's"`], ['"\\q"', String.raw`"\\q"`], ['"a', 'EXPR_SYNTAX 0-2']),
  ...about('9.2.names', ['name', '"Ada"'], ['host_name', '"x"'], ['größe', 'EXPR_SYNTAX 2-3']),
  ...about(
    '9.2.signs',
    ['1 = 1', 'EXPR_SYNTAX 2-3'],
    ['list | length', 'EXPR_SYNTAX 5-6'],
    ['{}', 'EXPR_SYNTAX 0-1'],
    ['flag ? 1 : 2', 'EXPR_SYNTAX 5-6'],
  ),
  ...about(
    '9.3.or 9.3.and',
    ['true or false and false', 'true'],
    ['0 or "x"', 'true'],
    ['null and nope', 'false'],
  ),
  ...about('9.3.not', ['not 1 == 2', 'true'], ['not not 0', 'false'], ['1 == not 2', 'EXPR_SYNTAX 5-8']),
  ...about('9.3.cmp', ['1 < 2 == true', 'true'], ['(1 < 2) < 3', 'EXPR_TYPE 0-11']),
  ...about('9.3.add 9.3.mul', ['2 + 3 * 4', '14'], ['10 - 2 - 3', '5'], ['7 % 4 * 2', '6']),
  ...about('9.3.unary', ['-2 + 3', '1'], ['--2', '2'], ['2 - -2', '4']),
  ...about(
    '9.3.postfix',
    ['parameters.deep.a.b[0].c', '"found"'],
    ['config.url()', 'EXPR_SYNTAX 10-11'],
    ['item["id"]', '7'],
  ),
  ...about('9.3.primary', ['[1, 2,]', '[1,2]'], ['(1)', '1'], ['()', 'EXPR_SYNTAX 1-2']),
  ...about('9.3.args', ['max(1, 2)', '2'], ['max(1, 2,)', 'EXPR_SYNTAX 9-10']),
  ...about(
    '9.4.falsy',
    ...['null', 'false', '0', '0.0', '""', '[]', 'empty'].map((text) => [`not ${text}`, 'true'] as const),
  ),
  ...about(
    '9.4.plus',
    ['1 + 2.5', '3.5'],
    ['"a" + "b"', '"ab"'],
    ['[1] + [2]', '[1,2]'],
    ['"a" + 1', 'EXPR_TYPE 0-7'],
  ),
  ...about('9.4.divide', ['6 / 3', '2'], ['7 / 2', '3.5'], ['1 / 0', 'EXPR_ZERO 0-5'], ['-7 % 3', '-1']),
  ...about('9.4.equality', ['3 == 3.0', 'true'], ['"3" == 3', 'false'], ['[1, [2]] == [1, [2.0]]', 'true']),
  ...about('9.4.order', ['"a" < "b"', 'true'], ['[1, 2] < [1, 3]', 'true'], ['null < 1', 'EXPR_TYPE 0-8']),
  ...about(
    '9.4.in',
    ['3 in list', 'true'],
    ['"id" in item', 'true'],
    ['"d" in "Ada"', 'true'],
    ['1 in 2', 'EXPR_TYPE 0-6'],
  ),
  ...about(
    '9.4.access 13.17',
    ['list[-1]', '2'],
    ['name[-1]', '"a"'],
    ['list[3]', 'EXPR_RANGE 5-6'],
    ['item.nope', 'EXPR_MISSING 5-9'],
    ['1 .a', 'EXPR_TYPE 3-4'],
  ),
  ...about('9.6.parameters', ['parameters.host', '"db-1"'], ['parameters.nope', 'EXPR_MISSING 11-15']),
  ...about('9.6.workflow', ['workflow.count + vars.count + variables.count + count', '12']),
  ...about('9.6.task', ['task.fetch.result.rows[1]', '2'], ['tasks.fetch.result.rows[0]', '1']),
  ...about('9.6.config', ['config.url', '"http://localhost"']),
  ...about('9.6.keystore', ['keystore.token', '"s3cret"']),
  ...about('9.6.item', ['item.id + index', '9']),
  ...about('9.6.system', ['system.workflow_start', '"2031-05-04"']),
  ...about('9.6.bare 13.17', ['host', 'EXPR_UNKNOWN_NAME 0-4'], ['name', '"Ada"']),
];

type FunctionRow = readonly [name: string, call: string, value: string, wrong: string, error: string];

/** A call, what it yields, a call of a wrong kind, and its error. */
export const functionRows: readonly FunctionRow[] = [
  ['string', 'string([1, "a"])', String.raw`"[1,\"a\"]"`, 'string(nope)', 'EXPR_UNKNOWN_NAME 7-11'],
  ['number', 'number("3")', '3.0', 'number("x")', 'EXPR_RANGE 7-10'],
  ['int', 'int(-3.9)', '-3', 'int(null)', 'EXPR_TYPE 4-8'],
  ['bool', 'bool("")', 'false', 'bool(nope)', 'EXPR_UNKNOWN_NAME 5-9'],
  ['type_of', 'type_of([])', '"array"', 'type_of(nope)', 'EXPR_UNKNOWN_NAME 8-12'],
  ['length', 'length("é😀")', '2', 'length(5)', 'EXPR_TYPE 7-8'],
  ['keys', 'keys(item)', '["id"]', 'keys([])', 'EXPR_TYPE 5-7'],
  ['values', 'values(item)', '[7]', 'values(1)', 'EXPR_TYPE 7-8'],
  ['abs', 'abs(-2.5)', '2.5', 'abs("a")', 'EXPR_TYPE 4-7'],
  ['floor', 'floor(-1.5)', '-2', 'floor("a")', 'EXPR_TYPE 6-9'],
  ['ceil', 'ceil(1.2)', '2', 'ceil([])', 'EXPR_TYPE 5-7'],
  ['round', 'round(2.5)', '3', 'round(null)', 'EXPR_TYPE 6-10'],
  ['sum', 'sum([1, 2.5])', '3.5', 'sum(["a"])', 'EXPR_TYPE 4-9'],
  ['lower', 'lower("ÄB")', '"äb"', 'lower(1)', 'EXPR_TYPE 6-7'],
  ['upper', 'upper("äb")', '"ÄB"', 'upper([])', 'EXPR_TYPE 6-8'],
  ['trim', 'trim(" a ")', '"a"', 'trim(1)', 'EXPR_TYPE 5-6'],
  ['reversed', 'reversed([1, 2])', '[2,1]', 'reversed(1)', 'EXPR_TYPE 9-10'],
  ['sort', 'sort(list)', '[1,2,3]', 'sort([1, "a"])', 'EXPR_TYPE 5-13'],
  ['unique', 'unique([1, 1.0, 2])', '[1,2]', 'unique("a")', 'EXPR_TYPE 7-10'],
  ['flat', 'flat([1, [2, [3]]])', '[1,2,[3]]', 'flat(1)', 'EXPR_TYPE 5-6'],
  ['min', 'min(2, 1.5)', '1.5', 'min("a", 1)', 'EXPR_TYPE 0-11'],
  ['max', 'max(2, 1.5)', '2', 'max(1, [])', 'EXPR_TYPE 0-10'],
  ['split', 'split("a,b", ",")', '["a","b"]', 'split(1, ",")', 'EXPR_TYPE 6-7'],
  ['join', 'join(["a", "b"], "-")', '"a-b"', 'join("a", "-")', 'EXPR_TYPE 5-8'],
  ['starts_with', 'starts_with("abc", "ab")', 'true', 'starts_with(1, "a")', 'EXPR_TYPE 12-13'],
  ['ends_with', 'ends_with("abc", "bc")', 'true', 'ends_with("a", 1)', 'EXPR_TYPE 15-16'],
  ['match', 'match("^a.c$", "abc")', 'true', 'match("(", "a")', 'EXPR_RANGE 6-9'],
  ['contains', 'contains([1, 2], 2)', 'true', 'contains(1, 2)', 'EXPR_TYPE 0-14'],
  ['zip', 'zip([1, 2], ["a", "b"])', '[[1,"a"],[2,"b"]]', 'zip(1, [])', 'EXPR_TYPE 4-5'],
  ['index_of', 'index_of([5, 6], 6)', '1', 'index_of(1, 1)', 'EXPR_TYPE 9-10'],
  ['count', 'count([1, 1.0, 2], 1)', '2', 'count(1, 1)', 'EXPR_TYPE 6-7'],
  ['merge', 'merge(item, empty)', '{"id":7}', 'merge(item, 1)', 'EXPR_TYPE 12-13'],
  ['chunks', 'chunks([1, 2, 3], 2)', '[[1,2],[3]]', 'chunks([1], 0)', 'EXPR_RANGE 12-13'],
  ['replace', 'replace("aa", "a", "b")', '"bb"', 'replace("a", 1, "b")', 'EXPR_TYPE 13-14'],
  ['range', 'range(1, 3)', '[1,2]', 'range("a")', 'EXPR_TYPE 6-9'],
  ['slice', 'slice("abc", 1)', '"bc"', 'slice(1, 1)', 'EXPR_TYPE 6-7'],
];

const functions: readonly ExpressionCase[] = functionRows.flatMap(([name, call, value, wrong, error]) =>
  about(`9.5.${name}`, [call, value], [wrong, error]),
);

const others: readonly ExpressionCase[] = [
  ...about(
    '9.5.task-functions',
    ['result().code', '200'],
    ['succeeded(1, 2)', 'true'],
    ['failed() or timed_out()', 'false'],
  ),
  ...about('9.5.unknown', ['now()', 'EXPR_UNKNOWN_FUNCTION 0-3'], ['uuid()', 'EXPR_UNKNOWN_FUNCTION 0-4']),
];

export const expressions: readonly ExpressionCase[] = [...language, ...functions, ...others];
