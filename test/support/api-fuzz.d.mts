import type { ApiClient } from './api-client.mjs';
import type { ApiDocument } from './whole-app.ts';

/**
 * Asks `count` random requests made from the document, eight at a time. Throws with the first that was answered wrongly, or not
 * at all in `limitMs`. Returns how often each status came, and the longest wait in ms. `known`: refs and names that there are.
 */
export function fuzz(options: {
  readonly document: ApiDocument;
  readonly client: ApiClient;
  readonly known: readonly string[];
  readonly seed: number;
  readonly count: number;
  readonly headers?: () => Readonly<Record<string, string>>;
  readonly limitMs?: number;
}): Promise<{ readonly statuses: Readonly<Record<string, number>>; readonly worstMs: number }>;
