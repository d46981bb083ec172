// What changed between two definitions: a table of reviews, and the laws any two must obey.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: definitions hold templates.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonical.ts';
import type { Difference } from '../../src/model/difference.ts';
import type { Json, JsonObject } from '../../src/model/pack.ts';
import { diffDefinitions } from '../../src/registry/diff.ts';

function task(name: string, rest: JsonObject = {}): JsonObject {
  return {
    ...{ name, type: 'action', action: 'core.noop', input: {}, when: null, with_items: null, retry: null },
    ...{ timeout: null, next: [], join: null, tasks: null },
    ...rest,
  };
}

function workflow(rest: JsonObject = {}): JsonObject {
  return {
    ...{
      ref: 'ops.page',
      label: 'Page',
      description: null,
      version: '1.0.0',
      parameters: null,
      output: null,
    },
    ...{ tags: [], vars: {}, tasks: [task('a'), task('b'), task('c')], output_map: null },
    ...rest,
  };
}

/** `tasks.a.input.x changed 1 2`, one line a change. */
function told(before: JsonObject, after: JsonObject): string[] {
  return diffDefinitions(before, after).map(
    ({ at, kind, before: one, after: other }) =>
      `${at.join('.')} ${kind} ${JSON.stringify(one)} ${JSON.stringify(other)}`,
  );
}

const tasks = (...list: JsonObject[]) => workflow({ tasks: list });
const withNext = (...next: Json[]) => tasks(task('a', { next }), task('b'), task('c'));

