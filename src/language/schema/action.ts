// The JSON Schema of an action file: validated against, and printed for editors.
import type { JsonObject } from '../../model/pack.ts';

const limit = (title: string): JsonObject => ({
  title,
  description: 'How much is kept.',
  type: 'integer',
  minimum: 1,
});
const policy = (title: string): JsonObject => ({ title, description: 'By what is kept.', type: 'string' });
const strings = (title: string, description: string): JsonObject => ({
  title,
  description,
  type: 'array',
  // Longer ones fit no index, and no screen.
  items: { type: 'string', maxLength: 255 },
  default: [],
});

/** Draft 2020-12. */
export const actionSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
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
    },
    label: {
      title: 'Label',
      description: 'Name for people; made of the file name when absent.',
      type: 'string',
      maxLength: 255,
    },
    description: { title: 'Description', description: 'What the action does.', type: 'string' },
    entry_point: {
      title: 'Entry point',
      description: 'What the runner starts.',
      type: 'string',
      default: '',
    },
    runner_type: {
      title: 'Runner',
      description: 'Runtime that runs it: shell, python, nodejs, native, or a ref.',
      type: 'string',
      default: 'shell',
    },
    workflow_file: {
      title: 'Workflow file',
      description: 'Graph file that makes the action a workflow, relative to `actions/`.',
      type: 'string',
      minLength: 1,
    },
    parameters: {
      title: 'Parameters',
      description: 'Input: `name: { type, required, default, description }`, or a JSON Schema.',
    },
    output: { title: 'Output', description: 'Output: in the style of `parameters`, or a JSON Schema.' },
    parameter_delivery: {
      title: 'Parameter delivery',
      description: 'How the parameters reach the program.',
      type: 'string',
      enum: ['stdin', 'file'],
      default: 'stdin',
    },
    parameter_format: {
      title: 'Parameter format',
      description: 'How the parameters are written.',
      type: 'string',
      enum: ['dotenv', 'json', 'yaml'],
      default: 'json',
    },
    output_format: {
      title: 'Output format',
      description: 'How the output is read.',
      type: 'string',
      enum: ['text', 'json', 'yaml', 'jsonl'],
      default: 'text',
    },
    timeout_seconds: {
      title: 'Timeout',
      description: 'Seconds after which it is stopped.',
      type: 'integer',
      minimum: 0,
      maximum: 2_147_483_647,
    },
    max_retries: {
      title: 'Retries',
      description: 'Tries after the first.',
      type: 'integer',
      minimum: 0,
      maximum: 2_147_483_647,
      default: 0,
    },
    runtime_version: {
      title: 'Runtime version',
      description: 'Version range of the runtime, a string.',
      type: 'string',
    },
    required_worker_runtimes: {
      title: 'Worker runtimes',
      description: 'Runtimes a worker must offer.',
      type: 'object',
      default: {},
    },
    worker_selector: {
      title: 'Worker selector',
      description: 'Labels a worker must have.',
      type: 'object',
      default: {},
    },
    worker_tolerations: {
      title: 'Worker tolerations',
      description: 'Taints it puts up with.',
      type: 'array',
      default: [],
    },
    worker_affinity: {
      title: 'Worker affinity',
      description: 'Workers it prefers.',
      type: 'object',
      default: {},
    },
    accesses_mcp: {
      title: 'Uses MCP',
      description: 'Whether it needs the MCP service.',
      type: 'boolean',
      default: false,
    },
    default_execution_permission_set_refs: strings(
      'Permission sets',
      'Refs it runs with unless told otherwise.',
    ),
    log_retention_policy: policy('Log retention policy'),
    log_retention_limit: limit('Log retention limit'),
    artifact_retention_policy: policy('Artifact retention policy'),
    artifact_retention_limit: limit('Artifact retention limit'),
    tags: strings('Tags', 'Handed to the linked workflow.'),
  },
};
