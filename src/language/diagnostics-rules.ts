// Catalogue of the workflow rules: what the shape alone does not say.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';

type RulesCode = Exclude<
  DiagnosticCode,
  | `READ_${string}`
  | `YAML_${string}`
  | `PACK_${string}`
  | `REF_${string}`
  | `SCHEMA_${string}`
  | `EXPR_${string}`
  | `CALL_${string}`
>;

export const rulesEntries: Readonly<Record<RulesCode, CatalogueEntry>> = {
  RULE_TASK_ACTION: {
    severity: 'error',
    title: 'Task without action',
    meaning: 'A task of type action or workflow names nothing to run.',
    example: '- name: build',
    fix: 'Add `action: <pack>.<name>`, or `type: parallel` to a task with sub-tasks.',
  },
  RULE_PARALLEL_TASKS: {
    severity: 'error',
    title: 'Parallel task without sub-tasks',
    meaning: 'A task of type parallel has no `tasks`, or an empty list.',
    example: '- { name: checks, type: parallel }',
    fix: 'Add at least one sub-task.',
  },
  RULE_TARGET_UNKNOWN: {
    severity: 'error',
    title: 'Transition to an unknown task',
    meaning: 'A transition names no task of the same list. Sub-tasks lead to their siblings only.',
    example: 'do: [biuld]',
    fix: 'Correct the name, or add the task.',
  },
  RULE_RETRY_RANGE: {
    severity: 'error',
    title: 'Retry count out of range',
    meaning: '`retry.count` is not 1 to 100.',
    example: 'retry: { count: 0, delay: 1 }',
    fix: 'Choose a number from 1 to 100, or remove `retry`.',
  },
  RULE_RETRY_DELAY: {
    severity: 'error',
    title: 'Longest delay below the delay',
    meaning: '`retry.max_delay` is less than `retry.delay`.',
    example: 'retry: { count: 2, delay: 10, max_delay: 5 }',
    fix: 'Raise `max_delay`.',
  },
  RULE_TASK_DUPLICATE: {
    severity: 'error',
    title: 'Task name used twice',
    meaning: 'Two tasks of one list share a name; among sub-tasks a warning.',
    example: '- { name: a, action: p.x }\n- { name: a, action: p.y }',
    fix: 'Rename one of them.',
  },
  RULE_TASK_RESERVED: {
    severity: 'error',
    title: 'Reserved task name',
    meaning: 'The name means something else in expressions.',
    example: '- { name: item, action: p.x }',
    fix: 'Choose another name.',
  },
  RULE_TASK_UNREACHABLE: {
    severity: 'error',
    title: 'Task never reached',
    meaning:
      'The workflow starts with the tasks that nothing leads to; none of them leads here. A warning where the only way here is a condition that provably never holds.',
    example:
      'two tasks that lead only to each other, beside a third; or\n- when: "{{ succeeded() and failed() }}"\n  do: [page]',
    fix: 'Lead to the task, or correct the condition, or remove the task.',
  },
  RULE_ACTION_REF: {
    severity: 'error',
    title: 'Action ref',
    meaning: 'The `action` is not `<pack>.<name>`; three or more parts are a warning.',
    example: 'action: echo',
    fix: 'Write both parts: `core.echo`.',
  },
  RULE_BATCH_RANGE: {
    severity: 'error',
    title: 'Batch of zero',
    meaning:
      '`batch_size` or `concurrency` is 0 with `with_items`; without, it has no effect and is a warning.',
    example: 'with_items: "{{ parameters.files }}"\nconcurrency: 0',
    fix: 'Choose at least 1, or remove it.',
  },
  RULE_DECISION: {
    severity: 'error',
    title: 'Decision branch',
    meaning:
      'Two default branches, or a branch with neither `when` nor `default`; a default without `when` is a warning.',
    example: 'decision: [ { next: a } ]',
    fix: 'Give each branch a condition, or use `next`.',
  },
  RULE_VARS_NAME: {
    severity: 'error',
    title: 'Variable name',
    meaning:
      'A key of `vars` is empty, given twice, or holds other characters than letters, digits, `_` and `-`.',
    example: 'vars: { "a b": 1 }',
    fix: 'Rename the variable.',
  },
  RULE_JOIN_RANGE: {
    severity: 'warning',
    title: 'Join never fires',
    meaning:
      '`join` is 0, or more than the number of tasks that lead here, or more than can complete in one run: of tasks that one other task leads to under conditions that exclude each other, one runs.',
    example:
      'join: 3 with two predecessors; or join: 2 behind `on_success: a` and `on_failure: b` of one task',
    fix: 'Set it to the number of predecessors that can all complete, or remove it.',
  },
  RULE_LEGACY_DISCARDED: {
    severity: 'warning',
    title: 'Old transition discarded',
    meaning: 'A task with `next` has old transition keys or `publish` beside it; they have no effect.',
    example: 'next: [ { do: [a] } ]\non_success: b',
    fix: 'Move them into `next`.',
  },
  RULE_PUBLISH_ON_FAILURE: {
    severity: 'warning',
    title: 'Published on failure',
    meaning: 'Task-level `publish` is attached to the only transition there is, one for failure.',
    example: 'on_failure: page\npublish: [ { x: 1 } ]',
    fix: 'Use `next` and say when to publish.',
  },
  RULE_LOOP_ENDLESS: {
    severity: 'warning',
    title: 'Loop without an end',
    meaning:
      'Tasks lead to each other without a condition, and no way leads out: once entered, the loop runs until the workflow is cancelled.',
    example: 'name: poll\nnext: [ { do: [wait] } ]\n…\nname: wait\nnext: [ { do: [poll] } ]',
    fix: 'Give a transition of the loop a `when`.',
  },
  RULE_FAILURE_SWALLOWED: {
    severity: 'info',
    title: 'Failure that nobody notices',
    meaning:
      'A transition without a `when` is taken after a failure too. It is told where it leads on and nothing would notice: no transition of the task asks `succeeded()`, `failed()`, `timed_out()` or `result()` or publishes the result, and no expression of the workflow reads `task.NAME`. A task without such a transition is never told of: its failure ends the workflow. Nor are `on_complete` and any `when`: they say what is meant.',
    example: '- name: migrate\n  action: db.migrate\n  next: [ { do: [deploy] } ]',
    fix: 'Add `when: "{{ succeeded() }}"`, handle the failure in a second transition, or write `when: "{{ true }}"` where the workflow is to go on whatever happens.',
  },
  RULE_NAME_SHADOWED: {
    severity: 'info',
    title: 'Name that means two things',
    meaning:
      'A variable, declared or published, has the name of a namespace or a keyword: the bare name means that, and the variable is reached as `workflow.NAME` only. Or a sub-task has the name of a task of the workflow, and `task.NAME` may mean either.',
    example: 'vars: { item: 1 }',
    fix: 'Rename it, or read the variable as `workflow.item`.',
  },
  VARS_LIST: {
    severity: 'warning',
    title: 'Variables as a list',
    meaning: '`vars` is a list of one-key maps; it is accepted and read as a mapping.',
    example: 'vars: [ { a: 1 }, { b: 2 } ]',
    fix: 'Write a mapping: `vars: { a: 1, b: 2 }`.',
  },
};
