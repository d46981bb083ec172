// The canonical form of a workflow's tasks, typed: what `render` and `graph` read instead of the JSON itself.
import type { Json, JsonObject } from '../model/pack.ts';
import { isMap, listOf, stringOf } from './raw.ts';

export type TransitionView = {
  /** Place in the canonical `next`. */
  readonly index: number;
  readonly when: string | undefined;
  readonly publish: readonly Json[];
  readonly targets: readonly string[];
};

export type TaskView = {
  readonly name: string;
  /** Place in its list. */
  readonly index: number;
  readonly type: 'action' | 'parallel' | 'workflow';
  readonly action: string | undefined;
  readonly when: string | undefined;
  readonly withItems: string | undefined;
  readonly join: number | undefined;
  readonly next: readonly TransitionView[];
  readonly tasks: readonly TaskView[];
  /** The whole task as JSON. */
  readonly json: JsonObject;
};

/** The tasks of a canonical list. */
export function viewTasks(list: Json | undefined): readonly TaskView[] {
  return listOf(list).map((task, index) => viewTask(task as JsonObject, index));
}

function viewTask(task: JsonObject, index: number): TaskView {
  const type = task['type'];
  return {
    name: stringOf(task['name']) ?? '',
    index,
    type: type === 'parallel' || type === 'workflow' ? type : 'action',
    action: stringOf(task['action']),
    when: stringOf(task['when']),
    withItems: stringOf(task['with_items']),
    join: typeof task['join'] === 'number' ? task['join'] : undefined,
    next: listOf(task['next']).map((transition, place) => viewTransition(transition as JsonObject, place)),
    tasks: viewTasks(task['tasks']),
    json: task,
  };
}

function viewTransition(transition: JsonObject, index: number): TransitionView {
  return {
    index,
    when: stringOf(transition['when']),
    publish: listOf(transition['publish']) as readonly Json[],
    targets: listOf(transition['do']).filter((target) => typeof target === 'string'),
  };
}

/** Names that a `publish` sets, each once, in order. */
export function publishedNames({ publish }: TransitionView): readonly string[] {
  const names = publish.flatMap((entry) =>
    typeof entry === 'string' ? [entry] : isMap(entry) ? Object.keys(entry) : [],
  );
  return [...new Set(names)];
}

/** Tasks that no task of their list leads to, in order: where a run begins. A task that leads to itself is led to. */
export function entryTasks(tasks: readonly TaskView[]): readonly TaskView[] {
  const targets = new Set(tasks.flatMap(({ next }) => next.flatMap((transition) => transition.targets)));
  return tasks.filter(({ name }) => !targets.has(name));
}

/** Names of tasks of every depth. */
export function allNames(tasks: readonly TaskView[]): readonly string[] {
  return tasks.flatMap(({ name, tasks: parts }) => [name, ...allNames(parts)]);
}
