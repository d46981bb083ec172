// Two definitions in canonical form → what changed, as a reviewer would say it. Pure.
import type { Difference } from '../model/difference.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { diffTransitions } from './diff-transitions.ts';
import { diffKeys, diffOptional, diffValues, diffWords, isList, isObject } from './diff-values.ts';
import { type Pairing, pairItems } from './pair-items.ts';
import { canonicalJson } from './revision.ts';

type Place = Difference['at'];
type Task = JsonObject & { readonly name: string };

/** From what a caller sees down to what a graph does; keys that are not named come last. */
const order = [
  'ref',
  'label',
  'description',
  'version',
  'tags',
  'parameters',
  'output',
  'vars',
  'tasks',
  'output_map',
];

/** Mappings whose keys are the author's, null where there is none. */
const authors = ['parameters', 'output', 'vars', 'output_map'];

const taskOrder = [
  'type',
  'action',
  'input',
  'when',
  'with_items',
  'batch_size',
  'concurrency',
  'retry',
  'timeout',
];

/** Every change, in the order of a workflow file. Empty exactly when the two have the same revision. */
export function diffDefinitions(before: JsonObject, after: JsonObject): readonly Difference[] {
  return diffKeys([], sorted(before, order), sorted(after, order), (at, one, other, key) => {
    if (key === 'tags') return diffWords(at, one, other);
    if (key === 'tasks') return diffTasks(at, one, other);
    return authors.includes(key) ? diffMapping(at, one, other) : diffOptional(at, one, other);
  });
}

/** A mapping that comes or goes does so key by key. */
function diffMapping(at: Place, before: Json | undefined, after: Json | undefined): Difference[] {
  const hasKeys = (value: Json | undefined): boolean => isObject(value) && Object.keys(value).length > 0;
  if (before === null && hasKeys(after)) return diffValues(at, {}, after);
  if (after === null && hasKeys(before)) return diffValues(at, before, {});
  return diffOptional(at, before, after);
}

function diffTasks(at: Place, before: Json | undefined, after: Json | undefined): Difference[] {
  if (!isTaskList(before) || !isTaskList(after)) return diffOptional(at, before, after);
  const { pairs, added, removed } = pairTasks(before, after);
  return [
    ...removed.map(
      ({ item }): Difference => ({ at: [...at, item.name], kind: 'removed', before: item, after: null }),
    ),
    ...pairs.flatMap((pair) => {
      const place = [...at, pair.after.name];
      const changes: Difference[] = [];
      const [oldName, newName] = [pair.before.name, pair.after.name];
      if (oldName !== newName) changes.push({ at: place, kind: 'renamed', before: oldName, after: newName });
      if (pair.isMoved) changes.push({ at: place, kind: 'moved', before: pair.from + 1, after: pair.to + 1 });
      return [...changes, ...diffTask(place, pair.before, pair.after)];
    }),
    ...added.map(
      ({ item }): Difference => ({ at: [...at, item.name], kind: 'added', before: null, after: item }),
    ),
  ];
}

/** By name; what is left over is the same task under another name where all the rest, or the whole call, is the same. */
function pairTasks(before: readonly Task[], after: readonly Task[]): Pairing<Task> {
  return pairItems(before, after, [
    ({ name }) => name,
    (task) => canonicalJson({ ...task, name: null }),
    ({ type, action, input }) =>
      typeof action === 'string' && isObject(input) && Object.keys(input).length > 0
        ? canonicalJson([type ?? null, action, input])
        : undefined,
  ]);
}

function diffTask(at: Place, before: Task, after: Task): Difference[] {
  return diffKeys(at, sorted(before, taskOrder), sorted(after, taskOrder), (place, one, other, key) => {
    switch (key) {
      case 'name':
        return [];
      case 'tasks':
        return diffTasks(place, one, other);
      case 'next':
        return isList(one) && isList(other)
          ? diffTransitions(place, one, other)
          : diffOptional(place, one, other);
      case 'input':
        return diffValues(place, one, other);
      case 'retry':
        return isObject(one) && isObject(other)
          ? diffKeys(place, one, other, diffOptional)
          : diffOptional(place, one, other);
      default:
        return diffOptional(place, one, other);
    }
  });
}

/** Names must tell tasks apart, or one could not be found again. */
function isTaskList(value: Json | undefined): value is readonly Task[] {
  if (!isList(value)) return false;
  const names = value.map((task) =>
    isObject(task) && typeof task['name'] === 'string' ? task['name'] : undefined,
  );
  return !names.includes(undefined) && new Set(names).size === names.length;
}

/** The value with the keys of `first` in front; the store keeps no order of keys. */
function sorted(value: JsonObject, first: readonly string[]): JsonObject {
  const rank = (key: string): number => (first.includes(key) ? first.indexOf(key) : first.length);
  const keys = Object.keys(value).sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, value[key] as Json]));
}
