// The dry walk: what each task is given, what fires and why, and where the walk goes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromJson, makeObject } from '../../src/language/expression/value.ts';
import type { Given } from '../../src/language/render/run.ts';
import { renderWorkflow } from '../../src/language/render.ts';
import type { Json, JsonObject } from '../../src/model/pack.ts';
import type { Rendered, RenderedTask, Rendering } from '../../src/model/render.ts';
import { check, marks, workflow } from './support.ts';

type Stub = { readonly result?: Json; readonly state?: 'succeeded' | 'failed' | 'timed_out' };
type Inputs = {
  readonly parameters?: JsonObject;
  readonly vars?: JsonObject;
  readonly config?: JsonObject;
  readonly results?: Readonly<Record<string, Stub | readonly Stub[]>>;
  readonly item?: Json;
};

const object = (json: JsonObject = {}) =>
  makeObject(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));

function givenOf({ parameters, vars, config, results = {}, item }: Inputs): Given {
  const stubs = Object.entries(results).map(([name, given]) => {
    const list = [given].flat().map(({ result, state = 'succeeded' }: Stub) => ({
      result: result === undefined ? undefined : fromJson(result),
      state,
    }));
    return [name, list] as const;
  });
  return {
    ...{ parameters: object(parameters), vars: object(vars), config: object(config) },
    ...{ keystore: object(), system: object(), results: new Map(stubs) },
    focus: item === undefined ? undefined : { item: fromJson(item), index: 7n },
  };
}

function render(text: string, inputs: Inputs = {}, totalSteps?: number): Rendering {
  const checked = check(text);
  if (checked.file?.role !== 'workflow') throw new Error(`invalid: ${marks(checked).join(', ')}`);
  return renderWorkflow(checked.text, checked.file, givenOf(inputs), totalSteps);
}

/** A value with failures as `CODE line:column` and what is not known as `?`. */
function plain(rendered: Rendered): unknown {
  switch (rendered.kind) {
    case 'value':
      return rendered.value;
    case 'list':
      return rendered.items.map(plain);
    case 'map':
      return Object.fromEntries(rendered.entries.map(({ key, value }) => [key, plain(value)]));
    case 'failed':
      return `${rendered.finding.code} ${rendered.finding.line}:${rendered.finding.column}`;
    default:
      return '?';
  }
}

const task = (rendering: Rendering, name: string): RenderedTask => {
  const found = rendering.tasks.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
};
const walkOf = ({ tasks }: Rendering) => tasks.filter(({ visit }) => visit > 0).map(({ name }) => name);
const fires = ({ next }: RenderedTask) =>
  next.map((one) => (typeof one.fires === 'boolean' ? one.fires : 'fails'));

