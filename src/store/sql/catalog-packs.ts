// Lists of packs, and one pack: its columns and two counts.
import type { PackRow } from '../../model/answers.ts';
import type { FoundPack, PackFilter, TaggedPage } from '../../model/catalog.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime, pageOf, problemFiles } from './catalog-fragments.ts';
import { catalogTag, packTag, type TaggedRow, taggedPage } from './tags.ts';

export async function listPacks(database: Database, filter: PackFilter): Promise<TaggedPage<PackRow>> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<TaggedRow<PackRow>[]>`
      select
        (select count(*)::integer from ${sql(schema)}.pack p where ${matches(sql, filter)}) as total,
        (select coalesce(json_agg(item), '[]') from (
          select ${packColumns(sql, schema)}
          from (
            select * from ${sql(schema)}.pack p
            where ${matches(sql, filter)}
            order by p.ref collate "C"
            ${pageOf(sql, filter)}) p) item) as items,
        ${catalogTag(sql, schema)} as tag`,
  );
  return taggedPage(row);
}

export async function findPack(database: Database, ref: string): Promise<FoundPack | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<FoundPack[]>`
      select (select to_json(item) from (select ${packColumns(sql, schema)}) item) as pack, ${packTag(sql, schema)} as tag
      from ${sql(schema)}.pack p where p.ref = ${ref}`,
  );
  return row;
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
