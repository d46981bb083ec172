// Changes after a version: whole versions, as many as fit, with what tells whether any of them are gone. One snapshot.
import type { ChangePage, ChangeRow, ChangesGone } from '../../model/change-feed.ts';
import type { Database, Sql } from '../connect.ts';
import { type Fragment, isoTime } from './catalog-fragments.ts';
import { readVersion } from './catalog-version.ts';

const deadlineMs = 5_000;

type Answer = {
  readonly version: number;
  readonly forgotten: number;
  readonly told: number;
  readonly complete: boolean;
  readonly rows: readonly ChangeRow[];
};

/** At most `atMost` rows, unless the first version alone has more. */
export async function readChanges(
  database: Database,
  since: number,
  atMost: number,
): Promise<ChangePage | ChangesGone> {
  const [row] = await database.run(
    (sql) => sql<Answer[]>`
      select v.version, v.forgotten, upto.version as told,
        not exists (${changesAfter(sql, database.schema, sql`upto.version`)}) as complete,
        (select coalesce(json_agg(item), '[]') from (
          select c.version, ${isoTime(sql, sql`c.at`)} as at, c.source, c.pack_ref, c.ref, c.verb, c.number
          from (${changesAfter(sql, database.schema, sql`${since}::bigint`)}) c
          where c.version <= upto.version
          order by c.version, c.position) item) as rows
      from ${sql(database.schema)}.catalog_version v
      left join lateral (
        ${changesAfter(sql, database.schema, sql`${since}::bigint`)}
        order by c.version, c.position limit 1) first on true
      left join lateral (
        ${changesAfter(sql, database.schema, sql`${since}::bigint`)}
        order by c.version, c.position offset ${atMost}::integer limit 1) beyond on true
      cross join lateral (
        select case when beyond.version is null then v.version
          else greatest(beyond.version - 1, first.version) end as version) upto`,
    deadlineMs,
  );
  if (!row) throw new Error('catalog_version has no row');
  const { version, forgotten, told, complete, rows } = row;
  if (since < forgotten) return { kind: 'gone', reason: 'forgotten', version, forgotten };
  if (since > version) return { kind: 'gone', reason: 'ahead', version, forgotten };
  // Versions that tell of no ref are passed over once nothing else is left.
  return { kind: 'page', rows, version: complete ? version : told, complete };
}

/** Where the registry is now. */
export async function readNewest(database: Database): Promise<ChangePage> {
  const version = await readVersion(database, database.schema, deadlineMs);
  return { kind: 'page', rows: [], version, complete: true };
}

function changesAfter(sql: Sql, schema: string, version: Fragment): Fragment {
  return sql`select c.* from ${sql(schema)}.catalog_change c where c.version > ${version}`;
}
