// Templates in their places: what the static check finds, and where.
import { accept, type ConformanceCase, find, task, tasks, top } from './case.ts';
import { functionRows } from './expressions.ts';

const input = (template: string): string => task(`input: { x: "${template}" }`);

/** A call with no argument and one with four: no function takes either. */
const arities: readonly ConformanceCase[] = functionRows.flatMap(([name]) => [
  find(`arity-${name}-few`, `9.5.${name}`, input(`{{ «${name}»() }}`), 'EXPR_ARITY?'),
  find(`arity-${name}-many`, `9.5.${name}`, input(`{{ «${name}»(1, 2, 3, 4) }}`), 'EXPR_ARITY?'),
]);

const places: readonly ConformanceCase[] = [
  accept('template', '9.1.template', input('a {{ 1 }} b {{ 2 }}')),
  find('template-unclosed', '9.1.unclosed', input('a «{{» 1'), 'EXPR_SYNTAX?'),
  find('template-empty', '9.1.empty 13.17', input('{{« »}}'), 'EXPR_EMPTY?'),
  find('template-brace-in-string', '9.1.template', input("{{ «'»}}' }}"), 'EXPR_SYNTAX?'),
  accept('when-bare', '9.1.when', task('when: 1 > 2')),
  find('when-mixed', '9.1.text', task('when: "«{{ true }} and {{ true }}»"'), 'EXPR_TEXT?'),
  find('items-text', '9.1.text', task('with_items: "«a {{ [1] }}»"'), 'EXPR_TEXT?'),
  find('scope-input', '10.scope', input('{{ «nope» }}'), 'EXPR_UNKNOWN_NAME?'),
  find(
    'scope-output-map',
    '10.scope',
    `${task('timeout: 1')}output_map: { x: "{{ «nope» }}" }\n`,
    'EXPR_UNKNOWN_NAME?',
  ),
  find(
    'scope-publish',
    '10.scope',
    task('next: [ { publish: [ { x: [ "{{ «nope» }}" ] } ] } ]'),
    'EXPR_UNKNOWN_NAME?',
  ),
  find(
    'scope-retry',
    '10.scope',
    task('retry: { count: 1, delay: 1, on_error: "{{ «nope» }}" }'),
    'EXPR_UNKNOWN_NAME?',
  ),
  find('scope-vars', '10.scope', top('vars: { x: "{{ «nope» }}" }'), 'EXPR_UNKNOWN_NAME?'),
  find(
    'scope-deep',
    '10.scope',
    tasks(
      '{ name: a, type: parallel, tasks: [ { name: b, action: p.b, worker_selector: { x: "{{ «nope» }}" } } ] }',
    ),
    'EXPR_UNKNOWN_NAME?',
  ),
  find('syntax', '10.syntax 13.10', input('{{ 1 + «»}}'), 'EXPR_SYNTAX?'),
  find('syntax-two', '10.syntax', input('{{ «)» }} {{ 1 «2» }}'), 'EXPR_SYNTAX? EXPR_SYNTAX?'),
  find(
    'unknown-parameter',
    '10.unknown 9.6.parameters',
    `parameters: { a: { type: string } }\n${input('{{ parameters.«b» }}')}`,
    'EXPR_UNKNOWN_PARAMETER?',
  ),
  accept(
    'parameter-of-schema',
    '10.unknown 13.1',
    `parameters: { type: object, properties: { a: {} } }\n${input('{{ parameters.a }}')}`,
  ),
  find(
    'parameter-of-schema-type',
    '10.unknown 13.1',
    `parameters: { type: object, properties: { a: {} } }\n${input('{{ parameters.«type» }}')}`,
    'EXPR_UNKNOWN_PARAMETER?',
  ),
  find(
    'unknown-variable',
    '10.unknown 9.6.workflow',
    `vars: { a: 1 }\n${input('{{ workflow.«b» }}')}`,
    'EXPR_UNKNOWN_VARIABLE?',
  ),
  find('unknown-task', '10.unknown 9.6.task', input('{{ task.«c».result }}'), 'EXPR_UNKNOWN_TASK?'),
  find('unknown-function', '9.5.unknown 13.3', input('{{ «now»() }}'), 'EXPR_UNKNOWN_FUNCTION?'),
  find('item-outside', '9.6.item', input('{{ «item» }}'), 'EXPR_CONTEXT?'),
  accept('item-inside', '9.6.item', task('with_items: "{{ [1] }}", input: { x: "{{ item + index }}" }')),
  find('result-outside', '9.5.task-functions', input('{{ «result»() }}'), 'EXPR_CONTEXT?'),
  find(
    'bare-parameter',
    '9.6.bare 13.17',
    `parameters: { host: { type: string } }\n${input('{{ «host» }}')}`,
    'EXPR_UNKNOWN_NAME?',
  ),
  find('too-deep', '13.12', input(`{{ ${'('.repeat(100)}«(»1 }}`), 'EXPR_LIMIT?'),
];

export const templates: readonly ConformanceCase[] = [...places, ...arities];
