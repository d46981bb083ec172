// Checked files → rows: a pack, a workflow definition, an action, with everything that comes from path and pack filled in. Pure.
import { canonicalJson, canonicalMembers, canonicalObject, type JsonText } from '../model/canonical.ts';
import type { ActionDefinition, Definition, PackDefinition } from '../model/definition.ts';
import type { ActionFile, ManifestFile, WorkflowText } from '../model/file.ts';
import type { Digest, Json, PackDir, PackPath, PackRef, Ref, Revision } from '../model/pack.ts';
import { nameOf } from './discover.ts';
import { revisionOf, revisionOfText } from './revision.ts';

/** What makes a revision of content; where nothing is compared none has to be made. */
export type Revise = (content: JsonText) => Revision;

export const unrevised: Revise = () => '' as Revision;

/** The pack row of a valid manifest. */
export function definePack(file: ManifestFile, packRef: PackRef, dir: PackDir): PackDefinition {
  const content = {
    ref: packRef,
    label: file.label || packRef,
    description: file.description ?? null,
    version: file.version ?? '0.0.0',
    confSchema: file.confSchema,
    config: file.config,
    meta: file.meta,
    tags: file.tags,
    runtimeDeps: file.runtimeDeps,
    dependencies: file.dependencies,
    isStandard: file.isStandard,
  };
  return { ...content, dir, revision: revisionOf(content) };
}

export type WorkflowSource = {
  readonly ref: Ref;
  readonly packRef: PackRef;
  /** Null: no file holds it. */
  readonly path: PackPath | null;
  readonly digest: Digest;
  readonly text: string;
  readonly file: WorkflowText;
  /** The action whose `workflow_file` names the graph. */
  readonly action: ActionFile | undefined;
};

/** A workflow definition; the action's schemas win, the graph file's own ref, label and tags win (workflow-format §8). */
export function defineWorkflow(from: WorkflowSource, revise: Revise = revisionOfText): Definition {
  const { ref, packRef, file, action } = from;
  const label =
    file.label || action?.label || (from.path === null ? ref.slice(ref.indexOf('.') + 1) : nameOf(from.path));
  const description = file.description ?? action?.description ?? null;
  const paramSchema = schemaOf(action?.parameters) ?? file.parameters;
  const outSchema = schemaOf(action?.output) ?? file.output;
  const tags = file.tags.length > 0 ? file.tags : (action?.tags ?? []);
  const definition = canonicalObject({
    ...canonicalMembers({ ref, label, description, version: file.version, tags }),
    parameters: paramSchema,
    output: outSchema,
    ...file.graph,
  });
  return {
    ref,
    packRef,
    label,
    description,
    version: file.version,
    paramSchema,
    outSchema,
    definition,
    tags,
    revision: revise(definition),
    sourcePath: from.path,
    sourceText: from.text,
    fileDigest: from.digest,
  };
}

function schemaOf(schema: Json | undefined): JsonText | undefined {
  return schema == null ? undefined : canonicalJson(schema);
}

type ActionContent = Omit<ActionDefinition, 'revision' | 'sourcePath'>;

/** The callable side of a workflow that no action file names. */
export function defineCompanion(workflow: Definition, revise: Revise = revisionOfText): ActionDefinition {
  const content: ActionContent = {
    ref: workflow.ref,
    packRef: workflow.packRef,
    label: workflow.label,
    description: workflow.description,
    // Without a file it is the word that the platform writes for its own.
    entrypoint: workflow.sourcePath?.slice(workflow.sourcePath.indexOf('/') + 1) ?? 'workflow',
    runtimeRef: null,
    paramSchema: workflow.paramSchema,
    outSchema: workflow.outSchema,
    parameterDelivery: 'stdin',
    parameterFormat: 'json',
    outputFormat: 'text',
    timeoutSeconds: null,
    maxRetries: 0,
    runtimeVersionConstraint: null,
    accessesMcp: false,
    permissionSetRefs: [],
    requiredWorkerRuntimes: {},
    workerSelector: {},
    workerTolerations: [],
    workerAffinity: {},
    isWorkflow: true,
  };
  return withRevision(content, workflow.sourcePath, revise);
}

/** An action file's row; `workflow` is the definition behind it when it names a graph. */
export function defineAction(
  from: { readonly ref: Ref; readonly packRef: PackRef; readonly path: PackPath; readonly file: ActionFile },
  workflow: Definition | undefined,
  revise: Revise = revisionOfText,
): ActionDefinition {
  const { file } = from;
  const content: ActionContent = {
    ref: from.ref,
    packRef: from.packRef,
    label: file.label || workflow?.label || titleOf(from.ref),
    description: file.description ?? workflow?.description ?? null,
    entrypoint: workflow ? (file.workflowFile ?? '') : file.entryPoint,
    runtimeRef: workflow ? null : runtimeOf(file.runnerType),
    paramSchema: workflow ? workflow.paramSchema : canonicalJson(file.parameters),
    outSchema: workflow ? workflow.outSchema : canonicalJson(file.output),
    parameterDelivery: file.parameterDelivery,
    parameterFormat: file.parameterFormat,
    outputFormat: file.outputFormat,
    timeoutSeconds: file.timeoutSeconds ?? null,
    maxRetries: file.maxRetries,
    runtimeVersionConstraint: file.runtimeVersion ?? null,
    accessesMcp: file.accessesMcp,
    permissionSetRefs: file.permissionSetRefs,
    requiredWorkerRuntimes: file.requiredWorkerRuntimes,
    workerSelector: file.workerSelector,
    workerTolerations: file.workerTolerations,
    workerAffinity: file.workerAffinity,
    isWorkflow: workflow !== undefined,
  };
  return withRevision(content, from.path, revise);
}

function withRevision(content: ActionContent, sourcePath: PackPath | null, revise: Revise): ActionDefinition {
  const { paramSchema, outSchema, ...rest } = content;
  const text = canonicalObject({ ...canonicalMembers(rest), paramSchema, outSchema });
  return { ...content, revision: revise(text), sourcePath };
}

/** `http_request` → `Http Request`. */
function titleOf(ref: Ref): string {
  const words = ref.slice(ref.indexOf('.') + 1).split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

const runtimes: Readonly<Record<string, string>> = {
  shell: 'core.shell',
  bash: 'core.shell',
  sh: 'core.shell',
  python: 'core.python',
  python3: 'core.python',
  node: 'core.nodejs',
  nodejs: 'core.nodejs',
  'node.js': 'core.nodejs',
  native: 'core.native',
  builtin: 'core.native',
  standalone: 'core.native',
};

function runtimeOf(runnerType: string): string {
  return Object.hasOwn(runtimes, runnerType.toLowerCase())
    ? (runtimes[runnerType.toLowerCase()] as string)
    : runnerType;
}
