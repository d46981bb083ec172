// Which strings of a workflow are expressions, what each of them may name, and what a condition must be.
import { describe, expect, it } from 'vitest';
import { around, expectFindings } from './marked.ts';
import { check } from './support.ts';

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
