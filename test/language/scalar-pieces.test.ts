// The way from a value back to the text it was written as, held against the parser for every style of scalar.
import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { eventType, scalarText, type YamlScalarEvent } from '../../src/language/events.ts';
import { readEvents } from '../../src/language/read-events.ts';
import { type Piece, rangeInText, scalarPieces } from '../../src/language/scalar-pieces.ts';

function scalarsOf(text: string): YamlScalarEvent[] {
  const result = readEvents(text);
  return result.ok ? result.events.filter((event) => event.type === eventType.SCALAR) : [];
}

/** What a piece that is no copy was written as: the value it must stand for. */
function meaning(written: string, value: string): string | undefined {
  if (written.startsWith('\\')) return String(load(`"${written}"`));
  if (written === "''") return "'";
  // A fold: blanks around line breaks become a blank or line breaks, at a block's start also its indentation.
  return /^[ \t]*(?:\r\n?|\n|$)[ \t\r\n]*$/.test(written) && /^(?: |\n+)$/.test(value) ? value : undefined;
}

function expectPieces(text: string, event: YamlScalarEvent): readonly Piece[] {
  const value = scalarText(text, event);
  const pieces = scalarPieces(text, event);
  let at = 0;
  let place = event.valueStart;
  for (const piece of pieces) {
    const part = value.slice(piece.at, piece.at + piece.length);
    const written = text.slice(piece.start, piece.end);
    expect(piece.at, text).toBe(at);
    expect(piece.start, text).toBeGreaterThanOrEqual(place);
    expect(part, text).toBe(piece.isVerbatim ? written : meaning(written, part));
    at += piece.length;
    place = piece.end;
  }
  expect(at, text).toBe(value.length);
  expect(place, text).toBeLessThanOrEqual(Math.max(event.valueEnd, event.valueStart));
  return pieces;
}

const shown = (text: string, index = 1): string[] => {
  const event = scalarsOf(text)[index];
  if (event === undefined) throw new Error(`no scalar in ${text}`);
  return expectPieces(text, event).map(
    ({ at, start, end, isVerbatim }) => `${at} ${start}-${end}${isVerbatim ? '' : '!'}`,
  );
};

