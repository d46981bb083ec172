import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, toCells, visible } from '../../src/output/cells.ts';
import { type FramePosition, renderFrame, splitLines } from '../../src/output/frame.ts';
import { ansiStyle, plainStyle } from '../../src/output/style.ts';

function frame(text: string, at: FramePosition, width?: number): string {
  return renderFrame(
    splitLines(text),
    at,
    width === undefined ? { style: plainStyle } : { style: plainStyle, width },
  );
}

const eleven = Array.from({ length: 11 }, (_, index) => `line ${index + 1}`).join('\n');

describe('renderFrame', () => {
  it('shows two lines before and after, and carets under the range', () => {
    expect(frame(eleven, { line: 9, column: 1, end_line: 9, end_column: 5 })).toBe(
      [
        '   7 | line 7',
        '   8 | line 8',
        '>  9 | line 9',
        '     | ^^^^',
        '  10 | line 10',
        '  11 | line 11',
      ].join('\n'),
    );
  });

  it('marks one place without an end, and to the end of the line where the range goes on', () => {
    expect(frame('abc\ndef', { line: 1, column: 3 })).toBe('> 1 | abc\n    |   ^\n  2 | def');
    expect(frame('a bcd  \ne', { line: 1, column: 3, end_line: 2, end_column: 2 })).toContain(
      '\n    |   ^^^\n',
    );
  });

  it('marks the place behind the last character, and an empty line', () => {
    expect(frame('abc', { line: 1, column: 99 })).toBe('> 1 | abc\n    |    ^');
    expect(frame('a\n\nb', { line: 2, column: 1 })).toBe('  1 | a\n> 2 |\n    | ^\n  3 | b');
  });

  it('shows no last line that is only the end of the text, unless it is the one', () => {
    expect(frame('a\n', { line: 1, column: 1 })).toBe('> 1 | a\n    | ^');
    expect(frame('a\n', { line: 2, column: 1 })).toBe('  1 | a\n> 2 |\n    | ^');
  });

  it('is empty for a line that the text does not have, and for an empty text', () => {
    expect(frame('a', { line: 2, column: 1 })).toBe('');
    expect(frame('', { line: 1, column: 1 })).toBe('');
  });

  it('keeps the mark below its place after tabs, wide letters, marks and escapes', () => {
    const under = (text: string, needle: string): string | undefined => {
      const column = text.indexOf(needle) + 1;
      const [row = '', mark = ''] = frame(text, {
        line: 1,
        column,
        end_column: column + needle.length,
      }).split('\n');
      const before = row.slice(0, row.indexOf(needle));
      return columnsOf(before) === mark.indexOf('^') ? mark.replace(/^[ |]*/, '') : undefined;
    };
    expect(under('\t\tretires', 'retires')).toBe('^^^^^^^');
    expect(under('名前: x', 'x')).toBe('^');
    expect(under('cafe\u0301: x', 'x')).toBe('^');
    expect(under('👩‍👩‍👧: x', 'x')).toBe('^');
    expect(under('a\u001b[2Jb: x', 'x')).toBe('^');
    expect(under('x: 名前', '名前')).toBe('^^^^');
  });

  it('cuts a long line around the column', () => {
    const text = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`;
    const [row = '', mark = ''] = frame(text, { line: 1, column: 501, end_column: 505 }, 60).split('\n');
    expect(row.length).toBeLessThanOrEqual(66);
    expect(row).toMatch(/^> 1 \| …a+HEREb+…$/);
    expect(mark.indexOf('^')).toBe(row.indexOf('HERE'));
    expect(mark.replace(/^[ |]*/, '')).toBe('^^^^');
  });

  it('marks every line of a range that is shown, but not one that it only touches', () => {
    expect(frame('a\n  b c\n  d e\nf', { line: 2, column: 3, end_line: 3, end_column: 4 })).toBe(
      ['  1 | a', '> 2 |   b c', '    |   ^^^', '> 3 |   d e', '    |   ^', '  4 | f'].join('\n'),
    );
    expect(frame('a b\nc', { line: 1, column: 3, end_line: 2, end_column: 1 })).toBe(
      '> 1 | a b\n    |   ^\n  2 | c',
    );
  });

  it('shows the lines beside a long one, cut alike only where that leaves something', () => {
    const deep = `${' '.repeat(60)}deep: 1`;
    const shown = frame(`short: 1\n${deep}\n${deep}x`, { line: 3, column: 61, end_column: 65 }, 40);
    expect(shown.split('\n').map((row) => row.replace(/ +/g, ' '))).toEqual([
      ' 1 | short: 1',
      ' 2 | … deep: 1',
      '> 3 | … deep: 1x',
      ' | ^^^^',
    ]);
    const [, second = '', third = '', mark = ''] = shown.split('\n');
    expect(second.indexOf('deep')).toBe(mark.indexOf('^'));
    expect(third.indexOf('deep')).toBe(mark.indexOf('^'));
  });

  it('counts lines as positions do: a carriage return ends one, a byte order mark is none of a line', () => {
    expect(frame('\ufeffab\rcd\r\nef', { line: 1, column: 2 })).toBe(
      ['> 1 | ab', '    |  ^', '  2 | cd', '  3 | ef'].join('\n'),
    );
  });

  it.each([
    ['letters', 'x'],
    ['wide letters', '部'],
    ['emoji of several parts', '👩‍💻'],
  ])('shows a hundred places of one line of a million units in a second: %s', (_, letter) => {
    const lines = [letter.repeat(1_000_000 / letter.length)];
    // Of this process alone: other tests run beside it.
    const begun = process.cpuUsage();
    for (let place = 0; place < 100; place += 1)
      renderFrame(lines, { line: 1, column: 1 + place * 10_000 }, { style: plainStyle });
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(1_000);
  });

  it('does not look at a million characters for one line', () => {
    const text = `${'a'.repeat(1_000_000)}\n`.repeat(3);
    const lines = splitLines(text);
    const started = performance.now();
    const shown = renderFrame(lines, { line: 2, column: 700_000 }, { style: plainStyle });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(shown.length).toBeLessThan(1000);
  });

  it('dresses the mark only when told to', () => {
    expect(renderFrame(['a'], { line: 1, column: 1 }, { style: ansiStyle })).toContain(
      '\u001b[31m^\u001b[39m',
    );
    const dressed = renderFrame(
      ['a'],
      { line: 1, column: 1 },
      { style: ansiStyle, dressMark: ansiStyle.yellow },
    );
    expect(dressed).toContain('\u001b[33m^\u001b[39m');
    expect(dressed).toContain('\u001b[33m>\u001b[39m');
  });

  it('keeps a mark behind the last letter of a line that just fits inside the width', () => {
    const shown = frame('x'.repeat(30), { line: 1, column: 31 }, 30);
    for (const row of shown.split('\n')) expect(columnsOf(row)).toBeLessThanOrEqual(30 + 6);
    expect(shown).toContain('^');
  });

  it('never fails, never prints a control character, never outgrows its width', () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 2 }),
        fc.constantFrom('\n', '\t', '\u001b', '\ud800'),
      ),
    });
    fc.assert(
      fc.property(hostile, fc.nat(9), fc.nat(60), fc.nat(60), (text, line, column, length) => {
        const at = {
          line: line + 1,
          column: column + 1,
          end_line: line + 1,
          end_column: column + 1 + length,
        };
        const shown = frame(text, at, 30);
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\u202e\u2028]/u);
        for (const row of shown.split('\n')) expect(columnsOf(row)).toBeLessThanOrEqual(30 + 6);
      }),
    );
  });
});

describe('visible', () => {
  it('escapes what a terminal would obey or hide, on one line', () => {
    expect(visible('a\u001b[2J\n\t\u009b\u202e\u200b\u{e0001}é名')).toBe(
      'a\\u001b[2J\\n\\t\\u009b\\u202e\\u200b\\u{e0001}é名',
    );
    expect(visible('👩‍👧')).toBe('👩‍👧');
  });
});

describe('toCells', () => {
  it('covers the line without gap or overlap', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        let at = 0;
        for (const cell of toCells(line)) {
          expect(cell.start).toBe(at);
          at = cell.end;
        }
        expect(at).toBe(line.length);
      }),
    );
  });
});
