// The JSON Schema of a task and what it holds, apart from what a schema cannot say (see rules/).
import type { JsonObject } from '../../model/pack.ts';
import { branch, chartMeta, publish, target, transition } from './transition.ts';

const seconds = (title: string, description: string): JsonObject => ({
  title,
  description,
  type: 'integer',
  minimum: 0,
  maximum: 4_294_967_295,
  examples: [30],
});

/** A key that `next` has taken the place of; it is still read. */
const legacyTarget = (title: string, when: string): JsonObject => ({
  ...target(title, `Old form: \`next: [{ ${when}do: [task] }]\` says the same.`),
  deprecated: true,
});

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
      examples: [3],
    },
    delay: seconds('Delay', 'Seconds before a try.'),
    backoff: {
      title: 'Backoff',
      description: 'How the delay grows: not at all, by itself each time, or doubled each time.',
      type: 'string',
      enum: ['constant', 'linear', 'exponential'],
      default: 'constant',
      examples: ['exponential'],
    },
    max_delay: seconds('Longest delay', 'Seconds that a grown delay never exceeds; at least `delay`.'),
    on_error: {
      title: 'Condition',
      description: 'Retry only if this holds.',
      type: 'string',
      examples: ['{{ timed_out() }}'],
    },
  },
  examples: [{ count: 3, delay: 2, backoff: 'exponential', max_delay: 30 }],
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
      examples: ['build'],
    },
    type: {
      title: 'Type',
      description: 'Runs an action, several tasks side by side, or another workflow.',
      type: 'string',
      enum: ['action', 'parallel', 'workflow'],
      default: 'action',
      examples: ['parallel'],
    },
    action: {
      title: 'Action',
      description: 'Ref `pack.name` of the action or workflow to run.',
      type: 'string',
      examples: ['web.deploy'],
    },
    input: {
      title: 'Input',
      description: 'Parameters of the action; strings may hold `{{ … }}` templates.',
      type: 'object',
      default: {},
      examples: [{ target: '{{ parameters.target }}' }],
    },
    permission_set_refs: {
      title: 'Permission sets',
      description: 'A ref, a list of refs, or a template.',
      examples: [['web.deployer']],
    },
    permission_set_ref: {
      title: 'Permission sets',
      description: 'Another spelling of `permission_set_refs`; write `permission_set_refs`.',
      deprecated: true,
    },
    worker_selector: {
      title: 'Worker selector',
      description: 'Labels a worker must have: a mapping or a template.',
      examples: [{ zone: 'dmz' }],
    },
    worker_tolerations: {
      title: 'Worker tolerations',
      description: 'Taints of workers it puts up with: a list or a template.',
      examples: ['{{ parameters.tolerations }}'],
    },
    worker_affinity: {
      title: 'Worker affinity',
      description: 'Workers it prefers: a mapping or a template.',
      examples: ['{{ parameters.affinity }}'],
    },
    when: {
      title: 'Condition',
      description: 'The task is skipped unless this holds.',
      type: 'string',
      examples: ["{{ parameters.target == 'live' }}"],
    },
    with_items: {
      title: 'Items',
      description:
        'A template for a list; the task runs once for each entry, as `{{ item }}` and `{{ index }}`.',
      type: 'string',
      examples: ['{{ parameters.files }}'],
    },
    batch_size: {
      title: 'Batch size',
      description: 'Items of one run, with `with_items`; at least 1.',
      type: 'integer',
      minimum: 0,
      examples: [10],
    },
    concurrency: {
      title: 'Concurrency',
      description: 'Items that run at the same time, with `with_items`; 1 when absent.',
      type: 'integer',
      minimum: 0,
      examples: [4],
    },
    retry,
    timeout: seconds('Timeout', 'Seconds after which the task is stopped.'),
    next: {
      title: 'Transitions',
      description: 'Looked at in order when the task is done.',
      type: 'array',
      items: transition,
      examples: [[{ when: '{{ succeeded() }}', do: ['tell'] }]],
    },
    on_success: legacyTarget('On success', 'when: "{{ succeeded() }}", '),
    on_failure: legacyTarget('On failure', 'when: "{{ failed() }}", '),
    on_complete: legacyTarget('On completion', ''),
    on_timeout: legacyTarget('On timeout', 'when: "{{ timed_out() }}", '),
    decision: {
      title: 'Decision',
      description: 'Old form: transitions of `next`, each with `when` and `do`, say the same.',
      type: 'array',
      items: branch,
      default: [],
      deprecated: true,
    },
    publish: {
      ...publish,
      description: 'Old form: `publish` in a transition of `next` says for which outcome.',
      default: [],
      deprecated: true,
    },
    join: {
      title: 'Join',
      description: 'Waits until this many different tasks have led here.',
      type: 'integer',
      minimum: 0,
      examples: [2],
    },
    tasks: {
      title: 'Sub-tasks',
      description: 'Tasks of a `parallel` task; they lead to their siblings only.',
      type: 'array',
      items: { $ref: '#/$defs/task' },
      examples: [[{ name: 'lint', action: 'ci.lint' }]],
    },
    __chart_meta__: chartMeta,
  },
};