describe('diffDefinitions', () => {
  it.each<[string, JsonObject, JsonObject, string[]]>([
    ['a new version', workflow(), workflow({ version: '1.1.0' }), ['version changed "1.0.0" "1.1.0"']],
    [
      'a description where none was',
      workflow(),
      workflow({ description: 'Why' }),
      ['description added null "Why"'],
    ],
    [
      'tags that come and go',
      workflow({ tags: ['a', 'b'] }),
      workflow({ tags: ['b', 'c'] }),
      ['tags removed "a" null', 'tags added null "c"'],
    ],
    [
      'tags in another order',
      workflow({ tags: ['a', 'b'] }),
      workflow({ tags: ['b', 'a'] }),
      ['tags changed ["a","b"] ["b","a"]'],
    ],
    [
      'a parameter that gets a default, and one that is new',
      workflow({ parameters: { x: { type: 'string' } } }),
      workflow({ parameters: { x: { type: 'string', default: 'y' }, z: { type: 'number' } } }),
      ['parameters.x.default added null "y"', 'parameters.z added null {"type":"number"}'],
    ],
    [
      'a variable of nothing is not a variable that is not there',
      workflow({ vars: { a: 1, c: null } }),
      workflow({ vars: { a: null, b: null } }),
      ['vars.a changed 1 null', 'vars.b added null null', 'vars.c removed null null'],
    ],
    [
      'a task added and one removed',
      tasks(task('a'), task('b', { action: 'core.rm' })),
      tasks(task('new', { action: 'core.mail' }), task('a')),
      [
        `tasks.b removed ${JSON.stringify(task('b', { action: 'core.rm' }))} null`,
        `tasks.new added null ${JSON.stringify(task('new', { action: 'core.mail' }))}`,
      ],
    ],
    [
      'a task that stands elsewhere, and not those it passed',
      tasks(task('a'), task('b'), task('c'), task('d')),
      tasks(task('d'), task('a'), task('b'), task('c')),
      ['tasks.d moved 4 1'],
    ],
    [
      'a task of another name with the same content',
      tasks(task('a', { input: { x: 1 } }), task('b')),
      tasks(task('z', { input: { x: 1 } }), task('b')),
      ['tasks.z renamed "a" "z"'],
    ],
    [
      'a task of another name with the same call',
      tasks(task('a', { input: { x: 1 } })),
      tasks(task('z', { input: { x: 1 }, timeout: 5 })),
      ['tasks.z renamed "a" "z"', 'tasks.z.timeout added null 5'],
    ],
    [
      'a call',
      tasks(task('a', { action: 'core.http', input: { url: 'u', tries: 1, body: { to: 'x', cc: 'y' } } })),
      tasks(task('a', { action: 'core.fetch', input: { url: 'v', body: { to: 'z', cc: 'y' }, wait: 2 } })),
      [
        'tasks.a.action changed "core.http" "core.fetch"',
        'tasks.a.input.body.to changed "x" "z"',
        'tasks.a.input.tries removed 1 null',
        'tasks.a.input.url changed "u" "v"',
        'tasks.a.input.wait added null 2',
      ],
    ],
    [
      'a condition, a timeout and a retry',
      tasks(task('a', { when: '{{ x }}', timeout: 3, retry: { count: 1, delay: 2, max_delay: null } })),
      tasks(task('a', { when: '{{ y }}', retry: { count: 3, delay: 2, max_delay: 9 } })),
      [
        'tasks.a.when changed "{{ x }}" "{{ y }}"',
        'tasks.a.retry.count changed 1 3',
        'tasks.a.retry.max_delay added null 9',
        'tasks.a.timeout removed 3 null',
      ],
    ],
    [
      'a transition added and one removed',
      withNext({ when: 'ok', do: ['b'] }, { when: 'bad', do: ['c'] }),
      withNext({ when: 'ok', do: ['b'] }, { when: 'late', do: ['a'] }),
      [
        'tasks.a.next.1 removed {"when":"bad","do":["c"]} null',
        'tasks.a.next.1 added null {"when":"late","do":["a"]}',
      ],
    ],
    [
      'where a transition leads and what it publishes',
      withNext({ when: 'ok', do: ['b'], publish: [{ x: 1 }, { y: 2 }] }),
      withNext({ when: 'ok', do: ['b', 'c'], publish: [{ x: 3 }] }),
      [
        'tasks.a.next.0.do added null "c"',
        'tasks.a.next.0.publish.x changed 1 3',
        'tasks.a.next.0.publish.y removed 2 null',
      ],
    ],
    [
      'the order of what is published',
      withNext({ do: ['b'], publish: [{ x: 1 }, { y: 2 }] }),
      withNext({ do: ['b'], publish: [{ y: 2 }, { x: 1 }] }),
      ['tasks.a.next.0.publish changed [{"x":1},{"y":2}] [{"y":2},{"x":1}]'],
    ],
    [
      'the condition of a transition',
      withNext({ when: 'ok', do: ['b'] }),
      withNext({ when: 'better', do: ['b'] }),
      ['tasks.a.next.0.when changed "ok" "better"'],
    ],
    [
      'the order of transitions',
      withNext({ when: 'ok', do: ['b'] }, { do: ['c'] }),
      withNext({ do: ['c'] }, { when: 'ok', do: ['b'] }),
      ['tasks.a.next.0 moved 2 1'],
    ],
    [
      'a task by its place where two have one name',
      workflow({ tasks: ['one', 'two'].map((action) => ({ name: 'a', action })) }),
      workflow({ tasks: ['one', 'three'].map((action) => ({ name: 'a', action })) }),
      ['tasks.1.action changed "two" "three"'],
    ],
    [
      'a task inside a block',
      tasks(task('a', { type: 'parallel', tasks: [task('x'), task('y')] })),
      tasks(task('a', { type: 'parallel', tasks: [task('x', { timeout: 1 }), task('y')] })),
      ['tasks.a.tasks.x.timeout added null 1'],
    ],
    [
      'a key named like one every object has',
      workflow({ vars: {} }),
      workflow({ vars: { toString: 1 } }),
      ['vars.toString added null 1'],
    ],
  ])('tells %s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  it('copes with thousands of tasks in any order', () => {
    const many = Array.from({ length: 2000 }, (_, index) => task(`t${index}`));
    expect(diffDefinitions(tasks(...many), tasks(...[...many].reverse()))).toHaveLength(1999);
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'x');
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 1, 2, 'a', '{{ x }}'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(word, tie('value'), { maxKeys: 2 }),
  ),
})).value;
const map = fc.dictionary(word, value, { maxKeys: 2 });
const condition = fc.constantFrom('ok', 'bad');
const transition = fc.record(
  {
    when: condition,
    do: fc.array(word, { maxLength: 2 }),
    publish: fc.array(fc.oneof(word, fc.dictionary(word, value, { minKeys: 1, maxKeys: 2 })), {
      maxLength: 3,
    }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;
const optional = <T extends Json>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });

function taskOf(inner: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  return fc.record({
    name: word,
    type: fc.constantFrom('action', 'parallel'),
    action: optional(fc.constantFrom('core.a', 'core.b')),
    input: map,
    when: optional(condition),
    retry: optional(fc.record({ count: fc.constantFrom(1, 2), on_error: optional(condition) })),
    next: fc.array(transition, { maxLength: 3 }),
    tasks: inner,
  });
}

// Lists of tasks with one name twice are no valid workflow, and must not be lost either.
const inner = optional(fc.array(taskOf(fc.constant(null)), { maxLength: 2 }));
const definition: fc.Arbitrary<JsonObject> = fc.record(
  {
    version: fc.constantFrom('1', '2'),
    description: optional(word),
    tags: fc.array(word, { maxLength: 3 }),
    parameters: optional(map),
    vars: map,
    tasks: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.uniqueArray(taskOf(inner), { maxLength: 4, selector: (one) => one['name'] }),
      },
      { weight: 1, arbitrary: fc.array(taskOf(inner), { maxLength: 3 }) },
    ),
    output_map: optional(map),
    cancellation_policy: fc.constant('cancel_running'),
  },
  { requiredKeys: ['version', 'tasks', 'vars'] },
) as fc.Arbitrary<JsonObject>;

