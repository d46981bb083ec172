// Catalogue of the workflow rules: what the shape alone does not say.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';
import { task, tasks, workflow } from './diagnostics-example.ts';

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
    example: tasks('- name: build'),
    fix: 'Add `action: <pack>.<name>`, or `type: parallel` to a task with sub-tasks.',
  },
  RULE_PARALLEL_TASKS: {
    severity: 'error',
    title: 'Parallel task without sub-tasks',
    meaning: 'A task of type parallel has no `tasks`, or an empty list.',
    example: tasks('- name: checks', '  type: parallel'),
    fix: 'Add at least one sub-task.',
  },
  RULE_TARGET_UNKNOWN: {
    severity: 'error',
    title: 'Transition to an unknown task',
    meaning: 'A transition names no task of the same list. Sub-tasks lead to their siblings only.',
    example: task('next:', '  - do: [biuld]'),
    fix: 'Correct the name, or add the task.',
  },
  RULE_RETRY_RANGE: {
    severity: 'error',
    title: 'Retry count out of range',
    meaning: '`retry.count` is not 1 to 100.',
    example: task('retry: { count: 0, delay: 1 }'),
    fix: 'Choose a number from 1 to 100, or remove `retry`.',
  },
  RULE_RETRY_DELAY: {
    severity: 'error',
    title: 'Longest delay below the delay',
    meaning: '`retry.max_delay` is less than `retry.delay`.',
    example: task('retry: { count: 2, delay: 10, max_delay: 5 }'),
    fix: 'Raise `max_delay`.',
  },
  RULE_TASK_DUPLICATE: {
    severity: 'error',
    title: 'Task name used twice',
    meaning: 'Two tasks of one list share a name; among sub-tasks a warning.',
    example: tasks('- { name: build, action: core.build }', '- { name: build, action: core.test }'),
    fix: 'Rename one of them.',
  },
  RULE_TASK_RESERVED: {
    severity: 'error',
    title: 'Reserved task name',
    meaning: 'The name means something else in expressions.',
    example: tasks('- name: item', '  action: core.build'),
    fix: 'Choose another name.',
  },
  RULE_TASK_UNREACHABLE: {
    severity: 'error',
    title: 'Task never reached',
    meaning:
      'The workflow starts with the tasks that nothing leads to; none of them leads here. A warning where the only way here is a condition that provably never holds.',
    example: tasks(
      '- { name: build, action: core.build }',
      '- { name: test, action: core.test, on_failure: repair }',
      '- { name: repair, action: core.repair, on_success: test }',
    ),
    fix: 'Lead to the task, or correct the condition, or remove the task.',
  },
  RULE_ACTION_REF: {
    severity: 'error',
    title: 'Wrong action ref',
    meaning: 'The `action` is not `<pack>.<name>`; three or more parts are a warning.',
    example: tasks('- name: build', '  action: build'),
    fix: 'Write both parts: `core.echo`.',
  },
  RULE_BATCH_RANGE: {
    severity: 'error',
    title: 'Batch of zero',
    meaning:
      '`batch_size` or `concurrency` is 0 with `with_items`; without, it has no effect and is a warning.',
    example: task('with_items: "{{ parameters.files }}"', 'concurrency: 0'),
    fix: 'Choose at least 1, or remove it.',
  },
  RULE_DECISION: {
    severity: 'error',
    title: 'Branch that decides nothing',
    meaning:
      'Two default branches, or a branch with neither `when` nor `default`; a default without `when` is a warning.',
    example: task('decision:', '  - next: build'),
    fix: 'Give each branch a condition, or use `next`.',
  },
  RULE_VARS_NAME: {
    severity: 'error',
    title: 'Wrong variable name',
    meaning:
      'A key of `vars` is empty, given twice, or holds other characters than letters, digits, `_` and `-`.',
    example: workflow('version: 1.0.0', 'vars:', '  max rows: 10'),
    fix: 'Rename the variable.',
  },
  RULE_JOIN_RANGE: {
    severity: 'warning',
    title: 'Join never fires',
    meaning:
      '`join` is 0, or more than the number of tasks that lead here, or more than can complete in one run: of tasks that one other task leads to under conditions that exclude each other, one runs.',
    example: tasks(
      '- { name: build, action: core.build, on_success: publish }',
      '- { name: test, action: core.test, on_success: publish }',
      '- { name: publish, action: core.publish, join: 3 }',
    ),
    fix: 'Set it to the number of predecessors that can all complete, or remove it.',
  },
  RULE_LEGACY_DISCARDED: {
    severity: 'warning',
    title: 'Old transition discarded',
    meaning: 'A task with `next` has old transition keys or `publish` beside it; they have no effect.',
    example: task('next:', '  - when: "{{ failed() }}"', '    do: [build]', 'on_success: build'),
    fix: 'Move them into `next`.',
  },
  RULE_PUBLISH_ON_FAILURE: {
    severity: 'warning',
    title: 'Published on failure',
    meaning: 'Task-level `publish` is attached to the only transition there is, one for failure.',
    example: tasks(
      '- name: build',
      '  action: core.build',
      '  on_failure: page',
      '  publish:',
      '    - image: "{{ result().image }}"',
      '- { name: page, action: core.page }',
    ),
    fix: 'Use `next` and say when to publish.',
  },
  RULE_LOOP_ENDLESS: {
    severity: 'warning',
    title: 'Loop without an end',
    meaning:
      'Tasks lead to each other without a condition, and no way leads out: once entered, the loop runs until the workflow is cancelled.',
    example: tasks(
      '- { name: start, action: core.start, on_complete: poll }',
      '- { name: poll, action: core.poll, on_complete: wait }',
      '- { name: wait, action: core.sleep, on_complete: poll }',
    ),
    fix: 'Give a transition of the loop a `when`.',
  },
  RULE_FAILURE_SWALLOWED: {
    severity: 'info',
    title: 'Failure that nobody notices',
    meaning:
      'A transition without a `when` is taken after a failure too. It is told where it leads on and nothing would notice: no transition of the task asks `succeeded()`, `failed()`, `timed_out()` or `result()` or publishes the result, and no expression of the workflow reads `task.NAME`. A task without such a transition is never told of: its failure ends the workflow. Nor are `on_complete` and any `when`: they say what is meant.',
    example: tasks(
      '- { name: migrate, action: db.migrate, next: [ { do: [deploy] } ] }',
      '- { name: deploy, action: core.deploy }',
    ),
    fix: 'Add `when: "{{ succeeded() }}"`, handle the failure in a second transition, or write `when: "{{ true }}"` where the workflow is to go on whatever happens.',
  },
  RULE_NAME_SHADOWED: {
    severity: 'info',
    title: 'Name that means two things',
    meaning:
      'A variable, declared or published, has the name of a namespace or a keyword: the bare name means that, and the variable is reached as `workflow.NAME` only. Or a sub-task has the name of a task of the workflow, and `task.NAME` may mean either.',
    example: workflow('version: 1.0.0', 'vars:', '  item: 1'),
    fix: 'Rename it, or read the variable as `workflow.item`.',
  },
  VARS_LIST: {
    severity: 'warning',
    title: 'Variables as a list',
    meaning: '`vars` is a list of one-key maps; it is accepted and read as a mapping.',
    example: workflow('version: 1.0.0', 'vars:', '  - retries: 3', '  - host: db.internal'),
    fix: 'Write a mapping: `vars: { a: 1, b: 2 }`.',
  },
};
