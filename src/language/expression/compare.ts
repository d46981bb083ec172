// When two values are equal, which comes first, and whether one holds the other.
import type { Fault } from './fault.ts';
import { createSearch } from './search.ts';
import {
  compareText,
  isList,
  isNumber,
  isObject,
  kindOf,
  type ListValue,
  type ObjectValue,
  type Value,
} from './value.ts';

/** Deep; an integer equals the float of the same size, other kinds never equal each other. */
export function isEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === typeof b && typeof a !== 'object') return false;
  // Mixed comparisons of bigint and number are exact; `===` would tell the kinds apart.
  if (isNumber(a) && isNumber(b)) return !(a < b) && !(a > b);
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index] ?? null));
  }
  return isObject(a) && isObject(b) && isEqualObject(a, b);
}

function isEqualObject(a: ObjectValue, b: ObjectValue): boolean {
  if (a.size !== b.size) return false;
  for (const [key, item] of a) {
    const other = b.get(key);
    if (other === undefined || !isEqual(item, other)) return false;
  }
  return true;
}

/** A text that is equal for two values exactly when they are: for finding doubles in one go. */
export function keyOf(value: Value): string {
  if (typeof value === 'number' && Number.isInteger(value)) return String(BigInt(value));
  if (typeof value === 'string') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(keyOf).join()}]`;
  if (isObject(value)) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${keyOf(item)}`).join()}}`;
  }
  return String(value);
}

/** Which of two comes first: negative, zero, positive. Numbers, strings by bytes, lists of either; all else is a fault. */
export function order(a: Value, b: Value): number | Fault {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (isList(a) && isList(b) && haveOrder(a, b)) return orderLists(a, b);
  if (isList(a) && isList(b)) {
    return {
      code: 'EXPR_TYPE',
      message: 'lists have an order only when both hold numbers, or both strings',
    };
  }
  // `a < b < c` compares what `a < b` yields.
  const isChain = typeof a === 'boolean' || typeof b === 'boolean';
  return {
    code: 'EXPR_TYPE',
    message: `there is no order between ${kindOf(a)} and ${kindOf(b)}`,
    help: isChain
      ? 'a chain is written `a < b and b < c`'
      : 'compare two numbers, two strings or two lists of them',
  };
}

function orderLists(a: ListValue, b: ListValue): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const result = order(a[index] ?? null, b[index] ?? null);
    if (typeof result === 'number' && result !== 0) return result;
  }
  return a.length - b.length;
}

function haveOrder(a: ListValue, b: ListValue): boolean {
  const areAlike = a.length === 0 || b.length === 0 || isNumber(a[0]) === isNumber(b[0]);
  return areAlike && isOrdered(a) && isOrdered(b);
}

/** Numbers only, or strings only; also when empty. */
export function isOrdered(list: ListValue): boolean {
  return list.every(isNumber) || list.every((item) => typeof item === 'string');
}

/** Whether an element is in a list (deeply equal), a key in an object, a string in a string. */
export function isIn(item: Value, holder: Value): boolean | Fault {
  if (isList(holder)) return holder.some((other) => isEqual(item, other));
  if (typeof item === 'string' && isObject(holder)) return holder.has(item);
  if (typeof item === 'string' && typeof holder === 'string') return createSearch(item)(holder, 0) >= 0;
  if (isObject(holder) || typeof holder === 'string') {
    const what = typeof holder === 'string' ? 'stand in a string' : 'be a key of an object';
    return { code: 'EXPR_TYPE', message: `only a string can ${what}, not ${kindOf(item)}` };
  }
  return {
    code: 'EXPR_TYPE',
    message: `nothing is in ${kindOf(holder)}`,
    help: 'look in a list, an object or a string',
  };
}
