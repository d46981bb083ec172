// How unquoted scalars are read, here and by two other readers of YAML 1.2: the golden table, which docs/yaml.md shows.

/** Stands for a reader that refuses the text. */
export const refused = Symbol('refused');
/** Stands for a value that JSON has not: bytes, a date. */
export const foreign = Symbol('foreign');

export type ScalarRow = {
  /** As it stands behind `key: `. */
  readonly text: string;
  /** What it means here; absent: it is refused with `code`. */
  readonly value?: unknown;
  readonly code?: string;
  /** What the two others make of it, where that is something else than `value`. */
  readonly jsYaml?: unknown;
  readonly yaml?: unknown;
  /** What an author may have expected. */
  readonly note?: string;
};

const same = (texts: readonly string[], note: string): ScalarRow[] =>
  texts.map((text) => ({ text, value: text, note }));

const words: readonly ScalarRow[] = [
  ...same(['yes', 'no', 'on', 'off', 'y', 'n', 'Yes', 'NO', 'On', 'OFF'], 'a boolean in YAML 1.1'),
  { text: 'true', value: true },
  { text: 'True', value: true },
  { text: 'TRUE', value: true },
  { text: 'false', value: false },
  { text: 'False', value: false },
  { text: 'FALSE', value: false },
  { text: 'tRue', value: 'tRue' },
  { text: 'null', value: null },
  { text: 'Null', value: null },
  { text: 'NULL', value: null },
  { text: '~', value: null },
  { text: '', value: null, note: 'nothing behind the key' },
  ...same(['nil', 'none', 'None'], 'null elsewhere'),
];

const integers: readonly ScalarRow[] = [
  { text: '0', value: 0 },
  { text: '-0', value: 0, note: 'JSON keeps no sign of zero' },
  { text: '+1', value: 1 },
  { text: '-12', value: -12 },
  { text: '017', value: 17, note: '15 in YAML 1.1' },
  { text: '09', value: 9 },
  { text: '0o17', value: 15 },
  { text: '0x1F', value: 31 },
  ...same(['0b11', '1_000'], 'a number in YAML 1.1'),
  ...same(['0x', '-0x1', '0o8', '1,000'], 'no number'),
  { text: '9007199254740991', value: 9007199254740991, note: 'the largest exact integer' },
  {
    text: '9007199254740993',
    code: 'YAML_UNSAFE_INTEGER',
    jsYaml: 9007199254740992,
    yaml: 9007199254740992,
    note: 'would become another number',
  },
  {
    text: '-9007199254740993',
    code: 'YAML_UNSAFE_INTEGER',
    jsYaml: -9007199254740992,
    yaml: -9007199254740992,
  },
  {
    text: '0x20000000000000',
    code: 'YAML_UNSAFE_INTEGER',
    jsYaml: 9007199254740992,
    yaml: 9007199254740992,
  },
];

const floats: readonly ScalarRow[] = [
  { text: '1.0', value: 1, note: 'no version: quote it' },
  { text: '0.1', value: 0.1 },
  { text: '.5', value: 0.5 },
  { text: '5.', value: 5 },
  { text: '-.5', value: -0.5 },
  { text: '1e3', value: 1000 },
  { text: '1E-2', value: 0.01 },
  { text: '1.5e+2', value: 150 },
  { text: '1e20', value: 1e20, note: 'a float may be large' },
  ...same(['1e', '.', '1.0.0', '1.2.3-rc.1'], 'no number'),
  { text: '.inf', code: 'YAML_NOT_FINITE', jsYaml: Infinity, yaml: Infinity, note: 'JSON has none' },
  { text: '-.INF', code: 'YAML_NOT_FINITE', jsYaml: -Infinity, yaml: -Infinity },
  { text: '.NaN', code: 'YAML_NOT_FINITE', jsYaml: NaN, yaml: NaN },
  { text: '1e400', code: 'YAML_NOT_FINITE', jsYaml: '1e400', yaml: Infinity, note: 'beyond a double' },
  ...same(['inf', 'nan', 'Infinity', '+.nan'], 'no number'),
];

const texts: readonly ScalarRow[] = [
  ...same(['12:30', '12:30:45', '190:20:30'], 'a number to base 60 in YAML 1.1'),
  ...same(['2024-01-01', '2024-01-01T02:03:04Z'], 'a date in YAML 1.1'),
  ...same(['=', '<<', 'a b', 'http://x.org:80/#a', "it's"], ''),
  { text: 'a # b', value: 'a', note: 'a comment' },
  { text: '#b', value: null, note: 'a comment' },
  { text: '"1.0"', value: '1.0' },
  { text: "'yes'", value: 'yes' },
  { text: "'it''s'", value: "it's" },
  { text: '"\\u00e9\\n"', value: 'é\n' },
  { text: '"\\0"', code: 'YAML_NUL', jsYaml: '\0', yaml: '\0', note: 'the database cannot store it' },
  {
    text: '{{ x }}',
    code: 'YAML_KEY_NOT_STRING',
    jsYaml: refused,
    yaml: { '{ x }': null },
    note: 'a template: quote it',
  },
  { text: '"{{ x }}"', value: '{{ x }}' },
  { text: '@x', code: 'YAML_SYNTAX', jsYaml: refused, yaml: refused, note: 'reserved: quote it' },
  { text: '`x`', code: 'YAML_SYNTAX', jsYaml: refused, yaml: refused, note: 'reserved: quote it' },
  { text: '%x', code: 'YAML_SYNTAX', jsYaml: refused, yaml: refused, note: 'begins a directive: quote it' },
  { text: '-', code: 'YAML_SYNTAX', jsYaml: refused, yaml: refused, note: 'begins a list' },
  { text: 'a: b', code: 'YAML_SYNTAX', jsYaml: refused, yaml: refused, note: 'quote a text with `: `' },
  { text: '*x', code: 'YAML_ALIAS_UNKNOWN', jsYaml: refused, yaml: refused, note: 'an alias: quote a `*`' },
];

const tags: readonly ScalarRow[] = [
  { text: '!!str 12', value: '12' },
  { text: '! 12', value: '12' },
  { text: '!!int "12"', value: 12 },
  { text: '!!int 1.0', code: 'YAML_TAG', jsYaml: refused, yaml: refused },
  { text: '!!float 1', value: 1, yaml: refused },
  { text: '!!bool yes', code: 'YAML_TAG', jsYaml: refused, yaml: refused },
  { text: '!!null x', code: 'YAML_TAG', jsYaml: refused, yaml: refused },
  { text: '!!binary aGk=', code: 'YAML_TAG', jsYaml: refused, yaml: foreign },
  { text: '!!timestamp 2024-01-01', code: 'YAML_TAG', jsYaml: refused, yaml: foreign },
  { text: '!own x', code: 'YAML_TAG', jsYaml: refused, yaml: refused },
];

/** Every row, in the order of the page. */
export const scalarTable: readonly ScalarRow[] = [...words, ...integers, ...floats, ...texts, ...tags];
