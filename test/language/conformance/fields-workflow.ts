// The keys of a workflow, of a pack and of an action: present, missing, null, of a wrong type, at their bounds.
import { accept, as, type ConformanceCase, find, top } from './case.ts';

const long = 'x'.repeat(256);
const one = 'tasks: [ { name: a, action: p.a } ]\n';

const workflow: readonly ConformanceCase[] = [
  accept('ref', '2.ref', top('ref: shop.restock'), { ref: 'shop.restock' }),
  accept('ref-empty', '2.ref R1', top('ref: ""'), { ref: '' }),
  accept('ref-null', '2.ref 13.16', top('ref:')),
  find('ref-number', '2.ref 11.strict', top('ref: «12»'), 'SCHEMA_TYPE'),
  find('ref-long', '2.ref P2', top(`ref: «${long}»`), 'SCHEMA_LENGTH'),
  accept('ref-255', '2.ref P2', top(`ref: ${long.slice(1)}`)),
  accept('label', '2.label', top('label: Restock the shelves'), { label: 'Restock the shelves' }),
  accept('label-empty', '2.label', top('label: ""')),
  accept('label-255', '2.label P2', top(`label: ${long.slice(1)}`)),
  find('label-long', '2.label P2', top(`label: «${long}»`), 'SCHEMA_LENGTH'),
  find('label-list', '2.label P1', top('label: «»[a]'), 'SCHEMA_TYPE'),
  accept('description', '2.description', top('description: >\n  two\n  lines'), {
    description: 'two lines\n',
  }),
  accept('description-null', '2.description', top('description: ~'), { description: undefined }),
  find('description-map', '2.description P1', top('description: «»{ a: 1 }'), 'SCHEMA_TYPE'),
  find('version-missing', '2.version P1', `«»${one}`, 'SCHEMA_REQUIRED'),
  find('version-null', '2.version P1 13.16', `«»version:\n${one}`, 'SCHEMA_REQUIRED'),
  find('version-number', '2.version 11.strict', `version: «1.0»\n${one}`, 'SCHEMA_TYPE'),
  find('version-empty', '2.version P2 R2', `version: «""»\n${one}`, 'SCHEMA_LENGTH'),
  find('version-51', '2.version P2', `version: «${'1'.repeat(50)}a»\n${one}`, 'SCHEMA_LENGTH'),
  accept('version-50', '2.version P2', `version: "${'1'.repeat(50)}"\n${one}`),
  accept('version-words', '2.version', `version: as of spring\n${one}`, { version: 'as of spring' }),
  accept(
    'parameters-flat',
    '2.parameters 13.1',
    top('parameters: { host: { type: string, required: true } }'),
    {
      parameters: { host: { type: 'string', required: true } },
    },
  ),
  accept(
    'parameters-schema',
    '2.parameters 13.1',
    top('parameters: { type: object, properties: { a: {} } }'),
  ),
  accept('parameters-named-type', '2.parameters 13.1', top('parameters: { type: { type: string } }')),
  accept('parameters-null', '2.parameters 13.16', top('parameters:'), { parameters: null }),
  find('parameters-list', '2.parameters 13.15', top('parameters: «»[a]'), 'SCHEMA_PARAMETERS'),
  find('parameters-words', '2.parameters 13.15', top('parameters: { host: «string» }'), 'SCHEMA_PARAMETERS'),
  accept('output-flat', '2.output 13.1', top('output: { rows: { type: integer } }')),
  find('output-text', '2.output 13.15', top('output: «rows»'), 'SCHEMA_PARAMETERS'),
  accept('vars', '2.vars', top('vars: { a: 1, b: [x], c: }'), {
    graph: { vars: { a: 1, b: ['x'], c: null } },
  }),
  accept('vars-null', '2.vars 13.16', top('vars:'), { graph: { vars: {} } }),
  find('vars-text', '2.vars P1', top('vars: «a»'), 'SCHEMA_TYPE'),
  find('vars-list', '2.vars 13.9', top('vars: «»[ { a: 1 }, { b: 2 } ]'), 'VARS_LIST?', {
    graph: { vars: { a: 1, b: 2 } },
  }),
  find('tasks-missing', '2.tasks P1', '«»version: 1.0.0\n', 'SCHEMA_REQUIRED'),
  find('tasks-null', '2.tasks P1 13.16', '«»version: 1.0.0\ntasks:\n', 'SCHEMA_REQUIRED'),
  find('tasks-none', '2.tasks P2 R3', 'version: 1.0.0\ntasks: «»[]\n', 'SCHEMA_LENGTH'),
  find('tasks-map', '2.tasks P1', 'version: 1.0.0\ntasks: «»{ a: { action: p.a } }\n', 'SCHEMA_TYPE'),
  accept('output-map', '2.output_map', top('output_map: { n: "{{ 1 }}", m: text }'), {
    graph: { output_map: { n: '{{ 1 }}', m: 'text' } },
  }),
  accept('output-map-null', '2.output_map 13.16', top('output_map:'), { graph: { output_map: null } }),
  find('output-map-number', '2.output_map P1', top('output_map: { n: «1» }'), 'SCHEMA_TYPE'),
  find('output-map-list', '2.output_map P1', top('output_map: «»[a]'), 'SCHEMA_TYPE'),
  accept('tags', '2.tags', top('tags: [a, b]'), { tags: ['a', 'b'] }),
  accept('tags-null', '2.tags 13.16', top('tags:'), { tags: [] }),
  find('tags-number', '2.tags P1', top('tags: [a, «1»]'), 'SCHEMA_TYPE'),
  find('tags-text', '2.tags P1', top('tags: «a»'), 'SCHEMA_TYPE'),
  accept('policy', '2.cancellation_policy', top('cancellation_policy: cancel_running'), {
    graph: { cancellation_policy: 'cancel_running' },
  }),
  accept('policy-default', '2.cancellation_policy 5.3', top('cancellation_policy: allow_finish')),
  find('policy-case', '2.cancellation_policy P1', top('cancellation_policy: «Allow_Finish»'), 'SCHEMA_ENUM'),
  find('policy-number', '2.cancellation_policy P1', top('cancellation_policy: «1»'), 'SCHEMA_TYPE'),
  ...['name', 'author', 'input', 'enabled', 'on_error', 'metadata', 'config'].map((key) =>
    find(`ignored-${key}`, '2.ignored 13.3', top(`«${key}»: x`), 'SCHEMA_UNKNOWN_KEY?'),
  ),
  find('root-list', 'P1', '«»- a\n', 'SCHEMA_TYPE'),
  find('root-text', 'P1', '«»words\n', 'SCHEMA_TYPE'),
];

