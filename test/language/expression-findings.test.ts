// What is said of the expressions of a workflow, and exactly where: «…» marks what a finding must point at.
import { describe, expect, it } from 'vitest';
import { placeOf, unmark } from './marked.ts';
import { check } from './support.ts';

/** A workflow whose second task has these lines. */
const around = (lines: string): string => `version: 1.0.0
parameters: { host: { type: string }, port: { type: integer }, max-rows: { type: integer } }
vars: { count: 0, my-var: 1, list: [] }
tasks:
  - name: fetch-all
    action: p.fetch
    next: [ { publish: [ { total: 1, rest: 2 }, all ], do: [load] } ]
  - name: load
    action: p.load
${lines.replaceAll(/^(?=.)/gm, '    ')}
`;

/** In a literal block, where nothing needs to be escaped. */
const inInput = (expression: string): string => around(`input:\n  x: |-\n    {{ ${expression} }}`);

function expectFindings(marked: string, ...codes: readonly string[]): void {
  const { text, places } = unmark(marked);
  const { findings, file } = check(text);
  expect(findings.map((finding) => `${finding.code} ${placeOf(finding)}`)).toEqual(
    places.map((place, index) => `${codes[index] ?? codes.at(-1)} ${place}`),
  );
  // None of them takes a file out of the registry by itself.
  for (const { severity } of findings) expect(severity).toBe('warning');
  expect(file).toBeDefined();
}

