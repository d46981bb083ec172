// What an author's file says once it was read and checked: a function of its bytes and its role alone.
// Nothing here depends on the path or on another file; `registry/link.ts` adds that.
import type { JsonText } from './canonical.ts';
import type { DocumentPath, Finding, Severity } from './diagnostic.ts';
import type { FileRole, Json, JsonObject } from './pack.ts';

/** `pack.yaml`, both spellings of its keys understood (`name`/`label`, `config_schema`/`conf_schema`, …). */
export type ManifestFile = {
  readonly role: 'manifest';
  /** As written; form is checked in `link`. */
  readonly ref: string | undefined;
  readonly label: string | undefined;
  readonly description: string | undefined;
  readonly version: string | undefined;
  readonly confSchema: JsonObject;
  readonly config: JsonObject;
  readonly meta: JsonObject;
  readonly tags: readonly string[];
  readonly runtimeDeps: readonly string[];
  readonly dependencies: readonly string[];
  readonly isStandard: boolean;
};

/** `actions/<x>.yaml`. With `workflowFile` the action is a workflow whose graph lies in that file. */
export type ActionFile = {
  readonly role: 'action';
  readonly ref: string | undefined;
  readonly label: string | undefined;
  readonly description: string | undefined;
  /** As written, relative to `actions/`. */
  readonly workflowFile: string | undefined;
  readonly entryPoint: string;
  readonly runnerType: string;
  /** Flat style or JSON Schema, as written; null when absent. */
  readonly parameters: Json;
  readonly output: Json;
  readonly parameterDelivery: 'stdin' | 'file';
  readonly parameterFormat: 'dotenv' | 'json' | 'yaml';
  readonly outputFormat: 'text' | 'json' | 'yaml' | 'jsonl';
  readonly timeoutSeconds: number | undefined;
  readonly maxRetries: number;
  readonly runtimeVersion: string | undefined;
  readonly accessesMcp: boolean;
  readonly permissionSetRefs: readonly string[];
  readonly requiredWorkerRuntimes: JsonObject;
  readonly workerSelector: JsonObject;
  readonly workerTolerations: readonly Json[];
  readonly workerAffinity: JsonObject;
  readonly tags: readonly string[];
};

/** A task graph in canonical form: legacy transitions normalised at every depth (workflow-format §5.3). */
export type WorkflowFile = {
  readonly role: 'workflow';
  readonly ref: string | undefined;
  readonly label: string | undefined;
  readonly description: string | undefined;
  readonly version: string;
  /** Flat style or JSON Schema, as written; null when absent. */
  readonly parameters: Json;
  readonly output: Json;
  readonly tags: readonly string[];
  /** The canonical `vars`, `tasks`, `output_map` and, when not the default, `cancellation_policy`. */
  readonly graph: JsonObject;
};

/** The same as text in canonical form, which is what is compared, digested and stored: trees would be most of what a load moves. */
export type WorkflowText = Omit<WorkflowFile, 'parameters' | 'output' | 'graph'> & {
  readonly parameters: JsonText;
  readonly output: JsonText;
  readonly graph: Readonly<Record<string, JsonText>>;
};

/** A valid file as it was read. */
export type ValidTree = ManifestFile | ActionFile | WorkflowFile;
/** A valid file as linking takes it. */
export type ValidFile = ManifestFile | ActionFile | WorkflowText;

/** A place where a graph names a parameter that it does not declare itself. */
export type ParameterUse = Position & {
  readonly name: string;
  /** Of a finding about it, as warnings count in this check. */
  readonly severity: Severity;
};

/** The outcome of checking one file's bytes in one role; `File`: what a valid one says. */
export type CheckedFile<File = ValidFile> = {
  readonly role: FileRole;
  /** Undefined when there is an error among the findings. */
  readonly file: File | undefined;
  /** Sorted by line and column, at most `maxDiagnosticsPerFile`. */
  readonly findings: readonly Finding[];
  /** `ref` as written where it could be read, also in an invalid file: the name it claims. */
  readonly claim: string | undefined;
  /** `workflow_file` as written where it could be read, also in an invalid action. */
  readonly link: string | undefined;
  /** Of a valid workflow without `parameters`: what it expects of the action that links it. Absent: nothing. */
  readonly parameterUses?: readonly ParameterUse[];
  /** The text as written (a byte order mark kept out); empty when the bytes are no text. */
  readonly text: string;
};

/** True when a check came to no end: that says nothing of the bytes, and another try, or another version, may end otherwise. */
export function isUnjudged(findings: readonly Pick<Finding, 'code'>[]): boolean {
  return findings.some(({ code }) => code === 'READ_TOO_SLOW' || code === 'READ_NOT_JUDGED');
}

/** Turns a place in a document into a position in its text; see `language/locate.ts`. */
export type Locate = (text: string, at: DocumentPath, part: 'key' | 'value') => Position;

export type Position = {
  readonly line: number;
  readonly column: number;
  readonly end_line?: number;
  readonly end_column?: number;
};
