// Old spellings and the one form they become; the examples of the format's description.
import { accept, type ConformanceCase, find, task, tasks, top } from './case.ts';

const s = '{{ succeeded() }}';
const f = '{{ failed() }}';
const t = '{{ timed_out() }}';
const next = (...list: readonly object[]): object => ({ graph: { tasks: [{ next: list }, {}] } });

const steps: readonly ConformanceCase[] = [
  find(
    'next-wins',
    '5.2.1',
    task('next: [ { «do»: [b] } ], «publish»: [x]'),
    'RULE_FAILURE_SWALLOWED! RULE_LEGACY_DISCARDED?',
    next({ do: ['b'] }),
  ),
  accept('nothing', '5.2.2', task('next: '), next()),
  accept('on-success', '5.2.3', task('on_success: b'), next({ when: s, do: ['b'] })),
  accept('on-failure', '5.2.3', task('on_failure: b'), next({ when: f, do: ['b'] })),
  accept('on-complete', '5.2.3', task('on_complete: b'), next({ do: ['b'] })),
  accept('on-timeout', '5.2.3', task('on_timeout: b'), next({ when: t, do: ['b'] })),
  accept(
    'all-in-order',
    '5.2.3',
    task(
      'on_timeout: b, on_complete: b, on_failure: b, on_success: b, decision: [ { when: "{{ true }}", next: b } ]',
    ),
    next(
      { when: s, do: ['b'] },
      { when: f, do: ['b'] },
      { do: ['b'] },
      { when: t, do: ['b'] },
      { when: '{{ true }}', do: ['b'] },
    ),
  ),
  accept('publish-alone', '5.2.4', task('publish: [ { x: 1 } ]'), next({ when: s, publish: [{ x: 1 }] })),
  accept(
    'publish-on-success',
    '5.2.4',
    task('on_failure: b, on_success: b, publish: [x]'),
    next({ when: s, publish: ['x'], do: ['b'] }, { when: f, do: ['b'] }),
  ),
  accept('publish-first', '5.2.4', task('on_complete: b, publish: [x]'), next({ publish: ['x'], do: ['b'] })),
  accept(
    'publish-in-branch',
    '5.2.4',
    task(
      'decision: [ { when: "{{ 1 > 2 }}", next: b }, { when: "{{ succeeded() and true }}", next: b } ], publish: [x]',
    ),
    next(
      { when: '{{ 1 > 2 }}', do: ['b'] },
      { when: '{{ succeeded() and true }}', publish: ['x'], do: ['b'] },
    ),
  ),
  accept('cleared', '5.2.5 5.3', task('on_success: b'), {
    graph: {
      tasks: [
        {
          name: 'a',
          type: 'action',
          action: 'p.a',
          input: {},
          when: null,
          retry: null,
          join: null,
          tasks: null,
        },
        {},
      ],
    },
  }),
  accept(
    'deep',
    '13.4 5.2.5',
    tasks(
      '{ name: a, type: parallel, tasks: [ { name: b, type: parallel, tasks: [ { name: c, action: p.c, on_success: d }, { name: d, action: p.d } ] } ] }',
    ),
    { graph: { tasks: [{ tasks: [{ tasks: [{ next: [{ when: s, do: ['d'] }] }, {}] }] }] } },
  ),
  accept('stored', '5.3', top('label: A'), {
    label: 'A',
    description: undefined,
    parameters: null,
    output: null,
    tags: [],
    graph: { vars: {}, output_map: null },
  }),
  find('unknown-dropped', '13.3 1', top('«zz»: 1'), 'SCHEMA_UNKNOWN_KEY?', { version: '1.0.0' }),
];

const examples: readonly ConformanceCase[] = [
  accept(
    'minimal',
    '12.examples',
    'ref: ops.ping\nlabel: Ping\nversion: 0.1.0\ntasks:\n  - name: ping\n    action: net.ping\n',
  ),
  accept(
    'sequence',
    '12.examples',
    'ref: shop.restock\nversion: 2.1.0\nvars: { missing: [] }\ntasks:\n  - name: count_stock\n    action: shop.count\n    next:\n' +
      '      - when: "{{ succeeded() and length(result().missing) > 0 }}"\n        publish:\n          - missing: "{{ result().missing }}"\n' +
      '          - checked: true\n        do: [order]\n      - when: "{{ failed() }}"\n        do: [page]\n  - name: order\n' +
      '    action: shop.order\n    input: { items: "{{ workflow.missing }}" }\n  - name: page\n    action: alert.page\n',
  ),
  find(
    'legacy-alone',
    '12.examples P5',
    tasks('{ name: build, action: ci.build, on_success: «ship», on_timeout: «tell» }'),
    'RULE_TARGET_UNKNOWN RULE_TARGET_UNKNOWN',
  ),
  accept(
    'fan-out',
    '12.examples',
    'version: 1.0.0\nparameters: { files: { type: array } }\ntasks:\n  - name: resize\n    action: img.resize\n    with_items: "{{ parameters.files }}"\n' +
      '    concurrency: 4\n    input: { path: "{{ item }}", n: "{{ index + 1 }}" }\n    retry: { count: 3, delay: 2, backoff: exponential, max_delay: 30 }\n    timeout: 120\n',
  ),
  find(
    'join',
    '12.examples',
    tasks(
      '{ name: left, action: q.a, next: [ { «do»: [both] } ] }',
      '{ name: right, action: q.b, next: [ { «do»: [both] } ] }',
      '{ name: both, action: q.c, join: 2 }',
    ),
    'RULE_FAILURE_SWALLOWED! RULE_FAILURE_SWALLOWED!',
  ),
  find(
    'loop',
    '12.examples 13.18',
    tasks(
      '{ name: poll, action: j.s, next: [ { when: "{{ result().state != \'done\' }}", do: [wait] } ] }',
      '{ name: wait, action: c.s, next: [ { «do»: [poll] } ] }',
    ),
    'RULE_FAILURE_SWALLOWED!',
  ),
  find(
    'loop-beside',
    '12.examples 13.18',
    tasks(
      '{ name: «poll», action: j.s, on_success: wait }',
      '{ name: «wait», action: c.s, on_success: poll }',
      '{ name: other, action: p.a }',
    ),
    'RULE_TASK_UNREACHABLE RULE_TASK_UNREACHABLE',
  ),
  accept(
    'parallel',
    '12.examples',
    tasks(
      '{ name: checks, type: parallel, tasks: [ { name: lint, action: ci.lint }, { name: unit, action: ci.test } ], on_success: done }',
      '{ name: done, action: ci.report }',
    ),
  ),
  accept(
    'linked',
    '12.examples 8.graph 13.8',
    'version: 1.4.0\ncancellation_policy: cancel_running\ntasks:\n  - { name: push, action: web.push, input: { to: "{{ parameters.target }}" } }\noutput_map: { url: "{{ task.push.result.url }}" }\n',
  ),
  find(
    'rejected-target',
    '12.rejected P5',
    tasks('{ name: a, action: core.echo, next: [ { do: [«b»] } ] }'),
    'RULE_TARGET_UNKNOWN',
  ),
];

export const normalised: readonly ConformanceCase[] = [...steps, ...examples];
