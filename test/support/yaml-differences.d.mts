// Types of yaml-differences.mjs, for tests in TypeScript.
import type { ParsedDocument } from '../../src/language/parse.ts';

export function compareReadings(text: string, parsed: ParsedDocument): string;
export function compareAll(
  parseDocument: (text: string) => ParsedDocument,
  rounds: number,
  seed: number,
): { readonly counts: ReadonlyMap<string, number>; readonly unexplained: readonly string[] };
