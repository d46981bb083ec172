// What authors are told of YAML that does not parse: the parser says the same of a dozen mistakes, we do not.
import { describe, expect, it } from 'vitest';
import { check } from './support.ts';

const cases: readonly (readonly [text: string, place: string, says: RegExp])[] = [
  ['x: @foo\n', '1:4', /cannot begin with `@`/],
  ['x: `foo`\n', '1:4', /cannot begin with a backtick/],
  ['x: %foo\n', '1:4', /cannot begin with `%`/],
  ['x: ]\n', '1:4', /cannot begin with `]`/],
  ['x: - a\n', '1:4', /a list cannot begin on the line of its key/],
  ['x: "a" b\n', '1:8', /text stands behind the closing quote/],
  ["x: 'it's'\n", '1:8', /text stands behind the closing quote/],
  ['x: {{ a }}/b\n', '1:4', /a value that begins with `{{` must be quoted/],
  ['x: [a] b\n', '1:8', /text stands behind the closing bracket/],
  ['x: [a\ny: 1\n', '1:4', /this `\[` is never closed/],
  ['x: a: b\n', '1:4', /a value without quotes cannot contain/],
  ['a: 1\n b: 2\n', '2:2', /this key is indented by 1, the line above it by 0/],
  ['x: [\n  1\n]\ny: 1\n', '3:1', /this bracket must be indented deeper than the key/],
  ['x:\t[1]\ny: 1\n', '1:5', /a tab stands before a bracket/],
  ['x: [1,\n2]\ny: 1\n', '2:1', /a continued line must be indented deeper/],
  ['x: [a,,b]\n', '1:7', /an entry is missing before this comma/],
  ['x: |a\n  b\n', '1:5', /the text of a block begins on the line after/],
  ['x: |0\n  b\n', '1:5', /the digit behind/],
  ['x: &a *b\n', '1:7', /stands for a whole value/],
  ['x: & b\n', '1:5', /followed by the name of an anchor/],
  ['x: !{ a }\n', '1:6', /not the name of a tag/],
  ['%YAML 1.2\nx: 1\n', '2:1', /must be followed by `---`/],
  ['a: 1\n---\nb: 2\n', '2:1', /a second document begins here/],
  ['a: |\n  x\n...\n# c\nb: 2\n', '5:1', /a second document begins here/],
  ['a: [\n  1\n ]\n---\nb: 2\n', '4:1', /a second document begins here/],
  ['- a\n-\n---\nb: 2\n', '3:1', /a second document begins here/],
  ['---\n---\nb: 2\n', '2:1', /a second document begins here/],
  ['a: 1\n---\n', '2:1', /a second document begins here/],
];

describe('a template where a key belongs', () => {
  it.each(['{{ item }}: a\n', '{{ item }}: a\nb: 1\n', 'x:\n  {{ item }}: a\n'])(
    'is told at its own place, once: %j',
    (text) => {
      const found = check(text).findings.filter(({ code }) => code === 'YAML_KEY_NOT_STRING');
      const at = text.indexOf('{{') - text.lastIndexOf('\n', text.indexOf('{{'));
      expect(found.map(({ column }) => column)).toEqual([at]);
    },
  );
});

describe('a YAML mistake', () => {
  it.each(cases)('is named where it is: %j', (text, place, says) => {
    const [first] = check(text).findings.filter(({ code }) => code.startsWith('YAML_'));
    expect(`${first?.line}:${first?.column} ${first?.message}`).toMatch(
      new RegExp(`^${place} .*${says.source}`),
    );
    expect(first?.help).toBeDefined();
  });
});
