// What the rules of a workflow accept and refuse, each with its place.
import { describe, expect, it } from 'vitest';
import { check, marks, workflow } from './support.ts';

const rejected: readonly (readonly [what: string, text: string, marks: readonly string[]])[] = [
  // shape (P1, P2, P6)
  ['no version', 'tasks: [ { name: a, action: p.a } ]\n', ['SCHEMA_REQUIRED 1:1']],
  ['an empty version', 'version:\ntasks: [ { name: a, action: p.a } ]\n', ['SCHEMA_REQUIRED 1:1']],
  ['no tasks', 'version: 1.0.0\n', ['SCHEMA_REQUIRED 1:1']],
  ['an empty list of tasks', 'version: 1.0.0\ntasks: []\n', ['SCHEMA_LENGTH 2:8']],
  [
    'a long label',
    `label: ${'x'.repeat(256)}\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_LENGTH 1:8'],
  ],
  [
    'a long version',
    `version: ${'1'.repeat(50)}a\ntasks: [ { name: a, action: p.a } ]\n`,
    ['SCHEMA_LENGTH 1:10'],
  ],
  ['a list as the file', '- a\n- b\n', ['SCHEMA_TYPE 1:1']],
  ['a text as the file', 'just words\n', ['SCHEMA_TYPE 1:1']],
  ['a task that is no mapping', workflow('just words'), ['SCHEMA_TYPE 3:5']],
  ['a task of nothing', 'version: 1.0.0\ntasks:\n  -\n', ['SCHEMA_TYPE 3:3']],
  ['a task without name', workflow('{ action: p.a }'), ['SCHEMA_REQUIRED 3:5']],
  ['an empty name', workflow('{ name: "", action: p.a }'), ['SCHEMA_LENGTH 3:13']],
  ['an unknown type', workflow('{ name: a, type: Action, action: p.a }'), ['SCHEMA_ENUM 3:22']],
  ['a condition that is a boolean', workflow('{ name: a, action: p.a, when: true }'), ['SCHEMA_TYPE 3:35']],
  ['items as a list', workflow('{ name: a, action: p.a, with_items: [1] }'), ['SCHEMA_TYPE 3:41']],
  ['a negative timeout', workflow('{ name: a, action: p.a, timeout: -1 }'), ['SCHEMA_RANGE 3:38']],
  [
    'a timeout beyond 32 bits',
    workflow('{ name: a, action: p.a, timeout: 4294967296 }'),
    ['SCHEMA_RANGE 3:38'],
  ],
  ['a join that is a word', workflow('{ name: a, action: p.a, join: all }'), ['SCHEMA_TYPE 3:35']],
  [
    'a retry without delay',
    workflow('{ name: a, action: p.a, retry: { count: 1 } }'),
    ['SCHEMA_REQUIRED 3:36'],
  ],
  [
    'no retries',
    workflow('{ name: a, action: p.a, retry: { count: 0, delay: 1 } }'),
    ['RULE_RETRY_RANGE 3:45'],
  ],
  [
    '101 retries',
    workflow('{ name: a, action: p.a, retry: { count: 101, delay: 1 } }'),
    ['RULE_RETRY_RANGE 3:45'],
  ],
  ['a scalar in do', workflow('{ name: a, action: p.a, next: [ { do: a } ] }'), ['SCHEMA_TYPE 3:43']],
  [
    'a mapping in publish',
    workflow('{ name: a, action: p.a, next: [ { publish: { x: 1 } } ] }'),
    ['SCHEMA_TYPE 3:48'],
  ],
  ['a list on success', workflow('{ name: a, action: p.a, on_success: [a] }'), ['SCHEMA_TYPE 3:41']],
  [
    'a branch without next',
    workflow('{ name: a, action: p.a, decision: [ { when: x } ] }'),
    ['SCHEMA_REQUIRED 3:41', 'EXPR_UNKNOWN_NAME? 3:49'],
  ],
  [
    'a number in output_map',
    `${workflow('{ name: a, action: p.a }')}output_map: { x: 1 }\n`,
    ['SCHEMA_TYPE 4:18'],
  ],
  ['a number among the tags', `${workflow('{ name: a, action: p.a }')}tags: [a, 1]\n`, ['SCHEMA_TYPE 4:11']],
  [
    'an unknown policy',
    `${workflow('{ name: a, action: p.a }')}cancellation_policy: none\n`,
    ['SCHEMA_ENUM 4:22'],
  ],
  [
    'two permission keys',
    workflow('{ name: a, action: p.a, permission_set_ref: x, permission_set_refs: [x] }'),
    ['YAML_DUPLICATE_KEY 3:29'],
  ],
  // P3, P4, R5
  ['a task without action', workflow('{ name: a }'), ['RULE_TASK_ACTION 3:5']],
  ['a workflow task without action', workflow('{ name: a, type: workflow }'), ['RULE_TASK_ACTION 3:5']],
  [
    'sub-tasks without type',
    workflow('{ name: a, tasks: [ { name: b, action: p.b } ] }'),
    ['RULE_TASK_ACTION 3:5'],
  ],
  ['a parallel task without tasks', workflow('{ name: a, type: parallel }'), ['RULE_PARALLEL_TASKS 3:5']],
  [
    'a parallel task with none',
    workflow('{ name: a, type: parallel, tasks: [] }'),
    ['RULE_PARALLEL_TASKS 3:39'],
  ],
  [
    'a sub-task without action',
    workflow('{ name: a, type: parallel, tasks: [ { name: b } ] }'),
    ['RULE_TASK_ACTION 3:41'],
  ],
  // P5
  [
    'an unknown target',
    workflow('{ name: a, action: core.echo, next: [ { do: [b] } ] }'),
    ['RULE_TARGET_UNKNOWN 3:50'],
  ],
  [
    'an unknown legacy target',
    workflow('{ name: a, action: p.a, on_timeout: b }'),
    ['RULE_TARGET_UNKNOWN 3:41'],
  ],
  [
    'an unknown target of a branch',
    workflow('{ name: a, action: p.a, decision: [ { when: x, next: b } ] }'),
    ['EXPR_UNKNOWN_NAME? 3:49', 'RULE_TARGET_UNKNOWN 3:58'],
  ],
  [
    'a sub-task as a target',
    workflow('{ name: a, type: parallel, tasks: [ { name: b, action: p.b } ], on_success: b }'),
    ['RULE_TARGET_UNKNOWN 3:81'],
  ],
  [
    'a parent as a target',
    workflow('{ name: a, type: parallel, tasks: [ { name: b, action: p.b, on_success: a } ] }'),
    ['RULE_TARGET_UNKNOWN 3:77'],
  ],
  // R4
  [
    'one name twice',
    workflow('{ name: a, action: p.a }', '{ name: a, action: p.b }'),
    ['RULE_TASK_DUPLICATE 4:13'],
  ],
  // R6, R7
  [
    'a longest delay below the delay',
    workflow('{ name: a, action: p.a, retry: { count: 1, delay: 5, max_delay: 4 } }'),
    ['RULE_RETRY_DELAY 3:69'],
  ],
  [
    'batches of zero',
    workflow('{ name: a, action: p.a, with_items: x, batch_size: 0, concurrency: 0 }'),
    ['EXPR_TEXT? 3:41', 'RULE_BATCH_RANGE 3:56', 'RULE_BATCH_RANGE 3:72'],
  ],
  // R8
  [
    'two defaults',
    workflow(
      '{ name: a, action: p.a, decision: [ { when: x, next: a, default: true }, { when: y, next: a, default: true } ] }',
    ),
    ['EXPR_UNKNOWN_NAME? 3:49', 'EXPR_UNKNOWN_NAME? 3:86', 'RULE_DECISION 3:107'],
  ],
  [
    'a branch without anything',
    workflow('{ name: a, action: p.a, decision: [ { next: a } ] }'),
    ['RULE_DECISION 3:41'],
  ],
  // R9
  [
    'an isolated cycle',
    workflow(
      '{ name: a, action: p.a }',
      '{ name: b, action: p.b, on_success: c }',
      '{ name: c, action: p.c, next: [ { do: [b] } ] }',
    ),
    ['RULE_TASK_UNREACHABLE 4:13', 'RULE_TASK_UNREACHABLE 5:13', 'RULE_FAILURE_SWALLOWED? 5:39'],
  ],
  [
    'a loop on itself',
    workflow('{ name: a, action: p.a }', '{ name: b, action: p.b, on_failure: b }'),
    ['RULE_TASK_UNREACHABLE 4:13'],
  ],
  // R10
  ['an action of one part', workflow('{ name: a, action: echo }'), ['RULE_ACTION_REF 3:24']],
  ['an empty action', workflow('{ name: a, action: "" }'), ['RULE_ACTION_REF 3:24']],
  ['an action with an empty part', workflow('{ name: a, action: core. }'), ['RULE_ACTION_REF 3:24']],
  [
    'an action of one part in a sub-task',
    workflow('{ name: a, type: parallel, tasks: [ { name: b, action: echo } ] }'),
    ['RULE_ACTION_REF 3:60'],
  ],
  // R11, R12
  [
    'a variable with a blank',
    `vars: { a b: 1 }\n${workflow('{ name: a, action: p.a }')}`,
    ['RULE_VARS_NAME 1:9'],
  ],
  [
    'a variable without a name',
    `vars: { "": 1 }\n${workflow('{ name: a, action: p.a }')}`,
    ['RULE_VARS_NAME 1:9'],
  ],
  ['a reserved name', workflow('{ name: item, action: p.a }'), ['RULE_TASK_RESERVED 3:13']],
  [
    'a reserved name of a sub-task',
    workflow('{ name: a, type: parallel, tasks: [ { name: kv, action: p.b } ] }'),
    ['RULE_TASK_RESERVED 3:49'],
  ],
  // parameters and output
  [
    'parameters as a list',
    `parameters: [a]\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_PARAMETERS 1:13'],
  ],
  [
    'parameters as a text',
    `output: string\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_PARAMETERS 1:9'],
  ],
  [
    'a parameter as a text',
    `parameters: { x: string }\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_PARAMETERS 1:18'],
  ],
  [
    'an unknown type in a schema',
    `parameters: { type: objct }\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_PARAMETERS 1:21'],
  ],
  [
    'properties as a list',
    `output: { type: object, properties: [] }\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_PARAMETERS 1:37'],
  ],
];

