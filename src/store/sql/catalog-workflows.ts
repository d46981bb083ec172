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
      with found as ${howToFind(sql, filter)} (
        select w.ref, w.label, w.updated, ${rankOf(sql, schema, filter)} as rank
        from ${sql(schema)}.workflow_definition w
        where ${matches(sql, schema, filter)})
      select
        (select count(*)::integer from found) as total,
        (select coalesce(json_agg(item.summary order by item.place), '[]') from (
          select page.place, (select to_json(s) from (select ${summaryColumns(sql, schema)}) s) as summary
          from (
            select one.ref, row_number() over () as place
            from (select w.ref from found w order by ${orderOf(sql, filter)} ${pageOf(sql, filter)}) one) page
          join ${sql(schema)}.workflow_definition w on w.ref = page.ref) item) as items,
        ${filter.facets === true ? facetsOf(sql, schema, matches(sql, schema, filter)) : sql`null`} as facets,
        ${catalogTag(sql, schema)} as tag`,
  );
  return { ...taggedPage(row), facets: row?.facets ?? undefined };
}

/**
 * Words are looked for once, for the total and the page. Without words each is read from an index alone, as long as of all rows
 * nothing but the ref is asked for: with a column more the hundredth page takes twenty times as long.
 */
function howToFind(sql: Sql, { q }: WorkflowFilter): Fragment {
  return q === undefined ? sql`not materialized` : sql`materialized`;
}

function rankOf(sql: Sql, schema: string, { sort, q }: WorkflowFilter): Fragment {
  return q === undefined || sort !== undefined ? sql`0` : sql`ts_rank(w.search, ${queryOf(sql, schema, q)})`;
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

function orderOf(sql: Sql, { sort, q }: WorkflowFilter): Fragment {
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
      return sql`(w.ref = lower(btrim(${q}::text))) desc, w.rank desc, ${byRef}`;
    }
  }
}
