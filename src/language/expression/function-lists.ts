// Functions on lists and objects, and those that take a list or a string alike.

import { isEqual, isIn, isOrdered, keyOf, order } from './compare.ts';
import type { Fault } from './fault.ts';
import { wrongItem } from './function-numbers.ts';
import { defineFunction, outOfRange } from './function-rule.ts';
import type { Meter } from './limits.ts';
import { elementBytes, payFor } from './operators.ts';
import { countPlaces, createSearch } from './search.ts';
import { countPoints, offsetOf } from './text.ts';
import {
  compareText,
  isList,
  isNumber,
  isObject,
  kindOf,
  type ListValue,
  makeObject,
  type Value,
} from './value.ts';

export const listFunctions = {
  length: defineFunction(['any'], ([value], meter) => lengthOf(value, meter), 'nothing'),
  keys: defineFunction(['object'], ([object]) => [...object.keys()], 'flat'),
  values: defineFunction(['object'], ([object]) => [...object.values()], 'flat'),
  contains: defineFunction(['any', 'any'], ([holder, item]) => isIn(item, holder)),
  reversed: defineFunction(
    ['list or string'],
    ([value], meter) => {
      if (isList(value)) return [...value].reverse();
      return payFor(value.length * elementBytes, meter) ?? Array.from(value).reverse().join('');
    },
    'flat',
  ),
  sort: defineFunction(['list'], ([list]) => sort(list), 'heavy'),
  unique: defineFunction(['list'], ([list]) => unique(list), 'heavy'),
  flat: defineFunction(['list'], ([list]) => list.flatMap((item) => (isList(item) ? item : [item]))),
  zip: defineFunction(['list', 'list'], ([a, b], meter) => zip(a, b, meter), 'flat'),
  range: defineFunction(['integer', 'integer?'], (args, meter) => range(args, meter)),
  slice: defineFunction(['list or string', 'integer', 'integer?'], (args) => slice(args), 'flat'),
  index_of: defineFunction(['list or string', 'any'], ([holder, item]) => {
    if (isList(holder)) return BigInt(holder.findIndex((other) => isEqual(other, item)));
    if (typeof item !== 'string') return noString(item);
    const offset = createSearch(item)(holder, 0);
    return offset < 0 ? -1n : BigInt(countPoints(holder, offset));
  }),
  count: defineFunction(['list or string', 'any'], ([holder, item]) => {
    if (isList(holder)) return BigInt(holder.filter((other) => isEqual(other, item)).length);
    if (typeof item !== 'string') return noString(item);
    if (item === '') return outOfRange(1, 'an empty string cannot be counted: it stands everywhere');
    return BigInt(countPlaces(holder, item));
  }),
  merge: defineFunction(['object', 'object'], ([a, b]) => makeObject(new Map([...a, ...b]))),
  chunks: defineFunction(['list', 'integer'], ([list, size], meter) => chunks(list, size, meter), 'flat'),
};

function lengthOf(value: Value, meter: Meter): Value | Fault {
  // Only the characters of a string are counted through.
  if (typeof value === 'string') return payFor(value.length, meter) ?? BigInt(countPoints(value));
  if (isList(value)) return BigInt(value.length);
  if (isObject(value)) return BigInt(value.size);
  const message = `expected a string, a list or an object, found ${kindOf(value)}`;
  return { code: 'EXPR_TYPE', message, argument: 0 };
}

function sort(list: ListValue): Value | Fault {
  if (!isOrdered(list)) return wrongItem('sort takes numbers only or strings only', oddOne(list));
  return [...list].sort((a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
    const result = order(a, b);
    return typeof result === 'number' ? result : 0;
  });
}

/** The first element that is not of the kind of those before it, or has no order at all. */
function oddOne(list: ListValue): Value {
  const isFirstNumber = isNumber(list[0]);
  const fits = (item: Value) => (isFirstNumber ? isNumber(item) : typeof item === 'string');
  return list.find((item) => !fits(item)) ?? null;
}

function range([one, two]: readonly [bigint, bigint | undefined], meter: Meter): Value | Fault {
  // With one argument that is the end.
  const [start, end] = two === undefined ? [0n, one] : [one, two];
  const length = end > start ? Number(end - start) : 0;
  const over = meter.allow(length * 2) ?? payFor(length * elementBytes, meter);
  if (over !== undefined) return over;
  return Array.from({ length }, (_, index) => start + BigInt(index));
}

/** Negative places count from the end; what lies outside is cut off, as is an end before the start. */
function slice([value, from, to]: readonly [ListValue | string, bigint, bigint | undefined]): Value {
  const length = isList(value) ? value.length : countPoints(value);
  const clamp = (place: bigint): number =>
    Math.min(length, Math.max(0, place < 0n ? length + Number(place) : Number(place)));
  const start = clamp(from);
  const end = to === undefined ? length : Math.max(start, clamp(to));
  if (isList(value)) return value.slice(start, end);
  const offset = offsetOf(value, start);
  const rest = value.slice(offset);
  return rest.slice(0, offsetOf(rest, end - start));
}

function unique(list: ListValue): Value {
  const firsts = new Map<string, Value>();
  for (const item of list) {
    const key = keyOf(item);
    if (!firsts.has(key)) firsts.set(key, item);
  }
  return [...firsts.values()];
}

function zip(a: ListValue, b: ListValue, meter: Meter): Value | Fault {
  const pairs = a.slice(0, b.length);
  const over = payFor(pairs.length * 3 * elementBytes, meter);
  return over ?? pairs.map((item, index): Value => [item, b[index] ?? null]);
}

function chunks(list: ListValue, size: bigint, meter: Meter): Value | Fault {
  if (size <= 0n) return outOfRange(1, 'a chunk holds at least one element');
  const step = Number(size);
  const over = payFor(Math.ceil(list.length / step) * 3 * elementBytes, meter);
  if (over !== undefined) return over;
  const result: Value[] = [];
  for (let start = 0; start < list.length; start += step) result.push(list.slice(start, start + step));
  return result;
}

function noString(item: Value): Fault {
  return {
    code: 'EXPR_TYPE',
    message: `only a string stands in a string, not ${kindOf(item)}`,
    argument: 1,
  };
}
