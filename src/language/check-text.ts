// The front door for what ends in the registry: a valid workflow comes as text in canonical form, and its tree is let go of.
import { canonicalJson, canonicalMembers } from '../model/canonical.ts';
import type { CheckedFile, WorkflowFile, WorkflowText } from '../model/file.ts';
import type { FileRole } from '../model/pack.ts';
import { type CheckOptions, checkFile } from './check-file.ts';

/** `checkFile`, for linking and rows. */
export function checkAsText(role: FileRole, bytes: Uint8Array, options: CheckOptions): CheckedFile {
  const { file, ...checked } = checkFile(role, bytes, options);
  return { ...checked, file: file?.role === 'workflow' ? asText(file) : file };
}

export function asText({ parameters, output, graph, ...file }: WorkflowFile): WorkflowText {
  return {
    ...file,
    parameters: canonicalJson(parameters),
    output: canonicalJson(output),
    graph: canonicalMembers(graph),
  };
}
