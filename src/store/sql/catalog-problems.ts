// Files with an error or not served as they stand, and why.
import type { Problem } from '../../model/answers.ts';
import type { ProblemFilter, TaggedPage } from '../../model/catalog.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime, pageOf, problemFiles } from './catalog-fragments.ts';
import { catalogTag, type TaggedRow, taggedPage } from './tags.ts';

export async function listProblems(database: Database, filter: ProblemFilter): Promise<TaggedPage<Problem>> {
  const { schema } = database;
  // Materialized: every file has to be looked at, and once is enough for the total and the page.
  const [row] = await database.run(
    (sql) => sql<TaggedRow<Problem>[]>`
      with problem as materialized (
        select f.source, f.path from (${problemFiles(sql, schema)}) f where ${matches(sql, filter)})
      select
        (select count(*)::integer from problem) as total,
        (select coalesce(json_agg(item), '[]') from (
          select f.source, f.path, f.pack_ref, f.ref, f.state, ${isoTime(sql, sql`f.since`)} as since,
            ${isServed(sql, schema)} as served, f.digest, f.diagnostics
          from (
            select problem.* from problem order by source collate "C", path collate "C" ${pageOf(sql, filter)}) page
          join ${sql(schema)}.pack_file f on f.source = page.source and f.path = page.path
          order by f.source collate "C", f.path collate "C") item) as items,
        ${catalogTag(sql, schema)} as tag`,
  );
  return taggedPage(row);
}

function matches(sql: Sql, { source, pack, states }: ProblemFilter): Fragment {
  return sql`true
    ${source === undefined ? sql`` : sql`and f.source = ${source}`}
    ${pack === undefined ? sql`` : sql`and f.pack_ref = ${pack}`}
    ${states.length === 0 ? sql`` : sql`and f.state = any(${[...states]}::text[])`}`;
}

/** Executors get some revision of what file `f` stands for. A graph that several actions name has no ref but its path. */
function isServed(sql: Sql, schema: string): Fragment {
  return sql`case
    when f.role = 'manifest' then exists (
      select from ${sql(schema)}.pack p where p.ref = f.ref and p.status <> 'retired')
    when f.ref is null then exists (
      select from ${sql(schema)}.workflow_definition w
      where w.source = f.source and w.source_path = f.path and w.status <> 'retired' and w.enabled)
    else exists (select from ${sql(schema)}.served_workflow w where w.ref = f.ref)
      or exists (select from ${sql(schema)}.served_action a where a.ref = f.ref)
    end`;
}
