// What editors offer to write at once, by the title of the mapping it is offered for. `$1`, `${1:word}` are places to fill in.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the places to fill in.
import type { JsonObject } from '../../model/pack.ts';

const succeeded = { when: '{{ succeeded() }}', do: ['${2:next_task}'] };
const failed = { when: '{{ failed() or timed_out() }}', do: ['${1:task}'] };

/** In the notation of `defaultSnippets`. */
export const snippets: Readonly<Record<string, readonly JsonObject[]>> = {
  Workflow: [
    {
      label: 'new workflow',
      description: 'A workflow with a parameter and one task.',
      body: {
        label: '${1:Label}',
        description: '${2:What it does.}',
        version: '1.0.0',
        parameters: { '${3:target}': { type: 'string', required: true } },
        tasks: [
          {
            name: '${4:first}',
            action: '${5:pack.action}',
            input: { '${3:target}': '{{ parameters.${3:target} }}' },
          },
        ],
      },
    },
  ],
  Action: [
    {
      label: 'new action',
      description: 'A program that takes JSON and answers with JSON.',
      body: {
        label: '${1:Label}',
        description: '${2:What it does.}',
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
        description: '${2:What it does.}',
        workflow_file: 'workflows/${3:name}.workflow.yaml',
        parameters: { '${4:target}': { type: 'string', required: true } },
      },
    },
  ],
  Pack: [
    {
      label: 'new pack',
      description: 'The least that a manifest needs, and a label.',
      body: { ref: '${1:name}', label: '${2:Label}', version: '1.0.0' },
    },
  ],
  Task: [
    {
      label: 'task with a failure branch',
      description: 'One action, one way on when it succeeds, another when it does not.',
      body: {
        name: '${3:name}',
        action: '${4:pack.action}',
        next: [succeeded, failed],
      },
    },
    {
      label: 'task for each item',
      description: 'One action for each entry of a list, some at a time, each tried again.',
      body: {
        name: '${1:name}',
        action: '${2:pack.action}',
        with_items: '{{ parameters.${3:items} }}',
        concurrency: 4,
        input: { '${4:key}': '{{ item }}' },
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
  ],
  Transition: [
    {
      label: 'on success',
      description: 'Publish a value and go on.',
      body: {
        when: '{{ succeeded() }}',
        publish: [{ '${1:name}': '{{ result().${2:key} }}' }],
        do: ['${3:task}'],
      },
    },
    { label: 'on failure', description: 'When it failed or ran out of time.', body: failed },
    { label: 'in any case', description: 'Whatever came out.', body: { do: ['${1:task}'] } },
  ],
  Retry: [
    {
      label: 'retry with growing delay',
      description: 'Three more tries, after 2, 4 and 8 seconds.',
      body: { count: 3, delay: 2, backoff: 'exponential', max_delay: 30 },
    },
  ],
};
