// Values of expressions, how they come from JSON and go back to it, and what each looks like as text.
import type { Json, JsonObject } from '../../model/pack.ts';
import type { Fault } from './fault.ts';
import type { Meter } from './limits.ts';

/**
 * Null, a boolean, an integer (bigint, always within 64 bits signed), a float (number, always finite), a string, a list or an
 * object. Integers and floats are two kinds: `4 / 2` is `2`, `4.0 / 2` is `2.0`, and `2 == 2.0`.
 */
export type Value = null | boolean | bigint | number | string | ListValue | ObjectValue;
export type ListValue = readonly Value[];
/**
 * Keys are in byte order, whatever order they were written in: the registry does not keep the order of keys, and what an
 * expression yields must not depend on it. A map, because `__proto__` may be a key. Make one with `makeObject`.
 */
export type ObjectValue = ReadonlyMap<string, Value>;

export const minInt = -(2n ** 63n);
export const maxInt = 2n ** 63n - 1n;

/** Deepest JSON that `fromJson` takes; the reader of files stops at 64. */
const maxJsonDepth = 500;

export function isList(value: Value | undefined): value is ListValue {
  return Array.isArray(value);
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return value instanceof Map;
}

export function isNumber(value: Value | undefined): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** Whether what came of a step is a fault rather than a value. */
export function isFault<F extends Fault>(outcome: unknown | F): outcome is F {
  return typeof outcome === 'object' && outcome !== null && 'code' in outcome && 'message' in outcome;
}

/** Negative, zero or positive as `a` stands before, at or after `b` in the byte order of UTF-8, which is that of code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

// Surrogates stand for what lies above every other unit, but are not the highest units.
const rank = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;

export function makeObject(entries: Iterable<readonly [string, Value]>): ObjectValue {
  return new Map([...entries].sort(([a], [b]) => compareText(a, b)));
}

/**
 * A value from JSON as JavaScript holds it: whole numbers up to 2^53 are integers, so a `3.0` in a file is one, other
 * numbers floats. Throws on what is no JSON or deeper than 500 levels: that is checked where files are read.
 */
export function fromJson(json: Json, depth = 0): Value {
  if (depth > maxJsonDepth) throw new RangeError(`JSON is deeper than ${maxJsonDepth} levels`);
  if (typeof json === 'number') {
    if (!Number.isFinite(json)) throw new RangeError('JSON numbers are finite');
    return Number.isSafeInteger(json) ? BigInt(json) : json;
  }
  if (typeof json !== 'object' || json === null) return json;
  if (isJsonList(json)) return json.map((item) => fromJson(item, depth + 1));
  return makeObject(Object.entries(json).map(([key, item]) => [key, fromJson(item, depth + 1)]));
}

// Array.isArray does not narrow a readonly array away.
const isJsonList = (json: readonly Json[] | JsonObject): json is readonly Json[] => Array.isArray(json);

/** JSON as JavaScript holds it. Integers beyond 2^53 lose their last digits: `toText` keeps them. */
export function toJson(value: Value): Json {
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(toJson);
  if (!isObject(value)) return value;
  const json: Record<string, Json> = {};
  for (const [key, item] of value) {
    // Assigning to `__proto__` would set the prototype.
    Object.defineProperty(json, key, {
      value: toJson(item),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return json;
}

/** What a template writes: a string as it is, null as nothing, lists and objects as compact JSON. */
export function toText(value: Value): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : toJsonText(value);
}

/** Compact JSON; a float always shows that it is one (`3.0`). */
export function toJsonText(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  if (isList(value)) return `[${value.map(toJsonText).join(',')}]`;
  if (isObject(value)) {
    const entries = [...value].map(([key, item]) => `${JSON.stringify(key)}:${toJsonText(item)}`);
    return `{${entries.join(',')}}`;
  }
  return String(value);
}

/** False for null, false, 0, 0.0 and what is empty. */
export function isTruthy(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isObject(value)) return value.size > 0;
  return Boolean(value);
}

/** Kind with its article, for messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (isObject(value)) return 'an object';
  switch (typeof value) {
    case 'boolean':
      return 'a boolean';
    case 'bigint':
      return 'an integer';
    case 'number':
      return 'a float';
    default:
      return 'a string';
  }
}

const rememberedBytes = 1_000;

/**
 * About how many bytes a value is as compact JSON (a string counts its UTF-16 units); infinite above the meter's limit.
 * Lists and objects are weighed once, so a value that is built up step by step costs what each step adds. Small ones are
 * weighed again: remembering each of many costs more than that.
 */
export function weigh(value: Value, meter: Meter): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value === 'boolean') return 4;
  if (typeof value === 'number') return 8;
  if (typeof value === 'bigint') return value < 1_000_000n && value > -100_000n ? 6 : 20;
  const known = meter.weights.get(value);
  if (known !== undefined) return known;
  const bytes = isList(value) ? weighList(value, meter) : weighObject(value, meter);
  if (bytes > rememberedBytes) meter.weights.set(value, bytes);
  return bytes;
}

function weighList(list: ListValue, meter: Meter): number {
  let bytes = 2;
  for (const item of list) {
    bytes += weigh(item, meter) + 1;
    if (bytes > meter.limits.resultBytes) return Number.POSITIVE_INFINITY;
  }
  return bytes;
}

function weighObject(object: ObjectValue, meter: Meter): number {
  let bytes = 2;
  for (const [key, item] of object) {
    bytes += key.length + weigh(item, meter) + 4;
    if (bytes > meter.limits.resultBytes) return Number.POSITIVE_INFINITY;
  }
  return bytes;
}
