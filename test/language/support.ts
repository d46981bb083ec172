// Short ways to check a text in a role and to name what was found.
import { checkFile } from '../../src/language/check-file.ts';
import type { CheckedFile, ValidTree } from '../../src/model/file.ts';
import type { FileRole, JsonObject } from '../../src/model/pack.ts';

const encoder = new TextEncoder();

export function check(text: string, role: FileRole = 'workflow', strict = false): CheckedFile<ValidTree> {
  return checkFile(role, encoder.encode(text), { strict });
}

/** `CODE line:column`, with a `?` behind warnings. */
export function marks(checked: CheckedFile<ValidTree>): string[] {
  return checked.findings.map(
    ({ code, severity, line, column }) => `${code}${severity === 'error' ? '' : '?'} ${line}:${column}`,
  );
}

/** A workflow around the given tasks, in one line each: the first task stands in line 3. */
export function workflow(...tasks: readonly string[]): string {
  return ['version: 1.0.0', 'tasks:', ...tasks.map((task) => `  - ${task}`), ''].join('\n');
}

/** The canonical tasks of a valid workflow. */
export function tasksOf(checked: CheckedFile<ValidTree>): readonly JsonObject[] {
  if (checked.file?.role !== 'workflow')
    throw new Error(`not a valid workflow: ${marks(checked).join(', ')}`);
  return checked.file.graph['tasks'] as readonly JsonObject[];
}
