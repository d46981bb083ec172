// Conditions that cannot hold, and joins whose tasks cannot all run: what is proven, and the near misses that are not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printExpression } from '../../src/language/expression/print.ts';
import { evaluateWhen } from '../../src/language/expression/render.ts';
import { createScope, type TaskState } from '../../src/language/expression/scope.ts';
import { alwaysHolds, excludes, neverHolds, readCondition } from '../../src/language/rules/condition.ts';
import { trees } from './expression/trees.ts';
import { check, marks, workflow } from './support.ts';

const states: readonly TaskState[] = ['succeeded', 'failed', 'timed_out'];
const task = (name: string, rest = 'timeout: 1'): string => `{ name: ${name}, action: p.a, ${rest} }`;
const lead = (...edges: readonly (readonly [when: string, to: string])[]): string =>
  `next: [ ${edges.map(([when, to]) => `{ when: '${when}', do: [${to}] }`).join(', ')} ]`;

describe('a condition', () => {
  it.each([
    'false',
    '{{ false }}',
    '{{ null }}',
    '{{ 0 }}',
    '0',
    '{{ not true }}',
    '{{ succeeded() and failed() }}',
    '{{ failed() and result().ok and succeeded() }}',
    'succeeded() and timed_out() and result().ok',
    '{{ result().ok and false }}',
    '{{ not (succeeded() or failed() or timed_out()) }}',
    '{{ false or (succeeded() and not succeeded()) }}',
    '{{ result().ok and not result().ok }}',
    '{{ result().state == "a" and result().state == "b" }}',
    '{{ parameters.n > 3 and parameters.n <= 3 }}',
    '{{ result().n == 3 and result().n != 3.0 }}',
  ])('is told never to hold: %s', (when) => {
    expect(neverHolds(readCondition(when))).toBe(true);
  });

  it.each([
    'no',
    '{{ "" }}',
    '{{ [] }}',
    '{{ "0" == 0 }}',
    '{{ 1 > 2 }}',
    '{{ failed() and timed_out() }}',
    '{{ succeeded() or false }}',
    '{{ not failed() }}',
    '{{ result().ok and not result().fine }}',
    'result().ok and not result().ok',
    'result().ok and false',
    '{{ workflow.n > 3 and workflow.n <= 3 }}',
    '{{ n and not n }}',
    '{{ task.a.result and not task.a.result }}',
    '{{ false }} {{ false }}',
    '{{ false',
    '',
  ])('is not told so: %s', (when) => {
    expect(neverHolds(readCondition(when))).toBe(false);
  });

  it.each<[a: string, b: string, isApart: boolean]>([
    ['{{ succeeded() }}', '{{ failed() }}', true],
    ['{{ succeeded() }}', '{{ failed() or timed_out() }}', true],
    ['{{ succeeded() }}', '{{ not succeeded() }}', true],
    ['succeeded()', 'failed()', true],
    ['{{ succeeded() and result().ok }}', '{{ failed() or not result().ok }}', true],
    ['{{ succeeded() and result().n > 0 }}', '{{ succeeded() and result().n <= 0 }}', true],
    ['{{ result().s == "a" }}', '{{ result().s == "b" }}', true],
    ['{{ result().s == "a" and succeeded() }}', '{{ result().s != "a" or failed() }}', true],
    ['{{ not (result().n < 1) }}', '{{ result().n < 1 }}', true],
    ['{{ failed() }}', '{{ timed_out() }}', false],
    ['{{ succeeded() }}', '{{ result().ok }}', false],
    ['{{ result().s == "a" }}', '{{ result().t == "b" }}', false],
    ['{{ result().s != "a" }}', '{{ result().s != "b" }}', false],
    ['{{ result().n == 3 }}', '{{ result().n == 3.0 }}', false],
    ['{{ result().ok }}', '{{ not result().ok }}', false],
    ['{{ workflow.n == 1 }}', '{{ workflow.n == 2 }}', false],
    ['{{ n < 1 and succeeded() }}', '{{ n >= 1 and succeeded() }}', false],
    ['result().ok and succeeded()', 'failed()', false],
    ['{{ succeeded() and result().n > 0 }}', '{{ succeeded() and result().n == 0 }}', false],
  ])('%s shuts out %s: %s', (a, b, isApart) => {
    expect(excludes(readCondition(a), readCondition(b))).toBe(isApart);
    expect(excludes(readCondition(b), readCondition(a))).toBe(isApart);
  });

  it('is proven nothing of that its evaluation denies', () => {
    const endings = fc.constantFrom(
      'succeeded()',
      'failed()',
      'timed_out()',
      'true',
      'false',
      'x',
      'result().b',
    );
    const ending = fc
      .tuple(endings, fc.constantFrom('and', 'or', 'and not', 'or not'), endings, fc.boolean())
      .map(([a, operator, b, isNot]) => (isNot ? `not (${a} ${operator} ${b})` : `${a} ${operator} ${b}`));
    const text = fc.oneof(ending, trees.map(printExpression));
    const whens = fc
      .tuple(text, fc.constantFrom('and', 'or'), text, fc.boolean())
      .map(([a, operator, b, isBare]) =>
        isBare ? `(${a}) ${operator} ${b}` : `{{ (${a}) ${operator} ${b} }}`,
      );
    const seen = { never: 0, always: 0, apart: 0 };
    const results = fc.constantFrom({ b: 1 }, { b: [] }, null, { b: '' });
    fc.assert(
      fc.property(whens, whens, results, (one, two, result) => {
        const read = readCondition(one);
        const isApart = excludes(read, readCondition(two));
        if (neverHolds(read)) seen.never += 1;
        if (alwaysHolds(one)) seen.always += 1;
        if (isApart) seen.apart += 1;
        for (const state of states) {
          const scope = createScope({ parameters: { a: 1 }, vars: { b: 2 }, current: { result, state } });
          const holds = (when: string): boolean => {
            const outcome = evaluateWhen(when, scope);
            return 'value' in outcome && outcome.value;
          };
          if (holds(one)) expect(neverHolds(read), one).toBe(false);
          else expect(alwaysHolds(one), one).toBe(false);
          if (isApart) expect(holds(one) && holds(two), `${one}\n${two}`).toBe(false);
        }
      }),
      { numRuns: 3000, seed: 11 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });
});

describe('a task behind a condition that never holds', () => {
  const found = (...tasks: readonly string[]): string[] => marks(check(workflow(...tasks)));
  it.each<readonly [what: string, tasks: readonly string[], marks: readonly string[]]>([
    ['alone', [task('a', lead(['{{ false }}', 'b'])), task('b')], ['RULE_TASK_UNREACHABLE? 3:45']],
    [
      'of old',
      [task('a', "decision: [ { when: 'false', next: b } ]"), task('b')],
      ['RULE_TASK_UNREACHABLE? 3:49'],
    ],
    [
      'twice',
      [task('a', lead(['{{ false }}', 'b'], ['{{ succeeded() and failed() }}', 'b'])), task('b')],
      ['RULE_TASK_UNREACHABLE? 3:45', 'RULE_TASK_UNREACHABLE? 3:79'],
    ],
    [
      'with others behind it',
      [task('a', lead(['false', 'b'])), task('b', 'on_success: c'), task('c', lead(['false', 'b']))],
      ['RULE_TASK_UNREACHABLE? 3:45'],
    ],
    ['reached otherwise', [task('a', lead(['false', 'b'], ['true', 'b'])), task('b')], []],
    ['that it leads to itself', [task('a', `on_success: b`), task('b', lead(['false', 'b']))], []],
    ['that may hold', [task('a', lead(['{{ failed() and timed_out() }}', 'b'])), task('b')], []],
    ['in a list without a start', [task('a', lead(['false', 'b'])), task('b', lead(['true', 'a']))], []],
    [
      'beside what cannot be read',
      [task('a', lead(['false', 'b'])), task('b', 'next: 1')],
      ['SCHEMA_TYPE 4:35'],
    ],
  ])('%s', (_what, tasks, expected) => {
    expect(found(...tasks)).toEqual(expected);
  });

  it('leaves what is reached from nowhere an error', () => {
    const tasks = [
      task('a', lead(['false', 'b'])),
      task('b'),
      task('c', 'on_success: d'),
      task('d', 'on_success: c'),
    ];
    expect(found(...tasks)).toEqual([
      'RULE_TASK_UNREACHABLE? 3:45',
      'RULE_TASK_UNREACHABLE 5:13',
      'RULE_TASK_UNREACHABLE 6:13',
    ]);
  });
});

describe('a join', () => {
  const fork = (one: string, two: string): string => task('s', lead([one, 'a'], [two, 'b']));
  const on = (to: string): string => `on_success: ${to}`;
  const found = (...tasks: readonly string[]): string[] => marks(check(workflow(...tasks)));
  const at = (line: number): string[] => [`RULE_JOIN_RANGE? ${line}:35`];
  const both = (count = 2): string => task('z', `join: ${count}`);
  const apart = ['{{ succeeded() }}', '{{ failed() }}'] as const;

  it.each<readonly [what: string, tasks: readonly string[], marks: readonly string[]]>([
    [
      'of two that exclude each other',
      [fork(...apart), task('a', on('z')), task('b', on('z')), both()],
      at(6),
    ],
    [
      'of two by old keys',
      [task('s', 'on_success: a, on_failure: b'), task('a', on('z')), task('b', on('z')), both()],
      at(6),
    ],
    [
      'of two that lie further back',
      [fork(...apart), task('a', on('c')), task('c', on('z')), task('b', on('z')), both()],
      at(7),
    ],
    [
      'of three of which two exclude each other',
      [fork(...apart), task('a', on('z')), task('b', on('z')), task('c', on('z')), both(3)],
      at(7),
    ],
    ['of one more than there are', [task('a', on('z')), both()], at(4)],
    // near misses
    [
      'of two of three',
      [fork(...apart), task('a', on('z')), task('b', on('z')), task('c', on('z')), both(2)],
      [],
    ],
    ['of one', [fork(...apart), task('a', on('z')), task('b', on('z')), both(1)], []],
    [
      'of two that may both run',
      [fork('{{ succeeded() }}', '{{ result().ok }}'), task('a', on('z')), task('b', on('z')), both()],
      [],
    ],
    [
      'of two, one of which something else leads to',
      [fork(...apart), task('c', on('b')), task('a', on('z')), task('b', on('z')), both()],
      [],
    ],
    [
      'behind a fork that runs again',
      [
        task('s', lead(['{{ succeeded() }}', 'a'], ['{{ failed() }}', 'b'])),
        task('a', on('z')),
        task('b', 'on_success: z, on_failure: s'),
        both(),
        task('e', on('s')),
      ],
      [],
    ],
    [
      'behind a fork that two tasks lead to',
      [
        task('e', on('s')),
        task('f', on('s')),
        fork(...apart),
        task('a', on('z')),
        task('b', on('z')),
        both(),
      ],
      [],
    ],
    [
      'that the fork leads to as well',
      [
        task('s', 'next: [ { when: failed(), do: [b] }, { when: succeeded(), do: [z] } ]'),
        task('b', on('z')),
        both(),
      ],
      [],
    ],
    [
      'in a block, which may run again',
      [
        `{ name: p, type: parallel, tasks: [ ${[fork(...apart), task('a', on('z')), task('b', on('z')), both()].join(', ')} ] }`,
      ],
      [],
    ],
  ])('%s', (_what, tasks, expected) => {
    expect(found(...tasks)).toEqual(expected);
  });
});
