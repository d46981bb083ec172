// One task of the walk: its condition, what it is given, and once it has ended, its transitions.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { Json } from '../../model/pack.ts';
import type { Failed, Rendered, RenderedEntry, RenderedItem, RenderedTask } from '../../model/render.ts';
import { isList, kindOf, toJson, type Value } from '../expression/value.ts';
import { isMap, type RawMap } from '../raw.ts';
import type { TaskView, TransitionView } from '../task-view.ts';
import { failWith } from './failing.ts';
import { type TransitionOrigin, transitionOrigins } from './origins.ts';
import type { Focus, Run, Setting, Stub } from './run.ts';
import { type Condition, mapOf, type Place, placeOf, renderCondition, renderValue } from './values.ts';

/** Items of a task that are shown. */
const maxItems = 3;

/** Keys of a task, besides `input`, whose values may hold templates. */
const settingKeys = [
  'permission_set_refs',
  'worker_selector',
  'worker_tolerations',
  'worker_affinity',
] as const;

export type Items = NonNullable<RenderedTask['items']> & { readonly focus: Focus | undefined };

/** The items of a task, their inputs rendered; undefined for a task without any. */
export function renderItems(run: Run, task: TaskView, at: DocumentPath, setting: Setting): Items | undefined {
  if (task.withItems === undefined) return undefined;
  const place = [...at, 'with_items'];
  const outcome = renderValue(task.withItems, place, placeOf(run, setting));
  const { given } = run;
  const list = outcome.value !== undefined && isList(outcome.value) ? outcome.value : undefined;
  const total = list?.length ?? noList(run, task.withItems, place, outcome.rendered, outcome.value);
  const foci: readonly Focus[] =
    given.focus === undefined
      ? (list ?? []).slice(0, maxItems).map((item, index) => ({ item, index: BigInt(index) }))
      : [given.focus];
  const shown = foci.map((focus): RenderedItem => {
    const { rendered } = renderInput(run, task, at, { ...setting, focus });
    return { index: Number(focus.index), item: toJson(focus.item), input: rendered };
  });
  const count = typeof total === 'number' ? total : 0;
  return { total, shown, left_out: Math.max(0, count - shown.length), focus: foci[0] };
}

/** Not known is no failure: a task that is not reached has no items yet. */
function noList(
  run: Run,
  text: string,
  at: DocumentPath,
  rendered: Rendered,
  value: Value | undefined,
): number | Failed {
  if (rendered.kind === 'failed') return rendered;
  if (value === undefined) return 0;
  const message = `\`with_items\` takes a list, and this is ${kindOf(value)}`;
  const help = 'give a list, or wrap the value in one: `{{ [ … ] }}`';
  return failWith(run, { text, at }, { code: 'EXPR_TYPE', message, help, start: 0, end: text.length });
}

export function renderInput(run: Run, task: TaskView, at: DocumentPath, setting: Setting) {
  return renderValue(task.json['input'] ?? {}, [...at, 'input'], placeOf(run, setting));
}

/** Whatever else is set, in the order it is documented in. */
export function renderSettings(
  task: TaskView,
  raw: RawMap,
  at: DocumentPath,
  place: Place,
  state: string | undefined,
): readonly RenderedEntry[] {
  const entries: RenderedEntry[] = [];
  for (const key of settingKeys) {
    const json = task.json[key];
    if (json === null || json === undefined) continue;
    // The other spelling of `permission_set_refs`.
    const written = raw[key] === undefined ? key.slice(0, -1) : key;
    entries.push({ key, value: renderValue(json, [...at, written], place).rendered });
  }
  for (const key of ['concurrency', 'batch_size', 'timeout'] as const) {
    if (typeof task.json[key] === 'number')
      entries.push({ key, value: { kind: 'value', value: task.json[key] } });
  }
  const { retry } = task.json;
  if (isMap(retry)) entries.push({ key: 'retry', value: renderRetry(retry as Retry, at, place, state) });
  return entries;
}

type Retry = Readonly<Record<string, Json>>;

function renderRetry(retry: Retry, at: DocumentPath, place: Place, state: string | undefined): Rendered {
  const entries = Object.entries(retry).flatMap(([key, json]): RenderedEntry[] => {
    if (json === null) return [];
    if (key !== 'on_error') return [{ key, value: { kind: 'value', value: json } }];
    if (state === undefined || state === 'succeeded')
      return [{ key, value: { kind: 'unknown', why: 'looked at only after a failure' } }];
    return [{ key, value: renderValue(json, [...at, 'retry', key], place).rendered }];
  });
  return mapOf(entries);
}

/** A transition as it came out, before the walk knows what becomes of its targets. */
export type Outgoing = {
  readonly transition: TransitionView;
  readonly condition: Condition;
  readonly publish: readonly RenderedEntry[];
};

/**
 * The transitions of a task that has ended. All of them see the variables as they were at its end: what one publishes, none
 * of the others sees. Then what the firing ones publish is set, in their order; the last value of a name counts.
 */
export function renderNext(
  run: Run,
  task: TaskView,
  raw: RawMap,
  at: DocumentPath,
  setting: Setting,
): readonly Outgoing[] {
  const place = placeOf(run, setting);
  const origins = transitionOrigins(raw, at);
  const published: [string, Value][] = [];
  const outgoing = task.next.map((transition): Outgoing => {
    const origin = origins[transition.index] ?? { when: at, publish: at };
    const condition = conditionOf(transition, origin, place);
    if (condition.holds !== true) return { transition, condition, publish: [] };
    return { transition, condition, publish: renderPublish(transition, origin, place, published) };
  });
  for (const [name, value] of published) run.vars.set(name, value);
  return outgoing;
}

function conditionOf({ when }: TransitionView, origin: TransitionOrigin, place: Place): Condition {
  if (when === undefined) return { holds: true, why: 'no condition', failure: undefined };
  return renderCondition(when, origin.when, place);
}

function renderPublish(
  { publish }: TransitionView,
  origin: TransitionOrigin,
  place: Place,
  published: [string, Value][],
): readonly RenderedEntry[] {
  const entries = publish.flatMap((entry, index): (readonly [string, ReturnType<typeof renderValue>])[] => {
    const at = [...origin.publish, index];
    if (typeof entry === 'string') return [[entry, renderValue('{{ result() }}', at, place)]];
    if (!isMap(entry)) return [];
    return Object.entries(entry).map(([name, json]) => [
      name,
      renderValue(json as Json, [...at, name], place),
    ]);
  });
  for (const [name, { value }] of entries) if (value !== undefined) published.push([name, value]);
  return entries.map(([key, { rendered }]) => ({ key, value: rendered }));
}

/** How the task is said to end at this visit: the last of a list of stubs stands for all that follow. */
export function stubOf({ given }: Run, name: string, visit: number): Stub {
  const stubs = given.results.get(name);
  return stubs?.[Math.min(visit, stubs.length) - 1] ?? { result: undefined, state: 'succeeded' };
}