describe('renderWorkflow', () => {
  it('renders inputs at every depth, typed where a string is one expression', () => {
    const rendering = render(
      workflow(
        '{ name: a, action: x.y, input: { n: "{{ parameters.n + 1 }}", deep: { list: ["v {{ parameters.n }}", 3, null] } } }',
      ),
      { parameters: { n: 1 } },
    );
    expect(plain(task(rendering, 'a').input)).toEqual({ n: 2, deep: { list: ['v 1', 3, null] } });
    expect(rendering.failures).toEqual([]);
  });

  it('puts a failing expression in the place of its value, with its place in the file', () => {
    const rendering = render(
      workflow('{ name: a, action: x.y, input: { good: "{{ 1 }}", bad: "x {{ 1 / 0 }}" } }'),
    );
    expect(plain(task(rendering, 'a').input)).toEqual({ good: 1, bad: 'EXPR_ZERO 3:66' });
    expect(rendering.failures).toHaveLength(1);
  });

  it('says what is not given, and where to give it', () => {
    const rendering = render(
      workflow(
        '{ name: a, action: x.y, input: { p: "{{ parameters.host }}", c: "{{ config.url }}" }, next: [{ when: "{{ length(result().rows) > 0 }}" }] }',
      ),
    );
    expect(rendering.failures.map(({ wants }) => wants?.join('.'))).toEqual([
      'parameters.host',
      'config.url',
      'results.a.result.rows',
    ]);
    expect(rendering.failures.map(({ finding }) => finding.code)).toEqual(Array(3).fill('EXPR_MISSING'));
    expect(rendering.failures[2]?.finding.help).toContain('results: { a: { result: { rows: … } } }');
  });

  it('explains a condition with its values, and not what is decided before', () => {
    const { next } = task(
      render(
        workflow(
          '{ name: a, action: x.y, next: [{ when: "{{ length(result().m) > 0 }}" }, { when: "failed() and (result().m or true)" }] }',
        ),
        { results: { a: { result: { m: [1, 2] } } } },
      ),
      'a',
    );
    expect(next.map(({ why }) => why)).toEqual([
      'length(result().m) > 0 → 2 > 0 → true',
      'failed and (result().m or true) → false and … → false',
    ]);
  });

  it('lets a bare condition that fails count as text, which fires, and says so', () => {
    const rendering = render(workflow('{ name: a, action: x.y, next: [{ when: "result().x" }] }'));
    expect(task(rendering, 'a').next).toMatchObject([{ fires: true, failure: { kind: 'failed' } }]);
    expect(rendering.failures).toHaveLength(1);
  });

  it('says of such a text whether it is true', () => {
    const { next } = task(
      render(workflow('{ name: a, action: x.y, next: [{ when: nope }, { when: "no" }] }')),
      'a',
    );
    expect(next.map(({ fires, why }) => [fires, why])).toEqual([
      [true, 'nope → fails, so it counts as text → true'],
      [false, 'no → fails, so it counts as text → false'],
    ]);
  });

  it('follows what fires, and tells what it does not reach as far as it can', () => {
    const rendering = render(
      workflow(
        '{ name: a, action: x.y, next: [{ when: "{{ succeeded() }}", do: [b] }, { when: "{{ failed() }}", do: [c] }] }',
        '{ name: b, action: x.y, input: { r: "{{ task.a.result }}" } }',
        '{ name: c, action: x.y, input: { r: "{{ task.b.result.id }}", late: "{{ task.d.result }}", v: 1 } }',
        '{ name: d, action: x.y, when: "{{ false }}" }',
      ),
      { results: { a: { result: [1] }, b: { result: { id: 3 } } } },
    );
    expect(walkOf(rendering)).toEqual(['a', 'd', 'b']);
    expect(plain(task(rendering, 'b').input)).toEqual({ r: [1] });
    expect(plain(task(rendering, 'c').input)).toEqual({ r: 3, late: '?', v: 1 });
    expect(task(rendering, 'd')).toMatchObject({ is_skipped: true, ended: undefined, next: [] });
    expect(rendering.failures).toEqual([]);
  });

  it('ends tasks as they are said to end', () => {
    const text = workflow(
      '{ name: a, action: x.y, retry: { count: 1, delay: 0, on_error: "{{ result().code == 5 }}" }, next: [{ when: "{{ succeeded() }}" }, { when: "{{ failed() }}" }, { when: "{{ timed_out() }}" }, {}] }',
    );
    const ending = (state: NonNullable<Stub['state']>) =>
      task(render(text, { results: { a: { state, result: { code: 5 } } } }), 'a');
    expect(fires(ending('succeeded'))).toEqual([true, false, false, true]);
    expect(fires(ending('failed'))).toEqual([false, true, false, true]);
    expect(fires(ending('timed_out'))).toEqual([false, false, true, true]);
    expect(ending('failed').settings.map(({ value }) => plain(value))).toEqual([
      { count: 1, delay: 0, backoff: 'constant', on_error: true },
    ]);
  });

  it('shows all transitions of a task the variables as they were when it ended', () => {
    const rendering = render(
      `vars: { n: 1 }\n${workflow(
        '{ name: a, action: x.y, next: [{ publish: [{ n: "{{ n + 1 }}" }, got] , do: [b] }, { when: "{{ n == 1 }}", publish: [{ n: "{{ n + 10 }}" }] }] }',
        '{ name: b, action: x.y, input: { n: "{{ n }}", got: "{{ got }}" } }',
      )}`,
      { results: { a: { result: 'r' } } },
    );
    expect(fires(task(rendering, 'a'))).toEqual([true, true]);
    expect(plain(task(rendering, 'b').input)).toEqual({ n: 11, got: 'r' });
    expect(rendering.vars).toEqual({ n: 11, got: 'r' });
  });

  it('takes variables of the caller over those of the file, and evaluates those of the file in no order', () => {
    const text = (vars: string) => `vars: ${vars}\n${workflow('{ name: a, action: x.y }')}`;
    expect(render(text('{ b: "{{ a + 1 }}", a: 1, c: "{{ 1 / 0 }}" }'), { vars: { c: 3 } }).vars).toEqual({
      a: 1,
      b: 2,
      c: 3,
    });
    const failed = render(text('[{ a: "{{ 1 }}" }, { b: "{{ a + 1 }}" }]'));
    expect(failed.failures.map(({ finding }) => `${finding.line}:${finding.column}`)).toEqual(['1:35']);
  });

  it('walks a loop until it repeats itself, by the results that are given in turn', () => {
    const text = workflow(
      '{ name: start, action: x.y, on_complete: poll }',
      '{ name: poll, action: x.y, next: [{ when: "{{ not result().done }}", do: [wait] }, { when: "{{ result().done }}", publish: [{ end: true }] }] }',
      '{ name: wait, action: x.y, on_complete: poll }',
    );
    const forever = render(text, { results: { poll: { result: { done: false } } } });
    expect(forever.tasks.flatMap(({ next }) => next.flatMap(({ again }) => again))).toEqual(['poll']);
    expect(forever.cut_after).toBeUndefined();
    const ends = render(text, {
      results: { poll: [{ result: { done: false } }, { result: { done: true } }] },
    });
    expect(walkOf(ends)).toEqual(['start', 'poll', 'wait', 'poll']);
    expect(ends.vars).toEqual({ end: true });
  });

  it('cuts a loop that never repeats itself after 100 tasks', () => {
    const rendering = render(
      `vars: { n: 0 }\n${workflow(
        '{ name: start, action: x.y, on_complete: on }',
        '{ name: on, action: x.y, next: [{ publish: [{ n: "{{ n + 1 }}" }], do: [on] }] }',
      )}`,
    );
    expect(rendering.cut_after).toBe(100);
    expect(rendering.tasks).toHaveLength(100);
  });

  it('begins a join once enough different predecessors have come', () => {
    const text = (join: number) =>
      workflow(
        '{ name: l, action: x.y, next: [{ do: [both] }] }',
        '{ name: r, action: x.y, next: [{ do: [both] }] }',
        `{ name: both, action: x.y, join: ${join} }`,
      );
    const joined = render(text(2));
    expect(walkOf(joined)).toEqual(['l', 'r', 'both']);
    expect(task(joined, 'l').next[0]?.waiting).toEqual([{ name: 'both', come: 1, join: 2 }]);
    expect(walkOf(render(text(3)))).toEqual(['l', 'r']);
    expect(walkOf(render(text(1)))).toEqual(['l', 'r', 'both', 'both']);
  });

  it('renders the first items of a task, or the one that is given', () => {
    const text = workflow(
      '{ name: a, action: x.y, with_items: "{{ parameters.f }}", input: { f: "{{ item }}", n: "{{ index }}" }, next: [{ when: "{{ item == 1 }}" }] }',
    );
    const inputs = { parameters: { f: [1, 2, 3, 4, 5] } };
    const { items, input, next } = task(render(text, inputs), 'a');
    expect(items).toMatchObject({ total: 5, left_out: 2 });
    expect(items?.shown.map((one) => plain(one.input))).toEqual([
      { f: 1, n: 0 },
      { f: 2, n: 1 },
      { f: 3, n: 2 },
    ]);
    expect(plain(input)).toEqual({ f: 1, n: 0 });
    expect(next[0]?.fires).toBe(true);
    const one = task(render(text, { ...inputs, item: 'x' }), 'a').items;
    expect(one?.shown.map(({ input: own }) => plain(own))).toEqual([{ f: 'x', n: 7 }]);
    expect(task(render(text, { parameters: { f: [] } }), 'a').items).toMatchObject({ total: 0, shown: [] });
    const wrong = render(text, { parameters: { f: 3 } });
    expect(
      wrong.failures.map(({ finding }) => `${finding.code} ${finding.line}:${finding.column}`),
    ).toContain('EXPR_TYPE 3:42');
  });

  it('walks the parts of a parallel task before it ends', () => {
    const rendering = render(
      `vars: { n: 1 }\n${workflow(
        '{ name: all, type: parallel, on_success: after, tasks: [{ name: p, action: x.y, next: [{ publish: [{ n: "{{ n + 1 }}" }], do: [q] }] }, { name: q, action: x.y, input: { n: "{{ n }}" } }] }',
        '{ name: after, action: x.y, input: { n: "{{ n }}", r: "{{ task.q.result }}" } }',
      )}`,
      { results: { q: { result: 'done' } } },
    );
    expect(task(rendering, 'all').tasks.map(({ name, input }) => [name, plain(input)])).toEqual([
      ['p', {}],
      ['q', { n: 2 }],
    ]);
    expect(plain(task(rendering, 'after').input)).toEqual({ n: 2, r: 'done' });
  });

  it('finds the place of what an old form says', () => {
    const rendering = render(
      `version: 1.0.0\ntasks:\n  - name: a\n    action: x.y\n    publish:\n      - v: "{{ 1 / 0 }}"\n    on_failure: b\n    decision:\n      - when: "{{ nope }}"\n        next: b\n  - { name: b, action: x.y }\n`,
      { results: { a: { state: 'failed' } } },
    );
    expect(
      rendering.failures.map(({ finding }) => `${finding.code} ${finding.line}:${finding.column}`),
    ).toEqual(['EXPR_ZERO 6:16', 'EXPR_UNKNOWN_NAME 9:19']);
  });

  it('evaluates the output at the end', () => {
    const rendering = render(
      `${workflow('{ name: a, action: x.y, next: [{ publish: [{ v: 2 }] }] }')}output_map: { v: "{{ v }}", r: "{{ task.a.result.id }}", n: "{{ task.gone.result }}" }\n`,
      { results: { a: { result: { id: 5 } } } },
    );
    expect(plain(rendering.output)).toEqual({ v: 2, r: 5, n: 'EXPR_MISSING 4:70' });
  });

  it('reaches nothing where each task is led to', () => {
    const rendering = render(workflow('{ name: a, action: x.y, input: { n: 1 }, next: [{ do: [a] }] }'));
    expect(walkOf(rendering)).toEqual([]);
    expect(plain(task(rendering, 'a').input)).toEqual({ n: 1 });
  });

  it('ends when all expressions together have taken too many steps, or too much is shown', () => {
    const inputs = (value: string) =>
      Array.from({ length: 50 }, (_, index) => `k${index}: ${value}`).join(', ');
    const text = (value: string) =>
      `vars: { n: 0 }\n${workflow(
        '{ name: s, action: x.y, on_complete: a }',
        `{ name: a, action: x.y, input: { ${inputs(value)} }, next: [{ publish: [{ n: "{{ n + 1 }}" }], do: [a] }] }`,
      )}`;
    const expensive = text('"{{ length(string(range(3000))) }}"');
    const limited = render(expensive, {}, 20_000);
    expect(limited.failures.some(({ finding }) => finding.code === 'EXPR_LIMIT')).toBe(true);
    expect(limited.cut_after).toBeLessThan(20);
    const large = render(text(`"${'x'.repeat(1000)}"`), {}, 20_000);
    expect(large.cut_after).toBeLessThan(20);
    expect(render(text('1')).cut_after).toBe(100);
  });

  it('is the same each time, and throws for nothing that is given', () => {
    const text = workflow(
      '{ name: a, action: x.y, input: { v: "{{ parameters.p.q[0] }} {{ v + 1 }}" }, next: [{ when: "{{ result().x in parameters.p }}", publish: [all], do: [b] }] }',
      '{ name: b, action: x.y, with_items: "{{ task.a.result }}", input: { i: "{{ item.a }}" }, on_failure: a }',
      '{ name: s, action: x.y, on_complete: a }',
    );
    const state = fc.constantFrom('succeeded', 'failed', 'timed_out');
    const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
    const stub = fc.record({ result: json, state }) as fc.Arbitrary<Stub>;
    fc.assert(
      fc.property(
        fc.record({
          parameters: fc.record({ p: json }),
          vars: fc.record({ v: json }),
          results: fc.record({ a: stub, b: fc.array(stub, { minLength: 1, maxLength: 3 }) }),
        }),
        (inputs) => {
          expect(render(text, inputs)).toEqual(render(text, inputs));
        },
      ),
      { numRuns: 100 },
    );
  });
});