describe('an expression', () => {
  it.each([
    'parameters.host',
    'parameters["host"]',
    "parameters['max-rows'] + 1",
    'parameters',
    'length(parameters) > 0',
    'keys(parameters)[0]',
    'parameters.host.anything.below',
    'parameters[workflow.count]',
    'workflow.count + vars.count + variables.count + count',
    'workflow["my-var"]',
    'workflow.total + workflow.rest',
    'all[0].x',
    'task["fetch-all"].result.rows[0]',
    "tasks['fetch-all'].result",
    'task.load.result',
    'task.fetch_sub.result',
    'config.url',
    'config.any.thing["at all"]',
    'keystore.token',
    'system.workflow_start',
    'range(1, 3)',
    'range(3)',
    'slice(list, 1)',
    'slice(list, 1, 2)',
    'replace("a", "b", "c")',
    'not (1 in list)',
    '(1 < 2) < 3',
    '[1, 2,]',
    '-count * 2 % 3',
    'list[-1]',
    '"a" in config.in',
    'null == config.nothing',
    'true and false or not null',
    'match("^a", "b")',
    '9223372036854775807',
    '1.5',
    '"\\n\\t\\"quoted\\""',
    "'it\\'s'",
    '"größe 数 😀"',
    '((((count))))',
  ])('is accepted: %s', (expression) => {
    const sub = '    type: parallel\n    tasks: [ { name: fetch_sub, action: p.a } ]\n';
    expectFindings(`${inInput(expression)}${sub}`);
  });

  it.each<readonly [expression: string, ...codes: string[]]>([
    // syntax
    ['«(»1 + 2', 'EXPR_SYNTAX'],
    ['1 «)»', 'EXPR_SYNTAX'],
    ['1 «2»', 'EXPR_SYNTAX'],
    ['count «=» 1', 'EXPR_SYNTAX'],
    ['«!»count', 'EXPR_SYNTAX'],
    ['count «|» upper', 'EXPR_SYNTAX'],
    ['count «&»& true', 'EXPR_SYNTAX'],
    ['count «?» 1 : 2', 'EXPR_SYNTAX'],
    ['«{»"a": 1}', 'EXPR_SYNTAX'],
    ['config.items«(»)', 'EXPR_SYNTAX'],
    ['config.«5»', 'EXPR_SYNTAX'],
    ['«[»1, 2', 'EXPR_SYNTAX'],
    ['«[»1', 'EXPR_SYNTAX'],
    ['max(1, «)»', 'EXPR_SYNTAX'],
    ['1 == «not» 2', 'EXPR_SYNTAX'],
    ['1 «not» in list', 'EXPR_SYNTAX'],
    ['«#»', 'EXPR_SYNTAX'],
    ['«é»', 'EXPR_SYNTAX'],
    ['"é" + «😀»', 'EXPR_SYNTAX'],
    ['1«e5»', 'EXPR_SYNTAX'],
    ['«.»5', 'EXPR_SYNTAX'],
    // ranges and limits
    ['«9223372036854775808»', 'EXPR_RANGE'],
    [`1 + «${'9'.repeat(400)}.0»`, 'EXPR_RANGE'],
    [`${'('.repeat(100)}«(»1`, 'EXPR_LIMIT'],
    // names
    ['«nope»', 'EXPR_UNKNOWN_NAME'],
    ['«host»', 'EXPR_UNKNOWN_NAME'],
    ['«hots».x', 'EXPR_UNKNOWN_NAME'],
    ['(«nope»).x', 'EXPR_UNKNOWN_NAME'],
    ['( ( «nope» ) )', 'EXPR_UNKNOWN_NAME'],
    ['count + «a» * «b»', 'EXPR_UNKNOWN_NAME'],
    ['list[«i»]', 'EXPR_UNKNOWN_NAME'],
    ['length(«a»)', 'EXPR_UNKNOWN_NAME'],
    ['[«a», count, [«b»]]', 'EXPR_UNKNOWN_NAME'],
    ['not «a»', 'EXPR_UNKNOWN_NAME'],
    ['-«a»', 'EXPR_UNKNOWN_NAME'],
    ['«True»', 'EXPR_UNKNOWN_NAME'],
    ['«succeeded»', 'EXPR_UNKNOWN_NAME'],
    ['«load».result', 'EXPR_UNKNOWN_NAME'],
    ['«pack».name', 'EXPR_UNKNOWN_NAME'],
    ['«my»-var', 'EXPR_UNKNOWN_NAME'],
    ['«my»-«vax»', 'EXPR_UNKNOWN_NAME'],
    // members
    ['parameters.«hsot»', 'EXPR_UNKNOWN_PARAMETER'],
    ['parameters[«"hsot"»]', 'EXPR_UNKNOWN_PARAMETER'],
    ['parameters.«max»-rows', 'EXPR_UNKNOWN_PARAMETER'],
    ['parameters.«max»-rows + parameters.«hsot»', 'EXPR_UNKNOWN_PARAMETER'],
    ['parameters.«type»', 'EXPR_UNKNOWN_PARAMETER'],
    ['(parameters).«hsot»', 'EXPR_UNKNOWN_PARAMETER'],
    ['workflow.«cuont»', 'EXPR_UNKNOWN_VARIABLE'],
    ['vars.«host»', 'EXPR_UNKNOWN_VARIABLE'],
    ['variables["count"] + variables[«"x"»]', 'EXPR_UNKNOWN_VARIABLE'],
    ['workflow.«my»-var', 'EXPR_UNKNOWN_VARIABLE'],
    ['task.«fetch»-all.result', 'EXPR_UNKNOWN_TASK'],
    ['task.«lod».result', 'EXPR_UNKNOWN_TASK'],
    ['tasks[«"fetch_all"»].result', 'EXPR_UNKNOWN_TASK'],
    // functions
    ['«len»(list)', 'EXPR_UNKNOWN_FUNCTION'],
    ['«now»()', 'EXPR_UNKNOWN_FUNCTION'],
    ['(«uuid»())', 'EXPR_UNKNOWN_FUNCTION'],
    ['«Length»(list)', 'EXPR_UNKNOWN_FUNCTION'],
    ['upper(«lowr»("a"))', 'EXPR_UNKNOWN_FUNCTION'],
    ['«parameters»()', 'EXPR_UNKNOWN_FUNCTION'],
    ['«toString»()', 'EXPR_UNKNOWN_FUNCTION'],
    ['«join»(list)', 'EXPR_ARITY'],
    ['«length»()', 'EXPR_ARITY'],
    ['«length»(1, 2)', 'EXPR_ARITY'],
    ['«range»()', 'EXPR_ARITY'],
    ['«range»(1, 2, 3)', 'EXPR_ARITY'],
    ['«slice»(list)', 'EXPR_ARITY'],
    ['«replace»("a", "b")', 'EXPR_ARITY'],
    ['max(«min»(1), «abs»())', 'EXPR_ARITY'],
    ['«join»(«nope»)', 'EXPR_ARITY', 'EXPR_UNKNOWN_NAME'],
    // out of place
    ['«item»', 'EXPR_CONTEXT'],
    ['«item».id', 'EXPR_CONTEXT'],
    ['«index» + 1', 'EXPR_CONTEXT'],
    ['«result»()', 'EXPR_CONTEXT'],
    ['«result»().rows', 'EXPR_CONTEXT'],
    ['not («succeeded»() or «failed»() or «timed_out»())', 'EXPR_CONTEXT'],
  ])('is found wrong: %s', (expression, ...codes) => {
    expectFindings(inInput(expression), ...codes);
  });

  it('is found wrong once for each place, in the order of the text', () => {
    expectFindings(
      around('input: { a: "{{ «x» }}", b: ["{{ «y» }} {{ «z» }}"], c: { d: { e: "{{ «x» + «x» }}" } } }'),
      'EXPR_UNKNOWN_NAME',
    );
  });
});

