// Expressions as tests write them: text in, compact JSON or `CODE start-end` out.
import { evaluate } from '../../../src/language/expression/evaluate.ts';
import type { ExpressionError } from '../../../src/language/expression/fault.ts';
import type { Limits } from '../../../src/language/expression/limits.ts';
import { parseExpression } from '../../../src/language/expression/parse.ts';
import { createScope, type ScopeInput } from '../../../src/language/expression/scope.ts';
import { toJsonText, type Value } from '../../../src/language/expression/value.ts';

export const mark = (error: ExpressionError): string => `${error.code} ${error.start}-${error.end}`;

export const shown = (outcome: { value: Value } | { error: ExpressionError }): string =>
  'error' in outcome ? mark(outcome.error) : toJsonText(outcome.value);

export const world: ScopeInput = {
  parameters: { host: 'db-1', ports: [5432, 5433], ratio: 0.5, deep: { a: { b: [{ c: 'found' }] } } },
  vars: { count: 3, name: 'Ada', list: [3, 1, 2], empty: {}, host_name: 'x', flag: true, nothing: null },
  tasks: { fetch: { result: { rows: [1, 2] }, state: 'succeeded' } },
  config: { url: 'http://localhost' },
  keystore: { token: 's3cret' },
  system: { workflow_start: '2031-05-04' },
  item: { id: 7 },
  index: 2,
  current: { result: { code: 200 }, state: 'succeeded' },
};

/** Evaluates in `world`, or in another scope. */
export function run(text: string, scope: ScopeInput = world, limits?: Limits): string {
  const parsed = parseExpression(text);
  return parsed.error === undefined
    ? shown(evaluate(parsed.node, createScope(scope), limits))
    : mark(parsed.error);
}

/**
 * Milliseconds of processor time that a call takes: the best of at least three tries, and of as many as it takes to come below
 * `enoughMs`, at most twenty. A busy machine slows some tries down; what is really too slow is so in all of them.
 */
export function blocked(call: () => unknown, enoughMs = 100): number {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 20 && (tries < 3 || best >= enoughMs); tries += 1) {
    const start = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
