// Lists and searches of workflow definitions: one statement a list, which never reads the definition column.
import type { Facets, WorkflowSummary } from '../../model/answers.ts';
import type { WorkflowFilter, WorkflowPage } from '../../model/catalog.ts';
import type { Database, Sql } from '../connect.ts';
import { facetsOf } from './catalog-facets.ts';
import { actionFile, type Fragment, graphFile, isoTime, pageOf } from './catalog-fragments.ts';
import { catalogTag, type TaggedRow, taggedPage } from './tags.ts';

export async function listWorkflows(database: Database, filter: WorkflowFilter): Promise<WorkflowPage> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<(TaggedRow<WorkflowSummary> & { readonly facets: Facets | null })[]>`
      select
        (select count(*)::integer from ${sql(schema)}.workflow_definition w
          where ${matches(sql, schema, filter)}) as total,
        (select coalesce(json_agg(item), '[]') from (
          select ${summaryColumns(sql, schema)}
          from (
            select ${ownColumns(sql)}
            from ${sql(schema)}.workflow_definition w
            where ${matches(sql, schema, filter)}
            order by ${orderOf(sql, schema, filter)}
            ${pageOf(sql, filter)}) w) item) as items,
        ${filter.facets === true ? facetsOf(sql, schema, matches(sql, schema, filter)) : sql`null`} as facets,
        ${catalogTag(sql, schema)} as tag`,
  );
  return { ...taggedPage(row), facets: row?.facets ?? undefined };
}

/** What a summary takes from the row itself: cheap, so it may be read for the rows of earlier pages, too. */
function ownColumns(sql: Sql): Fragment {
  return sql`
    w.id, w.ref, w.pack_ref, w.label, w.description, w.version, w.tags, w.status, w.enabled, w.protected, w.source,
    w.source_path, w.revision, w.last_number, w.pinned_revision, w.created, w.updated`;
}

/** The columns of a summary of `w`; for a list that is the page alone, for some of it is looked up in other tables. */
export function summaryColumns(sql: Sql, schema: string): Fragment {
  return sql`
    w.id, w.ref, w.pack_ref, w.label, w.description, w.version, w.tags, w.status, w.enabled, w.protected, w.source,
    w.source_path, w.revision,
    coalesce((
      select r.number from ${sql(schema)}.workflow_revision r
      where r.workflow_definition = w.id and r.revision = w.revision), w.last_number) as number,
    w.pinned_revision is not null as pinned,
    (select coalesce(sum(jsonb_array_length(file.diagnostics)), 0)::integer
      from ((${graphFile(sql, schema)}) union all (${actionFile(sql, schema)})) file) as problem_count,
    ${isoTime(sql, sql`w.created`)} as created, ${isoTime(sql, sql`w.updated`)} as updated`;
}

function matches(sql: Sql, schema: string, filter: WorkflowFilter): Fragment {
  const { pack, enabled, source, q } = filter;
  const tags = [...filter.tags];
  const tagsAny = [...filter.tagsAny];
  return sql`w.status = any(${[...filter.statuses]}::text[])
    ${pack === undefined ? sql`` : sql`and w.pack_ref = ${pack}`}
    ${tags.length === 0 ? sql`` : sql`and w.tags @> ${tags}::text[]`}
    ${tagsAny.length === 0 ? sql`` : sql`and w.tags && ${tagsAny}::text[]`}
    ${enabled === undefined ? sql`` : sql`and w.enabled = ${enabled}`}
    ${source === undefined ? sql`` : sql`and w.source = ${source}`}
    ${q === undefined ? sql`` : sql`and w.search @@ ${queryOf(sql, schema, q)}`}`;
}

/** Free text as a query of words: made in the database, beside the words it is held against. */
function queryOf(sql: Sql, schema: string, q: string): Fragment {
  return sql`${sql(schema)}.search_query(${q}::text)`;
}

function orderOf(sql: Sql, schema: string, { sort, q }: WorkflowFilter): Fragment {
  const byRef: Fragment = sql`w.ref collate "C"`;
  switch (sort) {
    case 'label':
      return sql`w.label collate "C", ${byRef}`;
    case 'updated':
      return sql`w.updated, ${byRef}`;
    case '-updated':
      return sql`w.updated desc, ${byRef}`;
    case 'ref':
      return byRef;
    default: {
      if (q === undefined) return byRef;
      return sql`(w.ref = lower(btrim(${q}::text))) desc, ts_rank(w.search, ${queryOf(sql, schema, q)}) desc, ${byRef}`;
    }
  }
}
