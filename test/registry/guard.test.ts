// How many removals at a time are believed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ref } from '../../src/model/pack.ts';
import { type GuardInput, removalsToHold } from '../../src/registry/guard.ts';

const refs = (count: number): readonly Ref[] =>
  Array.from({ length: count }, (_, index) => `ops.f${String(index).padStart(4, '0')}` as Ref);

const judge = (removals: number, given: Partial<GuardInput & { retired: number; highest: number }> = {}) =>
  removalsToHold({
    removals: refs(removals),
    approved: given.approved ?? new Set(),
    recent: { retired: given.retired ?? 0, highest: given.highest ?? 100 },
    pruneMaxPercent: given.pruneMaxPercent ?? 20,
  });

describe('removalsToHold', () => {
  it.each([
    // removals, retired before, highest, percent, held
    [0, 50, 100, 20, 0],
    [20, 0, 100, 20, 0],
    [21, 0, 100, 20, 21],
    // What went in the ten minutes before counts, and is not held after the fact.
    [1, 20, 100, 20, 1],
    [1, 19, 100, 20, 0],
    // Three are nobody's accident, also when they are all there are.
    [3, 0, 3, 20, 0],
    [4, 0, 4, 20, 4],
    [1, 3, 4, 20, 1],
    [1, 0, 100, 0, 1],
    [0, 0, 100, 0, 0],
    [100, 0, 100, 100, 0],
    // Whatever is reckoned: at 100 % nothing is asked about.
    [5, 2, 5, 100, 0],
    [0, 50, 100, 0, 0],
    [4, 0, 1000, 0.3, 4],
    [4, 0, 1000, 0.4, 0],
    [5, 0, 0, 20, 5],
  ])('%i removals after %i of %i at %f %%: %i held', (removals, retired, highest, pruneMaxPercent, held) => {
    expect(judge(removals, { retired, highest, pruneMaxPercent })).toHaveLength(held);
  });

  it('neither counts nor holds what a person agreed to', () => {
    const all = refs(60);
    expect(judge(60, { approved: new Set(all) })).toEqual([]);
    expect(judge(60, { approved: new Set(all.slice(0, 40)) })).toEqual([]);
    expect(judge(60, { approved: new Set(all.slice(0, 39)) })).toEqual(all.slice(39));
  });

  it('holds in the order of refs, however they come', () => {
    const all = refs(30);
    const given = { approved: new Set<Ref>(), recent: { retired: 0, highest: 30 }, pruneMaxPercent: 20 };
    expect(removalsToHold({ ...given, removals: all.toReversed() })).toEqual(all);
  });

  it('holds all that is new or nothing, sorted, and more the more is lost', () => {
    const numbers = fc.nat({ max: 300 });
    fc.assert(
      fc.property(numbers, numbers, numbers, fc.nat({ max: 100 }), (count, retired, highest, percent) => {
        const held = judge(count, { retired, highest, pruneMaxPercent: percent });
        expect([0, count]).toContain(held.length);
        expect([...held].sort()).toEqual(held);
        const more = judge(count + 1, { retired, highest, pruneMaxPercent: percent });
        if (held.length > 0) expect(more).toHaveLength(count + 1);
      }),
    );
  });
});
