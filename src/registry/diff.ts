// Two definitions in canonical form → what changed, as a reviewer would say it. Pure.

import { canonicalJson } from '../model/canonical.ts';
import type { Difference } from '../model/difference.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { diffTransitions } from './diff-transitions.ts';
import {
  type DiffOf,
  diffKeys,
  diffOptional,
  diffValues,
  diffWords,
  isList,
  isObject,
} from './diff-values.ts';
import { type Pairing, pairItems } from './pair-items.ts';

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
  return diffKeys([], before, after, diffPart, order);
}

const diffPart: DiffOf = (at, before, after, key) => {
  if (key === 'tags') return diffWords(at, before, after);
  if (key === 'tasks') return diffTasks(at, before, after);
  return authors.includes(key) ? diffMapping(at, before, after) : diffOptional(at, before, after);
};

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
      return [...changes, ...diffKeys(place, pair.before, pair.after, diffTaskPart, taskOrder)];
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

const diffTaskPart: DiffOf = (at, before, after, key) => {
  switch (key) {
    case 'name':
      return []; // told as renamed
    case 'tasks':
      return diffTasks(at, before, after);
    case 'next':
      return isList(before) && isList(after)
        ? diffTransitions(at, before, after)
        : diffOptional(at, before, after);
    case 'input':
      return diffValues(at, before, after);
    case 'retry':
      return isObject(before) && isObject(after)
        ? diffKeys(at, before, after, diffOptional)
        : diffOptional(at, before, after);
    default:
      return diffOptional(at, before, after);
  }
};

/** Names must tell tasks apart, or one could not be found again. */
function isTaskList(value: Json | undefined): value is readonly Task[] {
  if (!isList(value)) return false;
  const names = value.map((task) =>
    isObject(task) && typeof task['name'] === 'string' ? task['name'] : undefined,
  );
  return !names.includes(undefined) && new Set(names).size === names.length;
}
