// A workflow as lists and single reads show it, and its history.
import { type Schema, schemaRef } from '../operation.ts';
import { count, digest, flag, list, mapping, object, orNull, text, time, word } from './shapes.ts';

export const refText = (description: string): Schema =>
  text(description, { maxLength: 255, examples: ['ops.restart'] });
export const sourceText = (description: string): Schema =>
  text(description, { pattern: '^(?:root:[a-z0-9][a-z0-9_-]*|api)$', examples: ['root:packs'] });
export const statusWord = word(
  '`retired`: removed. `degraded`: what is served is not what lies on disk. Else `active`.',
  ['active', 'degraded', 'retired'],
);
export const fileStateWord = word('What the file is, whatever is served.', [
  ...['valid', 'invalid', 'unreadable', 'conflict', 'ignored'],
]);
const number = (description: string): Schema => count(description, { minimum: 1, examples: [3] });

const summary = {
  id: count('Stays the same until the definition is purged.', { examples: [7] }),
  ref: refText('`<pack>.<name>`.'),
  pack_ref: text('The pack it belongs to.', { examples: ['ops'] }),
  label: text('Name for people.', { examples: ['Restart a service'] }),
  description: orNull(text('What it does.')),
  version: text('As its author wrote it.', { examples: ['1.0.0'] }),
  tags: list('As its author wrote them.', { type: 'string' }),
  status: statusWord,
  enabled: flag('Executors get it only when it is.'),
  protected: flag('Its removal is refused.'),
  source: sourceText('The root it comes from, or `api`.'),
  source_path: orNull(
    text('The file that holds it, relative to the root.', { examples: ['ops/workflows/restart.yaml'] }),
  ),
  revision: digest('Of the canonical definition that is served.'),
  number: number('Of the revision served.'),
  pinned: flag('The revision was chosen by a person and stays until the file changes.'),
  problem_count: count('Diagnostics of the file on disk, of any severity.', { examples: [0] }),
  created: time('When the ref was registered first.'),
  updated: time('When what is served changed last.'),
};

const task = object('A task at the top level of a workflow.', {
  name: orNull(text('Its name.', { examples: ['drain'] })),
  type: text('`action` unless the author says otherwise.', { examples: ['action'] }),
  action: orNull(text('Ref of the action it calls.', { examples: ['ops.drain'] })),
});

const workflow = object(
  'A workflow whole. The row is what is served; `on_disk` is what lies in its file.',
  {
    ...summary,
    param_schema: {
      description: 'Parameters as their author wrote them: a mapping or a JSON Schema; null: none.',
    },
    out_schema: { description: 'What it gives back, in the same style.' },
    definition: mapping('The canonical definition.'),
    tasks: list('The tasks at the top level, in order.', schemaRef('TaskSummary')),
    served: object('What executors read.', {
      revision: digest('Of the canonical definition.'),
      number: number('Of this revision.'),
      digest: orNull(digest('Of the bytes it was made from; null under a pin.')),
    }),
    on_disk: {
      ...orNull(
        object('What lies on disk; null for a definition of the API and for a file that is gone.', {
          state: fileStateWord,
          digest: orNull(digest('Of its bytes.')),
          since: time('When it was found so.'),
        }),
      ),
    },
    diagnostics: list('Of the file on disk, also when an older revision is served.', schemaRef('Diagnostic')),
    call_diagnostics: list('Of its calls, with `?calls=true`.', schemaRef('Diagnostic')),
  },
  ['call_diagnostics'],
);

const revision = {
  number: number('1, 2, 3 … in the order they were first served; never used again.'),
  revision: digest('Of the canonical definition.'),
  version: text('As its author wrote it.', { examples: ['1.0.0'] }),
  created: time('When it was served first.'),
  cause: text('What led to it: `start`, `watch`, `rescan`, `request` or `retry`.', { examples: ['watch'] }),
  served: flag('It is the one that is served.'),
  pinned: flag('It is the one that a person chose.'),
};

const facet = (value: Schema): Schema =>
  list(
    'The most frequent first, at most 100.',
    object('A value.', { value, count: count('Of what matches.') }),
  );

const facets = object('What matches, counted by each value it has.', {
  pack: facet(text('A pack.', { examples: ['ops'] })),
  tag: facet(text('A tag.', { examples: ['on-call'] })),
  status: facet(statusWord),
  source: facet(sourceText('A root, or `api`.')),
  enabled: facet(flag('Whether executors get it.')),
});

const tasksThatCall = list('Names of the tasks that call, the outer ones first.', orNull(text('Its name.')));

const caller = object('A workflow that calls another.', {
  ...{ ref: summary.ref, pack_ref: summary.pack_ref, label: summary.label, status: summary.status },
  ...{ enabled: summary.enabled, source: summary.source, source_path: summary.source_path },
  tasks: tasksThatCall,
});

const callee = object('What a workflow calls.', {
  ref: refText('The `action` of the tasks.'),
  kind: orNull(word('What it is; null: there is none of this ref.', ['workflow', 'action'])),
  state: word(
    '`missing`: its pack is registered and has none of this name. `elsewhere`: its pack is not registered here.',
    ['served', 'disabled', 'retired', 'missing', 'elsewhere'],
  ),
  tasks: tasksThatCall,
});

export const workflowSchemas = {
  Caller: caller,
  Callee: callee,
  Facets: facets,
  WorkflowSummary: object('A workflow in a list.', summary),
  Workflow: workflow,
  TaskSummary: task,
  Revision: object('A revision in the history of a workflow.', revision),
  RevisionDetail: object('A revision as it was.', {
    ...revision,
    definition: mapping('The canonical definition.'),
    source_text: text('The file as written when the revision was first served.', {
      examples: ['version: 1.0.0\n'],
    }),
  }),
};
