// What one expression may cost, and the meter that keeps evaluation within it.
import type { Fault } from './fault.ts';

/** Parentheses, brackets, calls, `not` and `-` inside each other. */
export const maxDepth = 100;

/** Names, literals and signs of one expression, and of all expressions of one template: more could hardly be evaluated. */
export const maxTokens = 10_000;

export type Limits = {
  /** A step is a node, or the work of about 500 bytes of value, or a few hundred moves of a pattern. */
  readonly steps: number;
  /** Bytes of compact JSON of any value that an expression makes, and of the text of a template. */
  readonly resultBytes: number;
  /** Steps that many evaluations have together; each takes its own from it. */
  readonly total?: { left: number };
};

export const defaultLimits: Limits = { steps: 10_000, resultBytes: 1_048_576 };

/** Counts the steps of one evaluation. */
export type Meter = {
  readonly limits: Limits;
  /** Takes steps (parts of one add up); a fault when there are none left, then for ever. */
  spend(steps: number): Fault | undefined;
  /** A fault when a value of so many bytes may not be made. */
  allow(bytes: number): Fault | undefined;
  /** Sizes of lists and objects that were weighed; see `weigh`. */
  readonly weights: WeakMap<object, number>;
};

export function createMeter(limits: Limits = defaultLimits): Meter {
  let left = limits.steps;
  const { total } = limits;
  return {
    limits,
    weights: new WeakMap(),
    spend: (steps) => {
      left -= steps;
      if (total !== undefined) total.left -= steps;
      if (total !== undefined && total.left < 0) {
        return { code: 'EXPR_LIMIT', message: 'all expressions together take too many steps' };
      }
      if (left >= 0) return undefined;
      return { code: 'EXPR_LIMIT', message: `the expression takes more than ${limits.steps} steps` };
    },
    allow: (bytes) => {
      if (bytes <= limits.resultBytes) return undefined;
      return {
        code: 'EXPR_LIMIT',
        message: `the expression makes a value of more than ${limits.resultBytes} bytes`,
      };
    },
  };
}
