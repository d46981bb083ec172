// What the tables know about one path or one ref, in one snapshot.
import type { ExplainFacts, ExplainQuestion } from '../../model/explain.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime } from './catalog-fragments.ts';

export async function readFacts(database: Database, question: ExplainQuestion): Promise<ExplainFacts> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<ExplainFacts[]>`
      with ${askedFiles(sql, schema, question)},
      linked as (
        select f.* from ${sql(schema)}.pack_file f
        -- No link leaves its pack's directory.
        where (f.source, f.dir) in (select source, dir from asked)
          and exists (select from asked a where a.source = f.source and (a.path = any (f.links) or f.path = any (a.links)))),
      wanted as (${wantedRefs(sql, schema, question)}),
      rival as (
        select f.* from ${sql(schema)}.pack_file f
        where f.ref in (select ref from wanted) and f.role <> 'manifest'
          and not exists (select from asked a where a.source = f.source and a.path = f.path)
          and not exists (select from linked a where a.source = f.source and a.path = f.path)),
      definition as (${definitions(sql, schema)})
      select
        ${listOf(sql, sql`select ${fileColumns(sql)} from asked f order by f.source collate "C", f.path collate "C"`)} as files,
        ${listOf(
          sql,
          sql`
          select ${fileColumns(sql)} from ${sql(schema)}.pack_file f
          where f.role = 'manifest' and (f.source, f.dir) in (${askedDirs(sql, question)})
          order by f.source collate "C", f.path collate "C"`,
        )} as manifests,
        ${listOf(sql, sql`select ${fileColumns(sql)} from linked f order by f.source collate "C", f.path collate "C"`)} as linked,
        ${listOf(sql, sql`select ${fileColumns(sql)} from rival f order by f.source collate "C", f.path collate "C"`)} as rivals,
        ${listOf(
          sql,
          sql`
          select p.ref, p.source, p.source_path, p.status from ${sql(schema)}.pack p
          where p.ref in (select split_part(ref, '.', 1) from wanted union select pack_ref from asked)
            or (p.source, p.source_path) in (${askedDirs(sql, question)})
          order by p.ref collate "C"`,
        )} as packs,
        ${listOf(sql, sql`select * from definition order by ref collate "C"`)} as definitions,
        ${listOf(
          sql,
          sql`
          select b.id as batch, b.state, b.reason, cardinality(b.pending) as count,
            array(select r.ref from unnest(b.pending) as r (ref) where r.ref in (select ref from wanted)) as refs
          from ${sql(schema)}.held_batch b
          where b.pending && (select array_agg(ref::text) from wanted)
          order by b.created desc, b.id`,
        )} as batches`,
  );
  if (!row) throw new Error('a select without from gave no row');
  return row;
}

function listOf(sql: Sql, query: Fragment): Fragment {
  return sql`(select coalesce(json_agg(item), '[]') from (${query}) item)`;
}

/** `asked`: the file of the path; or those that claim the ref, and the one that it is registered from. */
function askedFiles(sql: Sql, schema: string, question: ExplainQuestion): Fragment {
  if (question.about === 'path') {
    return sql`asked as (
      select f.* from ${sql(schema)}.pack_file f where f.source = ${question.source} and f.path = ${question.path})`;
  }
  const { ref, source } = question;
  return sql`asked as (
    select f.* from ${sql(schema)}.pack_file f
    where f.role <> 'manifest' ${source === undefined ? sql`` : sql`and f.source = ${source}`} and (
      f.ref = ${ref}
      or exists (select from ${sql(schema)}.workflow_definition w
        where w.ref = ${ref} and w.source = f.source and w.source_path = f.path)))`;
}

/** Refs that the files claim, that actions claim for them, and that are registered from them. */
function wantedRefs(sql: Sql, schema: string, question: ExplainQuestion): Fragment {
  if (question.about === 'ref') return sql`select ${question.ref}::text as ref`;
  const { source, path } = question;
  return sql`
    select ref from asked where ref is not null and role <> 'manifest'
    union select ref from linked where ref is not null and role = 'action' and ${path} = any (links)
    union select w.ref from ${sql(schema)}.workflow_definition w where w.source = ${source} and w.source_path = ${path}
    union select a.ref from ${sql(schema)}.action a where a.source = ${source} and a.source_path = ${path}`;
}

/** Directories, each with its source, that the files lie in, or lay in. */
function askedDirs(sql: Sql, question: ExplainQuestion): Fragment {
  if (question.about === 'ref') {
    return sql`
      select source, dir from asked
      union select source, split_part(source_path, '/', 1) from definition where source_path is not null`;
  }
  return sql`select ${question.source}::text, split_part(${question.path}::text, '/', 1)`;
}

function fileColumns(sql: Sql): Fragment {
  return sql`
    f.source, f.path, f.role, f.ref, f.pack_ref, f.links, f.digest, f.state, ${isoTime(sql, sql`f.since`)} as since,
    f.diagnostics`;
}

/** Workflow definitions of the wanted refs, and actions that are none. */
function definitions(sql: Sql, schema: string): Fragment {
  const numberOf = (revision: Fragment) => sql`(
    select r.number from ${sql(schema)}.workflow_revision r where r.workflow_definition = w.id and r.revision = ${revision})`;
  return sql`
    select 'workflow' as kind, w.id, w.ref::text as ref, w.source, w.source_path, w.status,
      ${isoTime(sql, sql`w.retired_at`)} as retired_at, w.drifted, w.enabled, w.protected,
      ${numberOf(sql`w.revision`)} as number, w.revision, w.file_digest, ${numberOf(sql`w.pinned_revision`)} as pinned,
      ${numberOf(sql`w.pinned_over`)} as pinned_over
    from ${sql(schema)}.workflow_definition w where w.ref in (select ref from wanted)
    union all
    select 'action', a.id, a.ref, a.source, a.source_path, a.status, ${isoTime(sql, sql`a.retired_at`)}, a.drifted, true,
      false, null, null, null, null, null
    from ${sql(schema)}.action a where a.ref in (select ref from wanted) and a.workflow_def is null`;
}
