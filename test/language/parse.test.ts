// The values built here against those of js-yaml itself, on documents that both accept.
import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/language/parse.ts';

const words = [
  'a',
  'b: ',
  'c:',
  '- ',
  '\n',
  '\n  ',
  '\n    ',
  ' ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '"x\\ty"',
  "'it''s'",
  '|\n',
];
const more = [
  '>-\n',
  '&a ',
  '*a',
  '!!str ',
  '12',
  '0x1f',
  '-.5',
  'true',
  '~',
  '# c\n',
  '? ',
  ': ',
  '---\n',
  '...\n',
  '\r\n',
];

describe('parseDocument', () => {
  it('reads what js-yaml reads, and refuses what it refuses', () => {
    const text = fc
      .array(fc.constantFrom(...words, ...more), { maxLength: 25 })
      .map((parts) => parts.join(''));
    let compared = 0;
    fc.assert(
      fc.property(text, (yaml) => {
        const { value, problems } = parseDocument(yaml);
        if (problems.length > 0) return;
        const isEmpty = yaml.replace(/#.*/g, '').trim() === '';
        if (isEmpty) return;
        let read: unknown;
        try {
          read = load(yaml);
        } catch (error) {
          // A stream without any document is an empty file here.
          if (value === null && String(error).includes('input is empty')) return;
          throw error;
        }
        compared += 1;
        expect(value).toEqual(read === 0 ? 0 : read);
      }),
      { numRuns: 10_000 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  it('keeps the order of keys and shares what an alias names', () => {
    const { value } = parseDocument('b: &x { d: 1, c: 2 }\na: *x\n');
    expect(JSON.stringify(value)).toBe('{"b":{"d":1,"c":2},"a":{"d":1,"c":2}}');
  });

  it('reads block scalars, folded lines and escapes', () => {
    const text = 'a: |\n  one\n   two\nb: >-\n  one\n  two\nc: "x\\\n  y\\u00e9"\nd: plain\n  text\n';
    expect(parseDocument(text).value).toEqual({ a: 'one\n two\n', b: 'one two', c: 'xyé', d: 'plain text' });
  });
});