describe('scalarPieces', () => {
  it.each<[what: string, text: string, pieces: string[]]>([
    ['a word', 'k: word', ['0 3-7']],
    ['nothing', 'k:', []],
    [
      'a plain text over lines',
      'k: one  \n  two\n\n  three',
      ['0 3-6', '3 6-11!', '4 11-14', '7 14-18!', '8 18-23'],
    ],
    ['single quotes', "k: 'it''s'", ['0 4-6', '2 6-8!', '3 8-9']],
    ['single quotes over lines', "k: ' a \n  b '", ['0 4-6', '2 6-10!', '3 10-12']],
    ['escapes', 'k: "a\\tb\\u0041\\x42\\""', ['0 4-5', '1 5-7!', '2 7-8', '3 8-14!', '4 14-18!', '5 18-20!']],
    ['an escape of two units', 'k: "\\U0001F600!"', ['0 4-14!', '2 14-15']],
    ['an escaped break', 'k: "a\\\n   b"', ['0 4-5', '1 10-11']],
    ['blanks before an escape', 'k: "a \\n \\\n b"', ['0 4-6', '2 6-8!', '3 8-9', '4 12-13']],
    ['a literal block', 'k: |\n  one\n    two\n', ['0 7-10', '3 10-13!', '4 13-18', '9 18-19!']],
    [
      'a literal block with empty lines',
      'k: |-\n\n  a\n\n\n  b',
      ['0 6-9!', '1 9-10', '2 10-15!', '5 15-16'],
    ],
    ['a kept end', 'k: |+\n  a\n\n', ['0 8-9', '1 9-11!']],
    [
      'a folded block',
      'k: >\n  a\n  b\n\n  c\n',
      ['0 7-8', '1 8-11!', '2 11-12', '3 12-16!', '4 16-17', '5 17-18!'],
    ],
    [
      'a folded block with deeper lines',
      'k: >-\n  a\n    b\n  c',
      ['0 8-9', '1 9-12!', '2 12-15', '5 15-18!', '6 18-19'],
    ],
    ['an indicated indentation', 'k: |1-\n   a', ['0 8-11']],
    ['Windows line ends', 'k: |-\r\n  a\r\n  b', ['0 9-10', '1 10-14!', '2 14-15']],
  ])('of %s', (_what, text, pieces) => {
    expect(shown(text)).toEqual(pieces);
  });

  const characters = fc.constantFrom(
    ...[
      'a',
      'b',
      '{',
      '}',
      ' ',
      ' ',
      '  ',
      '\n',
      '\n',
      '\r\n',
      '\t',
      "'",
      '"',
      '\\',
      '#',
      ':',
      '-',
      'é',
      '😀',
      '{{',
      '}}',
    ],
  );
  const content = fc.array(characters, { maxLength: 14 }).map((parts) => parts.join(''));
  const indented = (text: string, blanks: string): string => text.replaceAll(/\n(?=[^\r\n])/g, `\n${blanks}`);
  const escaped = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'a',
          ' ',
          '  ',
          '\n',
          '\n\n',
          '\\n',
          '\\t',
          '\\"',
          '\\\\',
          '\\ ',
          '\\\n',
          '\\x41',
          '\\u263a',
        ),
        fc.constantFrom('\\U0001F600', '\\e', '\\_', '\\N', '\\L', '\\/', '\t', 'é', '😀', '\r\n', '{{ a }}'),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));
  const flow = fc.oneof(
    escaped.map((text) => `"${indented(text, ' ')}"`),
    content.map((text) => `'${indented(text.replaceAll("'", "''"), ' ')}'`),
    content.map((text) => indented(text, ' ')),
    content.map((text) => `a${indented(text, '   ')}b`),
  );
  const block = fc
    .record({
      sign: fc.constantFrom('|', '>'),
      chomping: fc.constantFrom('', '-', '+'),
      depth: fc.integer({ min: 1, max: 3 }),
      isIndicated: fc.boolean(),
      lines: fc.array(
        fc.oneof(
          content.map((line) => line.replaceAll(/[\r\n]/g, '')),
          fc.constant(''),
        ),
        { maxLength: 6 },
      ),
      end: fc.constantFrom('', '\n', '\n\n', '\n \n'),
      eol: fc.constantFrom('\n', '\r\n', '\r'),
    })
    .map(({ sign, chomping, depth, isIndicated, lines, end, eol }) => {
      const body = lines.map((line) => (line === '' ? '' : ' '.repeat(depth) + line)).join('\n');
      return `${sign}${isIndicated ? depth : ''}${chomping}\n${body}${end}`.replaceAll('\n', eol);
    });

  it('leads every character of any scalar back to where it was written', () => {
    let seen = 0;
    const styles = new Set<number>();
    fc.assert(
      fc.property(fc.oneof(flow, block), fc.constantFrom('k: ', '- ', '? ', '[', ''), (scalar, before) => {
        const text = before === '[' ? `[${scalar}]` : before + scalar;
        for (const event of scalarsOf(text)) {
          expectPieces(text, event);
          styles.add(event.style);
          seen += 1;
        }
      }),
      { numRuns: 6000 },
    );
    expect(styles.size).toBe(5);
    // Not one that was read in vain: most of what is made up is YAML.
    expect(seen).toBeGreaterThan(3000);
  });
});

describe('rangeInText', () => {
  const text = 'k: "a\\n😀\\u0041 b"';
  const pieces = scalarPieces(text, scalarsOf(text)[1] as YamlScalarEvent);

  it.each([
    [0, 1, 4, 5],
    [1, 2, 5, 7],
    [0, 2, 4, 7],
    [2, 4, 7, 9],
    [3, 5, 8, 15],
    [4, 4, 9, 9],
    [5, 7, 15, 17],
    [7, 7, 17, 17],
    [9, 12, 17, 17],
  ])('takes %i-%i to %i-%i', (start, end, from, to) => {
    expect(rangeInText(pieces, { start, end })).toEqual({ start: from, end: to });
  });

  it('has no place in a scalar of nothing', () => {
    expect(rangeInText([], { start: 0, end: 0 })).toBeUndefined();
  });
});
