// The examples of the format's description, as authors write them.
import { describe, expect, it } from 'vitest';
import { check, marks, tasksOf } from './support.ts';

const restock = `ref: shop.restock
version: 2.1.0
vars: { missing: [] }
tasks:
  - name: count_stock
    action: shop.count
    next:
      - when: "{{ succeeded() and length(result().missing) > 0 }}"
        publish:
          - missing: "{{ result().missing }}"
          - checked: true
        do: [order]
      - when: "{{ failed() }}"
        do: [page]
  - name: order
    action: shop.order
    input: { items: "{{ workflow.missing }}" }
  - name: page
    action: alert.page
`;
const legacy = `version: 1.0.0
tasks:
  - name: build
    action: ci.build
    on_success: ship
    on_timeout: tell
    publish: [ { image: "{{ result().image }}" } ]
  - { name: ship, action: ci.ship }
  - { name: tell, action: ci.tell }
`;
const fanOut = `version: 1.0.0
tasks:
  - name: resize
    action: img.resize
    with_items: "{{ parameters.files }}"
    concurrency: 4
    input: { path: "{{ item }}", n: "{{ index + 1 }}" }
    retry: { count: 3, delay: 2, backoff: exponential, max_delay: 30 }
    timeout: 120
`;
const join = `version: 1.0.0
tasks:
  - { name: left,  action: q.a, next: [ { do: [both] } ] }
  - { name: right, action: q.b, next: [ { do: [both] } ] }
  - { name: both,  action: q.c, join: 2 }
`;
const loop = `version: 1.0.0
tasks:
  - name: poll
    action: job.status
    next:
      - when: "{{ result().state != 'done' }}"
        do: [wait]
  - name: wait
    action: core.sleep
    input: { seconds: 5 }
    next: [ { do: [poll] } ]      # note: no task lacks a predecessor
`;
const parallel = `version: 1.0.0
tasks:
  - name: checks
    type: parallel
    tasks:
      - { name: lint, action: ci.lint }
      - { name: unit, action: ci.test }
    on_success: done
  - { name: done, action: ci.report }
`;
const linked = `version: 1.4.0
cancellation_policy: cancel_running
tasks:
  - { name: push, action: web.push, input: { to: "{{ parameters.target }}" } }
output_map: { url: "{{ task.push.result.url }}" }
`;

describe('the examples', () => {
  it.each([
    ['minimal', 'ref: ops.ping\nlabel: Ping\nversion: 0.1.0\ntasks:\n  - name: ping\n    action: net.ping\n'],
    ['sequence', restock],
    ['legacy', legacy],
    ['fan-out', fanOut],
    ['join', join],
    ['loop', loop],
    ['parallel', parallel],
    ['action-linked graph', linked],
  ])('are valid without a warning: %s', (_what, text) => {
    const { file, findings } = check(text);
    expect(file).toBeDefined();
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it('say nothing of failures in their join and their loop, and are told so', () => {
    const notes = (text: string): string[] => marks(check(text));
    expect(notes(join)).toEqual(['RULE_FAILURE_SWALLOWED? 3:43', 'RULE_FAILURE_SWALLOWED? 4:43']);
    expect(notes(loop)).toEqual(['RULE_FAILURE_SWALLOWED? 11:15']);
    for (const text of [restock, legacy, fanOut, parallel, linked]) expect(notes(text)).toEqual([]);
  });

  it('has an action that links its graph', () => {
    const text =
      'ref: web.deploy\nlabel: Deploy\nworkflow_file: workflows/deploy.workflow.yaml\nparameters:\n  target: { type: string, required: true }\ntags: [release]\n';
    expect(check(text, 'action')).toMatchObject({
      findings: [],
      claim: 'web.deploy',
      link: 'workflows/deploy.workflow.yaml',
    });
  });

  it('makes the legacy form the new one', () => {
    expect(tasksOf(check(legacy))[0]?.['next']).toEqual([
      { when: '{{ succeeded() }}', publish: [{ image: '{{ result().image }}' }], do: ['ship'] },
      { when: '{{ timed_out() }}', do: ['tell'] },
    ]);
  });

  it('refuses the loop once any task stands beside it', () => {
    expect(marks(check(`${loop}  - { name: other, action: p.a }\n`))).toEqual([
      'RULE_TASK_UNREACHABLE 3:11',
      'RULE_TASK_UNREACHABLE 8:11',
      'RULE_FAILURE_SWALLOWED? 11:15',
    ]);
  });
});
