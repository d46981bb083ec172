// Types of yaml-edits.mjs, for tests in TypeScript.

/** A whole number from 0 on, below the one given. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random;
export function createEdits(random: Random): () => string;
