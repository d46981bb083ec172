// Patterns: what they match, that they agree with the engine's own where both know them, and that none of them hangs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMeter } from '../../../src/language/expression/limits.ts';
import { compilePattern, matches } from '../../../src/language/expression/pattern.ts';
import { blocked } from './support.ts';

function match(pattern: string, text: string): boolean | string {
  const compiled = compilePattern(pattern);
  if ('code' in compiled) return compiled.code;
  const outcome = matches(compiled, text, createMeter());
  return typeof outcome === 'boolean' ? outcome : outcome.code;
}

const cases: readonly (readonly [pattern: string, text: string, outcome: boolean | string])[] = [
  ['', '', true],
  ['a', 'cat', true],
  ['^a', 'cat', false],
  ['t$', 'cat', true],
  ['^$', '', true],
  ['a|b|c$', 'xxb', true],
  ['^(ab)+$', 'ababab', true],
  ['^(ab)+$', 'ababa', false],
  ['^a{2,3}$', 'aaa', true],
  ['^a{2,3}$', 'aaaa', false],
  ['^a{2}$', 'aa', true],
  ['^a{2,}$', 'a', false],
  ['^a{0}$', '', true],
  ['^a*?b+?c??$', 'aabb', true],
  ['^.$', '😀', true],
  ['^..$', '😀', false],
  ['.', '\n', false],
  ['(?s).', '\n', true],
  ['(?i)^STRASSE$', 'Strasse', true],
  ['(?i)^[a-c]+$', 'aBC', true],
  ['(?m)^b$', 'a\nb\nc', true],
  ['^b$', 'a\nb\nc', false],
  ['^[a-c0-9_-]+$', 'a-c_9', true],
  ['^[^a-c]$', 'b', false],
  ['^[]a]+$', 'a]', true],
  ['^[\\d\\s]+$', '1 2', true],
  ['^[\\]\\\\]$', '\\', true],
  ['^\\w+@\\w+\\.com$', 'me@site.com', true],
  ['^\\w+$', 'größe', true],
  ['^\\d$', '٣', true],
  ['^\\D\\W\\S$', 'a-b', true],
  ['^\\p{Lu}\\p{L}+$', 'Ärger', true],
  ['^\\P{L}$', '1', true],
  ['^\\pL$', 'x', true],
  ['^\\x41\\u0042\\u{43}\\x{44}$', 'ABCD', true],
  ['\\bcat\\b', 'a cat!', true],
  ['\\bcat\\b', 'concat', false],
  ['\\Bcat', 'concat', true],
  ['\\b', '😀', false],
  ['\\Aa\\z', 'a', true],
  ['^a\\.b\\/c\\-d$', 'a.b/c-d', true],
  ['^(?:a|(?<year>\\d{4})|(?P<x>z))$', '2031', true],
  ['(a*)*', 'b', true],
  ['^(a*)*$', 'aab', false],
  ['^(a|)+$', 'aa', true],
  ['^(|a){2}$', 'aa', true],
  ['(){1000}', '', true],
  ['a]', 'a]', true],
  ['a}', 'a}', true],
  // what is refused
  ['(', '', 'EXPR_RANGE'],
  [')', '', 'EXPR_RANGE'],
  ['[', '', 'EXPR_RANGE'],
  ['[a', '', 'EXPR_RANGE'],
  ['[]', '', 'EXPR_RANGE'],
  ['[b-a]', '', 'EXPR_RANGE'],
  ['[a-\\d]', '', 'EXPR_RANGE'],
  ['[[:alpha:]]', '', 'EXPR_RANGE'],
  ['*a', '', 'EXPR_RANGE'],
  ['a|*', '', 'EXPR_RANGE'],
  ['a**', '', 'EXPR_RANGE'],
  ['a{2}{3}', '', 'EXPR_RANGE'],
  ['a{3,2}', '', 'EXPR_RANGE'],
  ['a{x}', '', 'EXPR_RANGE'],
  ['a{', '', 'EXPR_RANGE'],
  ['\\', '', 'EXPR_RANGE'],
  ['\\1', '', 'EXPR_RANGE'],
  ['\\q', '', 'EXPR_RANGE'],
  ['\\p{Nothing}', '', 'EXPR_RANGE'],
  ['\\p{L}$|(?=a)', '', 'EXPR_RANGE'],
  ['(?<=a)b', '', 'EXPR_RANGE'],
  ['a(?i)b', '', 'EXPR_RANGE'],
  ['a{1001}', '', 'EXPR_LIMIT'],
  ['(a{100}){100}', '', 'EXPR_LIMIT'],
  ['a'.repeat(2_001), '', 'EXPR_LIMIT'],
  [`${'('.repeat(51)}a${')'.repeat(51)}`, '', 'EXPR_LIMIT'],
];

describe('match', () => {
  it.each(cases)('%s on %j is %s', (pattern, text, outcome) => {
    expect(match(pattern, text)).toBe(outcome);
  });

  it('agrees with the engine on patterns both understand', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '^',
      '$',
      '\\b',
      'c?',
      'a*',
      'b+',
      '(a|b)',
      '(ab|)',
      '|',
    );
    const counted = fc
      .tuple(piece, fc.constantFrom('', '', '*', '{2}', '{0,2}'))
      .map(([inner, count]) => (count === '' ? inner : `(?:${inner})${count}`));
    const patterns = fc.array(counted, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        patterns,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n', ' '), maxLength: 8 }),
        (pattern, text) => {
          expect(match(pattern, text)).toBe(new RegExp(pattern, 'u').test(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never throws, whatever the pattern', () => {
    const signs = fc.constantFrom(...'()[]{}|*+?\\^$.-:<>=!,0159pPxudwsbBAz😀\ud800'.split(/(?:)/u));
    fc.assert(
      fc.property(
        fc.string({ unit: signs, maxLength: 20 }),
        fc.string({ unit: 'binary', maxLength: 10 }),
        (pattern, text) => {
          expect(typeof match(pattern, text)).toMatch(/^(boolean|string)$/);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['(a+)+$', `${'a'.repeat(50_000)}b`],
    ['(a|a)*$', `${'a'.repeat(50_000)}b`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
    ['(.*)*x', 'y'.repeat(50_000)],
    ['(x+x+)+y', 'x'.repeat(1_000_000)],
    ['(((a{10}){10}){10}){10}', 'a'],
    ['((((){1000}){1000}){1000}){1000}', 'a'],
    ['(?:a?){500}a{500}', 'a'.repeat(100_000)],
    [`${'(a|'.repeat(500)}`, 'a'],
    ['['.repeat(1_000_000), 'a'],
    ['a?'.repeat(500_000), 'a'],
    ['[\\p{L}\\p{N}\\p{S}]+$', '~'.repeat(1_000_000)],
    [`(?i)[${'a'.repeat(1_900)}]`, 'ß'.repeat(1_000_000)],
    ['\\b\\B\\b\\B', 'ß '.repeat(500_000)],
    ['(?i)straße$', 'STRASS'.repeat(200_000)],
  ])('answers %.40s in time', (pattern, text) => {
    expect(blocked(() => match(pattern, text))).toBeLessThan(100);
  });
});
