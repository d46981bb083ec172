// The front door for what ends in the registry: a valid workflow comes as text in canonical form, and its tree is let go of.
import { canonicalJson, canonicalMembers, type JsonText } from '../model/canonical.ts';
import { messageOf } from '../model/errors.ts';
import type { CheckedFile, WorkflowFile, WorkflowText } from '../model/file.ts';
import type { FileRole, JsonObject } from '../model/pack.ts';
import { type CheckOptions, checkFile } from './check-file.ts';

export type TextOptions = CheckOptions & {
  /** Nothing is registered: of a workflow only what its callers and its calls ask for is told. @default false */
  readonly isOutline?: boolean;
};

/** `checkFile`, for linking and rows. A defect of ours is told of the one file that it shows in: the others have to go on. */
export function checkAsText(role: FileRole, bytes: Uint8Array, options: TextOptions): CheckedFile {
  try {
    return checkSoundly(role, bytes, options);
  } catch (error) {
    return notJudged(role, error);
  }
}

function notJudged(role: FileRole, error: unknown): CheckedFile {
  const message = `the check broke off, which is a defect of this program: ${messageOf(error)}${placeOf(error)}`;
  const help = 'report it with this file; what was registered for it goes on being served';
  const finding = { code: 'READ_NOT_JUDGED', severity: 'error', message, help, line: 1, column: 1 } as const;
  return { role, file: undefined, findings: [finding], claim: undefined, link: undefined, text: '' };
}

/** ` (check-file.js:56)`: where in this program it was thrown. */
function placeOf(error: unknown): string {
  const [, place] = /([^/\\(]+:\d+):\d+\)?$/m.exec((error instanceof Error && error.stack) || '') ?? [];
  return place === undefined ? '' : ` (${place})`;
}

function checkSoundly(role: FileRole, bytes: Uint8Array, options: TextOptions): CheckedFile {
  const { file, ...checked } = checkFile(role, bytes, options);
  if (file?.role !== 'workflow') return { ...checked, file };
  return { ...checked, file: options.isOutline ? asOutline(file) : asText(file) };
}

/** Parameters, and of each task what it calls and by which names it gives values. */
function asOutline({ parameters, output: _, graph, ...file }: WorkflowFile): WorkflowText {
  // Names stay in the order in which they are written, as findings about them do.
  const tasks = JSON.stringify(outlineOf(graph['tasks'] as readonly JsonObject[])) as JsonText;
  return { ...file, parameters: canonicalJson(parameters), output: canonicalJson(null), graph: { tasks } };
}

function outlineOf(tasks: readonly JsonObject[]): readonly JsonObject[] {
  return tasks.map(({ action = null, input, tasks: parts }) => ({
    action,
    input: Object.fromEntries(Object.keys(input ?? {}).map((name) => [name, null])),
    tasks: Array.isArray(parts) ? outlineOf(parts) : null,
  }));
}

export function asText({ parameters, output, graph, ...file }: WorkflowFile): WorkflowText {
  return {
    ...file,
    parameters: canonicalJson(parameters),
    output: canonicalJson(output),
    graph: canonicalMembers(graph),
  };
}
