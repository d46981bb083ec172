// Roots as the registry knows them: who leads each, and what there is of it.
import type { SourceRow } from '../../model/answers.ts';
import type { Page, PageRequest } from '../../model/catalog.ts';
import { nameHolder } from '../../model/decisions.ts';
import type { Database } from '../connect.ts';
import { isoTime, type ListRow, pageOf, problemFiles } from './catalog-fragments.ts';

export async function listSources(database: Database, page: PageRequest): Promise<Page<SourceRow>> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<ListRow<SourceRow>[]>`
      with live as (
        select w.source, w.ref from ${sql(schema)}.workflow_definition w where w.status <> 'retired'
        union
        select a.source, a.ref from ${sql(schema)}.action a where a.status <> 'retired'),
      amount as (
        select source, sum(packs)::integer as packs, sum(definitions)::integer as definitions,
          sum(problems)::integer as problems, sum(held)::integer as held
        from (
          select source, count(*) as packs, 0 as definitions, 0 as problems, 0 as held
            from ${sql(schema)}.pack where status <> 'retired' group by source
          union all
          select source, 0, count(*), 0, 0 from live group by source
          union all
          select source, 0, 0, count(*), 0 from (${problemFiles(sql, schema)}) f group by source
          union all
          select source, 0, 0, 0, sum(cardinality(pending))
            from ${sql(schema)}.held_batch where state = 'open' group by source
          union all
          select distinct source, 0, 0, 0, 0 from ${sql(schema)}.pack_file) part
        group by source),
      known as (
        select coalesce(l.source, amount.source) as source,
          case when l.expires_at > clock_timestamp() then l.holder end as leader,
          coalesce(l.epoch, 0) as epoch,
          case when l.expires_at > clock_timestamp() then ${isoTime(sql, sql`l.led_since`)} end as since,
          case when isfinite(l.expires_at) and l.holder is not null then ${isoTime(sql, sql`l.expires_at`)} end as expires_at,
          coalesce(packs, 0) as packs, coalesce(definitions, 0) as definitions, coalesce(problems, 0) as problems,
          coalesce(held, 0) as held
        from ${sql(schema)}.source_lease l full join amount on amount.source = l.source
        -- Of a source that was forgotten the lease's row is left: its epochs must not be given out again.
        where coalesce(l.source, amount.source) like 'root:%'
          and (amount.source is not null or (l.holder is not null and l.expires_at > clock_timestamp())))
      select
        (select count(*)::integer from known) as total,
        (select coalesce(json_agg(item), '[]') from (
          select * from known order by source collate "C" ${pageOf(sql, page)}) item) as items`,
  );
  const items = row?.items ?? [];
  return {
    items: items.map((item) => ({ ...item, leader: item.leader === null ? null : nameHolder(item.leader) })),
    totalItems: row?.total ?? 0,
  };
}
