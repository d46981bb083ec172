// Parts that statements of the catalogue share. In: the tag and the schema. Out: fragments of SQL, never values in text.
import type { Sql } from '../connect.ts';

/** A piece of a statement; it is not sent by itself. */
export type Fragment = ReturnType<Sql>;

/** The answer of a list: one row, so that total and items are of one snapshot. */
export type ListRow<Item> = { readonly total: number; readonly items: readonly Item[] };

/** A time as the API prints it, whatever time zone the session has. */
export function isoTime(sql: Sql, column: Fragment): Fragment {
  return sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export function pageOf(sql: Sql, request: { readonly page: number; readonly pageSize: number }): Fragment {
  const offset = (request.page - 1) * request.pageSize;
  return sql`limit ${request.pageSize}::integer offset ${offset}::bigint`;
}

/**
 * The row in `pack_file` of the graph of definition `w`: where it was last registered from, else the file that claims its ref now
 * (moved and broken at once). None for a definition of the API and for a file that is gone.
 */
export function graphFile(sql: Sql, schema: string): Fragment {
  return sql`
    select f.path, f.state, f.digest, f.since, f.diagnostics
    from ${sql(schema)}.pack_file f
    where f.source = w.source and f.role = 'workflow' and (f.path = w.source_path or f.ref = w.ref)
    order by (f.path = w.source_path) desc, f.path collate "C"
    limit 1`;
}

/**
 * The row of the action file that names the graph of `w`, if one does: its mistakes keep the workflow from being served, too. Where
 * it was last registered from, else the one that claims its ref now.
 */
export function actionFile(sql: Sql, schema: string): Fragment {
  return sql`
    select f.path, f.state, f.digest, f.since, f.diagnostics
    from ${sql(schema)}.action a
    join ${sql(schema)}.pack_file f on f.source = a.source and f.role = 'action' and (f.path = a.source_path or f.ref = a.ref)
    where a.workflow_def = w.id and a.source_path is distinct from w.source_path
    order by (f.path = a.source_path) desc, f.path collate "C"
    limit 1`;
}

/**
 * Rows of `pack_file` with an error or not served as they stand. A valid graph is when a definition is made from it, at these bytes,
 * without a pin and left as it was made; actions and manifests keep no digest of their file, so being registered from it has to do. A definition that
 * an operator disabled is as it should be.
 */
export function problemFiles(sql: Sql, schema: string): Fragment {
  const bad = sql`f.state in ('invalid', 'unreadable', 'conflict')`;
  const files = sql`select f.* from ${sql(schema)}.pack_file f`;
  // One anti join a role: as a condition with subqueries the planner expects so much of it that it compiles it, 100 ms each time.
  return sql`
    ${files} where ${bad}
    union all
    ${files} where not ${bad} and f.role = 'workflow' and not exists (
      select from ${sql(schema)}.workflow_definition w
      where w.source = f.source and w.source_path = f.path and w.file_digest = f.digest
        and w.pinned_revision is null and w.status <> 'retired' and not w.drifted)
    union all
    ${files} where not ${bad} and f.role = 'action' and not exists (
      select from ${sql(schema)}.action a
      where a.source = f.source and a.source_path = f.path and a.status <> 'retired' and not a.drifted)
    union all
    ${files} where not ${bad} and f.role = 'manifest' and not exists (
      select from ${sql(schema)}.pack p
      where p.source = f.source and p.source_path = f.dir and p.status <> 'retired')`;
}
