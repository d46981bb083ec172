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

/**
 * `late`: it had run out and nobody took it; whoever held it may have been refused meanwhile. `lost`: another took it, or the database
 * has another history now, and it is to be taken again (see keep_histories_apart).
 */
export type Renewal = {
  readonly state: 'renewed' | 'late' | 'lost';
  /** Number of the latest scan that was asked for and is not done; 0: none. */
  readonly asked: number;
};

export async function renewLease(
  database: Database,
  source: SourceName,
  epoch: number,
  seconds: number,
): Promise<Renewal> {
  const [row] = await database.run(
    (sql) => sql<{ late: boolean; asked: number; epoch: number }[]>`
      with held as (
        select expires_at from ${sql(database.schema)}.source_lease
        where source = ${source} and epoch = ${epoch}::bigint and holder is not null
        for no key update)
      update ${sql(database.schema)}.source_lease l
      set expires_at = clock_timestamp() + make_interval(secs => ${seconds}::integer)
      from held
      where l.source = ${source}
      returning held.expires_at <= clock_timestamp() as late,
        case when l.scan_requested > l.scan_done then l.scan_requested else 0 end as asked, l.epoch`,
  );
  if (row?.epoch !== epoch) return { state: 'lost', asked: 0 };
  return { state: row.late ? 'late' : 'renewed', asked: Number(row.asked) };
}

export async function releaseLease(database: Database, source: SourceName, epoch: number): Promise<void> {
  await database.run(
    (sql) => sql`
      update ${sql(database.schema)}.source_lease
      set holder = null, expires_at = '-infinity'
      where source = ${source} and epoch = ${epoch}::bigint`,
  );
}
