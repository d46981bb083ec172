// Scalars read as YAML 1.2 has it, and as two other readers of YAML 1.2 do.
import { CORE_SCHEMA, load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDocument } from '../../src/language/parse.ts';
import { resolvePlain } from '../../src/language/scalars.ts';

const golden: readonly (readonly [text: string, value: string | number | boolean | null])[] = [
  ['yes', 'yes'],
  ['no', 'no'],
  ['on', 'on'],
  ['off', 'off'],
  ['y', 'y'],
  ['true', true],
  ['True', true],
  ['FALSE', false],
  ['tRue', 'tRue'],
  ['null', null],
  ['Null', null],
  ['~', null],
  ['nil', 'nil'],
  ['0', 0],
  ['-0', 0],
  ['+12', 12],
  ['017', 17],
  ['09', 9],
  ['0o17', 15],
  ['0x1F', 31],
  ['0b11', '0b11'],
  ['-0x1', '-0x1'],
  ['1_000', '1_000'],
  ['1,000', '1,000'],
  ['12:30:45', '12:30:45'],
  ['2024-01-02', '2024-01-02'],
  ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
  ['.5', 0.5],
  ['5.', 5],
  ['-.5', -0.5],
  ['.', '.'],
  ['-', '-'],
  ['1e3', 1000],
  ['1E-2', 0.01],
  ['1.5e+2', 150],
  ['1e', '1e'],
  ['1.0.0', '1.0.0'],
  ['1.0', 1],
  ['0.1', 0.1],
  ['9007199254740991', 9007199254740991],
  ['1e20', 1e20],
  ['inf', 'inf'],
  ['nan', 'nan'],
  ['Infinity', 'Infinity'],
  ['0x', '0x'],
  ['<<', '<<'],
  ['a b', 'a b'],
];

describe('resolvePlain', () => {
  it.each(golden.filter(([text]) => text !== '-'))('reads %s as %j, like the others', (text, value) => {
    expect(resolvePlain(text)).toStrictEqual(value);
    expect(parseDocument(`[ ${text.includes(',') ? `"${text}"` : text} ]`).value).toStrictEqual([value]);
    // Both others keep the sign of zero, which JSON has not.
    const signless = (read: unknown): unknown => (read === 0 ? 0 : read);
    expect(signless(load(text, { schema: CORE_SCHEMA }))).toStrictEqual(value);
    expect(signless(parse(text))).toStrictEqual(value);
  });

  it('names what no double holds', () => {
    for (const text of ['.inf', '-.INF', '+.Inf', '.nan', '.NaN', '1e400', '-1e400']) {
      expect(String(resolvePlain(text))).toBe('Symbol(notFinite)');
    }
    for (const text of ['9007199254740992', '-9007199254740993', '0x20000000000000', '1'.repeat(400)]) {
      expect(String(resolvePlain(text))).toBe('Symbol(unsafeInteger)');
    }
  });
});
