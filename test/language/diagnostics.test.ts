import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/language/diagnostics.ts';
import { suggest } from '../../src/language/suggest.ts';

describe('catalogue', () => {
  it('has exactly the codes of the union', () => {
    const source = readFileSync(new URL('../../src/model/diagnostic.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/^ {2}\| '([A-Z0-9_]+)'/gm)].map(([, code]) => code);
    expect(Object.keys(catalogue).sort()).toEqual(codes.sort());
  });

  it('says something about each', () => {
    for (const [code, entry] of Object.entries(catalogue)) {
      for (const words of [entry.title, entry.meaning, entry.example, entry.fix]) {
        expect(words.length, code).toBeGreaterThan(2);
      }
      expect(entry.title, code).not.toMatch(/\.$/);
      expect(entry.fix, code).toMatch(/\.$/);
    }
  });
});

describe('suggest', () => {
  it.each([
    ['actoin', 'action'],
    ['Publish', 'publish'],
    ['pubish', 'publish'],
    ['on_sucess', 'on_success'],
    ['xyz', undefined],
    ['nme', 'name'],
    ['', undefined],
  ])('for %s is %s', (word, near) => {
    expect(suggest(word, ['action', 'publish', 'on_success', 'name', 'timeout'])).toBe(near);
  });

  it('looks at the first 200 names only', () => {
    const names = (index: number): string[] =>
      Array.from({ length: 300 }, (_, at) => (at === index ? 'build' : `x${at}`));
    expect(suggest('biuld', names(199))).toBe('build');
    expect(suggest('biuld', names(200))).toBeUndefined();
  });
});
