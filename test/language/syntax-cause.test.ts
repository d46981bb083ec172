// A text that is no YAML: what is marked is what an author has to mend, not where the parser could not go on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, unmark } from './marked.ts';
import { check } from './support.ts';

/** What is said of the YAML of a marked text, at the mark. */
function findingOf(marked: string): { readonly message: string; readonly help: string | undefined } {
  const { text, places } = unmark(marked);
  const finding = check(text).findings.find(({ code }) => code.startsWith('YAML_'));
  expect(finding && placeOf(finding)).toBe(places[0]);
  return { message: finding?.message ?? '', help: finding?.help };
}

describe('a template without quotes', () => {
  it.each([
    ['with text behind it', 'x:\n  user: «{{ a }}@{{ b }}»\ny: 1\n', 'quote it: "{{ a }}@{{ b }}"'],
    ['in a list', 'x:\n  - «{{ a }}:80»\n', 'quote it: "{{ a }}:80"'],
    ['with quotes in it', 'x: «{{ a["b"] }}/c»\n', `quote it: '{{ a["b"] }}/c'`],
    ['with quotes of both kinds', `x: «{{ a["b"] }}/{{ c['d'] }}»\n`, 'put the whole value in quotes'],
    ['alone', 'x: «{{ a }}»\n', 'quote it: "{{ … }}"'],
    ['in a flow mapping', 'x: { y: «{{ a }}» }\n', 'quote it: "{{ … }}"'],
  ])('%s', (_, marked, help) => {
    const found = findingOf(marked);
    expect(found.message).toMatch(/begins with `\{\{` must be quoted/);
    expect(found.help).toBe(help);
  });
});

describe('a value without quotes', () => {
  it('that contains a colon and a blank is shown with its quotes', () => {
    expect(findingOf('a: 1\nx: «Ship it: now»\n')).toEqual({
      message: 'a value without quotes cannot contain `: `',
      help: 'quote it: "Ship it: now"',
    });
  });
});

describe('what is never closed', () => {
  it.each([
    ['a bracket before the next key', 'x:\n  - do: «[»a, b\n  - name: c\n', '[', ']'],
    ['a bracket at the end', 'tasks: «[» { name: a }\n', '[', ']'],
    ['the inner one of two', 'tasks: [ «{» name: a\n', '{', '}'],
    ['a brace lines before', 'x: «{» a: 1,\n  b: 2,\n  c: 3\ny: 4\n', '{', '}'],
    ['a quote', 'x: «"»Hello\ny: 1\n', '"', '"'],
    ['a single quote', "x: «'»it''s\ny: 1\n", "'", "'"],
    ['a bracket behind quotes and a comment', 'x: «[»"a]", b # ]\ny: 1\n', '[', ']'],
    ['a bracket in a file of Windows', 'x: «[»a, b\r\ny: 1\r\n', '[', ']'],
  ])('is marked where it was opened: %s', (_, marked, open, close) => {
    expect(findingOf(marked)).toEqual({
      message: `this \`${open}\` is never closed`,
      help: `add the \`${close}\``,
    });
  });
});

describe('what was left out', () => {
  const colon = /^a blank is missing after the `:`/;
  it.each([
    ['the first key of a list', 'tasks:\n  - «name:ask»\n    action: x.y\n', 'write `name: ask`'],
    ['a key in the middle', 'tasks:\n  - name: a\n    «action:x.y»\n    join: 1\n', 'write `action: x.y`'],
    ['the last key', 'x:\n  a: 1\n  «url:http://y»\n', 'write `url: http://y`'],
    [
      'the first key of a file, before a comment',
      '«version:1.0.0»\n# c\n\ntasks:\n',
      'write `version: 1.0.0`',
    ],
  ])('is a blank behind the colon of %s', (_, marked, help) => {
    const found = findingOf(marked);
    expect(found.message).toMatch(colon);
    expect(found.help).toBe(`${help}; quote it if it is meant as a text`);
  });

  it.each([
    ['tasks:\n  «-»name: a\n   action: x.y\n', 'write `- name: a`'],
    ['next:\n  «-»when: "{{ true }}"\n   do: [a]\n', 'write `- when: "{{ true }}"`'],
  ])('is a blank behind a dash: %j', (marked, help) => {
    expect(findingOf(marked)).toEqual({
      message: 'a blank is missing after the `-`, so no list begins here',
      help,
    });
  });

  it.each(['x: 1\n«tasks»\n  - name: a\n', '«tasks»\n- name: a\n', 'x:\n  - a: 1\n    «next»\n      b: 1\n'])(
    'is the colon of a key: %j',
    (marked) => {
      expect(findingOf(marked).message).toBe('a `:` is missing after this key');
    },
  );

  it('is the indentation of a block', () => {
    expect(findingOf('x:\n  text: |\n  «hello you»\n  there: x\n')).toEqual({
      message: 'the text of this block stands no deeper than its key',
      help: 'indent every line of the text deeper than the key',
    });
  });

  it.each([
    ['an address', 'x:\n  - http://y\n    a: 1\n'],
    ['an image', 'x:\n  image: nginx:1\n   a: 1\n'],
    ['a word with the next key at its side', 'x: 1\nword\ny: 1\n'],
  ])('is not seen in %s', (_, text) => {
    const [finding] = check(text).findings;
    expect(finding?.code).toBe('YAML_SYNTAX');
    expect(finding?.message).not.toMatch(/is missing after (?:the|this)/);
  });
});

describe('indentation', () => {
  it('of a key that is too deep is told with that of the line above', () => {
    expect(findingOf('tasks:\n  - name: a\n    action: b\n     «timeout»: 1\n').message).toBe(
      'this key is indented by 5, the line above it by 4',
    );
  });

  it('by tabs is marked to its end', () => {
    expect(findingOf('tasks:\n«\t\t»- name: a\n').message).toMatch(/^a tab is used/);
  });
});

describe('any text', () => {
  it('is told in time, with one place in it', () => {
    const hostile = [
      '[ '.repeat(200_000),
      '"\\'.repeat(200_000),
      '- '.repeat(200_000),
      `${' '.repeat(400_000)}x: {{`,
    ];
    for (const text of hostile) {
      const started = performance.now();
      expect(check(`a: "\n${text}\nb: c: d`).findings).toHaveLength(1);
      expect(performance.now() - started, text.slice(0, 4)).toBeLessThan(2_000);
    }
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      '- ',
      '#',
      '\t',
      ',',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const lines = text.split('\n');
        for (const { line, column, end_line = line } of check(text).findings) {
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(end_line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        }
      }),
    );
  });
});
