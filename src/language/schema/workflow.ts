// The JSON Schema of a workflow file: validated against, and printed for editors.
// What a schema cannot say (targets, reachability, names) is in rules/.
import type { JsonObject } from '../../model/pack.ts';
import { taskSchema } from './task.ts';

/** Draft 2020-12. Problems with keys that are not in it are warnings here, errors in most editors. */
export const workflowSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Workflow',
  description: 'A workflow definition: `workflows/<name>.yaml` of a pack.',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'tasks'],
  properties: {
    ref: {
      title: 'Ref',
      description: '`<pack>.<name>`; taken from the file name when absent.',
      type: 'string',
      maxLength: 255,
    },
    label: {
      title: 'Label',
      description: 'Name for people; the file name when absent.',
      type: 'string',
      maxLength: 255,
    },
    description: { title: 'Description', description: 'What the workflow does.', type: 'string' },
    version: {
      title: 'Version',
      description: 'Version of this definition, a string: "1.0" needs quotes.',
      type: 'string',
      minLength: 1,
      maxLength: 50,
    },
    parameters: {
      title: 'Parameters',
      description: 'Input: `name: { type, required, default, description }`, or a JSON Schema.',
    },
    output: { title: 'Output', description: 'Output: in the style of `parameters`, or a JSON Schema.' },
    vars: {
      title: 'Variables',
      description: 'Workflow variables and their initial values.',
      type: ['object', 'array'],
      items: { type: 'object', minProperties: 1, maxProperties: 1 },
      default: {},
    },
    tasks: {
      title: 'Tasks',
      description: 'Starts with every task that no other task leads to.',
      type: 'array',
      minItems: 1,
      items: { $ref: '#/$defs/task' },
    },
    output_map: {
      title: 'Output map',
      description: 'A template for each key of the output.',
      type: 'object',
      additionalProperties: { type: 'string' },
    },
    tags: {
      title: 'Tags',
      description: 'Words to find the workflow by.',
      type: 'array',
      // Longer ones fit no index, and no screen.
      items: { type: 'string', maxLength: 255 },
      default: [],
    },
    cancellation_policy: {
      title: 'Cancellation policy',
      description: 'What happens to running tasks when the workflow is cancelled.',
      type: 'string',
      enum: ['allow_finish', 'cancel_running'],
      default: 'allow_finish',
    },
  },
  $defs: { task: taskSchema },
};
