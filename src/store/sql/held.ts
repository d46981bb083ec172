// Batches of removals that wait for a person, or waited.
import type { HeldBatch } from '../../model/answers.ts';
import type { HeldFilter, Page } from '../../model/catalog.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime, type ListRow, pageOf } from './catalog-fragments.ts';

export async function listHeld(database: Database, filter: HeldFilter): Promise<Page<HeldBatch>> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<ListRow<HeldBatch>[]>`
      select
        (select count(*)::integer from ${sql(schema)}.held_batch b where ${matches(sql, filter)}) as total,
        (select coalesce(json_agg(item), '[]') from (
          select ${batchColumns(sql)}
          from ${sql(schema)}.held_batch b
          where ${matches(sql, filter)}
          order by b.state = 'open' desc, b.created desc, b.id
          ${pageOf(sql, filter)}) item) as items`,
  );
  return { items: row?.items ?? [], totalItems: row?.total ?? 0 };
}

export async function findHeld(database: Database, batch: string): Promise<HeldBatch | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<{ item: HeldBatch }[]>`
      select to_json(item) as item
      from (select ${batchColumns(sql)} from ${sql(schema)}.held_batch b where b.id = ${batch}) item`,
  );
  return row?.item;
}

function matches(sql: Sql, { states, source }: HeldFilter): Fragment {
  return sql`b.state = any(${[...states]}::text[]) ${source === undefined ? sql`` : sql`and b.source = ${source}`}`;
}

function batchColumns(sql: Sql): Fragment {
  const refs = sql`case b.state when 'open' then b.pending else b.refs end`;
  return sql`
    b.id as batch, b.source, b.reason, ${refs} as refs, cardinality(${refs}) as count, b.of,
    ${isoTime(sql, sql`b.created`)} as created, b.state`;
}
