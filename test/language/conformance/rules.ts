// The rules of a workflow, and what is accepted beside each of them.
import { accept, type ConformanceCase, find, task, tasks, top } from './case.ts';

const named = (...names: readonly string[]): string =>
  tasks(...names.map((name) => `{ name: ${name}, action: p.a }`));

const lists: readonly ConformanceCase[] = [
  find('p3', 'P3 R5', tasks('«»{ name: a }'), 'RULE_TASK_ACTION'),
  find('p3-null', 'P3 R5 13.16', tasks('«»{ name: a, action: }'), 'RULE_TASK_ACTION'),
  find('p3-workflow', 'R5', tasks('«»{ name: a, type: workflow }'), 'RULE_TASK_ACTION'),
  find(
    'p3-deep',
    'R5 6.1.depth',
    tasks('{ name: a, type: parallel, tasks: [ «»{ name: b } ] }'),
    'RULE_TASK_ACTION',
  ),
  find('p4', 'P4 R5', tasks('«»{ name: a, type: parallel }'), 'RULE_PARALLEL_TASKS'),
  find('p4-none', 'P4 R5', tasks('{ name: a, type: parallel, tasks: «»[] }'), 'RULE_PARALLEL_TASKS'),
  accept('p4-one', 'P4 3.tasks', tasks('{ name: a, type: parallel, tasks: [ { name: b, action: p.b } ] }')),
  find('p5', 'P5', task('next: [ { «do»: [b, «c»] } ]'), 'RULE_FAILURE_SWALLOWED! RULE_TARGET_UNKNOWN'),
  find('p5-decision', 'P5', task('decision: [ { when: "{{ true }}", next: «c» } ]'), 'RULE_TARGET_UNKNOWN'),
  find(
    'p5-child',
    'P5',
    tasks('{ name: a, type: parallel, tasks: [ { name: b, action: p.b } ], on_success: «b» }'),
    'RULE_TARGET_UNKNOWN',
  ),
  find(
    'p5-parent',
    'P5 6.1.depth',
    tasks('{ name: a, type: parallel, tasks: [ { name: b, action: p.b, on_success: «a» } ] }'),
    'RULE_TARGET_UNKNOWN',
  ),
  accept(
    'p5-sibling',
    'P5',
    tasks(
      '{ name: a, type: parallel, tasks: [ { name: b, action: p.b, on_success: c }, { name: c, action: p.c } ] }',
    ),
  ),
  find(
    'p5-discarded',
    '13.3 5.2.1',
    task('next: [ { «do»: [b] } ], «on_success»: gone'),
    'RULE_FAILURE_SWALLOWED! RULE_LEGACY_DISCARDED?',
  ),
  find('r4', 'R4', tasks('{ name: a, action: p.a }', '{ name: «a», action: p.b }'), 'RULE_TASK_DUPLICATE'),
  find('r4-three', 'R4', named('a', '«a»', '«a»'), 'RULE_TASK_DUPLICATE RULE_TASK_DUPLICATE'),
  find(
    'r4-deep',
    'R4 13.3',
    tasks('{ name: x, type: parallel, tasks: [ { name: a, action: p.a }, { name: «a», action: p.a } ] }'),
    'RULE_TASK_DUPLICATE?',
  ),
  find(
    'r4-other-list',
    'R4',
    tasks('{ name: a, type: parallel, tasks: [ { name: «a», action: p.a } ] }'),
    'RULE_NAME_SHADOWED!',
  ),
  find(
    'r8-two',
    'R8',
    task(
      'decision: [ { when: "{{ true }}", next: b, default: true }, { when: "{{ true }}", next: b, default: «true» } ]',
    ),
    'RULE_DECISION',
  ),
  find('r8-neither', 'R8 13.15', task('decision: [ «»{ next: b } ]'), 'RULE_DECISION'),
  find('r8-false', 'R8', task('decision: [ «»{ next: b, default: false } ]'), 'RULE_DECISION'),
  find('r8-default', 'R8 13.3', task('decision: [ «»{ next: b, default: true } ]'), 'RULE_DECISION?'),
  find(
    'r8-deep',
    'R8 13.4',
    tasks('{ name: x, type: parallel, tasks: [ { name: a, action: p.a, decision: [ «»{ next: a } ] } ] }'),
    'RULE_DECISION',
  ),
];

