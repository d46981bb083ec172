// Seeded randomness for generated corpora: the same seed gives the same stream on every machine.

/** A stream of choices that depends on nothing but its seed. */
export type Random = {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number;
  /** One element; the list must not be empty. */
  readonly pick: <T>(list: readonly [T, ...T[]]) => T;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
};

/** A stream for any number of seeds; each combination has its own (mulberry32 over a mixed seed). */
export function createRandom(...seeds: readonly number[]): Random {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) ^ (mixed >>> 15), 0x2545f491);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    chance: (probability) => next() < probability,
  };
}