describe('a template', () => {
  it.each<[what: string, lines: string, ...codes: string[]]>([
    ['without braces', 'input: { x: nope }'],
    ['of nothing', 'input: { x: "" }'],
    ['with single braces', 'input: { x: "{ nope }" }'],
    ['with closing braces alone', 'input: { x: "nope }}" }'],
    ['that is empty', 'input: { x: "{{« »}}" }', 'EXPR_EMPTY'],
    ['that is quite empty', 'input: { x: "a {{«»}}" }', 'EXPR_EMPTY'],
    ['that is never closed', 'input: { x: "a «{{» count" }', 'EXPR_SYNTAX'],
    ['whose second is never closed', 'input: { x: "{{ count }} «{{»" }', 'EXPR_SYNTAX'],
    ['inside a template', 'input: { x: "{{ «{»{ count }} }}" }', 'EXPR_SYNTAX'],
    ['closed inside a string', `input: { x: '{{ «"»}}" }}' }`, 'EXPR_SYNTAX'],
    ['that ends too early', 'input: { x: "{{ 1 + «»}}" }', 'EXPR_SYNTAX'],
    ['that ends behind a dot', 'input: { x: "{{ config.«»}}" }', 'EXPR_SYNTAX'],
    ['with an open string', `input: { x: '{{ «"open »}}' }`, 'EXPR_SYNTAX'],
    ['that is plain', 'input:\n  x: a {{ «nope» }}', 'EXPR_UNKNOWN_NAME'],
    ['that is plain, over lines', 'input:\n  x: a\n    b {{ count +\n\n    «nope» }}', 'EXPR_UNKNOWN_NAME'],
    ['in single quotes', "input: { x: 'it''s {{ «nope» + ''a'' + «nope» }}' }", 'EXPR_UNKNOWN_NAME'],
    ['in single quotes, over lines', "input:\n  x: 'it''s  \n     {{ «nope» }}'", 'EXPR_UNKNOWN_NAME'],
    ['in double quotes', 'input: { x: "\\t\\u00e9\\U0001F600 {{ \\"a\\" + «nope» }}" }', 'EXPR_UNKNOWN_NAME'],
    ['in double quotes, over lines', 'input:\n  x: "a\n    b \\\n    c {{ «nope» }}"', 'EXPR_UNKNOWN_NAME'],
    ['written with escapes', 'input: { x: "{{ \\u0063ount + «\\u006eope» }}" }', 'EXPR_UNKNOWN_NAME'],
    [
      'in a literal block',
      'input:\n  x: |\n    a\n      b {{ «nope» }}\n\n    {{ «nope» }}',
      'EXPR_UNKNOWN_NAME',
    ],
    [
      'in a literal block, over lines',
      'input:\n  x: |\n    {{ count\n      + «nope»\n    }}',
      'EXPR_UNKNOWN_NAME',
    ],
    [
      'in a literal block with Windows line ends',
      'input:\r\n      x: |\r\n        a\r\n        {{ «nope» }}',
      'EXPR_UNKNOWN_NAME',
    ],
    ['in an indicated block', 'input:\n  x: |2\n      {{ «nope» }}', 'EXPR_UNKNOWN_NAME'],
    [
      'in a folded block',
      'input:\n  x: >-\n    a\n    b {{ count +\n    «nope» }}\n\n      c {{ «nope» }}\n    d {{ «nope» }}',
      'EXPR_UNKNOWN_NAME',
    ],
    ['behind characters of two units', 'input: { x: "😀😀 {{ «nope» }}" }', 'EXPR_UNKNOWN_NAME'],
    ['with a tag', 'input: { x: !!str "{{ «nope» }}" }', 'EXPR_UNKNOWN_NAME'],
    ['with an anchor', 'input: { x: &x "{{ «nope» }}", y: *x }', 'EXPR_UNKNOWN_NAME'],
    [
      'in a list under an anchor',
      'input: { x: &x [ "{{ «nope» }}", { z: "{{ «nope» }}" } ], y: *x, z: [*x] }',
      'EXPR_UNKNOWN_NAME',
    ],
  ])('%s', (_what, lines, ...codes) => {
    expectFindings(around(lines), ...codes);
  });
});

