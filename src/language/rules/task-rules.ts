// Rules about a single task, at every depth.
import { atKey, atValue } from '../problem.ts';
import { isMap, listOf } from '../raw.ts';
import { hasNext, legacyTargets } from './edges.ts';
import { errorAt, type TaskRule, warningAt } from './rule.ts';

/** Names that mean something else in expressions. */
const reservedNames: ReadonlySet<string> = new Set([
  'parameters',
  'vars',
  'task',
  'system',
  'kv',
  'pack',
  'item',
  'batch',
  'index',
]);

const action: TaskRule = {
  code: 'RULE_TASK_ACTION',
  run: (task, at, report) => {
    const type = task['type'] ?? 'action';
    if ((type !== 'action' && type !== 'workflow') || task['action'] !== undefined) return;
    const help = Array.isArray(task['tasks']) ? 'add `type: parallel`' : 'add `action: <pack>.<name>`';
    report(errorAt('RULE_TASK_ACTION', atValue(at), `a task of type ${type} needs an \`action\``, help));
  },
};

const parallel: TaskRule = {
  code: 'RULE_PARALLEL_TASKS',
  run: (task, at, report) => {
    if (task['type'] !== 'parallel') return;
    const { tasks } = task;
    const message = 'a task of type parallel needs `tasks`, at least one';
    const help = 'add `tasks: [ { name: …, action: … } ]`';
    if (tasks === undefined) report(errorAt('RULE_PARALLEL_TASKS', atValue(at), message, help));
    else if (Array.isArray(tasks) && tasks.length === 0) {
      report(errorAt('RULE_PARALLEL_TASKS', atValue([...at, 'tasks']), message, help));
    }
  },
};

const actionRef: TaskRule = {
  code: 'RULE_ACTION_REF',
  run: (task, at, report) => {
    const ref = task['action'];
    if (typeof ref !== 'string') return;
    const parts = ref.split('.');
    const place = atValue([...at, 'action']);
    if (parts.length < 2 || parts.includes('')) {
      const help = 'write `<pack>.<name>`';
      report(errorAt('RULE_ACTION_REF', place, `\`${ref}\` is not the ref of an action`, help));
    } else if (parts.length > 2) {
      const message = `the action ref \`${ref}\` has ${parts.length} parts`;
      report(warningAt('RULE_ACTION_REF', place, message, 'refs have two parts: `<pack>.<name>`'));
    }
  },
};

const reserved: TaskRule = {
  code: 'RULE_TASK_RESERVED',
  run: (task, at, report) => {
    const { name } = task;
    if (typeof name !== 'string' || !reservedNames.has(name)) return;
    const message = `\`${name}\` means something else in expressions and cannot name a task`;
    report(errorAt('RULE_TASK_RESERVED', atValue([...at, 'name']), message, 'choose another name'));
  },
};

const retryDelay: TaskRule = {
  code: 'RULE_RETRY_DELAY',
  run: (task, at, report) => {
    if (!isMap(task['retry'])) return;
    const { delay, max_delay: maxDelay } = task['retry'];
    if (typeof delay !== 'number' || typeof maxDelay !== 'number' || maxDelay >= delay) return;
    const message = `\`max_delay\` (${maxDelay}) is less than \`delay\` (${delay})`;
    const help = `raise it to ${delay} or more, or remove it`;
    report(errorAt('RULE_RETRY_DELAY', atValue([...at, 'retry', 'max_delay']), message, help));
  },
};

const batch: TaskRule = {
  code: 'RULE_BATCH_RANGE',
  run: (task, at, report) => {
    for (const key of ['batch_size', 'concurrency']) {
      if (task[key] !== 0) continue;
      const place = atValue([...at, key]);
      if (task['with_items'] !== undefined) {
        const message = `\`${key}\` must be at least 1 with \`with_items\`, found 0`;
        report(errorAt('RULE_BATCH_RANGE', place, message, 'choose 1 or more, or remove it'));
      } else {
        const message = `\`${key}: 0\` has no effect without \`with_items\``;
        report(warningAt('RULE_BATCH_RANGE', place, message, 'remove it'));
      }
    }
  },
};

const decision: TaskRule = {
  code: 'RULE_DECISION',
  run: (task, at, report) => {
    let defaults = 0;
    for (const [index, branch] of listOf(task['decision']).entries()) {
      if (!isMap(branch)) continue;
      const path = [...at, 'decision', index];
      const isDefault = branch['default'] === true;
      if (isDefault) defaults += 1;
      if (isDefault && defaults > 1) {
        report(
          errorAt(
            'RULE_DECISION',
            atValue([...path, 'default']),
            'a decision has one default branch at most, and this is another one',
            'remove `default`, or the branch',
          ),
        );
      } else if (branch['when'] !== undefined) continue;
      else if (isDefault) {
        const message = 'a default branch without `when` is taken whatever the other branches do';
        report(warningAt('RULE_DECISION', atValue(path), message, 'give it the opposite condition'));
      } else if (branch['default'] === undefined || branch['default'] === false) {
        const message = 'this branch has neither `when` nor `default: true`';
        report(errorAt('RULE_DECISION', atValue(path), message, 'add a `when`: "{{ … }}"'));
      }
    }
  },
};

const legacyDiscarded: TaskRule = {
  code: 'RULE_LEGACY_DISCARDED',
  run: (task, at, report) => {
    if (!hasNext(task)) return;
    for (const key of [...legacyTargets, 'decision', 'publish']) {
      const value = task[key];
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      const message = `\`${key}\` is discarded because the task has \`next\``;
      report(
        warningAt(
          'RULE_LEGACY_DISCARDED',
          atKey([...at, key]),
          message,
          'move it into a transition of `next`',
        ),
      );
    }
  },
};

const publishOnFailure: TaskRule = {
  code: 'RULE_PUBLISH_ON_FAILURE',
  run: (task, at, report) => {
    if (hasNext(task) || listOf(task['publish']).length === 0) return;
    if (task['on_success'] !== undefined || succeedingBranch(task['decision'])) return;
    // The first transition that is built takes the values: see normalise.ts.
    const isFirst = (key: 'on_failure' | 'on_timeout') =>
      task[key] !== undefined && (key === 'on_failure' || task['on_failure'] === undefined);
    const key = isFirst('on_failure') ? 'on_failure' : 'on_timeout';
    if (!isFirst(key) || (key === 'on_timeout' && task['on_complete'] !== undefined)) return;
    const message = `these values are published by \`${key}\`, when the task did not succeed`;
    report(warningAt('RULE_PUBLISH_ON_FAILURE', atKey([...at, 'publish']), message, 'use `next`'));
  },
};

function succeedingBranch(branches: unknown): boolean {
  return listOf(branches).some(
    (branch) => isMap(branch) && typeof branch['when'] === 'string' && branch['when'].includes('succeeded()'),
  );
}

const permissionSets: TaskRule = {
  code: 'YAML_DUPLICATE_KEY',
  run: (task, at, report) => {
    if (task['permission_set_ref'] === undefined || task['permission_set_refs'] === undefined) return;
    const message = '`permission_set_ref` and `permission_set_refs` are one key in two spellings';
    report(
      errorAt(
        'YAML_DUPLICATE_KEY',
        atKey([...at, 'permission_set_ref']),
        message,
        'keep `permission_set_refs`',
      ),
    );
  },
};

/** Every rule about a task. */
export const taskRules: readonly TaskRule[] = [
  action,
  parallel,
  actionRef,
  reserved,
  retryDelay,
  batch,
  decision,
  legacyDiscarded,
  publishOnFailure,
  permissionSets,
];
