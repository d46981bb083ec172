// The JSON Schema of an action file: validated against, and printed for editors.
import type { JsonObject } from '../../model/pack.ts';
import { parametersSchema } from './parameters.ts';

const limit = (title: string): JsonObject => ({
  title,
  description: 'How much is kept, in the unit of its policy.',
  type: 'integer',
  minimum: 1,
  examples: [14],
});
const policy = (title: string): JsonObject => ({
  title,
  description: 'By what is kept: a word that the platform knows.',
  type: 'string',
  examples: ['days'],
});
const strings = (title: string, description: string, example: string): JsonObject => ({
  title,
  description,
  type: 'array',
  // Longer ones fit no index, and no screen.
  items: { type: 'string', maxLength: 255 },
  default: [],
  examples: [[example]],
});

/** Draft 2020-12. */
export const actionSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:packwatch:schema:action',
  title: 'Action',
  description: 'An action: `actions/<name>.yaml` of a pack.',
  type: 'object',
  additionalProperties: false,
  properties: {
    ref: {
      title: 'Ref',
      description: '`<pack>.<name>`; taken from the file name when absent.',
      type: 'string',
      maxLength: 255,
      examples: ['web.deploy'],
    },
    label: {
      title: 'Label',
      description: 'Name for people; made of the file name when absent.',
      type: 'string',
      maxLength: 255,
      examples: ['Deploy'],
    },
    description: {
      title: 'Description',
      description: 'What the action does.',
      type: 'string',
      examples: ['Put one image into one region and wait until it answers.'],
    },
    entry_point: {
      title: 'Entry point',
      description: 'Program that the runner starts, a path relative to `actions/`.',
      type: 'string',
      default: '',
      examples: ['deploy.sh'],
    },
    runner_type: {
      title: 'Runner',
      description: 'Runtime that runs it: shell, python, nodejs, native, or a ref.',
      type: 'string',
      default: 'shell',
      examples: ['shell', 'python', 'nodejs', 'native'],
    },
    workflow_file: {
      title: 'Workflow file',
      description: 'Graph file that makes the action a workflow, relative to `actions/`.',
      type: 'string',
      minLength: 1,
      examples: ['workflows/deploy.workflow.yaml'],
    },
    parameters: parametersSchema(
      'Parameters',
      'Input: `name: { type, required, default, description }`, or a JSON Schema.',
      { target: { type: 'string', required: true, description: 'Where to deploy' } },
    ),
    output: parametersSchema('Output', 'What comes out, in the style of `parameters`.', {
      url: { type: 'string' },
    }),
    parameter_delivery: {
      title: 'Parameter delivery',
      description: 'How the parameters reach the program.',
      type: 'string',
      enum: ['stdin', 'file'],
      default: 'stdin',
      examples: ['stdin'],
    },
    parameter_format: {
      title: 'Parameter format',
      description: 'How the parameters are written.',
      type: 'string',
      enum: ['dotenv', 'json', 'yaml'],
      default: 'json',
      examples: ['dotenv'],
    },
    output_format: {
      title: 'Output format',
      description: 'How the output is read.',
      type: 'string',
      enum: ['text', 'json', 'yaml', 'jsonl'],
      default: 'text',
      examples: ['json'],
    },
    timeout_seconds: {
      title: 'Timeout',
      description: 'Seconds after which it is stopped.',
      type: 'integer',
      minimum: 0,
      maximum: 2_147_483_647,
      examples: [300],
    },
    max_retries: {
      title: 'Retries',
      description: 'Tries after the first.',
      type: 'integer',
      minimum: 0,
      maximum: 2_147_483_647,
      default: 0,
      examples: [2],
    },
    runtime_version: {
      title: 'Runtime version',
      description: 'Version range of the runtime, a string.',
      type: 'string',
      examples: ['>=20'],
    },
    required_worker_runtimes: {
      title: 'Worker runtimes',
      description: 'Runtimes a worker must offer, with a version range each.',
      type: 'object',
      default: {},
      examples: [{ nodejs: '>=20' }],
    },
    worker_selector: {
      title: 'Worker selector',
      description: 'Labels a worker must have.',
      type: 'object',
      default: {},
      examples: [{ zone: 'dmz' }],
    },
    worker_tolerations: {
      title: 'Worker tolerations',
      description: 'Taints it puts up with.',
      type: 'array',
      default: [],
      examples: [[{ key: 'gpu', operator: 'exists' }]],
    },
    worker_affinity: {
      title: 'Worker affinity',
      description: 'Workers it prefers.',
      type: 'object',
      default: {},
      examples: [{ prefer: [{ zone: 'dmz' }] }],
    },
    accesses_mcp: {
      title: 'Uses MCP',
      description: 'Whether it needs the MCP service.',
      type: 'boolean',
      default: false,
      examples: [true],
    },
    default_execution_permission_set_refs: strings(
      'Permission sets',
      'Refs it runs with unless told otherwise.',
      'web.deployer',
    ),
    log_retention_policy: policy('Log retention policy'),
    log_retention_limit: limit('Log retention limit'),
    artifact_retention_policy: policy('Artifact retention policy'),
    artifact_retention_limit: limit('Artifact retention limit'),
    tags: strings('Tags', 'Words to find the action by; handed to the linked workflow.', 'release'),
  },
};
