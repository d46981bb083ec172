// Revisions of one definition: a page of them without their content, or one as it was.
import type { RevisionDetail, RevisionRow } from '../../model/answers.ts';
import type { Page, PageRequest, RevisionLookup } from '../../model/catalog.ts';
import type { Tag } from '../../model/tag.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime, type ListRow, pageOf } from './catalog-fragments.ts';
import { revisionTag } from './tags.ts';

export async function listRevisions(
  database: Database,
  ref: string,
  page: PageRequest,
): Promise<Page<RevisionRow> | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<ListRow<RevisionRow>[]>`
      select
        (select count(*)::integer from ${sql(schema)}.workflow_revision r where r.workflow_definition = w.id) as total,
        (select coalesce(json_agg(item), '[]') from (
          select ${revisionColumns(sql)}
          from ${sql(schema)}.workflow_revision r
          where r.workflow_definition = w.id
          order by r.number desc
          ${pageOf(sql, page)}) item) as items
      from ${sql(schema)}.workflow_definition w
      where w.ref = ${ref}`,
  );
  return row && { items: row.items, totalItems: row.total };
}

export async function findRevision(database: Database, ref: string, number: number): Promise<RevisionLookup> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<{ newest: number; item: RevisionDetail | null; tag: Tag | null }[]>`
      select
        (select coalesce(max(r.number), 0) from ${sql(schema)}.workflow_revision r
          where r.workflow_definition = w.id) as newest,
        (select to_json(item) from (
          select ${revisionColumns(sql)}, r.definition, r.source_text
          from ${sql(schema)}.workflow_revision r
          where r.workflow_definition = w.id and r.number = ${number}::integer) item) as item,
        (select ${revisionTag(sql)} from ${sql(schema)}.workflow_revision r
          where r.workflow_definition = w.id and r.number = ${number}::integer) as tag
      from ${sql(schema)}.workflow_definition w
      where w.ref = ${ref}`,
  );
  if (!row) return { kind: 'not_found' };
  return row.item === null || row.tag === null
    ? { kind: 'revision_not_found', newest: row.newest }
    : { kind: 'found', revision: row.item, tag: row.tag };
}

/** Of revision `r` of definition `w`. */
function revisionColumns(sql: Sql): Fragment {
  return sql`
    r.number, r.revision, r.version, ${isoTime(sql, sql`r.created`)} as created, r.cause,
    w.status <> 'retired' and r.revision = w.revision as served,
    coalesce(r.revision = w.pinned_revision, false) as pinned`;
}
