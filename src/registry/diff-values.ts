// Two plain values → how they differ: what author's data, whatever it means, has in common. Pure.

import { canonicalJson } from '../model/canonical.ts';
import type { Difference } from '../model/difference.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { pairItems } from './pair-items.ts';

type Place = Difference['at'];

/** Absent is not null: an author may write `null`. */
type Found = Json | undefined;

export function isObject(value: Found): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Found): value is readonly Json[] {
  return Array.isArray(value);
}

/** Mappings key by key, lists of one length item by item, anything else whole. Empty when equal in canonical form. */
export function diffValues(at: Place, before: Found, after: Found): Difference[] {
  if (before === undefined || after === undefined) return diffPresence(at, before, after);
  if (isObject(before) && isObject(after)) return diffKeys(at, before, after, diffValues);
  if (isList(before) && isList(after) && before.length === after.length) {
    return before.flatMap((item, index) => diffValues([...at, index], item, after[index]));
  }
  if (canonicalJson(before) === canonicalJson(after)) return [];
  return [{ at, kind: 'changed', before, after }];
}

/** Like `diffValues` for a key of ours, whose null says that nothing was written. */
export function diffOptional(at: Place, before: Found, after: Found): Difference[] {
  if ((before === null) === (after === null)) return diffValues(at, before, after);
  if (before === undefined || after === undefined) return diffPresence(at, before, after);
  return [{ at, kind: before === null ? 'added' : 'removed', before, after }];
}

export type DiffOf = (at: Place, before: Found, after: Found, key: string) => Difference[];

/** The keys of both, those of `first` in front, the others by name: the store keeps no order of keys. */
export function diffKeys(
  at: Place,
  before: JsonObject,
  after: JsonObject,
  diff: DiffOf,
  first: readonly string[] = [],
): Difference[] {
  const rank = (key: string): number => (first.includes(key) ? first.indexOf(key) : first.length);
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
    .flatMap((key) => diff([...at, key], ownOf(before, key), ownOf(after, key), key));
}

/** Lists whose items are recognised by what they are: tags, targets of a transition. */
export function diffWords(at: Place, before: Found, after: Found): Difference[] {
  if (!isList(before) || !isList(after)) return diffOptional(at, before, after);
  const { pairs, added, removed } = pairItems(before, after, [canonicalJson]);
  const all: Difference[] = [
    ...removed.map(({ item }): Difference => ({ at, kind: 'removed', before: item, after: null })),
    ...added.map(({ item }): Difference => ({ at, kind: 'added', before: null, after: item })),
  ];
  return pairs.some(({ isMoved }) => isMoved) ? [...all, { at, kind: 'changed', before, after }] : all;
}

function diffPresence(at: Place, before: Found, after: Found): Difference[] {
  if (before === undefined && after === undefined) return [];
  return before === undefined
    ? [{ at, kind: 'added', before: null, after: after ?? null }]
    : [{ at, kind: 'removed', before, after: null }];
}

/** Keys are authors': one named `toString` finds nothing inherited. */
function ownOf(value: JsonObject, key: string): Found {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
