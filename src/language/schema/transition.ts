// The JSON Schema of what follows a task: transitions, decision branches, published values.
import type { JsonObject } from '../../model/pack.ts';

/** A key that names one task. */
export const target = (title: string, description: string): JsonObject => ({
  title,
  description,
  type: 'string',
  examples: ['tell'],
});

/** Of the key `publish`, in a transition or beside one. */
export const publish: JsonObject = {
  title: 'Publish',
  description:
    'Workflow variables to set: mappings of name to value, or a bare name that takes the whole result.',
  type: 'array',
  items: {
    title: 'Published values',
    description: '`name: value`, a template as a rule; or a bare name, for the whole result.',
    type: ['object', 'string'],
    minProperties: 1,
    minLength: 1,
  },
  examples: [[{ image: '{{ result().image }}' }]],
};

/** Of the key `__chart_meta__`. */
export const chartMeta: JsonObject = {
  title: 'Chart metadata',
  description: 'What a graphical editor keeps here; preserved, without effect.',
  examples: [{ x: 120, y: 40 }],
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
      description:
        'Fires only if this holds, for instance `{{ succeeded() }}`, `{{ failed() }}`, `{{ timed_out() }}`; ' +
        'absent: whenever the task is done.',
      type: 'string',
      examples: ['{{ succeeded() }}', '{{ failed() }}', '{{ timed_out() }}'],
    },
    publish,
    do: {
      title: 'Next tasks',
      description: 'Names of tasks in the same list; several run side by side.',
      type: 'array',
      items: { type: 'string' },
      examples: [['tell']],
    },
    __chart_meta__: chartMeta,
  },
};

/** An entry of `decision`. */
export const branch: JsonObject = {
  title: 'Decision branch',
  description: 'A condition and the task it leads to.',
  type: 'object',
  additionalProperties: false,
  required: ['next'],
  properties: {
    when: {
      title: 'Condition',
      description: 'Taken if this holds.',
      type: 'string',
      examples: ['{{ result().count > 0 }}'],
    },
    next: target('Next task', 'Name of a task in the same list.'),
    default: {
      title: 'Default',
      description: 'The branch without a condition.',
      type: 'boolean',
      default: false,
      examples: [true],
    },
  },
};
