import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonical.ts';
import type { Json, JsonObject } from '../../src/model/pack.ts';
import { revisionOf } from '../../src/registry/revision.ts';

describe('canonicalJson', () => {
  it('sorts the keys of every object, keeps lists in order, and is compact', () => {
    const value = { b: [{ z: 1, a: null }, 'x'], a: { d: true, c: 1.5 } };
    expect(canonicalJson(value)).toBe('{"a":{"c":1.5,"d":true},"b":[{"a":null,"z":1},"x"]}');
  });

  it('tells a number from its text and nothing from an empty text', () => {
    expect(canonicalJson([1, '1', null, ''])).toBe('[1,"1",null,""]');
  });

  it('is JSON that says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('quotes every code unit, alone and in a pair, as JSON does', () => {
    for (let code = 0; code <= 0xffff; code += 1) {
      for (const text of [String.fromCharCode(code), `a${String.fromCharCode(0xd83d, code)}b`]) {
        if (canonicalJson(text) !== JSON.stringify(text))
          expect(canonicalJson(text)).toBe(JSON.stringify(text));
      }
    }
  });
});

describe('revisionOf', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(revisionOf(turned as JsonObject)).toBe(revisionOf(value as JsonObject));
      }),
    );
  });

  it('is 64 lower-case hex digits', () => {
    expect(revisionOf({})).toMatch(/^[0-9a-f]{64}$/);
  });
});
