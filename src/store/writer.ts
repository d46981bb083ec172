// Plan → one call of apply_pack. A change set too large for one parameter is staged first; the call is still the only statement
// that changes anything.
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonText } from '../model/canonical.ts';
import type { RevisionCause } from '../model/change.ts';
import type { ActionDefinition, Definition, PackDefinition } from '../model/definition.ts';
import type { PackDir, PackRef, Ref, SourceName } from '../model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../model/plan.ts';
import type { FileRow, PendingBatch, RegisteredSource, RegisteredState } from '../model/state.ts';
import type { Database } from './connect.ts';
import { type RowMemory, readWholeSource } from './row-memory.ts';
import { applyPack, stagePart } from './sql/apply.ts';
import { readSource } from './sql/registered.ts';
import { type PackMemory, readPack } from './sql/registered-pack.ts';
import { expireBatches, holdRemovals, readRemovable, readRemovals } from './sql/removals.ts';

export type Writer = {
  readSource(source: SourceName, dirs: readonly PackDir[] | 'all'): Promise<RegisteredSource>;
  readPack(source: SourceName, packRef: PackRef, dir: PackDir): Promise<RegisteredState>;
  apply(plan: RegistrationPlan, cause: RevisionCause): Promise<ApplyResult>;
  readRemovals(source: SourceName): ReturnType<typeof readRemovals>;
  readRemovable(source: SourceName): Promise<readonly Ref[]>;
  /** Nothing is written when the lease is gone, as with `expire`. */
  hold(source: SourceName, reason: PendingBatch['reason'], refs: readonly Ref[], of: number): Promise<void>;
  expire(source: SourceName, reason: PendingBatch['reason']): Promise<void>;
};

export type WriterOptions = {
  readonly database: Database;
  /** What is known of rows that were read before. Without it nothing is remembered. */
  readonly memory?: RowMemory;
  /** The same of packs, for plans. */
  readonly packMemory?: PackMemory;
  /** The epoch of the lease we hold; undefined: we are not the writer; null: of the API, which has no lease. */
  epochOf(source: SourceName): number | undefined | null;
  /** Bytes of JSON above which a change set is staged. @default 8 MiB */
  readonly stageBytes?: number;
  /** Revisions kept of a definition; 0 keeps all. @default 0 */
  readonly keepRevisions?: number;
};

export function createWriter(options: WriterOptions): Writer {
  const { database } = options;
  const stageBytes = options.stageBytes ?? 8 * 1024 * 1024;
  return {
    readSource: (source, dirs) =>
      dirs === 'all'
        ? readWholeSource(database, source, options.memory)
        : readSource(database, source, dirs, options.packMemory),
    readPack: (source, packRef, dir) => readPack(database, source, packRef, dir, options.packMemory),
    readRemovals: (source) => readRemovals(database, source),
    readRemovable: (source) => readRemovable(database, source),
    async hold(source, reason, refs, of) {
      const epoch = options.epochOf(source);
      if (epoch != null) await holdRemovals(database, source, epoch, reason, refs, of);
    },
    async expire(source, reason) {
      const epoch = options.epochOf(source);
      if (epoch != null) await expireBatches(database, source, epoch, reason);
    },
    async apply(plan, cause) {
      const epoch = options.epochOf(plan.source);
      if (epoch === undefined) return { outcome: 'fenced' };
      const lists = listsOf(plan);
      const head = { ...headOf(plan, epoch, cause), keep_revisions: options.keepRevisions ?? 0 };
      const answer = await applyPack(database, await stageLarge(database, head, lists, stageBytes));
      if (answer.refused === 'lease') return { outcome: 'fenced' };
      if (answer.refused !== undefined) return { outcome: 'stale' };
      return { outcome: 'applied', written: answer.written ?? 0, version: answer.version ?? null };
    },
  };
}

/** Milliseconds of encoding at a time. */
const sliceMs = 8;

/** Items of each list as JSON text, made when they are asked for. */
type Lists = Readonly<Record<string, Iterable<string>>>;

function headOf(plan: RegistrationPlan, epoch: number | null, cause: RevisionCause) {
  return {
    source: plan.source,
    epoch,
    pack_ref: plan.packRef,
    generation: plan.generation,
    pack: plan.pack ? packColumns(plan.pack) : null,
    pack_status: plan.packStatus ?? null,
    cause,
  };
}

function listsOf(plan: RegistrationPlan): Lists {
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

/** A list of the change set, each item as JSON text. */
type Texts = Readonly<Record<string, readonly string[]>>;

/** The change set as JSON text: whole, or a head that names the stage its lists were put into. */
async function stageLarge(
  database: Database,
  head: object,
  lists: Lists,
  stageBytes: number,
): Promise<string> {
  const { texts, bytes } = await textsOf(lists);
  if (bytes + Buffer.byteLength(JSON.stringify(head)) <= stageBytes) return objectText(head, texts);
  const stage = randomUUID();
  let part = 0;
  for (const [name, items] of Object.entries(texts)) {
    for (const slice of slicesOf(items, stageBytes / 2)) {
      part += 1;
      await stagePart(database, stage, part, objectText({}, { [name]: slice }));
      // failpoint: stage.written
    }
  }
  return JSON.stringify({ ...head, stage });
}

/** Item by item, and the event loop gets a turn every few milliseconds: a pack may have thousands of definitions. */
async function textsOf(lists: Lists): Promise<{ readonly texts: Texts; readonly bytes: number }> {
  const texts: Record<string, string[]> = {};
  let bytes = 0;
  let beganMs = performance.now();
  for (const [name, items] of Object.entries(lists)) {
    const list: string[] = [];
    texts[name] = list;
    // Quotes, colon, brackets and comma of the list; a comma after each item.
    bytes += name.length + 6;
    for (const text of items) {
      list.push(text);
      bytes += Buffer.byteLength(text) + 1;
      if (performance.now() - beganMs < sliceMs) continue;
      await nextTurn();
      beganMs = performance.now();
    }
  }
  return { texts, bytes };
}

/** `head` with the lists beside its own keys, of which it needs none. */
function objectText(head: object, texts: Texts): string {
  const own = JSON.stringify(head).slice(1, -1);
  const lists = Object.entries(texts).map(([name, items]) => `${JSON.stringify(name)}:[${items.join(',')}]`);
  return `{${[...(own === '' ? [] : [own]), ...lists].join(',')}}`;
}

/** Runs of items of about `bytes` of JSON each, in order. */
function* slicesOf(items: readonly string[], bytes: number): Generator<readonly string[]> {
  let slice: string[] = [];
  let size = 0;
  for (const item of items) {
    slice.push(item);
    size += Buffer.byteLength(item);
    if (size < bytes) continue;
    yield slice;
    slice = [];
    size = 0;
  }
  if (slice.length > 0) yield slice;
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
  const { label, description, version, tags, revision, paramSchema, outSchema, definition } = from;
  const columns = { label, description, version, tags, revision, ...textColumns(from) };
  return itemText(columns, { param_schema: paramSchema, out_schema: outSchema, definition });
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
