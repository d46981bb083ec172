// The JSON Schema of a task and what it holds, apart from what a schema cannot say (see rules/).
import type { JsonObject } from '../../model/pack.ts';

const seconds = (title: string, description: string): JsonObject => ({
  title,
  description,
  type: 'integer',
  minimum: 0,
  maximum: 4_294_967_295,
});

const target = (title: string, description: string): JsonObject => ({ title, description, type: 'string' });

const publish: JsonObject = {
  title: 'Publish',
  description:
    'Workflow variables to set: maps of name to value, or a bare name that takes the whole result.',
  type: 'array',
  items: { type: ['object', 'string'], minProperties: 1, minLength: 1 },
};

const chartMeta: JsonObject = {
  title: 'Chart metadata',
  description: 'What a graphical editor keeps here; preserved, without effect.',
};

/** An entry of `next`. */
export const transition: JsonObject = {
  title: 'Transition',
  description: 'What happens when the task is done, if the condition holds.',
  type: 'object',
  additionalProperties: false,
  properties: {
    when: {
      title: 'Condition',
      description: 'Fires only if this holds; absent: whenever the task is done.',
      type: 'string',
    },
    publish,
    do: {
      title: 'Next tasks',
      description: 'Names of tasks in the same list.',
      type: 'array',
      items: { type: 'string' },
    },
    __chart_meta__: chartMeta,
  },
};

/** An entry of `decision`. */
export const branch: JsonObject = {
  title: 'Decision branch',
  description: 'Old form of a transition; `next` with `when` says the same.',
  type: 'object',
  additionalProperties: false,
  required: ['next'],
  properties: {
    when: { title: 'Condition', description: 'Taken if this holds.', type: 'string' },
    next: target('Next task', 'Name of a task in the same list.'),
    default: {
      title: 'Default',
      description: 'The branch without a condition.',
      type: 'boolean',
      default: false,
    },
  },
};

/** Of the key `retry`. */
export const retry: JsonObject = {
  title: 'Retry',
  description: 'How often and when a failed task is tried again.',
  type: 'object',
  additionalProperties: false,
  required: ['count', 'delay'],
  properties: {
    count: {
      title: 'Count',
      description: 'Tries after the first, 1 to 100.',
      type: 'integer',
      minimum: 1,
      maximum: 100,
    },
    delay: seconds('Delay', 'Seconds before a try.'),
    backoff: {
      title: 'Backoff',
      description: 'How the delay grows: not at all, by itself each time, or doubled each time.',
      type: 'string',
      enum: ['constant', 'linear', 'exponential'],
      default: 'constant',
    },
    max_delay: seconds('Longest delay', 'Seconds that a grown delay never exceeds; at least `delay`.'),
    on_error: { title: 'Condition', description: 'Retry only if this holds.', type: 'string' },
  },
};

/** A task of any depth; its sub-tasks refer to `#/$defs/task`. */
export const taskSchema: JsonObject = {
  title: 'Task',
  description: 'One step of the workflow.',
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      title: 'Name',
      description: 'Unique in its list; transitions and `task.<name>` refer to it.',
      type: 'string',
      minLength: 1,
      maxLength: 255,
    },
    type: {
      title: 'Type',
      description: 'Runs an action, several tasks side by side, or another workflow.',
      type: 'string',
      enum: ['action', 'parallel', 'workflow'],
      default: 'action',
    },
    action: {
      title: 'Action',
      description: 'Ref `pack.name` of the action or workflow to run.',
      type: 'string',
    },
    input: {
      title: 'Input',
      description: 'Parameters of the action; strings may hold `{{ … }}` templates.',
      type: 'object',
      default: {},
    },
    permission_set_refs: { title: 'Permission sets', description: 'Refs, a list of refs, or a template.' },
    permission_set_ref: {
      title: 'Permission sets',
      description: 'Another spelling of `permission_set_refs`.',
    },
    worker_selector: {
      title: 'Worker selector',
      description: 'Labels a worker must have: a mapping or a template.',
    },
    worker_tolerations: { title: 'Worker tolerations', description: 'A list or a template.' },
    worker_affinity: { title: 'Worker affinity', description: 'A mapping or a template.' },
    when: { title: 'Condition', description: 'The task is skipped unless this holds.', type: 'string' },
    with_items: {
      title: 'Items',
      description: 'A template for a list; the task runs once for each item, as `item` and `index`.',
      type: 'string',
    },
    batch_size: {
      title: 'Batch size',
      description: 'Items of one run, with `with_items`.',
      type: 'integer',
      minimum: 0,
    },
    concurrency: {
      title: 'Concurrency',
      description: 'Items that run at the same time, with `with_items`; 1 when absent.',
      type: 'integer',
      minimum: 0,
    },
    retry,
    timeout: seconds('Timeout', 'Seconds after which the task is stopped.'),
    next: {
      title: 'Transitions',
      description: 'Looked at in order when the task is done.',
      type: 'array',
      items: transition,
    },
    on_success: target('On success', 'Old form of a transition: the task to run on success.'),
    on_failure: target('On failure', 'Old form of a transition: the task to run on failure.'),
    on_complete: target('On completion', 'Old form of a transition: the task to run in any case.'),
    on_timeout: target('On timeout', 'Old form of a transition: the task to run on a timeout.'),
    decision: {
      title: 'Decision',
      description: 'Old form of transitions with conditions.',
      type: 'array',
      items: branch,
    },
    publish,
    join: {
      title: 'Join',
      description: 'Waits for this many predecessors.',
      type: 'integer',
      minimum: 0,
    },
    tasks: {
      title: 'Sub-tasks',
      description: 'Tasks of a `parallel` task.',
      type: 'array',
      items: { $ref: '#/$defs/task' },
    },
    __chart_meta__: chartMeta,
  },
};
