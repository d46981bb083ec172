// The transitions of a task, before and after → how they differ. Pure.

import { canonicalJson } from '../model/canonical.ts';
import type { Difference } from '../model/difference.ts';
import type { Json } from '../model/pack.ts';
import { diffKeys, diffOptional, diffValues, diffWords, isList, isObject } from './diff-values.ts';
import { pairItems } from './pair-items.ts';

type Place = Difference['at'];

/** A transition is recognised by all of it, else by its condition, else by where it leads. Their order decides what fires first. */
export function diffTransitions(at: Place, before: readonly Json[], after: readonly Json[]): Difference[] {
  const { pairs, added, removed } = pairItems(before, after, [
    canonicalJson,
    (item) => (isObject(item) ? canonicalJson([item['when'] ?? null, item['do'] ?? null]) : undefined),
    (item) => (isObject(item) && item['when'] !== undefined ? canonicalJson(item['when']) : undefined),
    (item) => (isObject(item) && item['do'] !== undefined ? canonicalJson(item['do']) : undefined),
    // What is left without a condition: at most one is worth having.
    (item) => (isObject(item) && item['when'] === undefined ? 'always' : undefined),
  ]);
  return [
    ...removed.map(
      ({ item, from }): Difference => ({ at: [...at, from], kind: 'removed', before: item, after: null }),
    ),
    ...pairs.flatMap((pair) => {
      const place = [...at, pair.to];
      const changes = diffTransition(place, pair.before, pair.after);
      return pair.isMoved
        ? [{ at: place, kind: 'moved' as const, before: pair.from + 1, after: pair.to + 1 }, ...changes]
        : changes;
    }),
    ...added.map(
      ({ item, to }): Difference => ({ at: [...at, to], kind: 'added', before: null, after: item }),
    ),
  ];
}

function diffTransition(at: Place, before: Json, after: Json): Difference[] {
  if (!isObject(before) || !isObject(after)) return diffValues(at, before, after);
  return diffKeys(at, before, after, (place, one, other, key) => {
    if (key === 'do') return diffWords(place, one, other);
    if (key === 'publish') return diffPublish(place, one, other);
    return diffOptional(place, one, other);
  });
}

/** Entries of one variable each are compared by its name; what else `publish` may hold, as a list of values. */
function diffPublish(at: Place, before: Json | undefined, after: Json | undefined): Difference[] {
  const [one, other] = [variablesOf(before), variablesOf(after)];
  if (one === undefined || other === undefined) return diffOptional(at, before, after);
  const { pairs } = pairItems([...one.keys()], [...other.keys()], [(name) => name]);
  if (pairs.some(({ isMoved }) => isMoved))
    return [{ at, kind: 'changed', before: before ?? null, after: after ?? null }];
  return diffKeys(at, Object.fromEntries(one), Object.fromEntries(other), diffValues);
}

function variablesOf(publish: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (!isList(publish)) return undefined;
  const variables = new Map<string, Json>();
  for (const entry of publish) {
    const [only, more] = isObject(entry) ? Object.entries(entry) : [];
    if (only === undefined || more !== undefined || variables.has(only[0])) return undefined;
    variables.set(...only);
  }
  return variables;
}
