// What editors offer to write at once, and say of a wrong word, by the title of the schema it belongs to.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `$1` and `${1:word}` are the places to fill in.
import type { JsonObject } from '../../model/pack.ts';

type Snippet = { readonly label: string; readonly description: string; readonly body: JsonObject };

// Editors write strings as they are: what begins with a brace brings its quotes.
const succeeded = '"{{ succeeded() }}"';
const failed = '"{{ failed() or timed_out() }}"';

const forTasks: readonly Snippet[] = [
  {
    label: 'task with a failure branch',
    description: 'One action, one way on when it succeeds, another when it does not.',
    body: {
      name: '${1:name}',
      action: '${2:pack.action}',
      next: [
        { when: succeeded, do: ['${3:next_task}'] },
        { when: failed, do: ['${4:other_task}'] },
      ],
    },
  },
  {
    label: 'task for each item',
    description: 'One action for each entry of a list, some at a time, each tried again.',
    body: {
      name: '${1:name}',
      action: '${2:pack.action}',
      with_items: '"{{ parameters.${3:items} }}"',
      concurrency: 4,
      input: { '${4:key}': '"{{ item }}"' },
      retry: { count: 3, delay: 2, backoff: 'exponential', max_delay: 30 },
    },
  },
  {
    label: 'tasks in parallel',
    description: 'Several tasks side by side.',
    body: {
      name: '${1:name}',
      type: 'parallel',
      tasks: [
        { name: '${2:one}', action: '${3:pack.action}' },
        { name: '${4:other}', action: '${5:pack.action}' },
      ],
    },
  },
];

const forTransitions: readonly Snippet[] = [
  {
    label: 'on success',
    description: 'Publish a value and go on.',
    body: {
      when: succeeded,
      publish: [{ '${1:name}': '"{{ result().${2:key} }}"' }],
      do: ['${3:task}'],
    },
  },
  {
    label: 'on failure',
    description: 'When it failed or ran out of time.',
    body: { when: failed, do: ['${1:task}'] },
  },
  { label: 'in any case', description: 'Whatever came out.', body: { do: ['${1:task}'] } },
];

const forParameters = (name: string): readonly Snippet[] => [
  {
    label: 'named values',
    description: 'One entry for each: `name: { type, … }`.',
    body: { [`\${1:${name}}`]: { type: '${2:string}', description: '${3:What it is for}' } },
  },
  {
    label: 'JSON Schema',
    description: 'For values that have a structure of their own.',
    body: {
      type: 'object',
      required: [`\${1:${name}}`],
      properties: { [`\${1:${name}}`]: { type: '${2:string}' } },
    },
  },
];

const forWorkflows: readonly Snippet[] = [
  {
    label: 'new workflow',
    description: 'A workflow with a parameter and one task.',
    body: {
      label: '${1:Label}',
      description: '${2:What it does}',
      version: '1.0.0',
      parameters: { '${3:target}': { type: 'string', required: true } },
      tasks: [
        {
          name: '${4:first}',
          action: '${5:pack.action}',
          input: { '${3:target}': '"{{ parameters.${3:target} }}"' },
        },
      ],
    },
  },
];

const forActions: readonly Snippet[] = [
  {
    label: 'new action',
    description: 'A program that takes JSON and answers with JSON.',
    body: {
      label: '${1:Label}',
      description: '${2:What it does}',
      entry_point: '${3:program.mjs}',
      runner_type: '${4:nodejs}',
      parameters: { '${5:target}': { type: 'string', required: true } },
      output_format: 'json',
    },
  },
  {
    label: 'new action with a workflow',
    description: 'An action that is a workflow: the graph lies in a file of its own.',
    body: {
      label: '${1:Label}',
      description: '${2:What it does}',
      workflow_file: 'workflows/${3:name}.workflow.yaml',
      parameters: { '${4:target}': { type: 'string', required: true } },
    },
  },
];

/** In the notation of `defaultSnippets`, for mappings; where there is one alone, it is written with its key. */
export const snippets: Readonly<Record<string, readonly Snippet[]>> = {
  Workflow: forWorkflows,
  Action: forActions,
  Pack: [
    {
      label: 'new pack',
      description: 'The least that a manifest needs, and a label.',
      body: { ref: '${1:name}', label: '${2:Label}', version: '1.0.0' },
    },
  ],
  Task: forTasks,
  Transition: forTransitions,
  Parameters: forParameters('target'),
  Output: forParameters('url'),
  Variables: [
    { label: 'variable', description: 'A name and its first value.', body: { '${1:name}': '${2:value}' } },
  ],
  'Output map': [
    {
      label: 'value',
      description: 'A key of the output, from the result of a task.',
      body: { '${1:key}': '"{{ task.${2:name}.result.${3:key} }}"' },
    },
  ],
  Retry: [
    {
      label: 'retry with growing delay',
      description: 'Three more tries, after 2, 4 and 8 seconds.',
      body: { count: 3, delay: 2, backoff: 'exponential', max_delay: 30 },
    },
  ],
};

/** Said in place of a regular expression that a string does not fit. */
export const patternWords: Readonly<Record<string, string>> = {
  Ref: 'A pack ref has lower-case letters, digits, _ and -, a letter first, 2 to 64 characters.',
  Version: 'A pack version has three parts: MAJOR.MINOR.PATCH, like 1.0.0.',
};
