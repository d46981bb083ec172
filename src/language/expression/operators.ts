// What operators do with two values that are already known; `and`, `or` and `not` are the evaluator's.
import type { BinaryOperator } from './ast.ts';
import { isEqual, isIn, order } from './compare.ts';
import type { Fault } from './fault.ts';
import type { Meter } from './limits.ts';
import { isFault, isList, isNumber, kindOf, maxInt, minInt, type Value, weigh } from './value.ts';

export type ValueOperator = Exclude<BinaryOperator, 'and' | 'or'>;

/** Bytes of value that are looked at for one step. */
export const bytesPerStep = 500;

/** What an element of a new list, or a piece of a new string, counts for: memory costs more than looking. */
export const elementBytes = 40;

/** Applies an operator; what it looks at and makes is paid for first. */
export function applyOperator(operator: ValueOperator, a: Value, b: Value, meter: Meter): Value | Fault {
  switch (operator) {
    case '==':
    case '!=':
      return (
        payFor(Math.min(weigh(a, meter), weigh(b, meter)), meter) ?? isEqual(a, b) === (operator === '==')
      );
    case 'in':
      return payFor(weigh(b, meter), meter) ?? isIn(a, b);
    case '<':
    case '>':
    case '<=':
    case '>=':
      return payFor(weigh(a, meter) + weigh(b, meter), meter) ?? compare(operator, a, b);
    case '+':
      return add(a, b, meter);
    default:
      return isNumber(a) && isNumber(b) ? calculate(operator, a, b) : notNumbers(operator, a, b);
  }
}

/** `-value`. */
export function negate(value: Value): Value | Fault {
  if (typeof value === 'bigint') return checkInt(-value);
  if (typeof value === 'number') return -value;
  return { code: 'EXPR_TYPE', message: `only a number can be negated, not ${kindOf(value)}` };
}

/** Takes the steps for looking at so many bytes. */
export function payFor(bytes: number, meter: Meter): Fault | undefined {
  return meter.spend(bytes / bytesPerStep);
}

/** The integer, or a fault when it is not within 64 bits. */
export function checkInt(value: bigint): bigint | Fault {
  if (value >= minInt && value <= maxInt) return value;
  return { code: 'EXPR_RANGE', message: 'the result is no 64-bit integer: it is too large' };
}

/** The float, or a fault when it is infinite or no number: JSON has neither. */
export function checkFloat(value: number): number | Fault {
  if (Number.isFinite(value)) return value;
  return { code: 'EXPR_RANGE', message: 'the result is too large for a float' };
}

function compare(operator: '<' | '>' | '<=' | '>=', a: Value, b: Value): boolean | Fault {
  const result = order(a, b);
  if (isFault<Fault>(result)) return result;
  switch (operator) {
    case '<':
      return result < 0;
    case '>':
      return result > 0;
    case '<=':
      return result <= 0;
    case '>=':
      return result >= 0;
  }
}

/** Sum of two numbers, two strings or two lists; nothing is turned into anything else. */
export function add(a: Value, b: Value, meter: Meter): Value | Fault {
  if (isNumber(a) && isNumber(b)) return calculate('+', a, b);
  const areTexts = typeof a === 'string' && typeof b === 'string';
  if (!areTexts && !(isList(a) && isList(b))) {
    return {
      code: 'EXPR_TYPE',
      message: `\`+\` joins two numbers, two strings or two lists, not ${kindOf(a)} and ${kindOf(b)}`,
      ...(typeof a === 'string' || typeof b === 'string'
        ? { help: 'turn the other side into text: string(x)' }
        : {}),
    };
  }
  const bytes = weigh(a, meter) + weigh(b, meter);
  const over = meter.allow(bytes) ?? payFor(bytes, meter);
  if (over !== undefined) return over;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  const sum = isList(a) && isList(b) ? a.concat(b) : [];
  meter.weights.set(sum, bytes);
  return sum;
}

function calculate(
  operator: '+' | '-' | '*' | '/' | '%',
  a: bigint | number,
  b: bigint | number,
): Value | Fault {
  if ((operator === '/' || operator === '%') && (b === 0 || b === 0n)) {
    return { code: 'EXPR_ZERO', message: `the right side of \`${operator}\` is zero` };
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return calculateInts(operator, a, b);
  return calculateFloats(operator, Number(a), Number(b));
}

function calculateInts(operator: '+' | '-' | '*' | '/' | '%', a: bigint, b: bigint): Value | Fault {
  switch (operator) {
    case '+':
      return checkInt(a + b);
    case '-':
      return checkInt(a - b);
    case '*':
      return checkInt(a * b);
    case '/':
      return a % b === 0n ? checkInt(a / b) : checkFloat(Number(a) / Number(b));
    case '%':
      return a % b;
  }
}

function calculateFloats(operator: '+' | '-' | '*' | '/' | '%', a: number, b: number): Value | Fault {
  switch (operator) {
    case '+':
      return checkFloat(a + b);
    case '-':
      return checkFloat(a - b);
    case '*':
      return checkFloat(a * b);
    case '/':
      return checkFloat(a / b);
    case '%':
      return checkFloat(a % b);
  }
}

function notNumbers(operator: string, a: Value, b: Value): Fault {
  const message = `\`${operator}\` takes two numbers, not ${kindOf(a)} and ${kindOf(b)}`;
  return { code: 'EXPR_TYPE', message };
}
