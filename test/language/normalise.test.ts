import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkflowFile } from '../../src/model/file.ts';
import type { Json } from '../../src/model/pack.ts';
import { check, tasksOf, workflow } from './support.ts';

const emptyTask = {
  type: 'action',
  action: null,
  input: {},
  permission_set_refs: null,
  worker_selector: null,
  worker_tolerations: null,
  worker_affinity: null,
  when: null,
  with_items: null,
  batch_size: null,
  concurrency: null,
  retry: null,
  timeout: null,
  next: [],
  join: null,
  tasks: null,
};

/** The `next` that the first task gets; `b` is there to lead to. */
function nextOf(keys: string): Json {
  return (
    tasksOf(check(workflow(`{ name: a, action: p.a, ${keys} }`, '{ name: b, action: p.b }')))[0]?.['next'] ??
    null
  );
}

function asYaml(file: WorkflowFile): string {
  const { ref, label, description, version, parameters, output, tags, graph } = file;
  return JSON.stringify({ ref, label, description, version, parameters, output, tags, ...graph });
}

const succeeded = '{{ succeeded() }}';
const failed = '{{ failed() }}';
const timedOut = '{{ timed_out() }}';

describe('normaliseWorkflow', () => {
  it('fills in every key', () => {
    expect(check('version: 1.0.0\ntasks: [ { name: a, action: p.a } ]\n').file).toEqual({
      role: 'workflow',
      ref: undefined,
      label: undefined,
      description: undefined,
      version: '1.0.0',
      parameters: null,
      output: null,
      tags: [],
      graph: { vars: {}, tasks: [{ ...emptyTask, name: 'a', action: 'p.a' }], output_map: null },
    });
  });

  it.each([
    ['on_success: b', [{ when: succeeded, do: ['b'] }]],
    ['on_failure: b', [{ when: failed, do: ['b'] }]],
    ['on_complete: b', [{ do: ['b'] }]],
    ['on_timeout: b', [{ when: timedOut, do: ['b'] }]],
    [
      'decision: [ { when: x, next: b }, { next: b, default: true } ]',
      [{ when: 'x', do: ['b'] }, { do: ['b'] }],
    ],
    [
      'decision: [ { when: x, next: b } ], on_timeout: b, on_complete: b, on_failure: b, on_success: b',
      [
        { when: succeeded, do: ['b'] },
        { when: failed, do: ['b'] },
        { do: ['b'] },
        { when: timedOut, do: ['b'] },
        { when: 'x', do: ['b'] },
      ],
    ],
    ['publish: [ { x: 1 } ]', [{ when: succeeded, publish: [{ x: 1 }] }]],
    [
      'on_success: b, on_timeout: b, publish: [all]',
      [
        { when: succeeded, publish: ['all'], do: ['b'] },
        { when: timedOut, do: ['b'] },
      ],
    ],
    [
      'on_failure: b, decision: [ { when: "{{ succeeded() and x }}", next: b } ], publish: [x]',
      [
        { when: failed, do: ['b'] },
        { when: '{{ succeeded() and x }}', publish: ['x'], do: ['b'] },
      ],
    ],
    ['on_failure: b, publish: [x]', [{ when: failed, publish: ['x'], do: ['b'] }]],
    ['on_complete: b, publish: [x]', [{ publish: ['x'], do: ['b'] }]],
    ['next: [], on_success: b', [{ when: succeeded, do: ['b'] }]],
    ['next: [ { do: [] } ], on_success: b, publish: [x]', [{ do: [] }]],
    ['next: [ { publish: [ { x: true, y: null }, all ] } ]', [{ publish: [{ x: true, y: null }, 'all'] }]],
    [
      'next: [ { when: x, do: [b], __chart_meta__: { x: 1 } } ]',
      [{ when: 'x', do: ['b'], __chart_meta__: { x: 1 } }],
    ],
  ])('makes %s a list of transitions', (keys, next) => {
    expect(nextOf(keys)).toEqual(next);
  });

  it('normalises at every depth', () => {
    const inner =
      '{ name: c, type: parallel, tasks: [ { name: d, action: p.d, on_success: e }, { name: e, action: p.e } ], on_failure: f }';
    const text = workflow(`{ name: a, type: parallel, tasks: [ ${inner}, { name: f, action: p.f } ] }`);
    const [outer] = tasksOf(check(text));
    expect(outer).toMatchObject({
      tasks: [
        { next: [{ when: failed, do: ['f'] }], tasks: [{ next: [{ when: succeeded, do: ['e'] }] }, {}] },
        {},
      ],
    });
    expect(JSON.stringify(outer)).not.toContain('on_success');
  });

  it('knows one spelling of everything', () => {
    const text = `vars: [ { a: 1 }, { b: } ]\ncancellation_policy: allow_finish\n${workflow('{ name: a, action: p.a, permission_set_ref: [x], retry: { count: 1, delay: 0 }, __chart_meta__: { x: 1 }, zz: 1 }')}`;
    expect(check(text).file).toMatchObject({
      graph: {
        vars: { a: 1, b: null },
        tasks: [
          {
            permission_set_refs: ['x'],
            retry: { count: 1, delay: 0, backoff: 'constant', max_delay: null, on_error: null },
            __chart_meta__: { x: 1 },
          },
        ],
      },
    });
    expect(JSON.stringify(check(text).file)).not.toMatch(/zz|allow_finish|permission_set_ref"/);
    expect(
      check(`cancellation_policy: cancel_running\n${workflow('{ name: a, action: p.a }')}`).file,
    ).toMatchObject({
      graph: { cancellation_policy: 'cancel_running' },
    });
  });

  it('keeps nulls that are data', () => {
    const text = `vars: { a: }\n${workflow('{ name: a, action: p.a, input: { x: null, y: [~] } }')}`;
    expect(check(text).file).toMatchObject({
      graph: { vars: { a: null }, tasks: [{ input: { x: null, y: [null] } }] },
    });
  });

  it('is the same whether done once or twice', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const value = fc
      .jsonValue({ maxDepth: 2 })
      .filter((json) => !/__proto__|constructor|prototype|\\ud|\\u0000/.test(JSON.stringify(json)));
    const transition = fc.record(
      {
        when: fc.string({ unit: 'grapheme-ascii' }),
        do: fc.array(name, { maxLength: 2 }),
        publish: fc.array(fc.record({ x: value }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    const task = fc.record(
      {
        on_success: name,
        on_failure: name,
        on_complete: name,
        on_timeout: name,
        next: fc.array(transition, { maxLength: 2 }),
        publish: fc.constant(['x']),
        decision: fc.constant([{ when: 'x', next: 'a' }]),
        input: fc.record({ v: value }),
        retry: fc.record({ count: fc.integer({ min: 1, max: 100 }), delay: fc.nat(9) }),
        permission_set_ref: fc.constant('p'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.tuple(task, task, task), (tasks) => {
        const text = JSON.stringify({
          version: '1.0.0',
          tasks: tasks.map((one, index) => ({ name: 'abc'[index], action: 'p.a', ...one })),
        });
        const once = check(text).file;
        if (once?.role !== 'workflow') return;
        expect(check(asYaml(once)).file).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });
});
