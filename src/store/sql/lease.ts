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

/** `late`: it had run out and nobody took it; whoever held it may have been refused meanwhile. `lost`: another took it. */
export type Renewal = 'renewed' | 'late' | 'lost';

export async function renewLease(
  database: Database,
  source: SourceName,
  epoch: number,
  seconds: number,
): Promise<Renewal> {
  const [row] = await database.run(
    (sql) => sql<{ late: boolean }[]>`
      with held as (
        select expires_at from ${sql(database.schema)}.source_lease
        where source = ${source} and epoch = ${epoch}::bigint and holder is not null
        for no key update)
      update ${sql(database.schema)}.source_lease l
      set expires_at = clock_timestamp() + make_interval(secs => ${seconds}::integer)
      from held
      where l.source = ${source}
      returning held.expires_at <= clock_timestamp() as late`,
  );
  if (!row) return 'lost';
  return row.late ? 'late' : 'renewed';
}

export async function releaseLease(database: Database, source: SourceName, epoch: number): Promise<void> {
  await database.run(
    (sql) => sql`
      update ${sql(database.schema)}.source_lease
      set holder = null, expires_at = '-infinity'
      where source = ${source} and epoch = ${epoch}::bigint`,
  );
}
