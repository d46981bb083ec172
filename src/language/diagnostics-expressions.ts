// Catalogue of EXPR_*: templates and conditions, as far as their text alone says, and what goes wrong when they are evaluated.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';
import { task, tasks, workflow } from './diagnostics-example.ts';

type ExpressionCode = Extract<DiagnosticCode, `EXPR_${string}`>;

export const expressionEntries: Readonly<Record<ExpressionCode, CatalogueEntry>> = {
  EXPR_SYNTAX: {
    severity: 'warning',
    title: 'Not an expression',
    meaning:
      'What stands in `{{ }}`, or in a `when` without braces, does not parse; or a `{{` is never closed and stays text.',
    example: task('next:', '  - when: "{{ result().rows > }}"', '    do: [build]'),
    fix: 'Correct the expression at the place that is marked.',
  },
  EXPR_EMPTY: {
    severity: 'warning',
    title: 'Empty expression',
    meaning: 'Nothing stands between `{{` and `}}`, which fails when it is evaluated; or a `when` is empty.',
    example: task('input:', '  host: "{{ }}"'),
    fix: 'Write an expression, or remove the braces.',
  },
  EXPR_TEXT: {
    severity: 'warning',
    title: 'Text instead of one expression',
    meaning:
      'A `when` with text around its expressions is a text, which is true whatever they yield; a `with_items` that is not one expression yields no list.',
    example: task('next:', '  - when: "{{ succeeded() }} and {{ result().ok }}"', '    do: [build]'),
    fix: 'Write one expression: `{{ succeeded() and result().ok }}`.',
  },
  EXPR_UNKNOWN_NAME: {
    severity: 'warning',
    title: 'Unknown name',
    meaning:
      'A bare name is neither a namespace nor a workflow variable. Parameters are read as `parameters.NAME` only.',
    example: workflow(
      'version: 1.0.0',
      'parameters:',
      '  host: { type: string }',
      'tasks:',
      '  - name: build',
      '    action: core.build',
      '    input:',
      '      host: "{{ host }}"',
    ),
    fix: 'Write `{{ parameters.host }}`, or declare the variable in `vars`.',
  },
  EXPR_UNKNOWN_PARAMETER: {
    severity: 'warning',
    title: 'Unknown parameter',
    meaning: 'The workflow declares `parameters`, and none of this name.',
    example: workflow(
      'version: 1.0.0',
      'parameters:',
      '  host: { type: string }',
      'tasks:',
      '  - name: build',
      '    action: core.build',
      '    input:',
      '      host: "{{ parameters.hsot }}"',
    ),
    fix: 'Correct the name, or declare the parameter.',
  },
  EXPR_UNKNOWN_VARIABLE: {
    severity: 'warning',
    title: 'Unknown variable',
    meaning: 'No entry of `vars` and no `publish` of the workflow has this name.',
    example: workflow(
      'version: 1.0.0',
      'vars:',
      '  count: 0',
      'tasks:',
      '  - name: build',
      '    action: core.build',
      '    input:',
      '      limit: "{{ workflow.cuont }}"',
    ),
    fix: 'Correct the name, or declare the variable in `vars`.',
  },
  EXPR_UNKNOWN_TASK: {
    severity: 'warning',
    title: 'Unknown task in an expression',
    meaning: 'No task of the workflow has this name.',
    example: tasks(
      '- { name: fetch, action: core.fetch, on_success: load }',
      '- name: load',
      '  action: core.load',
      '  input:',
      '    rows: "{{ task.fetchh.result.rows }}"',
    ),
    fix: "Correct the name; one with a `-` is written `task['my-task']`.",
  },
  EXPR_UNKNOWN_FUNCTION: {
    severity: 'warning',
    title: 'Unknown function',
    meaning: 'The language has no function of this name; there are neither filters nor methods.',
    example: task('input:', '  number: "{{ len(parameters.files) }}"'),
    fix: 'Use one that exists: `length(parameters.files)`.',
  },
  EXPR_ARITY: {
    severity: 'warning',
    title: 'Wrong number of arguments',
    meaning: 'The function takes more or fewer arguments.',
    example: task('input:', '  names: "{{ join(parameters.names) }}"'),
    fix: 'Give the arguments that it takes: `join(list, separator)`.',
  },
  EXPR_CONTEXT: {
    severity: 'warning',
    title: 'Without meaning here',
    meaning:
      '`item` or `index` in a task without `with_items`, or `result()`, `succeeded()`, `failed()`, `timed_out()` where no task has just ended.',
    example: task('input:', '  rows: "{{ result().rows }}"'),
    fix: 'Name the task: `task.fetch.result.rows`; add `with_items`; or move it into `next`.',
  },
  EXPR_TYPE: {
    severity: 'warning',
    title: 'Wrong kind of value',
    meaning: 'An operator or a function was given a value it has no use for; nothing is converted by itself.',
    example: task('input:', '  address: "{{ \'port \' + 5432 }}"'),
    fix: 'Convert it: `"port " + string(5432)`.',
  },
  EXPR_MISSING: {
    severity: 'warning',
    title: 'Missing key',
    meaning:
      'An object has no such key when the expression is evaluated. Of a task only `result` is ever known, which is told without evaluating.',
    example: task('next:', '  - publish:', '      - rows: "{{ result().rows }}"'),
    fix: 'Correct the name, or ask first: `"rows" in result() and …`.',
  },
  EXPR_RANGE: {
    severity: 'warning',
    title: 'Out of range',
    meaning:
      'A number is too large, an index lies outside its list, or an argument has a value that is not allowed.',
    example: task('input:', '  limit: "{{ 99999999999999999999 }}"'),
    fix: 'Write it as a float, or choose a value within range.',
  },
  EXPR_ZERO: {
    severity: 'warning',
    title: 'Division by zero',
    meaning: 'The right side of `/` or `%` is zero when the expression is evaluated.',
    example: task('input:', '  share: "{{ 100 / 0 }}"'),
    fix: 'Ask first whether it is zero.',
  },
  EXPR_LIMIT: {
    severity: 'warning',
    title: 'Too large an expression',
    meaning:
      'An expression is nested more than 100 levels deep, has more than 10,000 words and signs, or its evaluation takes too many steps or makes too large a value.',
    example: task('input:', `  one: "{{ ${'('.repeat(101)}1${')'.repeat(101)} }}"`),
    fix: 'Split it, and publish what is in between as variables.',
  },
};
