// The keys of a task, of its retry and of its transitions: present, missing, null, of a wrong type, at their bounds.
import { accept, type ConformanceCase, find, task, tasks } from './case.ts';

const first = (json: object): object => ({ graph: { tasks: [json, {}] } });
const only = (json: object): object => ({ graph: { tasks: [json] } });
const most = 4_294_967_295;

const keys: readonly ConformanceCase[] = [
  find('name-missing', '3.name P1', tasks('«»{ action: p.a }'), 'SCHEMA_REQUIRED'),
  find('name-null', '3.name 13.16', tasks('«»{ name: , action: p.a }'), 'SCHEMA_REQUIRED'),
  find('name-empty', '3.name 13.15', tasks('{ name: «""», action: p.a }'), 'SCHEMA_LENGTH'),
  find('name-number', '3.name 11.strict', tasks('{ name: «1», action: p.a }'), 'SCHEMA_TYPE'),
  accept('name-255', '3.name', tasks(`{ name: ${'x'.repeat(255)}, action: p.a }`)),
  find('name-256', '3.name', tasks(`{ name: «${'x'.repeat(256)}», action: p.a }`), 'SCHEMA_LENGTH'),
  find('type-number', '3.type', task('type: «1»'), 'SCHEMA_TYPE'),
  accept('type-default', '3.type', task('type: '), first({ type: 'action' })),
  accept('type-workflow', '3.type', task('type: workflow'), first({ type: 'workflow' })),
  find('type-case', '3.type P1', task('type: «Parallel»'), 'SCHEMA_ENUM'),
  find('action-number', '3.action', tasks('{ name: a, action: «1» }'), 'SCHEMA_TYPE'),
  accept(
    'input',
    '3.input',
    task('input: { x: { y: [1, null] } }'),
    first({ input: { x: { y: [1, null] } } }),
  ),
  accept('input-null', '3.input 13.16', task('input: '), first({ input: {} })),
  find('input-list', '3.input', task('input: «»[1]'), 'SCHEMA_TYPE'),
  ...['permission_set_refs', 'permission_set_ref'].flatMap((key) => [
    accept(
      `${key}-text`,
      '3.permission_set_refs',
      task(`${key}: p.a`),
      first({ permission_set_refs: 'p.a' }),
    ),
    accept(
      `${key}-list`,
      '3.permission_set_refs',
      task(`${key}: [p.a]`),
      first({ permission_set_refs: ['p.a'] }),
    ),
  ]),
  find(
    'permission-both',
    '3.permission_set_refs',
    task('permission_set_refs: a, «permission_set_ref»: b'),
    'YAML_DUPLICATE_KEY',
  ),
  ...['worker_selector', 'worker_tolerations', 'worker_affinity'].flatMap((key) => [
    accept(`${key}-map`, `3.${key}`, task(`${key}: { zone: a }`), first({ [key]: { zone: 'a' } })),
    accept(
      `${key}-template`,
      `3.${key}`,
      task(`${key}: "{{ config.x }}"`),
      first({ [key]: '{{ config.x }}' }),
    ),
    accept(`${key}-null`, `3.${key} 13.16`, task(`${key}: `), first({ [key]: null })),
  ]),
  accept('when', '3.when 9.1.when', task('when: config.on == 1'), first({ when: 'config.on == 1' })),
  find('when-boolean', '3.when 11.strict', task('when: «true»'), 'SCHEMA_TYPE'),
  find('when-text', '3.when 9.1.when 13.10', task('when: config.on «plainly»'), 'EXPR_SYNTAX?'),
  accept('items', '3.with_items', task('with_items: "{{ [1] }}"'), first({ with_items: '{{ [1] }}' })),
  find('items-list', '3.with_items', task('with_items: «»[1]'), 'SCHEMA_TYPE'),
  ...['batch_size', 'concurrency'].flatMap((key) => [
    accept(`${key}-one`, `3.${key} R7`, task(`with_items: "{{ [1] }}", ${key}: 1`), first({ [key]: 1 })),
    find(`${key}-zero`, `3.${key} R7`, task(`with_items: "{{ [1] }}", ${key}: «0»`), 'RULE_BATCH_RANGE'),
    find(`${key}-zero-alone`, `3.${key} 13.3`, task(`${key}: «0»`), 'RULE_BATCH_RANGE?', first({ [key]: 0 })),
    find(`${key}-negative`, `3.${key} 11.negative`, task(`${key}: «-1»`), 'SCHEMA_RANGE'),
    find(`${key}-text`, `3.${key} 11.strict`, task(`${key}: «"2"»`), 'SCHEMA_TYPE'),
  ]),
  accept('timeout-zero', '3.timeout', task('timeout: 0'), first({ timeout: 0 })),
  accept('timeout-most', '3.timeout', task(`timeout: ${most}`), first({ timeout: most })),
  find('timeout-more', '3.timeout', task(`timeout: «${most + 1}»`), 'SCHEMA_RANGE'),
  find('timeout-text', '3.timeout 11.strict', task('timeout: «"30"»'), 'SCHEMA_TYPE'),
  find('timeout-float', '3.timeout', task('timeout: «1.5»'), 'SCHEMA_TYPE'),
  find('timeout-negative', '3.timeout 11.negative', task('timeout: «-1»'), 'SCHEMA_RANGE'),
  find('next-map', '3.next', task('next: «»{ do: [b] }'), 'SCHEMA_TYPE'),
  ...['on_success', 'on_failure', 'on_complete', 'on_timeout'].flatMap((key) => [
    find(`${key}-list`, `3.${key}`, task(`${key}: «»[b]`), 'SCHEMA_TYPE'),
    find(`${key}-unknown`, `3.${key} P5`, task(`${key}: «c»`), 'RULE_TARGET_UNKNOWN'),
  ]),
  find('decision-map', '3.decision', task('decision: «»{ next: b }'), 'SCHEMA_TYPE'),
  find('decision-target', '3.decision P1', task('decision: [ «»{ when: "{{ true }}" } ]'), 'SCHEMA_REQUIRED'),
  find(
    'decision-default-text',
    '3.decision',
    task('decision: [ { next: b, default: «"yes"» } ]'),
    'SCHEMA_TYPE',
  ),
  find('publish-map', '3.publish', task('publish: «»{ a: 1 }'), 'SCHEMA_TYPE'),
  find('join-word', '3.join', task('join: «all»'), 'SCHEMA_TYPE'),
  find('join-zero', '3.join 13.3', task('join: «0»'), 'RULE_JOIN_RANGE?', first({ join: 0 })),
  find('join-many', '3.join 13.3', task('join: «1»'), 'RULE_JOIN_RANGE?'),
  find('tasks-text', '3.tasks', tasks('{ name: a, type: parallel, tasks: «b» }'), 'SCHEMA_TYPE'),
  accept(
    'meta',
    '3.__chart_meta__',
    task('__chart_meta__: { x: 1.5 }'),
    first({ __chart_meta__: { x: 1.5 } }),
  ),
  find('task-unknown', '13.3 1', task('«actoin»: p.b'), 'SCHEMA_UNKNOWN_KEY?'),
  find('task-text', 'P1', tasks('«words»'), 'SCHEMA_TYPE'),
];

