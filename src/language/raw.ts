// Reading plain values whose shape may be wrong: rules look at them before, and whether or not, the shape was right.

export type RawMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list, or an empty one for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * The value with every structural key whose value is null left out: a key with nothing after it is as good as absent.
 * Data (`input`, `vars`, `config`, parameters) keeps its nulls. Copies only what changes.
 */
export function dropNulls(value: unknown, isWorkflow: boolean): unknown {
  if (!isMap(value)) return value;
  const map = withoutNulls(value);
  if (!isWorkflow) return map;
  const withOutput = isMap(map['output_map'])
    ? replace(map, 'output_map', withoutNulls(map['output_map']))
    : map;
  return replaceList(withOutput, 'tasks', dropTaskNulls);
}

function dropTaskNulls(value: unknown): unknown {
  if (!isMap(value)) return value;
  let task = withoutNulls(value);
  if (isMap(task['retry'])) task = replace(task, 'retry', withoutNulls(task['retry']));
  task = replaceList(task, 'next', dropMapNulls);
  task = replaceList(task, 'decision', dropMapNulls);
  return replaceList(task, 'tasks', dropTaskNulls);
}

function dropMapNulls(value: unknown): unknown {
  return isMap(value) ? withoutNulls(value) : value;
}

function withoutNulls(map: RawMap): RawMap {
  for (const key in map) {
    if (map[key] === null)
      return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
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