const others: readonly ConformanceCase[] = [
  as('manifest', find('pack-empty', '7.pack-ref', '«»«»label: x\n', 'PACK_REF PACK_VERSION')),
  as('manifest', accept('pack-ref', '7.pack-ref', 'ref: shop_2-b\nversion: 1.0.0\n', { ref: 'shop_2-b' })),
  as('manifest', find('pack-ref-case', '7.pack-ref', 'ref: «Shop»\nversion: 1.0.0\n', 'PACK_REF')),
  as('manifest', find('pack-ref-digit', '7.pack-ref', 'ref: «2shop»\nversion: 1.0.0\n', 'PACK_REF')),
  as('manifest', find('pack-semver', '7.pack-ref', 'ref: shop\nversion: «"1.0"»\n', 'PACK_VERSION')),
  as(
    'action',
    accept('action-link', '8.link', 'workflow_file: workflows/x.yaml\n', {
      workflowFile: 'workflows/x.yaml',
    }),
  ),
  as('action', find('action-link-empty', '8.link', 'workflow_file: «""»\n', 'SCHEMA_LENGTH')),
  as('action', find('action-link-number', '8.link', 'workflow_file: «1»\n', 'SCHEMA_TYPE')),
  as(
    'action',
    accept('action-schemas', '8.schemas 13.1', 'parameters: { a: { type: string } }\noutput:\n', {
      output: null,
    }),
  ),
  as('action', find('action-schema-list', '8.schemas 13.15', 'output: «»[]\n', 'SCHEMA_PARAMETERS')),
];

export const fieldsOfFiles: readonly ConformanceCase[] = [...workflow, ...others];
