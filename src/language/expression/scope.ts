// What names stand for: the namespaces of an expression, made from JSON.
import type { Json, JsonObject } from '../../model/pack.ts';
import type { Fault } from './fault.ts';
import { shorten } from './text.ts';
import { fromJson, makeObject, type ObjectValue, type Value } from './value.ts';

/** How a task ended. */
export type TaskState = 'succeeded' | 'failed' | 'timed_out';

/** All of it is optional; what is left out is empty, and outside `with_items` there is no item, outside a transition no task. */
export type ScopeInput = {
  readonly parameters?: JsonObject;
  readonly vars?: JsonObject;
  /** Tasks that ended, by name. */
  readonly tasks?: Readonly<Record<string, TaskInput>>;
  readonly config?: JsonObject;
  readonly keystore?: JsonObject;
  readonly system?: JsonObject;
  /** The element of `with_items`; null is one. */
  readonly item?: Json;
  readonly index?: number;
  /** The task that has just ended: what `result()` and `succeeded()` are about. */
  readonly current?: TaskInput;
};

export type TaskInput = { readonly result: Json; readonly state: TaskState };

/** Scopes are values: one with another item is `{ ...scope, item, index }`. */
export type Scope = {
  readonly parameters: ObjectValue;
  readonly vars: ObjectValue;
  /** Name → an object whose `result` is the task's result. */
  readonly tasks: ObjectValue;
  readonly config: ObjectValue;
  readonly keystore: ObjectValue;
  readonly system: ObjectValue;
  readonly item: Value | undefined;
  readonly index: Value | undefined;
  readonly current: { readonly result: Value; readonly state: TaskState } | undefined;
};

/** Costs what its JSON is large. Throws on what is no JSON; see `fromJson`. */
export function createScope(input: ScopeInput = {}): Scope {
  const { item, index, current } = input;
  const tasks = Object.entries(input.tasks ?? {});
  return {
    parameters: objectFrom(input.parameters),
    vars: objectFrom(input.vars),
    tasks: makeObject(tasks.map(([name, task]) => [name, new Map([['result', fromJson(task.result)]])])),
    config: objectFrom(input.config),
    keystore: objectFrom(input.keystore),
    system: objectFrom(input.system),
    item: item === undefined ? undefined : fromJson(item),
    index: index === undefined ? undefined : fromJson(index),
    current: current && { result: fromJson(current.result), state: current.state },
  };
}

function objectFrom(json: JsonObject = {}): ObjectValue {
  return makeObject(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
}

export type Namespace = 'parameters' | 'vars' | 'tasks' | 'config' | 'keystore' | 'system' | 'item' | 'index';

const namespaces: ReadonlyMap<string, Namespace> = new Map([
  ['parameters', 'parameters'],
  ['workflow', 'vars'],
  ['vars', 'vars'],
  ['variables', 'vars'],
  ['task', 'tasks'],
  ['tasks', 'tasks'],
  ['config', 'config'],
  ['keystore', 'keystore'],
  ['system', 'system'],
  ['item', 'item'],
  ['index', 'index'],
]);

/** Names that have a meaning of their own, with their aliases. */
export const namespaceNames: readonly string[] = [...namespaces.keys()];

/** What a bare name stands for; undefined: it can only be a workflow variable. */
export function namespaceOf(name: string): Namespace | undefined {
  return namespaces.get(name);
}

/** The value of a bare name. Only workflow variables may be named without their namespace. */
export function lookUp(name: string, scope: Scope): Value | Fault {
  const namespace = namespaces.get(name);
  const value = namespace === undefined ? scope.vars.get(name) : scope[namespace];
  if (value !== undefined) return value;
  const code = 'EXPR_UNKNOWN_NAME';
  if (namespace !== undefined) {
    return {
      code,
      message: `there is no \`${name}\` here`,
      help: '`item` and `index` exist in a task with `with_items`',
    };
  }
  const message = `there is no variable \`${shorten(name)}\``;
  return scope.parameters.has(name)
    ? { code, message, help: `did you mean \`parameters.${name}\`?` }
    : { code, message };
}
