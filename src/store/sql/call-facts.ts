// What a workflow calls, and what is offered in the packs that it calls into. One statement.
import type { CallFacts } from '../../model/calls.ts';
import type { Database } from '../connect.ts';

/** Undefined: there is no such workflow, or it is retired. Schemas are read only of what is called. */
export async function readCallFacts(database: Database, ref: string): Promise<CallFacts | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<CallFacts[]>`
      select w.ref, w.source_path, w.definition, w.source_text,
        (select coalesce(json_agg(json_build_object('ref', p.ref, 'offers', (
            select coalesce(json_agg(offer order by offer.ref collate "C"), '[]') from (
              select a.ref, case when a.ref = any(w.calls) then a.param_schema end as param_schema, true as registered
              from ${sql(schema)}.action a where a.pack_ref = p.ref and a.status <> 'retired'
              union all
              select distinct f.ref, null::jsonb, false
              from ${sql(schema)}.pack_file f
              where f.pack_ref = p.ref and f.role <> 'manifest' and f.ref is not null and not exists (
                select from ${sql(schema)}.action a where a.ref = f.ref and a.status <> 'retired')) offer))), '[]')
          from ${sql(schema)}.pack p
          where p.status <> 'retired' and p.ref in (select split_part(c, '.', 1) from unnest(w.calls) c)) as packs
      from ${sql(schema)}.workflow_definition w
      where w.ref = ${ref} and w.status <> 'retired'`,
  );
  return row;
}
