// A valid workflow's plain value → its canonical form: one spelling for everything, every key present.
// Legacy transitions become `next` at every depth; normalising twice is normalising once.
import type { WorkflowFile } from '../model/file.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { isMap, listOf, type RawMap, stringOf } from './raw.ts';

type Transition = { when?: string; publish?: Json; do?: Json; __chart_meta__?: Json };

/** The canonical form of a workflow. `root` has passed the schema and has no structural nulls. */
export function normaliseWorkflow(root: RawMap): WorkflowFile {
  const policy = stringOf(root['cancellation_policy']) ?? 'allow_finish';
  const graph: JsonObject = {
    vars: normaliseVars(root['vars']),
    tasks: listOf(root['tasks']).map(normaliseTask),
    output_map: json(root['output_map']),
    ...(policy === 'allow_finish' ? {} : { cancellation_policy: policy }),
  };
  return {
    role: 'workflow',
    ref: stringOf(root['ref']),
    label: stringOf(root['label']),
    description: stringOf(root['description']),
    version: stringOf(root['version']) ?? '',
    parameters: json(root['parameters']),
    output: json(root['output']),
    tags: listOf(root['tags']).filter((tag) => typeof tag === 'string'),
    graph,
  };
}

/** A parsed value as JSON, null when absent. The parser yields nothing else. */
export function json(value: unknown): Json {
  return value === undefined ? null : (value as Json);
}

function normaliseVars(vars: unknown): JsonObject {
  if (Array.isArray(vars)) return Object.assign({}, ...vars);
  return isMap(vars) ? (vars as JsonObject) : {};
}

function normaliseTask(value: unknown): JsonObject {
  const task = value as RawMap;
  const next = listOf(task['next']);
  return {
    ...(task['__chart_meta__'] === undefined ? {} : { __chart_meta__: json(task['__chart_meta__']) }),
    // In the order of the canonical text, which is then made without sorting.
    action: json(task['action']),
    batch_size: json(task['batch_size']),
    concurrency: json(task['concurrency']),
    input: isMap(task['input']) ? json(task['input']) : {},
    join: json(task['join']),
    name: json(task['name']),
    next: next.length > 0 ? next.map(normaliseTransition) : legacyTransitions(task),
    permission_set_refs: json(task['permission_set_refs'] ?? task['permission_set_ref']),
    retry: normaliseRetry(task['retry']),
    tasks: Array.isArray(task['tasks']) ? task['tasks'].map(normaliseTask) : null,
    timeout: json(task['timeout']),
    type: stringOf(task['type']) ?? 'action',
    when: json(task['when']),
    with_items: json(task['with_items']),
    worker_affinity: json(task['worker_affinity']),
    worker_selector: json(task['worker_selector']),
    worker_tolerations: json(task['worker_tolerations']),
  };
}

function normaliseRetry(retry: unknown): Json {
  if (!isMap(retry)) return null;
  return {
    backoff: stringOf(retry['backoff']) ?? 'constant',
    count: json(retry['count']),
    delay: json(retry['delay']),
    max_delay: json(retry['max_delay']),
    on_error: json(retry['on_error']),
  };
}

function normaliseTransition(value: unknown): JsonObject {
  const transition = value as RawMap;
  const normalised: Record<string, Json> = {};
  for (const key of ['__chart_meta__', 'do', 'publish', 'when']) {
    if (transition[key] !== undefined) normalised[key] = json(transition[key]);
  }
  return normalised;
}

/** The transitions that the legacy keys of a task stand for, in their fixed order. */
function legacyTransitions(task: RawMap): JsonObject[] {
  const transitions: Transition[] = [];
  const add = (target: unknown, when: string | undefined): void => {
    if (typeof target !== 'string') return;
    transitions.push(when === undefined ? { do: [target] } : { when, do: [target] });
  };
  add(task['on_success'], '{{ succeeded() }}');
  add(task['on_failure'], '{{ failed() }}');
  add(task['on_complete'], undefined);
  add(task['on_timeout'], '{{ timed_out() }}');
  for (const branch of listOf(task['decision'])) {
    if (isMap(branch)) add(branch['next'], stringOf(branch['when']));
  }
  attachPublish(transitions, listOf(task['publish']));
  return transitions.map(({ when, publish, do: targets }) => ({
    ...(when === undefined ? {} : { when }),
    ...(publish === undefined ? {} : { publish }),
    ...(targets === undefined ? {} : { do: targets }),
  }));
}

/** Task-level `publish` goes to the first transition for success, else to the first there is, else to one of its own. */
function attachPublish(transitions: Transition[], publish: readonly unknown[]): void {
  if (publish.length === 0) return;
  const target = transitions.find(({ when }) => when?.includes('succeeded()')) ?? transitions[0];
  if (target === undefined) transitions.push({ when: '{{ succeeded() }}', publish: publish as Json[] });
  else target.publish = publish as Json[];
}
