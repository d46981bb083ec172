// What the expressions of a workflow may name: its parameters, its variables and its tasks, as far as they can be read.
import type { Names } from '../expression/names.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { isJsonSchema } from './parameters.ts';

/** The names of a workflow file whose shape may be wrong. */
export function namesOf(root: RawMap): Names {
  const tasks = allTasks(root['tasks']);
  return {
    parameters: parametersOf(root['parameters']),
    vars: varsOf(root['vars'], tasks),
    tasks: tasks && taskNames(tasks),
  };
}

/** Keys of a JSON Schema that can bring in parameters it does not list. */
const openKeys = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'patternProperties',
];

/**
 * The names that a schema of either style declares; undefined where it lets in others, and without any: the action that
 * links a graph declares them then.
 */
export function parametersOf(value: unknown): ReadonlySet<string> | undefined {
  if (!isMap(value)) return undefined;
  if (!isJsonSchema(value)) return new Set(Object.keys(value));
  const isOpen = ['additionalProperties', 'unevaluatedProperties'].some(
    (key) => value[key] !== undefined && value[key] !== false,
  );
  if (isOpen || openKeys.some((key) => value[key] !== undefined)) return undefined;
  const listed = isMap(value['properties']) ? Object.keys(value['properties']) : [];
  return new Set([...listed, ...listOf(value['required']).filter((name) => typeof name === 'string')]);
}

/** The names that a caller has to give a value for; one with a default is none. */
export function requiredParameters(schema: RawMap): readonly string[] {
  const isFlat = !isJsonSchema(schema);
  const parameters = isFlat ? schema : schema['properties'];
  const entryOf = (name: string): RawMap => {
    const entry = isMap(parameters) && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return isMap(entry) ? entry : {};
  };
  const required = isFlat
    ? Object.keys(schema).filter((name) => entryOf(name)['required'] === true)
    : listOf(schema['required']).filter((name) => typeof name === 'string');
  return required.filter((name) => entryOf(name)['default'] === undefined);
}

/** What `vars` declares and what tasks publish; undefined where one of them cannot be read. */
function varsOf(value: unknown, tasks: readonly RawMap[] | undefined): ReadonlySet<string> | undefined {
  const declared = value === undefined || isMap(value) ? [value ?? {}] : value;
  if (!Array.isArray(declared) || !declared.every(isMap) || tasks === undefined) return undefined;
  const names = new Set(declared.flatMap((map) => Object.keys(map)));
  for (const task of tasks) {
    addPublished(task['publish'], names);
    for (const transition of listOf(task['next']))
      if (isMap(transition)) addPublished(transition['publish'], names);
  }
  return names;
}

/** A mapping where a list is due is an error of its own; the names in it were meant all the same. */
function addPublished(publish: unknown, names: Set<string>): void {
  for (const entry of isMap(publish) ? [publish] : listOf(publish)) {
    if (typeof entry === 'string') names.add(entry);
    else if (isMap(entry)) for (const name of Object.keys(entry)) names.add(name);
  }
}

/** The tasks of every depth; undefined when one of them is no mapping. */
function allTasks(value: unknown): readonly RawMap[] | undefined {
  const tasks: RawMap[] = [];
  const lists: unknown[] = [value];
  for (const list of lists) {
    for (const task of listOf(list)) {
      if (!isMap(task)) return undefined;
      tasks.push(task);
      if (task['tasks'] !== undefined) lists.push(task['tasks']);
    }
  }
  return tasks;
}

function taskNames(tasks: readonly RawMap[]): ReadonlySet<string> | undefined {
  const names = tasks.map((task) => task['name']);
  return names.every((name) => typeof name === 'string') ? new Set(names) : undefined;
}