const retries: readonly ConformanceCase[] = [
  accept(
    'retry',
    '4.count 4.delay 4.backoff 4.max_delay 4.on_error',
    tasks('{ name: a, action: p.a, retry: { count: 3, delay: 0 } }'),
    only({
      retry: { count: 3, delay: 0, backoff: 'constant', max_delay: null, on_error: null },
    }),
  ),
  find('retry-count', '4.count P1', task('retry: «»{ delay: 1 }'), 'SCHEMA_REQUIRED'),
  find('retry-delay', '4.delay P1', task('retry: «»{ count: 1 }'), 'SCHEMA_REQUIRED'),
  find('retry-zero', '4.count P6', task('retry: { count: «0», delay: 1 }'), 'RULE_RETRY_RANGE'),
  find('retry-101', '4.count P6', task('retry: { count: «101», delay: 1 }'), 'RULE_RETRY_RANGE'),
  accept('retry-100', '4.count P6', task('retry: { count: 100, delay: 1 }')),
  find('retry-text', '4.count', task('retry: { count: «"3"», delay: 1 }'), 'SCHEMA_TYPE'),
  find('retry-negative', '4.delay 11.negative', task('retry: { count: 1, delay: «-1» }'), 'SCHEMA_RANGE'),
  find('retry-backoff', '4.backoff', task('retry: { count: 1, delay: 1, backoff: «Linear» }'), 'SCHEMA_ENUM'),
  find(
    'retry-max',
    '4.max_delay R6',
    task('retry: { count: 1, delay: 5, max_delay: «4» }'),
    'RULE_RETRY_DELAY',
  ),
  accept('retry-max-equal', '4.max_delay R6', task('retry: { count: 1, delay: 5, max_delay: 5 }')),
  find('retry-error', '4.on_error', task('retry: { count: 1, delay: 1, on_error: «true» }'), 'SCHEMA_TYPE'),
  find('retry-list', '4.count', task('retry: «»[3]'), 'SCHEMA_TYPE'),
];

const transitions: readonly ConformanceCase[] = [
  accept(
    'next',
    '5.1.when 5.1.do 5.1.publish',
    task('next: [ { when: "{{ failed() }}", publish: [ { x: 1 }, all ], do: [b] } ]'),
    first({
      next: [{ when: '{{ failed() }}', publish: [{ x: 1 }, 'all'], do: ['b'] }],
    }),
  ),
  accept('next-empty-do', '5.1.do', task('next: [ { do: [] } ]'), first({ next: [{ do: [] }] })),
  find('next-do-text', '5.1.do', task('next: [ { do: «b» } ]'), 'SCHEMA_TYPE'),
  find('next-do-number', '5.1.do', task('next: [ { do: [«1»] } ]'), 'SCHEMA_TYPE'),
  find('next-publish-map', '5.1.publish', task('next: [ { publish: «»{ x: 1 } } ]'), 'SCHEMA_TYPE'),
  find('next-publish-number', '5.1.publish', task('next: [ { publish: [«1»] } ]'), 'SCHEMA_TYPE'),
  find('next-publish-empty', '5.1.publish', task('next: [ { publish: [ «»{} ] } ]'), 'SCHEMA_LENGTH'),
  accept(
    'next-publish-values',
    '5.1.publish',
    task('next: [ { publish: [ { a: true, b: 42, c: 3.15, d: null, e: [1], f: { g: 1 } } ] } ]'),
  ),
  find('next-when-boolean', '5.1.when', task('next: [ { when: «true» } ]'), 'SCHEMA_TYPE'),
  find(
    'next-meta',
    '5.1.__chart_meta__',
    task('next: [ { «do»: [b], __chart_meta__: { w: 1 } } ]'),
    'RULE_FAILURE_SWALLOWED!',
    first({
      next: [{ do: ['b'], __chart_meta__: { w: 1 } }],
    }),
  ),
  find('next-unknown', '5.1.do 13.3', task('next: [ { «to»: [b] } ]'), 'SCHEMA_UNKNOWN_KEY?'),
];

export const fieldsOfTasks: readonly ConformanceCase[] = [...keys, ...retries, ...transitions];
