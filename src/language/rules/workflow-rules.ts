// Rules about a workflow file: its variables, its schemas, and every task at every depth.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { atKey, atValue, type Report } from '../problem.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { listRules } from './list-rules.ts';
import { checkSchemas } from './parameters.ts';
import { errorAt, type FileRule, warningAt } from './rule.ts';
import { shadowed } from './shadow-rules.ts';
import { swallowed } from './swallow-rules.ts';
import { taskRules } from './task-rules.ts';
import { templates } from './template-rules.ts';

// Letters and digits of any script.
const variableName = /^[\p{Alphabetic}\p{N}_-]+$/u;

const varsNames: FileRule = {
  code: 'RULE_VARS_NAME',
  run: (root, report) => {
    const { vars } = root;
    if (isMap(vars)) for (const name of Object.keys(vars)) checkName(name, ['vars', name], report);
    const seen = new Set<string>();
    for (const [index, entry] of listOf(vars).entries()) {
      for (const name of isMap(entry) ? Object.keys(entry) : []) {
        const path = ['vars', index, name];
        checkName(name, path, report);
        if (seen.has(name))
          report(errorAt('RULE_VARS_NAME', atKey(path), `the variable \`${name}\` is given twice`));
        seen.add(name);
      }
    }
  },
};

function checkName(name: string, path: DocumentPath, report: Report): void {
  if (variableName.test(name)) return;
  const help = 'use letters, digits, `_` and `-`';
  report(errorAt('RULE_VARS_NAME', atKey(path), `\`${name}\` cannot name a variable`, help));
}

const varsList: FileRule = {
  code: 'VARS_LIST',
  run: (root, report) => {
    if (!Array.isArray(root['vars'])) return;
    const message = '`vars` is a list of one-key maps; it is read as a mapping';
    report(warningAt('VARS_LIST', atValue(['vars']), message, 'write `vars: { name: value }`'));
  },
};

const schemas: FileRule = {
  code: 'SCHEMA_PARAMETERS',
  run: checkSchemas,
};

const tasks: FileRule = {
  code: 'RULE_TASK_ACTION',
  run: (root, report) => checkTasks(root['tasks'], ['tasks'], true, report),
};

function checkTasks(value: unknown, at: DocumentPath, isTop: boolean, report: Report): void {
  if (!Array.isArray(value)) return;
  for (const rule of listRules) rule.run({ tasks: value, at, isTop }, report);
  for (const [index, task] of value.entries()) {
    if (!isMap(task)) continue;
    const path = [...at, index];
    for (const rule of taskRules) rule.run(task, path, report);
    if (task['tasks'] !== undefined) checkTasks(task['tasks'], [...path, 'tasks'], false, report);
  }
}

const rules: readonly FileRule[] = [varsList, varsNames, shadowed, schemas, tasks, swallowed, templates];

/** Reports what breaks a rule in a workflow file. */
export function checkWorkflow(root: RawMap, report: Report): void {
  for (const rule of rules) rule.run(root, report);
}
