import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocator, locate, locateOffset } from '../../src/language/locate.ts';
import type { DocumentPath } from '../../src/model/diagnostic.ts';

const text = `# head
a: 1
"b c":
  - x
  - { d: [1, 'two'], e: }
  -
f: &anchor
  g: |
    text
  h: *anchor
i: *anchor
j:
`;
const at = (path: DocumentPath, part: 'key' | 'value' = 'value'): string => {
  const { line, column, end_line, end_column } = locate(text, path, part);
  return end_line === undefined ? `${line}:${column}` : `${line}:${column}-${end_line}:${end_column}`;
};

describe('locate', () => {
  it.each([
    [[], 'value', '2:1'],
    [['a'], 'key', '2:1-2:2'],
    [['a'], 'value', '2:4-2:5'],
    [['b c'], 'key', '3:1-3:6'],
    [['b c'], 'value', '4:3'],
    [['b c', 0], 'value', '4:5-4:6'],
    [['b c', 1], 'value', '5:5'],
    [['b c', 1, 'd', 1], 'value', '5:14-5:19'],
    [['b c', 1, 'e'], 'value', '5:22-5:23'],
    [['b c', 2], 'value', '6:3-6:4'],
    [['f', 'g'], 'value', '8:6-8:7'],
    [['i'], 'value', '11:4-11:11'],
    [['i', 'g'], 'key', '8:3-8:4'],
    [['j'], 'value', '12:1-12:2'],
    // What is not there is said to be where the walk ended.
    [['a', 'x', 'y'], 'value', '2:4-2:5'],
    [['b c', 9], 'value', '4:3'],
    [['nope'], 'key', '2:1'],
  ] as const)('finds %j, its %s', (path, part, expected) => {
    expect(at(path, part)).toBe(expected);
  });

  it.each([
    ['a plain value', 'a: x {{ y }}', '1:6-1:7'],
    ['a quoted value with escapes', 'a: "\\t\\"{{ y }}"', '1:9-1:10'],
    ['a literal block', 'a: |\n    x\n    {{ y }}\n', '2:5-2:6'],
    ['a folded block', 'a: >\n  {{\n  y }}\n', '3:3-3:4'],
    ['an alias, in its anchor', 'b: &b x {{ y }}\na: *b\n', '1:9-1:10'],
    // There are no characters to count in what is no scalar.
    ['a list', 'a: [1, 2]', '1:4'],
  ])('finds a part of %s', (_what, source, expected) => {
    const value = source.startsWith('a: |') ? 0 : source.startsWith('a: >') ? 3 : 2;
    const place = { path: ['a'], part: 'value', within: { start: value, end: value + 1 } } as const;
    const { line, column, end_line, end_column } = createLocator(source).locatePlace(place);
    expect(end_line === undefined ? `${line}:${column}` : `${line}:${column}-${end_line}:${end_column}`).toBe(
      expected,
    );
  });

  it('ends for an alias inside its anchor', () => {
    expect(at(['f', 'h', 'h', 'h', 'g'], 'key')).toBe('8:3-8:4');
  });

  it('points at the first of two equal keys', () => {
    expect(locate('a: 1\na: 2\n', ['a'], 'value')).toMatchObject({ line: 1, column: 4 });
  });

  it('says 1:1 for a text that cannot be parsed', () => {
    expect(locate('a: [', ['a'], 'value')).toEqual({ line: 1, column: 1 });
    expect(locate('', ['a'], 'value')).toEqual({ line: 1, column: 1 });
  });

  it('counts columns in UTF-16 units and knows every line end', () => {
    expect(locate('x: 1\r\n"😀é": y\r\n', ['😀é'], 'value')).toMatchObject({ line: 2, column: 8 });
    expect(locateOffset('a\nb\r\nc\rd', 8)).toEqual({ line: 4, column: 2 });
    expect(createLocator('ab\ncd').locateRange(1, 4)).toEqual({
      line: 1,
      column: 2,
      end_line: 2,
      end_column: 2,
    });
  });

  it('finds every value of any document it can print', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const json = JSON.stringify(value, null, 1);
        const locator = createLocator(json);
        const walk = (part: unknown, path: DocumentPath): void => {
          const { line, column } = locator.locate(path, 'value');
          const rest = json
            .split('\n')
            .slice(line - 1)
            .join('\n')
            .slice(column - 1);
          const first = JSON.stringify(part, null, 1)[0] ?? '';
          expect(rest.startsWith(first)).toBe(true);
          if (Array.isArray(part)) for (const [index, item] of part.entries()) walk(item, [...path, index]);
          else if (typeof part === 'object' && part !== null) {
            for (const [key, item] of Object.entries(part)) walk(item, [...path, key]);
          }
        };
        walk(value, []);
      }),
      { numRuns: 300 },
    );
  });
});
