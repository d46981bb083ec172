// Statements that read what is registered, as plans need it.
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../../model/pack.ts';
import type {
  FileRow,
  PendingBatch,
  RegisteredDefinition,
  RegisteredPackSummary,
  RegisteredSource,
  RegisteredState,
} from '../../model/state.ts';
import type { Database, Sql } from '../connect.ts';
import { type BucketColumns, bucketsOf } from './buckets.ts';
import type { Fragment } from './catalog-fragments.ts';
import { fileRows, type PackAnswer, type PackMemory, recallPack } from './registered-pack.ts';

type SummaryColumns = Omit<RegisteredPackSummary, 'dir'> & { readonly source_path: PackDir | null };

// What a pack has is found by the pack alone, and its source filtered afterwards: before the tables are analysed, the planner would look
// the whole source up for each pack.
// As json, not jsonb: of 45,000 rows the server makes the one in a quarter of the time of the other.

/** The rows of the files in one directory of a source. */
export type DirRows = ReadonlyMap<PackPath, FileRow>;

/** How many rows a directory has, and what is the same for two snapshots only if they are. */
export type DirMark = { readonly dir: PackDir; readonly rows: number; readonly mark: string };

/** `files`: of the directories that were asked for by name. `marks`: of all, when all were asked for. */
export type SourceOverview = RegisteredSource & { readonly marks: readonly DirMark[] };

/**
 * One statement, one snapshot: the packs of a source with their live rows counted, its files' rows or the marks of all, and what
 * waits to be removed.
 */
export async function readSource(
  database: Database,
  source: SourceName,
  dirs: readonly PackDir[] | 'all',
  memory?: PackMemory,
): Promise<SourceOverview> {
  const all = dirs === 'all';
  const given = all ? [] : [...dirs];
  // A save is in one directory; of many, each would bring its marks along.
  const [only] = given.length === 1 ? given : [];
  const recalled = only && memory?.files.recall(`${source}/${only}`);
  const packRef = memory?.refs.get(`${source}/${only}`);
  const along = memory && packRef && recallPack(memory, packRef);
  // Its rows come: what they are is counted here.
  const isAlong = (sql: Sql) => (along ? sql`p.ref = ${packRef}` : sql`false`);
  const wanted = recalled ? [] : given;
  const [row] = await database.run(
    (sql) => sql<
      (PackAnswer & {
        packs: readonly SummaryColumns[];
        files: readonly DirColumns[];
        buckets: readonly BucketColumns<FileRow>[] | null;
        marks: readonly DirMark[];
        batches: readonly PendingBatch[];
        strays: readonly Ref[];
      })[]
    >`
      select ${along ? along.columns(sql, database.schema) : sql`null as pack`},
        (select coalesce(json_agg(p), '[]') from (
          select p.ref, p.source_path, p.status,
            p.generation <> p.applied_generation
              or exists (select from ${sql(database.schema)}.workflow_definition w
                where w.pack = p.id and w.source = p.source and w.drifted)
              or exists (select from ${sql(database.schema)}.action a
                where a.pack = p.id and a.source = p.source and a.drifted) as drifted,
            case when ${isAlong(sql)} then 0 else
            (select count(distinct r.ref) filter (where r.source = p.source and r.status <> 'retired') from (
              select a.ref, a.source, a.status from ${sql(database.schema)}.action a where a.pack = p.id
              union all
              select w.ref, w.source, w.status from ${sql(database.schema)}.workflow_definition w
                where w.pack = p.id) r) end as live,
            case when ${isAlong(sql)} then 0 else
            (select count(*) filter (where w.source = p.source and w.status <> 'retired')
              from ${sql(database.schema)}.workflow_definition w where w.pack = p.id) end as workflows
          from ${sql(database.schema)}.pack p
          where p.source = ${source} and (${all} or p.source_path = any(${given}))) p) as packs,
        (select coalesce(json_agg(d), '[]') from (${rowsOfDirs(sql, database.schema, source, wanted)}) d) as files,
        ${recalled ? bucketsOf(sql, fileRows(sql, database.schema, source, only as PackDir), recalled.marks) : sql`null`} as buckets,
        (select coalesce(json_agg(m), '[]') from (
          select f.dir, count(*) as rows, ${markOf(sql)} as mark
          from ${sql(database.schema)}.pack_file f where ${all} and f.source = ${source} group by f.dir) m) as marks,
        (select coalesce(json_agg(b order by b.created, b.id), '[]') from (
          select b.id, b.reason, b.state, b.pending as refs, b.created
          from ${sql(database.schema)}.held_batch b
          where b.source = ${source} and b.pending <> '{}') b) as batches,
        (select coalesce(json_agg(s.ref), '[]') from (
          select w.ref from ${sql(database.schema)}.workflow_definition w
            where w.source = ${source} and w.status = 'degraded' and not w.protected
          union
          select a.ref from ${sql(database.schema)}.action a
            where a.source = ${source} and a.status = 'degraded' and a.workflow_def is null) s
          where not exists (select from ${sql(database.schema)}.pack_file f
            where f.source = ${source} and f.ref = s.ref and f.state <> 'valid')
          and not exists (select from ${sql(database.schema)}.pack_file named
            join ${sql(database.schema)}.pack_file f on f.source = named.source and f.path = any(named.links)
            where named.source = ${source} and named.ref = s.ref and f.state <> 'valid')
        ) as strays`,
  );
  const packs = new Map<PackRef, RegisteredPackSummary>();
  for (const { source_path: dir, ...pack } of row?.packs ?? []) packs.set(pack.ref, { ...pack, dir });
  const batches = (row?.batches ?? []).map(({ id, reason, state, refs }) => ({ id, reason, state, refs }));
  const files = new Map(
    (row?.files ?? []).flatMap((one) => (one.files ? [[one.dir, toFiles(one.files)]] : [])),
  );
  const rows = recalled?.take(row?.buckets ?? []);
  if (rows?.size) files.set(only as PackDir, rows);
  const overview = { packs, files, marks: row?.marks ?? [], batches, strays: row?.strays ?? [] };
  if (!row || !along || !only || packRef === undefined) return overview;
  const registered = along.take(row, rows ?? new Map());
  const summary = packs.get(packRef);
  if (summary) packs.set(packRef, countedLater(summary, registered, source));
  return { ...overview, along: { packRef, dir: only, registered } };
}

