// The JSON Schema of a workflow file: validated against, and printed for editors.
// What a schema cannot say (targets, reachability, names) is in rules/.
import type { JsonObject } from '../../model/pack.ts';
import { parametersSchema } from './parameters.ts';
import { taskSchema } from './task.ts';

/** Draft 2020-12. Problems with keys that are not in it are warnings here, errors in most editors. */
export const workflowSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:packwatch:schema:workflow',
  title: 'Workflow',
  description:
    'A workflow definition: `workflows/<name>.yaml` or `actions/workflows/<name>.workflow.yaml` of a pack.',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'tasks'],
  properties: {
    ref: {
      title: 'Ref',
      description: '`<pack>.<name>`; taken from the file name when absent.',
      type: 'string',
      maxLength: 255,
      examples: ['shop.restock'],
    },
    label: {
      title: 'Label',
      description: 'Name for people; the file name when absent.',
      type: 'string',
      maxLength: 255,
      examples: ['Restock the shop'],
    },
    description: {
      title: 'Description',
      description: 'What the workflow does.',
      type: 'string',
      examples: ['Count what is left and order what is missing.'],
    },
    version: {
      title: 'Version',
      description: 'Version of this definition, a string: "1.0" needs quotes, 1.0.0 does not.',
      type: 'string',
      minLength: 1,
      maxLength: 50,
      examples: ['1.0.0'],
    },
    parameters: parametersSchema(
      'Parameters',
      'Input: `name: { type, required, default, description }`, or a JSON Schema. Read as `{{ parameters.name }}`.',
      { target: { type: 'string', required: true, description: 'Where to deploy' } },
    ),
    output: parametersSchema(
      'Output',
      'What the workflow gives back, in the style of `parameters`. `output_map` fills it.',
      { url: { type: 'string' } },
    ),
    vars: {
      title: 'Variables',
      description:
        'Workflow variables and their initial values, read as `{{ workflow.name }}` and set by `publish`. ' +
        'A list of one-key mappings is read as a mapping.',
      type: ['object', 'array'],
      // Apart, or editors write a list.
      allOf: [{ items: { type: 'object', minProperties: 1, maxProperties: 1 } }],
      default: {},
      examples: [{ missing: [], round: 1 }],
    },
    tasks: {
      title: 'Tasks',
      description: 'Starts with every task that no other task leads to.',
      type: 'array',
      minItems: 1,
      items: { $ref: '#/$defs/task' },
      examples: [[{ name: 'count', action: 'shop.count' }]],
    },
    output_map: {
      title: 'Output map',
      description: 'A template for each key of the output, evaluated when the workflow ends.',
      type: 'object',
      additionalProperties: { type: ['string', 'null'] },
      examples: [{ url: '{{ task.push.result.url }}' }],
    },
    tags: {
      title: 'Tags',
      description: 'Words to find the workflow by.',
      type: 'array',
      // Longer ones fit no index, and no screen.
      items: { type: 'string', maxLength: 255 },
      default: [],
      examples: [['delivery', 'nightly']],
    },
    cancellation_policy: {
      title: 'Cancellation policy',
      description:
        'What happens to running tasks when the workflow is cancelled: they finish, or they are stopped.',
      type: 'string',
      enum: ['allow_finish', 'cancel_running'],
      default: 'allow_finish',
      examples: ['cancel_running'],
    },
  },
  $defs: { task: taskSchema },
};