describe('the place of a template', () => {
  it.each<[what: string, lines: string, ...codes: string[]]>([
    ['input', 'input: { a: { b: [ { c: "{{ «x» }}" } ] } }', 'EXPR_UNKNOWN_NAME'],
    ['permission_set_refs', 'permission_set_refs: ["{{ «x» }}"]', 'EXPR_UNKNOWN_NAME'],
    ['permission_set_refs as a template', 'permission_set_refs: "{{ «x» }}"', 'EXPR_UNKNOWN_NAME'],
    ['permission_set_ref', 'permission_set_ref: "{{ «x» }}"', 'EXPR_UNKNOWN_NAME'],
    ['worker_selector', 'worker_selector: { zone: "{{ «x» }}" }', 'EXPR_UNKNOWN_NAME'],
    ['worker_tolerations', 'worker_tolerations: [ { key: "{{ «x» }}" } ]', 'EXPR_UNKNOWN_NAME'],
    ['worker_affinity', 'worker_affinity: "{{ «x» }}"', 'EXPR_UNKNOWN_NAME'],
    ['when', 'when: "{{ «x» }}"', 'EXPR_UNKNOWN_NAME'],
    ['with_items', 'with_items: "{{ «x» }}"', 'EXPR_UNKNOWN_NAME'],
    ['retry.on_error', 'retry: { count: 1, delay: 1, on_error: "{{ «x» }}" }', 'EXPR_UNKNOWN_NAME'],
    ['retry.on_error about the try', 'retry: { count: 1, delay: 1, on_error: "{{ result().code == 5 }}" }'],
    ['retry.on_error as text', 'retry: { count: 1, delay: 1, on_error: timeout }'],
    ['next.when', 'next: [ { when: "{{ succeeded() and «x» }}" } ]', 'EXPR_UNKNOWN_NAME'],
    [
      'next.publish',
      'next: [ { publish: [ { a: "{{ result() }}", b: [ { c: "{{ «x» }}" } ] } ] } ]',
      'EXPR_UNKNOWN_NAME',
    ],
    ['decision', 'decision: [ { when: "{{ succeeded() and «x» }}", next: load } ]', 'EXPR_UNKNOWN_NAME'],
    ['publish', 'publish: [ { a: "{{ result().a + «x» }}" } ]', 'EXPR_UNKNOWN_NAME'],
    ['a bare name in publish', 'publish: [ "{{ x }}" ]'],
    ['chart metadata', '__chart_meta__: { a: "{{ x }}" }'],
    ['items of with_items', 'with_items: "{{ list }}"\ninput: { a: "{{ item }}", b: "{{ index }}" }'],
    ['items in a condition', 'with_items: "{{ list }}"\nwhen: "{{ item.ok }}"'],
    ['items in a transition', 'with_items: "{{ list }}"\nnext: [ { publish: [ { a: "{{ item }}" } ] } ]'],
    ['items in themselves', 'with_items: "{{ «item».list }}"', 'EXPR_CONTEXT'],
    [
      'sub-tasks',
      'tasks: [ { name: s, action: p.s, input: { a: "{{ «x» }}" }, next: [ { when: "{{ «y» }}" } ] } ]',
      'EXPR_UNKNOWN_NAME',
    ],
    [
      'sub-tasks of sub-tasks',
      'tasks: [ { name: s, type: parallel, tasks: [ { name: t, action: p.t, with_items: "{{ «x» }}" } ] } ]',
      'EXPR_UNKNOWN_NAME',
    ],
    [
      'items in sub-tasks',
      'with_items: "{{ list }}"\ntasks: [ { name: s, action: p.s, with_items: "{{ item.all }}" } ]',
    ],
    [
      'items beside their sub-task',
      'tasks: [ { name: s, action: p.s, with_items: "{{ list }}" }, { name: t, action: p.t, when: "{{ «item» }}" } ]',
      'EXPR_CONTEXT',
    ],
  ])('%s', (_what, lines, ...codes) => {
    expectFindings(around(lines.includes('tasks:') ? `type: parallel\n${lines}` : lines), ...codes);
  });

  it.each<[what: string, text: string, ...codes: string[]]>([
    [
      'vars',
      'vars: { a: "{{ «x» }}", b: [ "{{ parameters.y }}" ] }\ntasks: [ { name: t, action: p.t } ]',
      'EXPR_UNKNOWN_NAME',
    ],
    [
      'output_map',
      'tasks: [ { name: t, action: p.t } ]\noutput_map: { a: "{{ task.t.result }}", b: "{{ task.«u».result }}" }',
      'EXPR_UNKNOWN_TASK',
    ],
    [
      'output_map, where no task has just ended',
      'tasks: [ { name: t, action: p.t } ]\noutput_map: { a: "{{ «result»() }}" }',
      'EXPR_CONTEXT',
    ],
    ['label and description', 'label: "{{ x }}"\ndescription: "{{ x"\ntasks: [ { name: t, action: p.t } ]'],
    [
      'parameters',
      'parameters: { a: { type: string, default: "{{ x }}" } }\ntasks: [ { name: t, action: p.t } ]',
    ],
  ])('%s', (_what, text, ...codes) => {
    expectFindings(`version: 1.0.0\n${text}\n`, ...codes);
  });

  it('leaves the old forms alone that next discards', () => {
    const { findings } = check(around('next: [ { do: [] } ]\npublish: [ { a: "{{ x }}" } ]'));
    expect(findings.map(({ code }) => code)).toEqual(['RULE_LEGACY_DISCARDED']);
  });
});