const graph: readonly ConformanceCase[] = [
  find(
    'r9',
    'R9 12.rejected',
    tasks(
      '{ name: a, action: p.a }',
      '{ name: «b», action: p.b, on_success: c }',
      '{ name: «c», action: p.c, on_success: b }',
    ),
    'RULE_TASK_UNREACHABLE RULE_TASK_UNREACHABLE',
  ),
  find(
    'r9-self',
    'R9',
    tasks('{ name: a, action: p.a }', '{ name: «b», action: p.b, on_failure: b }'),
    'RULE_TASK_UNREACHABLE',
  ),
  accept(
    'r9-all-cycles',
    'R9 13.18',
    tasks('{ name: a, action: p.a, on_success: b }', '{ name: b, action: p.b, on_success: a }'),
  ),
  accept(
    'r9-entered',
    'R9',
    tasks(
      '{ name: s, action: p.s, on_success: a }',
      '{ name: a, action: p.a, on_success: b }',
      '{ name: b, action: p.b, on_success: a }',
    ),
  ),
  accept('r9-two-entries', 'R9', named('a', 'b')),
  find(
    'join-over',
    '13.3',
    tasks('{ name: a, action: p.a, on_success: b }', '{ name: b, action: p.b, join: «2» }'),
    'RULE_JOIN_RANGE?',
  ),
  accept(
    'join-met',
    '3.join',
    tasks('{ name: a, action: p.a, on_success: b }', '{ name: b, action: p.b, join: 1 }'),
  ),
];

const refs: readonly ConformanceCase[] = [
  find('r10', 'R10 12.rejected', tasks('{ name: a, action: «echo» }'), 'RULE_ACTION_REF'),
  find('r10-empty', 'R10 P3', tasks('{ name: a, action: «""» }'), 'RULE_ACTION_REF'),
  find('r10-left', 'R10', tasks('{ name: a, action: «.b» }'), 'RULE_ACTION_REF'),
  find('r10-right', 'R10', tasks('{ name: a, action: «a.» }'), 'RULE_ACTION_REF'),
  find('r10-middle', 'R10', tasks('{ name: a, action: «a..b» }'), 'RULE_ACTION_REF'),
  find('r10-three', 'R10 13.15', tasks('{ name: a, action: «a.b.c» }'), 'RULE_ACTION_REF?'),
  find(
    'r10-deep',
    'R10 13.15',
    tasks('{ name: a, type: parallel, tasks: [ { name: b, action: «echo» } ] }'),
    'RULE_ACTION_REF',
  ),
  find('r11-blank', 'R11', top('vars: { «a b»: 1 }'), 'RULE_VARS_NAME'),
  find('r11-dot', 'R11', top('vars: { «a.b»: 1 }'), 'RULE_VARS_NAME'),
  find('r11-empty', 'R11', top('vars: { «""»: 1 }'), 'RULE_VARS_NAME'),
  accept('r11-scripts', 'R11', top('vars: { größe: 1, 数_2: 2, a-b: 3 }')),
  ...['parameters', 'vars', 'task', 'system', 'kv', 'pack', 'item', 'batch', 'index'].map((name) =>
    find(`r12-${name}`, 'R12 12.rejected', named(`«${name}»`), 'RULE_TASK_RESERVED'),
  ),
  find(
    'r12-deep',
    'R12 13.15',
    tasks('{ name: a, type: parallel, tasks: [ { name: «item», action: p.b } ] }'),
    'RULE_TASK_RESERVED',
  ),
  accept('r12-free', 'R12', named('workflow', 'config', 'keystore', 'tasks', 'variables')),
  find(
    'r7-both',
    'R7',
    task('with_items: "{{ [1] }}", batch_size: «0», concurrency: «0»'),
    'RULE_BATCH_RANGE RULE_BATCH_RANGE',
  ),
  find(
    'publish-failure',
    '5.2.4 13.3',
    task('on_failure: b, «publish»: [ { x: 1 } ]'),
    'RULE_PUBLISH_ON_FAILURE?',
  ),
];

const several: readonly ConformanceCase[] = [
  find(
    'all-at-once',
    '13.2',
    'label: «1»\nversion: «2»\ntasks:\n  - { name: «», action: «echo», next: [ { do: [«b»] } ], timeout: «-1» }\n'.replace(
      'name: «»',
      'name: a',
    ),
    'SCHEMA_TYPE SCHEMA_TYPE RULE_ACTION_REF RULE_TARGET_UNKNOWN SCHEMA_RANGE',
  ),
];

export const rules: readonly ConformanceCase[] = [...lists, ...graph, ...refs, ...several];
