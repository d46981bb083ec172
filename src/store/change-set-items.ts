// What is said of each row of a change set, as JSON text. Pure.
import type { JsonText } from '../model/canonical.ts';
import type { RevisionCause } from '../model/change.ts';
import type { ActionDefinition, Definition, PackDefinition } from '../model/definition.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { FileRow } from '../model/state.ts';

export type ChangeSetTerms = {
  /** Of the lease; null: of the API, which has none. */
  readonly epoch: number | null;
  readonly cause: RevisionCause;
  /** Revisions kept of a definition; 0 keeps all. */
  readonly keepRevisions: number;
};

/** All but the lists. */
export function headOf(plan: RegistrationPlan, terms: ChangeSetTerms) {
  return {
    source: plan.source,
    epoch: terms.epoch,
    pack_ref: plan.packRef,
    generation: plan.generation,
    pack: plan.pack ? packColumns(plan.pack) : null,
    pack_status: plan.packStatus ?? null,
    cause: terms.cause,
    keep_revisions: terms.keepRevisions,
  };
}

/** Items of each list as JSON text, made when they are asked for. */
export type Lists = Readonly<Record<string, Iterable<string>>>;

/** Of a workflow all but what is long: `definition` and `source_text` stand beside it, see `longTexts`. */
export function listsOf(plan: RegistrationPlan): Lists {
  return {
    workflows: encoded(plan.workflows, workflowItem),
    touch: encoded(plan.touch, (from) => JSON.stringify(textColumns(from))),
    restore: encoded(plan.restore, ({ ref, sourcePath }) => JSON.stringify({ ref, source_path: sourcePath })),
    actions: encoded(plan.actions, actionItem),
    degrade: encoded(plan.degrade, JSON.stringify),
    recover: encoded(plan.recover, JSON.stringify),
    retire: encoded(plan.retire, JSON.stringify),
    retire_actions: encoded(plan.retireActions, JSON.stringify),
    files: encoded(plan.files, (row) => JSON.stringify(fileColumns(row))),
    removed_files: encoded(plan.removedFiles, JSON.stringify),
    changes: encoded(plan.changes, ({ ref, verb, batch }) => JSON.stringify({ ref, verb, batch })),
  };
}

function* encoded<Item>(items: readonly Item[], encode: (item: Item) => string): Generator<string> {
  for (const item of items) yield encode(item);
}

function packColumns(pack: PackDefinition) {
  const { ref, label, description, version, config, meta, tags, dependencies, revision } = pack;
  return {
    ref,
    label,
    description,
    version,
    conf_schema: pack.confSchema,
    config,
    meta,
    tags,
    runtime_deps: pack.runtimeDeps,
    dependencies,
    is_standard: pack.isStandard,
    source_path: pack.dir,
    revision,
  };
}

function workflowItem(from: Definition): string {
  const { ref, label, description, version, tags, revision, paramSchema, outSchema } = from;
  const place = { source_path: from.sourcePath, file_digest: from.fileDigest };
  const columns = { ref, label, description, version, tags, revision, ...place };
  return itemText(columns, { param_schema: paramSchema, out_schema: outSchema });
}

/** The item with what is long in it. */
export function wholeItem(item: string, { definition, sourceText }: Definition): string {
  return `${item.slice(0, -1)},"definition":${definition},"source_text":${JSON.stringify(sourceText)}}`;
}

/** Columns, of which there is one at least, and beside them those that are JSON text already. */
function itemText(columns: object, texts: Readonly<Record<string, JsonText>>): string {
  let text = JSON.stringify(columns).slice(0, -1);
  for (const [name, value] of Object.entries(texts)) text += `,"${name}":${value}`;
  return `${text}}`;
}

function textColumns(from: Definition) {
  return {
    ref: from.ref,
    source_path: from.sourcePath,
    source_text: from.sourceText,
    file_digest: from.fileDigest,
  };
}

function actionItem(from: ActionDefinition): string {
  const columns = {
    ref: from.ref,
    label: from.label,
    description: from.description,
    entrypoint: from.entrypoint,
    runtime_ref: from.runtimeRef,
    parameter_delivery: from.parameterDelivery,
    parameter_format: from.parameterFormat,
    output_format: from.outputFormat,
    timeout_seconds: from.timeoutSeconds,
    max_retries: from.maxRetries,
    runtime_version_constraint: from.runtimeVersionConstraint,
    accesses_mcp: from.accessesMcp,
    permission_set_refs: from.permissionSetRefs,
    required_worker_runtimes: from.requiredWorkerRuntimes,
    worker_selector: from.workerSelector,
    worker_tolerations: from.workerTolerations,
    worker_affinity: from.workerAffinity,
    is_workflow: from.isWorkflow,
    source_path: from.sourcePath,
    revision: from.revision,
  };
  return itemText(columns, { param_schema: from.paramSchema, out_schema: from.outSchema });
}

function fileColumns(row: FileRow) {
  const { path, role, ref, links, digest, state, diagnostics } = row;
  return { path, role, ref, links, digest, checked_by: row.checkedBy, state, diagnostics };
}