describe('a condition', () => {
  it.each<[when: string, ...codes: string[]]>([
    ['succeeded()'],
    ['"{{ succeeded() }}"'],
    ['"  {{ succeeded() }}  "'],
    ['result().rows > 0 and count < 3'],
    ['"true"'],
    ['"FALSE"'],
    ['"1"'],
    ['yes'],
    [' No'],
    ['\'result().text == "{{"\''],
    ['\'result().text == "{{ x }}"\''],
    ['result().ok «=» 1', 'EXPR_SYNTAX'],
    ['bad ==«»', 'EXPR_SYNTAX'],
    ['done «now»', 'EXPR_SYNTAX'],
    ['«done»', 'EXPR_UNKNOWN_NAME'],
    ['"result().ok and «ready»"', 'EXPR_UNKNOWN_NAME'],
    ['«len»(result()) > 0', 'EXPR_UNKNOWN_FUNCTION'],
    ['«""»', 'EXPR_EMPTY'],
    ['"«  »"', 'EXPR_EMPTY'],
    ['"{{« »}}"', 'EXPR_EMPTY'],
    ['"«{{ succeeded() }} and {{ count }}»"', 'EXPR_TEXT'],
    ['"«{{ succeeded() }}{{ count }}»"', 'EXPR_TEXT'],
    ['"«not {{ succeeded() }}»"', 'EXPR_TEXT'],
    ['"«{{ «x» }} and {{ «y» }}»"', 'EXPR_TEXT', 'EXPR_UNKNOWN_NAME'],
    ['"«{{» succeeded()"', 'EXPR_SYNTAX'],
  ])('of a transition: %s', (when, ...codes) => {
    expectFindings(around(`next:\n  - when: ${when}`), ...codes);
  });

  it.each<readonly [when: string, ...codes: string[]]>([
    ['count > 3'],
    ['"{{ count > 3 }}"'],
    ['«succeeded»()', 'EXPR_CONTEXT'],
    ['parameters.«hsot» == 1', 'EXPR_UNKNOWN_PARAMETER'],
  ])('of a task: %s', (when, ...codes) => {
    expectFindings(around(`when: ${when}`), ...codes);
  });

  it.each<readonly [when: string, ...codes: string[]]>([
    ['result().ok or «x»', 'EXPR_UNKNOWN_NAME'],
    ['« »', 'EXPR_EMPTY'],
  ])('of a branch: %s', (when, ...codes) => {
    expectFindings(around(`decision: [ { when: "${when}", next: load } ]`), ...codes);
  });
});

describe('items', () => {
  it.each<readonly [items: string, ...codes: string[]]>([
    ['"{{ list }}"'],
    ['" {{ range(3) }}\\n"'],
    ['«list»', 'EXPR_TEXT'],
    ['"«{{ list }}, {{ list }}»"', 'EXPR_TEXT'],
    ['"«[{{ count }}]»"', 'EXPR_TEXT'],
    ['"«{{» list"', 'EXPR_SYNTAX'],
    ['"{{ list + «»}}"', 'EXPR_SYNTAX'],
  ])('of %s', (items, ...codes) => {
    expectFindings(around(`with_items: ${items}`), ...codes);
  });
});