/** Every list of a value the other way round. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => turned(item)).reverse();
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, turned(item)]));
}

/** Two alike, two of the same parts in another order, two that differ in one place, or two at random. */
const two = fc.oneof(
  fc.tuple(definition, definition),
  fc.tuple(definition, definition).chain(([one, other]) => {
    const keys = Object.keys(other);
    return fc
      .constantFrom(...keys)
      .map((key): [JsonObject, JsonObject] => [one, { ...one, [key]: other[key] as Json }]);
  }),
  definition.map((one): [JsonObject, JsonObject] => [one, turned(one) as JsonObject]),
  definition.map((one): [JsonObject, JsonObject] => [one, JSON.parse(JSON.stringify(one)) as JsonObject]),
);

const mirrored = {
  added: 'removed',
  removed: 'added',
  changed: 'changed',
  moved: 'moved',
  renamed: 'renamed',
};
const kinds = (changes: readonly Difference[], by = (kind: Difference['kind']): string => kind) =>
  changes.map(({ kind }) => by(kind)).sort();

describe('laws of diffDefinitions', () => {
  it('tells a change exactly when the canonical forms differ', () => {
    fc.assert(
      fc.property(two, ([before, after]) => {
        const isSame = canonicalJson(before) === canonicalJson(after);
        expect(diffDefinitions(before, after).length === 0).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  it('tells the way back as the way there, mirrored', () => {
    fc.assert(
      fc.property(two, ([before, after]) => {
        const there = diffDefinitions(before, after);
        const back = diffDefinitions(after, before);
        expect(kinds(back)).toEqual(kinds(there, (kind) => mirrored[kind]));
      }),
      { numRuns: 250 },
    );
  });

  it('never tells that something changed into itself', () => {
    fc.assert(
      fc.property(two, ([before, after]) => {
        for (const { kind, before: one, after: other } of diffDefinitions(before, after)) {
          if (kind === 'changed' || kind === 'renamed') expect(one).not.toEqual(other);
        }
      }),
      { numRuns: 250 },
    );
  });
});
