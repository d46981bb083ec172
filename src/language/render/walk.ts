// The dry walk: begins with the tasks that nothing leads to, and follows the transitions that fire, first come first served.
// A list of tasks is walked until nothing is left to begin; a parallel task walks its own list before it ends.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { RenderedTask, RenderedTransition } from '../../model/render.ts';
import { makeObject, toJsonText, type Value } from '../expression/value.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { entryTasks, type TaskView } from '../task-view.ts';
import type { Focus, Run, Setting } from './run.ts';
import { type Outgoing, renderInput, renderItems, renderNext, renderSettings, stubOf } from './task.ts';
import { placeOf, renderCondition } from './values.ts';

/** Tasks that are walked, each visit counted: a loop that never ends is shown this far. */
const maxSteps = 100;

/** One list of tasks on the walk. */
type List = {
  readonly tasks: readonly TaskView[];
  readonly raw: readonly unknown[];
  readonly at: DocumentPath;
  readonly focus: Focus | undefined;
  readonly ready: TaskView[];
  /** For a task with `join`: the predecessors that have come since it last began. */
  readonly come: Map<TaskView, Set<string>>;
};

/** The tasks of a list in the order of the walk, then those that it does not reach. */
export function walkTasks(
  run: Run,
  tasks: readonly TaskView[],
  raw: unknown,
  at: DocumentPath,
  focus: Focus | undefined,
): readonly RenderedTask[] {
  const list: List = { tasks, raw: listOf(raw), at, focus, ready: [...entryTasks(tasks)], come: new Map() };
  const walked: RenderedTask[] = [];
  const reached = new Set<TaskView>();
  for (let task = list.ready.shift(); task !== undefined; task = list.ready.shift()) {
    if (run.steps >= maxSteps || run.limits.total.left < 0) {
      run.isCut = true;
      break;
    }
    run.steps += 1;
    run.begun.add(beginningOf(run, list, task));
    reached.add(task);
    walked.push(visitTask(run, list, task));
  }
  const rest = tasks.filter((task) => !reached.has(task));
  return [...walked, ...rest.map((task) => lookAtTask(run, list, task))];
}

/** What a beginning depends on: one that is like an earlier one would go on like that one, for ever. */
function beginningOf(run: Run, { at }: List, { name, index }: TaskView): string {
  // The visit matters where it decides between stubs.
  const stubs = [...run.given.results].map(([task, { length }]) =>
    length > 1 ? Math.min(run.visits.get(task) ?? 0, length) : 0,
  );
  const ended = [...run.ended.keys()].sort();
  return JSON.stringify([at, index, name, toJsonText(makeObject(run.vars)), stubs, ended]);
}

function visitTask(run: Run, list: List, task: TaskView): RenderedTask {
  const at = [...list.at, task.index];
  const visit = (run.visits.get(task.name) ?? 0) + 1;
  run.visits.set(task.name, visit);
  const start = beginTask(run, list, task, true);
  if (start.when !== undefined && start.when.holds !== true) {
    return { ...start.shown, visit, input: nothing, items: undefined, is_skipped: true };
  }
  const raw = rawTask(list, task);
  const parts = walkTasks(run, task.tasks, raw['tasks'], [...at, 'tasks'], start.setting.focus);
  const stub = stubOf(run, task.name, visit);
  const result: Value = stub.result ?? null;
  const isGiven = stub.result !== undefined;
  run.ended.set(task.name, makeObject([['result', result]]));
  const current = { name: task.name, result, state: stub.state, isGiven };
  const setting: Setting = { ...start.setting, current };
  const settings = renderSettings(task, raw, at, placeOf(run, setting), stub.state);
  const outgoing = renderNext(run, task, raw, at, setting);
  return {
    ...start.shown,
    ...{ visit, settings, tasks: parts, ended: { state: stub.state, is_result_given: isGiven } },
    next: outgoing.map((one) => follow(run, list, task, one)),
  };
}

const nothing = { kind: 'value', value: null } as const;

/** What can be told of a task before it has run. */
function beginTask(run: Run, list: List, task: TaskView, isReached: boolean) {
  const at = [...list.at, task.index];
  const around: Setting = { focus: list.focus, current: undefined, isReached };
  const items = renderItems(run, task, at, around);
  const setting: Setting = items?.focus === undefined ? around : { ...around, focus: items.focus };
  const when =
    task.when === undefined ? undefined : renderCondition(task.when, [...at, 'when'], placeOf(run, setting));
  const isRun = when === undefined || when.holds === true || !isReached;
  const input = items
    ? (items.shown[0]?.input ?? nothing)
    : isRun
      ? renderInput(run, task, at, setting).rendered
      : nothing;
  const shown = {
    ...{ name: task.name, type: task.type, action: task.action ?? null, visit: 0, when, is_skipped: false },
    ...{ input, items: items && { total: items.total, shown: items.shown, left_out: items.left_out } },
    ...{ settings: [], ended: undefined, next: [], tasks: [] },
  } satisfies RenderedTask;
  return { setting, when, shown };
}

/** A task that the walk does not reach, as far as it can be told. */
function lookAtTask(run: Run, list: List, task: TaskView): RenderedTask {
  const { setting, shown } = beginTask(run, list, task, false);
  const at = [...list.at, task.index];
  const raw = rawTask(list, task);
  const inner: List = {
    ...{ tasks: task.tasks, raw: listOf(raw['tasks']), at: [...at, 'tasks'], focus: setting.focus },
    ...{ ready: [], come: new Map() },
  };
  return {
    ...shown,
    settings: renderSettings(task, raw, at, placeOf(run, setting), undefined),
    tasks: task.tasks.map((part) => lookAtTask(run, inner, part)),
  };
}

function rawTask({ raw }: List, { index }: TaskView): RawMap {
  const task = raw[index];
  return isMap(task) ? task : {};
}

/** Lets the targets of a transition that fires begin, or wait for the predecessors that they join. */
function follow(
  run: Run,
  list: List,
  from: TaskView,
  { transition, condition, publish }: Outgoing,
): RenderedTransition {
  const again: string[] = [];
  const waiting: RenderedTransition['waiting'][number][] = [];
  for (const name of condition.holds === true ? transition.targets : []) {
    const target = list.tasks.find((task) => task.name === name);
    if (target === undefined) continue;
    const join = target.join ?? 1;
    const come = list.come.get(target) ?? new Set();
    come.add(from.name);
    list.come.set(target, come);
    if (come.size < join) {
      waiting.push({ name, come: come.size, join });
      continue;
    }
    list.come.delete(target);
    if (run.begun.has(beginningOf(run, list, target))) again.push(name);
    else list.ready.push(target);
  }
  return {
    ...{ fires: condition.holds, why: condition.why, failure: condition.failure },
    ...{ publish, do: transition.targets, again, waiting },
  };
}
