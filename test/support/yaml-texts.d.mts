// Types of yaml-texts.mjs, for tests in TypeScript.
import type { Random } from './yaml-edits.mjs';

export function createTexts(random: Random): {
  readonly generate: () => string;
  readonly mutate: () => string;
  readonly next: () => string;
};
