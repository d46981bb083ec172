// Types of yaml-texts.mjs, for tests in TypeScript.

/** A whole number from 0 on, below the one given. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random;
export function createTexts(random: Random): {
  readonly generate: () => string;
  readonly mutate: () => string;
  readonly next: () => string;
};
