// Lists of packs, and one pack: its columns and two counts.
import type { PackFilter, PackRow, Page } from '../../model/catalog.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime, type ListRow, pageOf, problemFiles } from './catalog-fragments.ts';

export async function listPacks(database: Database, filter: PackFilter): Promise<Page<PackRow>> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<ListRow<PackRow>[]>`
      select
        (select count(*)::integer from ${sql(schema)}.pack p where ${matches(sql, filter)}) as total,
        (select coalesce(json_agg(item), '[]') from (
          select ${packColumns(sql, schema)}
          from (
            select * from ${sql(schema)}.pack p
            where ${matches(sql, filter)}
            order by p.ref collate "C"
            ${pageOf(sql, filter)}) p) item) as items`,
  );
  return { items: row?.items ?? [], totalItems: row?.total ?? 0 };
}

export async function findPack(database: Database, ref: string): Promise<PackRow | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<{ item: PackRow }[]>`
      select to_json(item) as item
      from (select ${packColumns(sql, schema)} from ${sql(schema)}.pack p where p.ref = ${ref}) item`,
  );
  return row?.item;
}

function matches(sql: Sql, { statuses, source }: PackFilter): Fragment {
  return sql`p.status = any(${[...statuses]}::text[]) ${source === undefined ? sql`` : sql`and p.source = ${source}`}`;
}

function packColumns(sql: Sql, schema: string): Fragment {
  return sql`
    p.id, p.ref, p.label, p.description, p.version, p.conf_schema, p.config, p.meta, p.tags, p.runtime_deps,
    p.dependencies, p.is_standard, p.installers, p.source_type, p.source_url, p.source_ref, p.checksum,
    p.checksum_verified, ${isoTime(sql, sql`p.installed_at`)} as installed_at, p.installed_by, p.installation_method,
    p.storage_path, p.source, p.source_path, p.status, p.generation,
    ${isoTime(sql, sql`p.created`)} as created, ${isoTime(sql, sql`p.updated`)} as updated,
    (select count(*) from ${sql(schema)}.workflow_definition d
      where d.pack = p.id and d.status <> 'retired') as workflow_count,
    (select count(*) from (${problemFiles(sql, schema)}) f where f.pack_ref = p.ref) as problem_count`;
}
