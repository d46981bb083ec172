// A JSON definition → the text it is kept as, or a refusal: bounded before it is printed, for a body of a megabyte may print to many.
import type { Json, JsonObject } from '../model/pack.ts';
import { ProblemError } from './problem.ts';

/** Deeper than any definition may be, and far from what printing could not take. */
const maxDepth = 100;

/** `maxBytes`: of the text. */
export function printDefinition(definition: JsonObject, maxBytes: number): string {
  measure(definition, maxBytes);
  const text = `${JSON.stringify(definition, null, 2)}\n`;
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge(maxBytes);
  return text;
}

/** Goes through the value without recursion; the bytes are counted too low, which is enough to stop what grows without bound. */
function measure(root: Json, maxBytes: number): void {
  const open: { readonly value: Json; readonly depth: number }[] = [{ value: root, depth: 0 }];
  let bytes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (depth > maxDepth)
      throw new ProblemError('invalid_body', `a definition has at most ${maxDepth} levels`);
    // Indent, a line break, and a character of the value at least.
    bytes += 2 * depth + 2 + (typeof value === 'string' ? value.length : 0);
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new ProblemError('invalid_body', 'a number is too large to be kept as it was sent');
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) open.push({ value: inner, depth: depth + 1 });
  }
}

export function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError('body_too_large', `the text of a definition has at most ${maxBytes} bytes`);
}