describe('names that cannot be told', () => {
  it.each([
    [
      'parameters of an action that links the graph',
      'tasks: [ { name: t, action: p.t, input: { a: "{{ parameters.a }}" } } ]',
    ],
    ...[
      'additionalProperties: true',
      'additionalProperties: { type: string }',
      'patternProperties: { "^x": {} }',
      'allOf: [ {} ]',
      '$ref: "#/x"',
    ].map((open) => [
      `a schema with ${open}`,
      `parameters: { type: object, properties: { b: {} }, ${open} }\ntasks: [ { name: t, action: p.t, input: { a: "{{ parameters.a }}" } } ]`,
    ]),
    [
      'a published one',
      'tasks: [ { name: s, action: p.s, publish: [ { a: 1 } ] }, { name: t, action: p.t, when: "{{ a + workflow.b }}", next: [ { publish: [ b ] } ] } ]',
    ],
    ['variables as a list', 'vars: [ { a: 1 } ]\ntasks: [ { name: t, action: p.t, when: "{{ a }}" } ]'],
  ])('are not judged: %s', (_what, text) => {
    const { findings } = check(`version: 1.0.0\n${text}\n`);
    expect(findings.filter(({ code }) => code.startsWith('EXPR_'))).toEqual([]);
  });

  it.each<readonly [what: string, text: string, ...codes: string[]]>([
    [
      'a JSON Schema',
      'parameters: { type: object, properties: { a: {} }, required: [c] }\ntasks: [ { name: t, action: p.t, when: "{{ parameters.a + parameters.c + parameters.«type» }}" } ]',
      'EXPR_UNKNOWN_PARAMETER',
    ],
    [
      'a closed JSON Schema',
      'parameters: { type: object, properties: { a: {} }, additionalProperties: false }\ntasks: [ { name: t, action: p.t, when: "{{ parameters.«b» }}" } ]',
      'EXPR_UNKNOWN_PARAMETER',
    ],
    [
      'no parameters',
      'parameters: {}\ntasks: [ { name: t, action: p.t, when: "{{ parameters.«b» }}" } ]',
      'EXPR_UNKNOWN_PARAMETER',
    ],
    [
      'a parameter called type',
      'parameters: { type: { type: string } }\ntasks: [ { name: t, action: p.t, when: "{{ parameters.type + parameters.«a» }}" } ]',
      'EXPR_UNKNOWN_PARAMETER',
    ],
  ])('but these are: %s', (_what, text, ...codes) => {
    expectFindings(`version: 1.0.0\n${text}\n`, ...codes);
  });

  it('stay unjudged where a mistake of another kind hides them', () => {
    const text = 'version: 1.0.0\nvars: x\ntasks: [ { action: p.t, when: "{{ a + task.b.result }}" } ]\n';
    expect(check(text).findings.map(({ code }) => code)).toEqual(['SCHEMA_TYPE', 'SCHEMA_REQUIRED']);
  });
});

describe('advice', () => {
  it.each([
    ['host', 'did you mean `parameters.host`?'],
    ['max-rows', "did you mean `parameters['max-rows']`?"],
    ['hots', 'did you mean `parameters.host`?'],
    ['my-var', "did you mean `workflow['my-var']`?"],
    ['cuont', 'did you mean `count`?'],
    ['paramters.host', 'did you mean `parameters`?'],
    ['load.result', 'did you mean `task.load.result`?'],
    ['failed', 'did you mean `failed()`?'],
    ['True', 'did you mean `true`?'],
    ['zzzzzz', 'a text is written in quotes, a parameter as `parameters.NAME`'],
    ['parameters.hsot', 'did you mean `parameters.host`?'],
    ['parameters.max-rows', "did you mean `parameters['max-rows']`?"],
    ['parameters.zzzzzz', 'there are: host, port, max-rows'],
    ['vars.cuont', 'did you mean `vars.count`?'],
    ['task.lod.result', 'did you mean `task.load`?'],
    ['task.fetch-all.result', "did you mean `task['fetch-all']`?"],
    ['lenght(list)', 'did you mean `length`?'],
    ['len(list)', 'did you mean `length`?'],
    ['uuid()', undefined],
    ['result()', 'name the task: `task.NAME.result`'],
    ['index', 'it exists in a task with `with_items`'],
  ])('for %s is %s', (expression, help) => {
    const [finding] = check(inInput(expression)).findings;
    expect(finding?.help).toBe(help);
  });
});
