// Statements on source_lease.
import type { SourceName } from '../../model/pack.ts';
import type { Database } from '../connect.ts';

export type LeaseRow = { readonly acquired: boolean; readonly holder: string | null; readonly epoch: number };

/** Takes the lease if it is free, expired, ours, or held by `deadHolder`. `place`: where the source is led from. */
export async function acquireLease(
  database: Database,
  source: SourceName,
  holder: string,
  deadHolder: string | null,
  seconds: number,
  place: string | null = null,
): Promise<LeaseRow> {
  const [row] = await database.run(
    (sql) => sql<LeaseRow[]>`
      select acquired, holder, epoch
      from ${sql(database.schema)}.take_lease(
        ${source}, ${holder}, ${deadHolder}::text, ${seconds}::integer, ${place}::text)`,
  );
  return row as LeaseRow;
}

/** A lease as it is, for those who do not hold it. */
export type SeenLease = {
  /** Null: it is there to be taken. */
  readonly holder: string | null;
  /** Where the source was led from last; null: not known. */
  readonly ledFrom: string | null;
  /** Another text after each renewal. */
  readonly expiresAt: string;
  /** Milliseconds until it runs out unless it is renewed; 0 when nobody holds it. */
  readonly leftMs: number;
};

const neverLed: SeenLease = { holder: null, ledFrom: null, expiresAt: '', leftMs: 0 };

export async function readLease(database: Database, source: SourceName): Promise<SeenLease> {
  const [row] = await database.run(
    (sql) => sql<SeenLease[]>`
      select case when left_ms > 0 then holder end as holder, led_from as "ledFrom", expires_at::text as "expiresAt",
        greatest(left_ms, 0) as "leftMs"
      from (
        select l.*, case
          when l.holder is null then 0
          when isfinite(l.expires_at) then extract(epoch from l.expires_at - clock_timestamp())::float8 * 1000
          when l.expires_at > clock_timestamp() then 1e12::float8
          else 0 end as left_ms
        from ${sql(database.schema)}.source_lease l where l.source = ${source}) l`,
  );
  return row ?? neverLed;
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

/** Those who stand by are woken. */
export async function releaseLease(database: Database, source: SourceName, epoch: number): Promise<void> {
  await database.run(
    (sql) => sql`
      with released as (
        update ${sql(database.schema)}.source_lease
        set holder = null, expires_at = '-infinity'
        where source = ${source} and epoch = ${epoch}::bigint and holder is not null
        returning source)
      select pg_notify(${`${database.schema}_scan`}, source) from released`,
  );
}
