// The statement that reads one pack as a plan of it needs it.
import type { Digest, PackDir, PackPath, PackRef, Ref, Revision, SourceName } from '../../model/pack.ts';
import type {
  DefinitionStatus,
  FileRow,
  RegisteredAction,
  RegisteredState,
  RegisteredWorkflow,
} from '../../model/state.ts';
import { type BucketMemory, createBucketMemory } from '../bucket-memory.ts';
import type { Database, Sql } from '../connect.ts';
import { type BucketColumns, bucketsOf } from './buckets.ts';
import type { Fragment } from './catalog-fragments.ts';

type PackColumns = {
  readonly source: SourceName;
  readonly source_path: PackDir | null;
  readonly status: DefinitionStatus;
  readonly revision: string | null;
  readonly generation: number;
  readonly drifted: boolean;
};

type DefinitionColumns = {
  readonly ref: Ref;
  readonly source: SourceName;
  readonly status: DefinitionStatus;
  readonly revision: Revision;
  readonly source_path: PackPath | null;
  readonly drifted: boolean;
};
type WorkflowColumns = DefinitionColumns & {
  readonly file_digest: Digest | null;
  readonly pinned: Revision | null;
  readonly protected: boolean;
};
type ActionColumns = DefinitionColumns & { readonly is_workflow: boolean };

/** What is remembered of packs that were read. */
export type PackMemory = {
  readonly workflows: BucketMemory<WorkflowColumns, Ref, RegisteredWorkflow>;
  readonly actions: BucketMemory<ActionColumns, Ref, RegisteredAction>;
  readonly files: BucketMemory<FileRow, PackPath, FileRow>;
  /** By source and directory: the pack that was read with its files last. */
  readonly refs: Map<string, PackRef>;
};

/** `maxRows`: of each kind. */
export function createPackMemory(maxRows: number): PackMemory {
  return {
    workflows: createBucketMemory(workflowOf, maxRows),
    actions: createBucketMemory(actionOf, maxRows),
    files: createBucketMemory((file) => [file.path, file], maxRows),
    refs: new Map(),
  };
}

/** One statement, one snapshot: a pack with its generation and rows, and the rows of the files of `dir`. */
export async function readPack(
  database: Database,
  source: SourceName,
  packRef: PackRef,
  dir: PackDir,
  memory: PackMemory = createPackMemory(0),
): Promise<RegisteredState> {
  const recalled = recallPack(memory, packRef);
  const files = memory.files.recall(`${source}/${dir}`);
  memory.refs.set(`${source}/${dir}`, packRef);
  const [row] = await database.run(
    (sql) => sql<(PackAnswer & { files: readonly BucketColumns<FileRow>[] })[]>`
      select ${recalled.columns(sql, database.schema)},
        ${bucketsOf(sql, fileRows(sql, database.schema, source, dir), files.marks)} as files`,
  );
  if (!row) throw new Error('a select without from gave no row');
  return recalled.take(row, files.take(row.files));
}

export type PackAnswer = {
  readonly pack: PackColumns | null;
  readonly workflows: readonly BucketColumns<WorkflowColumns>[];
  readonly actions: readonly BucketColumns<ActionColumns>[];
};

/** What a statement asks of a pack beside the rows of its files, and what it makes of the answer. */
export function recallPack(memory: PackMemory, packRef: PackRef) {
  const workflows = memory.workflows.recall(packRef);
  const actions = memory.actions.recall(packRef);
  return {
    columns: (sql: Sql, schema: string): Fragment => sql`
      (select to_json(p) from (
        select source, source_path, status, revision, generation, generation <> applied_generation as drifted
        from ${sql(schema)}.pack where ref = ${packRef}) p) as pack,
      ${bucketsOf(sql, workflowRows(sql, schema, packRef), workflows.marks)} as workflows,
      ${bucketsOf(sql, actionRows(sql, schema, packRef), actions.marks)} as actions`,
    take: (answer: PackAnswer, files: RegisteredState['files']): RegisteredState => ({
      pack: packOf(answer.pack),
      workflows: workflows.take(answer.workflows),
      actions: actions.take(answer.actions),
      files,
    }),
  };
}

function workflowRows(sql: Sql, schema: string, packRef: PackRef): Fragment {
  return sql`
    select w.ref, hash_record_extended(w, 0), w from (
      select ref::text, source, status, coalesce(pinned_over, revision) as revision, source_path, drifted, file_digest,
        pinned_revision as pinned, protected
      from ${sql(schema)}.workflow_definition where pack_ref = ${packRef}) w`;
}

function actionRows(sql: Sql, schema: string, packRef: PackRef): Fragment {
  return sql`
    select a.ref, hash_record_extended(a, 0), a from (
      select ref::text, source, status, revision, source_path, drifted, workflow_def is not null as is_workflow
      from ${sql(schema)}.action where pack_ref = ${packRef}) a`;
}

/** Rows of `bucketsOf`: the files of a directory. */
export function fileRows(sql: Sql, schema: string, source: SourceName, dir: PackDir): Fragment {
  return sql`
    select f.path, hash_record_extended(f, 0), f from (
      select path, role, ref, links, digest, checked_by as "checkedBy", state, diagnostics
      from ${sql(schema)}.pack_file where source = ${source} and dir = ${dir}) f`;
}

function packOf(pack: PackColumns | null): RegisteredState['pack'] {
  if (pack === null) return undefined;
  const { source, source_path: dir, status, revision, generation, drifted } = pack;
  return { source, dir, status, revision, generation, drifted };
}

function workflowOf(row: WorkflowColumns): readonly [Ref, RegisteredWorkflow] {
  const { pinned, protected: isProtected, file_digest: fileDigest } = row;
  return [row.ref, { ...toDefinition(row), fileDigest, pinned, isProtected }];
}

function actionOf(row: ActionColumns): readonly [Ref, RegisteredAction] {
  return [row.ref, { ...toDefinition(row), isWorkflow: row.is_workflow }];
}

function toDefinition(row: DefinitionColumns) {
  const { revision, drifted } = row;
  const [source, status] = [shared(row.source), shared(row.status)];
  return { source, status, revision, sourcePath: row.source_path, drifted };
}

/** Names of sources and of states, of which there are few: thousands of rows that stay in memory are compared by them at each save. */
const names = new Map<string, string>();

function shared<Name extends string>(name: Name): Name {
  const known = names.get(name);
  if (known === undefined) names.set(name, name);
  return (known ?? name) as Name;
}
