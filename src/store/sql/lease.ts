// Statements on source_lease.
import type { SourceName } from '../../model/pack.ts';
import type { Database } from '../connect.ts';

export type LeaseRow = { readonly acquired: boolean; readonly holder: string | null; readonly epoch: number };

/** Takes the lease if it is free, expired, ours, or held by `deadHolder`. */
export async function acquireLease(
  database: Database,
  source: SourceName,
  holder: string,
  deadHolder: string | null,
  seconds: number,
): Promise<LeaseRow> {
  const [row] = await database.run(
    (sql) => sql<LeaseRow[]>`
      select acquired, holder, epoch
      from ${sql(database.schema)}.acquire_lease(${source}, ${holder}, ${deadHolder}::text, ${seconds}::integer)`,
  );
  return row as LeaseRow;
}

/** False when another has taken it. */
export async function renewLease(
  database: Database,
  source: SourceName,
  epoch: number,
  seconds: number,
): Promise<boolean> {
  const rows = await database.run(
    (sql) => sql`
      update ${sql(database.schema)}.source_lease
      set expires_at = clock_timestamp() + make_interval(secs => ${seconds}::integer)
      where source = ${source} and epoch = ${epoch}::bigint and holder is not null
      returning epoch`,
  );
  return rows.length === 1;
}

export async function releaseLease(database: Database, source: SourceName, epoch: number): Promise<void> {
  await database.run(
    (sql) => sql`
      update ${sql(database.schema)}.source_lease
      set holder = null, expires_at = '-infinity'
      where source = ${source} and epoch = ${epoch}::bigint`,
  );
}
