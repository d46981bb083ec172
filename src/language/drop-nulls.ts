// Plain value → the same without keys that have nothing after them, which count as absent.
import type { FileRole, JsonObject } from '../model/pack.ts';
import { isMap, type RawMap } from './raw.ts';
import { actionSchema } from './schema/action.ts';
import { manifestSchema } from './schema/manifest.ts';
import { retry, taskSchema } from './schema/task.ts';
import { branch, transition } from './schema/transition.ts';
import { workflowSchema } from './schema/workflow.ts';

/** The keys that a mapping has in its schema. Others keep their null: that they are unknown is still to be told. */
type Keys = Readonly<Record<string, unknown>>;

const rootKeys: Readonly<Record<FileRole, Keys>> = {
  workflow: keysOf(workflowSchema),
  action: keysOf(actionSchema),
  manifest: keysOf(manifestSchema),
};
const taskKeys = keysOf(taskSchema);
const retryKeys = keysOf(retry);
const transitionKeys = keysOf(transition);
const branchKeys = keysOf(branch);

function keysOf(schema: JsonObject): Keys {
  return schema['properties'] as JsonObject;
}

/**
 * The value with every structural key whose value is null left out: a key with nothing after it is as good as absent.
 * Data (`input`, `vars`, `config`, parameters) keeps its nulls. Copies only what changes.
 */
export function dropNulls(value: unknown, role: FileRole): unknown {
  if (!isMap(value)) return value;
  const map = withoutNulls(value, rootKeys[role]);
  if (role !== 'workflow') return map;
  const { output_map: outputMap } = map;
  const withOutput = isMap(outputMap) ? replace(map, 'output_map', withoutNulls(outputMap, outputMap)) : map;
  return replaceList(withOutput, 'tasks', dropTaskNulls);
}

function dropTaskNulls(value: unknown): unknown {
  if (!isMap(value)) return value;
  let task = withoutNulls(value, taskKeys);
  if (isMap(task['retry'])) task = replace(task, 'retry', withoutNulls(task['retry'], retryKeys));
  task = replaceList(task, 'next', (one) => (isMap(one) ? withoutNulls(one, transitionKeys) : one));
  task = replaceList(task, 'decision', (one) => (isMap(one) ? withoutNulls(one, branchKeys) : one));
  return replaceList(task, 'tasks', dropTaskNulls);
}

function withoutNulls(map: RawMap, keys: Keys): RawMap {
  const isEmpty = (key: string): boolean => map[key] === null && Object.hasOwn(keys, key);
  for (const key in map) {
    if (isEmpty(key)) return Object.fromEntries(Object.entries(map).filter(([one]) => !isEmpty(one)));
  }
  return map;
}

function replace(map: RawMap, key: string, value: unknown): RawMap {
  return map[key] === value ? map : { ...map, [key]: value };
}

function replaceList(map: RawMap, key: string, change: (value: unknown) => unknown): RawMap {
  const list = map[key];
  if (!Array.isArray(list)) return map;
  let changed: unknown[] | undefined;
  for (const [index, value] of list.entries()) {
    const next = change(value);
    if (next !== value) changed ??= [...list];
    if (changed !== undefined) changed[index] = next;
  }
  return changed === undefined ? map : { ...map, [key]: changed };
}