/** Hardly ever asked for, and of a pack of thousands it takes as long as it takes to count them. */
function countedLater(
  summary: RegisteredPackSummary,
  { workflows, actions }: RegisteredState,
  source: SourceName,
): RegisteredPackSummary {
  const isLive = (row: RegisteredDefinition | undefined) =>
    row?.source === source && row.status !== 'retired';
  const liveOf = (rows: ReadonlyMap<Ref, RegisteredDefinition>) =>
    [...rows].filter(([, row]) => isLive(row)).map(([ref]) => ref);
  return {
    ...summary,
    get live() {
      return new Set([...liveOf(workflows), ...liveOf(actions)]).size;
    },
    get workflows() {
      return liveOf(workflows).length;
    },
  };
}

type DirColumns = { readonly dir: PackDir; readonly mark: string; readonly files: readonly FileRow[] | null };

/** One statement, one snapshot: the rows of the files in some directories, each with its mark; none of a directory without rows. */
export async function readRows(
  database: Database,
  source: SourceName,
  dirs: readonly PackDir[],
): Promise<readonly { readonly dir: PackDir; readonly mark: string; readonly files: DirRows }[]> {
  const found = await database.run(
    (sql) => sql<DirColumns[]>`${rowsOfDirs(sql, database.schema, source, [...dirs])}`,
  );
  return found.flatMap(({ dir, mark, files }) => (files ? [{ dir, mark, files: toFiles(files) }] : []));
}

function rowsOfDirs(sql: Sql, schema: string, source: SourceName, dirs: PackDir[]): Fragment {
  return sql`
    select w.dir,
      (select ${markOf(sql)} from ${sql(schema)}.pack_file f where f.source = ${source} and f.dir = w.dir) as mark,
      (select json_agg(f) from (
        select f.path, f.role, f.ref, f.links, f.digest, f.checked_by as "checkedBy", f.state, f.diagnostics
        from ${sql(schema)}.pack_file f where f.source = ${source} and f.dir = w.dir) f) as files
    from unnest(${dirs}::text[]) as w(dir)`;
}

/** Of the whole rows `f`, whatever order they come in: no write by anybody leaves it as it was. */
function markOf(sql: Sql): Fragment {
  return sql`bit_xor(hash_record_extended(f, 0))::text`;
}

/** The rows as they came: tens of thousands are not copied. */
function toFiles(rows: readonly FileRow[]): ReadonlyMap<PackPath, FileRow> {
  return new Map(rows.map((row) => [row.path, row]));
}
