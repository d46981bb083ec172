// Who calls a ref, and whom a definition calls: found by the refs that each row carries; only the rows of a page are read for the
// names of their tasks.
import type { Callee, Caller } from '../../model/answers.ts';
import type { PageRequest, TaggedPage } from '../../model/catalog.ts';
import type { Database } from '../connect.ts';
import { pageOf } from './catalog-fragments.ts';
import { catalogTag, type TaggedRow, taggedPage } from './tags.ts';

/** Undefined: nothing of this ref was ever registered. */
export async function listCallers(
  database: Database,
  ref: string,
  page: PageRequest,
): Promise<TaggedPage<Caller> | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<TaggedRow<Caller>[]>`
      select
        (select count(*)::integer from ${sql(schema)}.workflow_definition w
          where w.calls @> array[${ref}]::text[] and w.status <> 'retired') as total,
        (select coalesce(json_agg(item), '[]') from (
          select w.ref, w.pack_ref, w.label, w.status, w.enabled, w.source, w.source_path,
            (select json_agg(c.task) from ${sql(schema)}.task_calls(w.definition) c where c.action = ${ref}) as tasks
          from (
            select * from ${sql(schema)}.workflow_definition w
            where w.calls @> array[${ref}]::text[] and w.status <> 'retired'
            order by w.ref collate "C"
            ${pageOf(sql, page)}) w) item) as items,
        ${catalogTag(sql, schema)} as tag
      from ${sql(schema)}.workflow_definition called
      where called.ref = ${ref}`,
  );
  return row && taggedPage(row);
}

/** As `listCallers`. */
export async function listCallees(
  database: Database,
  ref: string,
  page: PageRequest,
): Promise<TaggedPage<Callee> | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<TaggedRow<Callee>[]>`
      with call as materialized (
        select c.task, c.action from ${sql(schema)}.workflow_definition w
        cross join lateral ${sql(schema)}.task_calls(w.definition) c
        where w.ref = ${ref})
      select
        cardinality(caller.calls) as total,
        (select coalesce(json_agg(item), '[]') from (
          select called.ref,
            case when a.workflow_def is not null then 'workflow' when a.id is not null then 'action' end as kind,
            case
              when a.id is null and p.id is not null then 'missing'
              when a.id is null then 'elsewhere'
              when a.status = 'retired' or w.status = 'retired' then 'retired'
              when w.enabled = false then 'disabled'
              else 'served' end as state,
            (select json_agg(c.task) from call c where c.action = called.ref) as tasks
          from (
            select r as ref from unnest(caller.calls) r order by r collate "C" ${pageOf(sql, page)}) called
          left join ${sql(schema)}.action a on a.ref = called.ref
          left join ${sql(schema)}.workflow_definition w on w.id = a.workflow_def
          left join ${sql(schema)}.pack p on p.ref = split_part(called.ref, '.', 1) and p.status <> 'retired'
          order by called.ref collate "C") item) as items,
        ${catalogTag(sql, schema)} as tag
      from ${sql(schema)}.workflow_definition caller
      where caller.ref = ${ref}`,
  );
  return row && taggedPage(row);
}
