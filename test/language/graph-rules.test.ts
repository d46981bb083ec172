// Loops that nothing ends, and variables behind words of the language.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocked } from './expression/support.ts';
import { check, marks, workflow } from './support.ts';

const task = (name: string, rest: string): string => `{ name: ${name}, action: p.a, ${rest} }`;
const found = (...tasks: readonly string[]): string[] =>
  marks(check(workflow(...tasks))).filter((mark) => mark.startsWith('RULE_LOOP'));

describe('a loop', () => {
  it.each<readonly [what: string, tasks: readonly string[], marks: readonly string[]]>([
    ['on itself', [task('a', 'next: [ { do: [a] } ]')], ['RULE_LOOP_ENDLESS? 3:13']],
    [
      'of two',
      [task('a', 'next: [ { do: [b] } ]'), task('b', 'next: [ { do: [a] } ]')],
      ['RULE_LOOP_ENDLESS? 3:13'],
    ],
    [
      'behind an entry',
      [task('s', 'on_success: b'), task('a', 'on_complete: b'), task('b', 'on_complete: a')],
      ['RULE_LOOP_ENDLESS? 4:13'],
    ],
    [
      'with a shorter way round',
      [
        task('a', 'next: [ { do: [b] } ]'),
        task('b', 'next: [ { when: "{{ failed() }}", do: [a] }, { do: [c] } ]'),
        task('c', 'next: [ { do: [a] } ]'),
      ],
      ['RULE_LOOP_ENDLESS? 3:13'],
    ],
    [
      'beside another',
      [
        task('s', 'next: [ { do: [a, b] } ]'),
        task('a', 'next: [ { do: [a] } ]'),
        task('b', 'decision: [ { next: b, default: true } ]'),
      ],
      ['RULE_LOOP_ENDLESS? 4:13', 'RULE_LOOP_ENDLESS? 5:13'],
    ],
    [
      'among sub-tasks',
      ['{ name: p, type: parallel, tasks: [ { name: a, action: p.a, next: [ { do: [a] } ] } ] }'],
      ['RULE_LOOP_ENDLESS? 3:49'],
    ],
    ['with a condition', [task('a', 'next: [ { when: "{{ failed() }}", do: [a] } ]')], []],
    ['on success only', [task('a', 'on_success: b'), task('b', 'on_complete: a')], []],
    [
      'whose condition always holds',
      [task('a', 'next: [ { when: "{{ true }}", do: [a] } ]')],
      ['RULE_LOOP_ENDLESS? 3:13'],
    ],
    ['with a way out', [task('a', 'next: [ { do: [a, b] } ]'), task('b', 'timeout: 1')], []],
    ['whose task may be skipped', [task('a', 'when: count > 1, next: [ { do: [a] } ]')], []],
    ['that waits', [task('a', 'join: 1, next: [ { do: [a] } ]')], []],
    ['that cannot be read', [task('a', 'next: [ { do: [a] } ]'), task('b', 'next: c')], []],
    ['that is none', [task('a', 'next: [ { do: [b] } ]'), task('b', 'next: [ { do: [] } ]')], []],
  ])('%s', (_what, tasks, expected) => {
    expect(found(...tasks)).toEqual(expected);
  });

  it('is shown as a way round, from its first task on', () => {
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, index) =>
      task(name, `next: [ { do: [${'fcgabed'[index]}] } ]`),
    );
    const messages = check(workflow(...tasks)).findings.map(({ message }) => message);
    expect(messages[0]).toContain('the loop a → f → e → b → c → … → a has no end');
  });

  it('is found exactly where no walk from it can end', () => {
    const graphs = fc.array(
      fc.array(fc.record({ to: fc.nat(5), isCertain: fc.boolean() }), { maxLength: 3 }),
      { minLength: 1, maxLength: 6 },
    );
    let loops = 0;
    fc.assert(
      fc.property(graphs, (made) => {
        const graph = made.map((edges) => edges.map((edge) => ({ ...edge, to: edge.to % made.length })));
        const texts = graph.map((edges, index) => {
          const next = edges.map(
            ({ to, isCertain }) => `{ ${isCertain ? '' : 'when: failed(), '}do: [t${to}] }`,
          );
          return task(`t${index}`, `next: [${next.join(', ')}]`);
        });
        // A task ends the workflow when none of its transitions is certain; endless is what reaches no such task.
        const mayEnd = graph.map((edges) => !edges.some(({ isCertain }) => isCertain));
        for (let round = 0; round < graph.length; round += 1) {
          for (const [index, edges] of graph.entries()) {
            if (edges.some(({ to }) => mayEnd[to])) mayEnd[index] = true;
          }
        }
        const expected = mayEnd.includes(false);
        if (expected) loops += 1;
        expect(found(...texts).length > 0, workflow(...texts)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
    expect(loops).toBeGreaterThan(100);
  });

  it('is looked for in linear time', () => {
    const chain = Array.from({ length: 2_000 }, (_, index) =>
      task(`t${index}`, `next: [ { do: [t${index < 1_999 ? index + 1 : 0}] } ]`),
    );
    const alone = Array.from({ length: 2_000 }, (_, index) =>
      task(`t${index}`, `next: [ { do: [t${index}] } ]`),
    );
    for (const tasks of [chain, alone]) {
      const text = workflow(...tasks);
      expect(check(text).findings.some(({ code }) => code === 'RULE_LOOP_ENDLESS')).toBe(true);
      expect(blocked(() => check(text), 600)).toBeLessThan(600);
    }
  });
});

describe('a variable', () => {
  it.each([
    ['vars: { item: 1, count: 2, not: 3 }', ['RULE_NAME_SHADOWED? 1:9', 'RULE_NAME_SHADOWED? 1:28']],
    ['vars: [ { config: 1 } ]', ['VARS_LIST? 1:7', 'RULE_NAME_SHADOWED? 1:11']],
    ['vars: { kv: 1, pack: 2, result: 3 }', []],
  ])('behind a word of the language is told: %s', (vars, expected) => {
    const checked = check(`${vars}\n${workflow('{ name: a, action: p.a }')}`);
    expect(marks(checked)).toEqual(expected);
  });

  it.each<readonly [what: string, task: string, marks: readonly string[]]>([
    [
      'in a transition',
      task('a', 'next: [ { publish: [ { item: 1, x: 2 } ] } ]'),
      ['RULE_NAME_SHADOWED? 3:52'],
    ],
    ['whole', task('a', 'next: [ { publish: [ config ] } ]'), ['RULE_NAME_SHADOWED? 3:50']],
    ['of old', task('a', 'on_success: a, publish: [ { or: 1 } ]'), ['RULE_NAME_SHADOWED? 3:57']],
    [
      'in a sub-task',
      `{ name: p, type: parallel, tasks: [ ${task('a', 'next: [ { publish: [ { task: 1 } ] } ]')} ] }`,
      ['RULE_NAME_SHADOWED? 3:88'],
    ],
    [
      'twice',
      task('a', 'next: [ { publish: [ { item: 1 }, item ] }, { publish: [ item ] } ]'),
      ['RULE_NAME_SHADOWED? 3:52'],
    ],
    [
      'where it is discarded',
      task('a', 'next: [ { do: [] } ], publish: [ item ]'),
      ['RULE_LEGACY_DISCARDED? 3:51'],
    ],
    ['under a name of its own', task('a', 'next: [ { publish: [ { items: 1 }, kv ] } ]'), []],
  ])('that is published is looked at too: %s', (_what, text, expected) => {
    expect(marks(check(workflow(text)))).toEqual(expected);
  });

  it('is told once, where it is declared', () => {
    const text = `vars: { item: 1 }\n${workflow(task('a', 'next: [ { publish: [ item ] } ]'))}`;
    expect(marks(check(text))).toEqual(['RULE_NAME_SHADOWED? 1:9']);
  });

  it('so named is no problem, strict or not', () => {
    const text = `vars: { item: 1 }\n${workflow('{ name: a, action: p.a, when: workflow.item > 0 }')}`;
    const { findings, file } = check(text, 'workflow', true);
    expect(findings.map(({ severity }) => severity)).toEqual(['info']);
    expect(file).toBeDefined();
  });
});

describe('a sub-task', () => {
  const block = (name: string, sub: string): string =>
    `{ name: ${name}, type: parallel, tasks: [ { name: ${sub}, action: p.a } ] }`;
  it.each<readonly [what: string, tasks: readonly string[], marks: readonly string[]]>([
    ['named as a task', [task('a', 'timeout: 1'), block('p', 'a')], ['RULE_NAME_SHADOWED? 4:49']],
    ['named as its own block', [block('p', 'p')], ['RULE_NAME_SHADOWED? 3:49']],
    ['named as one of another block', [block('p', 'a'), block('q', 'a')], []],
  ])('%s', (_what, tasks, expected) => {
    expect(marks(check(workflow(...tasks)))).toEqual(expected);
  });
});
