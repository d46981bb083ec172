// Failures that nobody notices: where a note is due, and where an author has dealt with them.
import { describe, expect, it } from 'vitest';
import { blocked } from './expression/support.ts';
import { check, marks, workflow } from './support.ts';

const task = (name: string, rest = 'timeout: 1'): string => `{ name: ${name}, action: p.a, ${rest} }`;
const found = (...tasks: readonly string[]): string[] => marks(check(workflow(...tasks)));

describe('a failure', () => {
  it.each<readonly [what: string, tasks: readonly string[], marks: readonly string[]]>([
    ['that leads on', [task('a', 'next: [ { do: [b] } ]'), task('b')], ['RULE_FAILURE_SWALLOWED? 3:39']],
    [
      'that leads on although it was tried again',
      [task('a', 'retry: { count: 2, delay: 1 }, next: [ { do: [b] } ]'), task('b')],
      ['RULE_FAILURE_SWALLOWED? 3:70'],
    ],
    [
      'beside a condition that asks something else',
      [task('a', 'next: [ { when: "{{ workflow.x }}", do: [b] }, { do: [b] } ]'), task('b')],
      ['EXPR_UNKNOWN_VARIABLE? 3:58', 'RULE_FAILURE_SWALLOWED? 3:78'],
    ],
    [
      'whose end is told as a constant',
      [task('a', 'next: [ { publish: [ { done: true } ], do: [b] } ]'), task('b')],
      ['RULE_FAILURE_SWALLOWED? 3:68'],
    ],
    [
      'of a sub-task',
      [`{ name: p, type: parallel, tasks: [ ${task('a', 'next: [ { do: [b] } ]')}, ${task('b')} ] }`],
      ['RULE_FAILURE_SWALLOWED? 3:75'],
    ],
    [
      'of two tasks',
      [task('a', 'next: [ { do: [b] } ]'), task('b', 'next: [ { do: [c] } ]'), task('c')],
      ['RULE_FAILURE_SWALLOWED? 3:39', 'RULE_FAILURE_SWALLOWED? 4:39'],
    ],
    // dealt with
    ['that ends the workflow', [task('a')], []],
    ['that ends a branch', [task('a', 'next: [ { publish: [ { x: 1 } ] }, { do: [] } ]')], []],
    [
      'that leads on only after success',
      [task('a', 'next: [ { when: succeeded(), do: [b] } ]'), task('b')],
      [],
    ],
    ['that leads on by its old key', [task('a', 'on_complete: b'), task('b')], []],
    ['that is meant', [task('a', 'next: [ { when: "{{ true }}", do: [b] } ]'), task('b')], []],
    [
      'that is handled beside',
      [task('a', 'next: [ { do: [b] }, { when: "{{ failed() }}", do: [c] } ]'), task('b'), task('c')],
      [],
    ],
    [
      'that is handled by a quiet end',
      [task('a', 'next: [ { do: [b] }, { when: timed_out(), publish: [ { x: 1 } ] } ]'), task('b')],
      [],
    ],
    [
      'that is published',
      [task('a', 'next: [ { publish: [ { ok: "{{ succeeded() }}" } ], do: [b] } ]'), task('b')],
      [],
    ],
    [
      'that is published deep inside',
      [task('a', 'next: [ { publish: [ { x: { y: [ "{{ result() }}" ] } } ], do: [b] } ]'), task('b')],
      [],
    ],
    ['whose result is published', [task('a', 'next: [ { publish: [ out ], do: [b] } ]'), task('b')], []],
    [
      'whose result is read',
      [task('a', 'next: [ { do: [b] } ]'), task('b', 'input: { x: "{{ task.a.result }}" }')],
      [],
    ],
    [
      'whose result is read by its quoted name',
      [task('a-b', 'next: [ { do: [b] } ]'), task('b', `when: "tasks['a-b'].result"`)],
      [],
    ],
    [
      'whose result may be read',
      [task('a', 'next: [ { do: [b] } ]'), task('b', 'input: { x: "{{ keys(task) }}" }')],
      [],
    ],
    ['that leads to nothing', [task('a', 'next: [ { do: [b] } ]')], ['RULE_TARGET_UNKNOWN 3:44']],
  ])('%s', (_what, tasks, expected) => {
    expect(found(...tasks)).toEqual(expected);
  });

  it('is told when another task’s result is read', () => {
    const tasks = [task('a', 'next: [ { do: [b] } ]'), task('b', 'input: { x: "{{ task.b.result }}" }')];
    expect(found(...tasks)).toEqual(['RULE_FAILURE_SWALLOWED? 3:39']);
  });

  it('is a note, which no setting makes an error', () => {
    const text = workflow(
      task('a', 'next: [ { do: [b, c, d, e] } ]'),
      ...['b', 'c', 'd', 'e'].map((name) => task(name)),
    );
    const { file, findings } = check(text, 'workflow', true);
    expect(file).toBeDefined();
    expect(findings).toMatchObject([
      {
        severity: 'info',
        message: 'if `a` fails, `b`, `c`, `d`, … start all the same, and nothing asks how it ended',
      },
    ]);
  });

  it('is looked for in linear time', () => {
    const chain = Array.from({ length: 1_500 }, (_, index) =>
      task(`t${index}`, index < 1_499 ? `next: [ { do: [t${index + 1}] } ]` : 'timeout: 1'),
    );
    const hostile = [
      "task['".repeat(30_000),
      'task '.repeat(40_000),
      `task${' '.repeat(200_000)}`,
      'failed'.repeat(30_000),
    ];
    for (const text of [
      workflow(...chain),
      ...hostile.map((words) =>
        workflow(task('a', 'next: [ { do: [b] } ]'), task('b', `input: { x: "{{ ${words}" }`)),
      ),
    ]) {
      expect(blocked(() => check(text), 600)).toBeLessThan(600);
    }
  });
});
