// Functions that turn values into others and that calculate.
import { order } from './compare.ts';
import type { Fault } from './fault.ts';
import { defineFunction, outOfRange } from './function-rule.ts';
import { add, checkFloat, checkInt } from './operators.ts';
import { isFault, isList, isNumber, isObject, isTruthy, kindOf, toText, type Value } from './value.ts';

// No digit can be matched in two ways: a long text that is no number is refused in linear time.
const numberForm = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const intForm = /^[+-]?\d{1,400}$/;

export const numberFunctions = {
  string: defineFunction(['any'], ([value]) => toText(value), 'heavy'),
  number: defineFunction(['any'], ([value]) => toNumber(value)),
  int: defineFunction(['any'], ([value]) => toInt(value)),
  bool: defineFunction(['any'], ([value]) => isTruthy(value), 'nothing'),
  type_of: defineFunction(['any'], ([value]) => typeOf(value), 'nothing'),
  abs: defineFunction(['number'], ([value]) => {
    if (typeof value === 'number') return Math.abs(value);
    return value < 0n ? checkInt(-value) : value;
  }),
  floor: defineFunction(['number'], ([value]) => rounded(value, Math.floor)),
  ceil: defineFunction(['number'], ([value]) => rounded(value, Math.ceil)),
  round: defineFunction(['number'], ([value]) => rounded(value, roundAway)),
  min: defineFunction(['any', 'any'], ([a, b]) => first(a, b, 1)),
  max: defineFunction(['any', 'any'], ([a, b]) => first(a, b, -1)),
  sum: defineFunction(['list'], ([list], meter) => {
    let total: Value = 0n;
    for (const item of list) {
      if (!isNumber(item)) return wrongItem('sum adds up numbers', item);
      const next: Value | Fault = add(total, item, meter);
      if (isFault<Fault>(next)) return next;
      total = next;
    }
    return total;
  }),
};

/** A fault of an element of the first argument. */
export function wrongItem(rule: string, item: Value): Fault {
  return { code: 'EXPR_TYPE', message: `${rule}, but the list holds ${kindOf(item)}`, argument: 0 };
}

function typeOf(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'boolean') return 'bool';
  return isNumber(value) ? 'number' : 'string';
}

/** Half-way cases go away from zero, also below it. */
const roundAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

function rounded(value: bigint | number, round: (value: number) => number): Value | Fault {
  return typeof value === 'bigint' ? value : checkInt(BigInt(round(value)));
}

function first(a: Value, b: Value, sign: 1 | -1): Value | Fault {
  const result = order(a, b);
  if (isFault<Fault>(result)) return result;
  return result * sign > 0 ? b : a;
}

/** Numbers stay as they are, text becomes a float, booleans 1 and 0. */
function toNumber(value: Value): Value | Fault {
  if (isNumber(value)) return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value !== 'string') return noNumber(value);
  if (!numberForm.test(value)) return outOfRange(0, 'the string is no number');
  const result = checkFloat(Number(value));
  return isFault<Fault>(result) ? { ...result, argument: 0 } : result;
}

/** Cut off at the dot, towards zero. */
function toInt(value: Value): Value | Fault {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && intForm.test(value)) return checkInt(BigInt(value.replace('+', '')));
  const number = toNumber(value);
  return typeof number === 'number' ? checkInt(BigInt(Math.trunc(number))) : number;
}

function noNumber(value: Value): Fault {
  return { code: 'EXPR_TYPE', message: `there is no number in ${kindOf(value)}`, argument: 0 };
}