const warned: readonly (readonly [what: string, text: string, marks: readonly string[]])[] = [
  [
    'a parameter that is required with a text',
    `parameters: { x: { required: yes, secret: no }, y: { required: [a], secret: true } }\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_PARAMETERS? 1:30', 'SCHEMA_PARAMETERS? 1:43'],
  ],
  ['an unknown key', `nme: x\n${workflow('{ name: a, action: p.a }')}`, ['SCHEMA_UNKNOWN_KEY? 1:1']],
  [
    'a key of one’s own',
    `x-team: ops\n${workflow('{ name: a, action: p.a, x-a: 1 }')}`,
    ['SCHEMA_UNKNOWN_KEY? 1:1', 'SCHEMA_UNKNOWN_KEY? 4:29'],
  ],
  [
    'a key other platforms read',
    `enabled: true\n${workflow('{ name: a, action: p.a }')}`,
    ['SCHEMA_UNKNOWN_KEY? 1:1'],
  ],
  [
    'unknown keys inside',
    workflow('{ name: a, action: p.a, retry: { count: 1, delay: 1, jitter: 1 }, next: [ { to: [a] } ] }'),
    ['SCHEMA_UNKNOWN_KEY? 3:58', 'SCHEMA_UNKNOWN_KEY? 3:81'],
  ],
  ['zero without items', workflow('{ name: a, action: p.a, concurrency: 0 }'), ['RULE_BATCH_RANGE? 3:42']],
  ['join of zero', workflow('{ name: a, action: p.a, join: 0 }'), ['RULE_JOIN_RANGE? 3:35']],
  [
    'join beyond the inbound tasks',
    workflow('{ name: a, action: p.a, next: [ { do: [b, b] } ] }', '{ name: b, action: p.b, join: 2 }'),
    ['RULE_FAILURE_SWALLOWED? 3:39', 'RULE_JOIN_RANGE? 4:35'],
  ],
  [
    'legacy keys beside next',
    workflow('{ name: a, action: p.a, next: [ { do: [] } ], on_success: a, publish: [x] }'),
    ['RULE_LEGACY_DISCARDED? 3:51', 'RULE_LEGACY_DISCARDED? 3:66'],
  ],
  [
    'a discarded unknown target',
    workflow('{ name: a, action: p.a, next: [ { do: [] } ], on_success: gone }'),
    ['RULE_LEGACY_DISCARDED? 3:51'],
  ],
  [
    'publishing on failure',
    workflow('{ name: a, action: p.a, on_failure: b, publish: [x] }', '{ name: b, action: p.b }'),
    ['RULE_PUBLISH_ON_FAILURE? 3:44'],
  ],
  [
    'publishing on a timeout',
    workflow('{ name: a, action: p.a, on_timeout: b, publish: [x] }', '{ name: b, action: p.b }'),
    ['RULE_PUBLISH_ON_FAILURE? 3:44'],
  ],
  [
    'a default without condition',
    workflow(
      '{ name: a, action: p.a, decision: [ { next: b, default: true } ] }',
      '{ name: b, action: p.b }',
    ),
    ['RULE_DECISION? 3:41'],
  ],
  [
    'sub-tasks of one name',
    workflow('{ name: a, type: parallel, tasks: [ { name: b, action: p.b }, { name: b, action: p.b } ] }'),
    ['RULE_TASK_DUPLICATE? 3:75'],
  ],
  ['an action of three parts', workflow('{ name: a, action: a.b.c }'), ['RULE_ACTION_REF? 3:24']],
  [
    'variables as a list',
    `vars: [ { a: 1 }, { b: 2 } ]\n${workflow('{ name: a, action: p.a }')}`,
    ['VARS_LIST? 1:7'],
  ],
];

const accepted: readonly (readonly [what: string, text: string])[] = [
  ['an empty ref', `ref: ""\n${workflow('{ name: a, action: p.a }')}`],
  [
    'keys with nothing after them',
    `ref:\nlabel:\nvars:\ntags: null\noutput_map: ~\n${workflow('{ name: a, action: p.a, input: , retry: , next: , join: null }')}`,
  ],
  ['nothing in a transition', workflow('{ name: a, action: p.a, next: [ { when: , publish: , do: } ] }')],
  ['timeout of zero', workflow('{ name: a, action: p.a, timeout: 0 }')],
  [
    'a cycle of everything',
    workflow('{ name: a, action: p.a, on_success: b }', '{ name: b, action: p.b, on_success: a }'),
  ],
  [
    'a cycle with an entry',
    workflow(
      '{ name: s, action: p.s, on_success: a }',
      '{ name: a, action: p.a, on_success: b }',
      '{ name: b, action: p.b, on_success: a }',
    ),
  ],
  ['a variable in another script', `vars: { größe-1_x: 1, 数: 2 }\n${workflow('{ name: a, action: p.a }')}`],
  [
    'namespaces that are not reserved',
    workflow('{ name: workflow, action: p.a }', '{ name: config, action: p.b }'),
  ],
  [
    'flat parameters',
    `parameters: { x: { type: string, required: true }, type: { type: string } }\n${workflow('{ name: a, action: p.a }')}`,
  ],
  [
    'types of the flat style',
    `parameters: { x: { type: date }, y: {} }\n${workflow('{ name: a, action: p.a }')}`,
  ],
  [
    'a JSON Schema',
    `parameters: { type: object, properties: { x: { type: [string, "null"] } }, required: [x] }\n${workflow('{ name: a, action: p.a }')}`,
  ],
  ['no parameters at all', `parameters: {}\noutput:\n${workflow('{ name: a, action: p.a }')}`],
  ['a bare name in publish', workflow('{ name: a, action: p.a, next: [ { publish: [all, { x: null }] } ] }')],
  [
    'publishing on success among others',
    workflow(
      '{ name: a, action: p.a, on_failure: b, on_success: b, publish: [x] }',
      '{ name: b, action: p.b }',
    ),
  ],
  [
    'a join that fires',
    workflow(
      '{ name: a, action: p.a, next: [ { when: succeeded(), do: [c] } ] }',
      '{ name: b, action: p.b, on_success: c }',
      '{ name: c, action: p.c, join: 2 }',
    ),
  ],
];

describe('checkFile on workflows', () => {
  it.each(rejected)('refuses %s', (_what, text, expected) => {
    const checked = check(text);
    expect(marks(checked)).toEqual(expected);
    expect(checked.file).toBeUndefined();
  });

  it.each(warned)('warns of %s', (_what, text, expected) => {
    const checked = check(text);
    expect(marks(checked)).toEqual(expected);
    expect(checked.file).toBeDefined();
  });

  it.each(accepted)('accepts %s', (_what, text) => {
    expect(marks(check(text))).toEqual([]);
  });

  it('suggests the name that was meant', () => {
    const text = workflow('{ name: build, actoin: p.a, next: [ { do: [biuld] } ] }');
    expect(check(text).findings.map(({ help }) => help)).toEqual([
      'add `action: <pack>.<name>`',
      'did you mean `action`?',
      'did you mean `build`?',
    ]);
  });

  it('judges nothing about reachability where transitions cannot be read', () => {
    const text = workflow(
      '{ name: a, action: p.a, next: b }',
      '{ name: b, action: p.b, on_success: c }',
      '{ name: c, action: p.c, on_success: b }',
    );
    expect(marks(check(text))).toEqual(['SCHEMA_TYPE 3:35']);
  });
});
