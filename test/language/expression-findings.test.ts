// What is said of the expressions of a workflow, and exactly where: «…» marks what a finding must point at.
import { describe, expect, it } from 'vitest';
import { around, expectFindings } from './marked.ts';
import { check } from './support.ts';

/** In a literal block, where nothing needs to be escaped. */
const inInput = (expression: string): string => around(`input:\n  x: |-\n    {{ ${expression} }}`);

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
    'task.load.result.status',
    'task.load',
    'task["load"]["result"].x',
    'task[workflow.count].status',
    'keys(task.load)',
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
    ['task.load.«resutl»', 'EXPR_MISSING'],
    ['tasks["load"][«"rows"»].x', 'EXPR_MISSING'],
    ['(task.load).«state» == 1', 'EXPR_MISSING'],
    ['task.«lod».resutl', 'EXPR_UNKNOWN_TASK'],
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
    ['None', 'did you mean `null`?'],
    ['params.host', 'did you mean `parameters`?'],
    ['steps.load', 'did you mean `task`?'],
    ['zzzzzz', 'a text is written in quotes, a parameter as `parameters.NAME`'],
    ['parameters.hsot', 'did you mean `parameters.host`?'],
    ['task.load.resutl', 'did you mean `task.load.result`?'],
    ["tasks['fetch-all'].rows", "did you mean `tasks['fetch-all'].result.rows`?"],
    [
      'task.load.status',
      'how a task ended is asked in its own `next`: `succeeded()`, `failed()`, `timed_out()`',
    ],
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
