// Names that mean two things: variables behind words of the language, and sub-tasks named as a task of the workflow.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { namespaceNames } from '../expression/scope.ts';
import { atKey, atValue, type Place, type Report } from '../problem.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { hasNext } from './edges.ts';
import { type FileRule, infoAt } from './rule.ts';

const keywords = ['true', 'false', 'null', 'and', 'or', 'not', 'in'];
const taken: ReadonlySet<string> = new Set([...namespaceNames, ...keywords]);

export const shadowed: FileRule = {
  code: 'RULE_NAME_SHADOWED',
  run: (root, report) => {
    const names: Names = { told: new Set(), report };
    const { vars } = root;
    lookAtKeys(vars, ['vars'], names);
    for (const [index, entry] of listOf(vars).entries()) lookAtKeys(entry, ['vars', index], names);
    const top = new Set(listOf(root['tasks']).map((task) => isMap(task) && task['name']));
    lookAtTasks(root['tasks'], ['tasks'], undefined, (task, at, isTop) => {
      lookAtPublished(task, at, names);
      if (!isTop && typeof task['name'] === 'string' && top.has(task['name'])) {
        reportSubTask(task['name'], [...at, 'name'], report);
      }
    });
  },
};

/** Each variable is told once, where it is named first. */
type Names = { readonly told: Set<string>; readonly report: Report };

type Look = (task: RawMap, at: DocumentPath, isTop: boolean) => void;

function lookAtTasks(value: unknown, at: DocumentPath, isTop: boolean | undefined, look: Look): void {
  for (const [index, task] of listOf(value).entries()) {
    if (!isMap(task)) continue;
    const path = [...at, index];
    look(task, path, isTop ?? true);
    if (task['tasks'] !== undefined) lookAtTasks(task['tasks'], [...path, 'tasks'], false, look);
  }
}

function lookAtKeys(map: unknown, at: DocumentPath, names: Names): void {
  if (!isMap(map)) return;
  for (const name in map) if (taken.has(name)) tell(name, atKey([...at, name]), names);
}

function lookAtPublished(task: RawMap, at: DocumentPath, names: Names): void {
  for (const [index, transition] of listOf(task['next']).entries()) {
    if (isMap(transition)) lookAtEntries(transition['publish'], [...at, 'next', index, 'publish'], names);
  }
  if (!hasNext(task)) lookAtEntries(task['publish'], [...at, 'publish'], names);
}

function lookAtEntries(publish: unknown, at: DocumentPath, names: Names): void {
  for (const [index, entry] of listOf(publish).entries()) {
    if (typeof entry !== 'string') lookAtKeys(entry, [...at, index], names);
    else if (taken.has(entry)) tell(entry, atValue([...at, index]), names);
  }
}

function tell(name: string, place: Place, { told, report }: Names): void {
  if (told.has(name)) return;
  told.add(name);
  const message = `the bare name \`${name}\` means something else in expressions`;
  report(
    infoAt('RULE_NAME_SHADOWED', place, message, `read the variable as \`workflow.${name}\`, or rename it`),
  );
}

function reportSubTask(name: string, at: DocumentPath, report: Report): void {
  const message = `a task of the workflow is named \`${name}\` too, so \`task.${name}\` may mean either`;
  report(infoAt('RULE_NAME_SHADOWED', atValue(at), message, 'rename the sub-task'));
}
