// Scans of a source that are asked for and answered: numbers in the row of its lease, see ask_scan and answer_scan.
import type { Database } from '../connect.ts';

/** Asks the writer of a source for a scan; the number it is done under. Undefined: nobody ever led a source of this name. */
export async function askScan(database: Database, source: string): Promise<number | undefined> {
  const [row] = await database.run(
    (sql) => sql<{ number: number | null }[]>`select ${sql(database.schema)}.ask_scan(${source}) as number`,
  );
  return row?.number === null || row === undefined ? undefined : Number(row.number);
}

/** How far the scans of a source are. */
export type ScanRow = {
  readonly requested: number;
  readonly done: number;
  readonly tried: number;
  /** Why scans from `done` to `tried` are not done yet. */
  readonly trouble: string | null;
  /** Somebody holds the lease. */
  readonly led: boolean;
};

/** Undefined: nobody ever led a source of this name. */
export async function readScan(database: Database, source: string): Promise<ScanRow | undefined> {
  const [row] = await database.run(
    (sql) => sql<ScanRow[]>`
      select scan_requested as requested, scan_done as done, scan_tried as tried, scan_trouble as trouble,
        holder is not null and expires_at > clock_timestamp() as led
      from ${sql(database.schema)}.source_lease where source = ${source}`,
  );
  return row;
}

/** `trouble` undefined: it is done. Nothing when the lease is gone. */
export async function answerScan(
  database: Database,
  scan: {
    readonly source: string;
    readonly epoch: number;
    readonly number: number;
    readonly trouble?: string;
  },
): Promise<void> {
  const { source, epoch, number, trouble = null } = scan;
  await database.run(
    (sql) =>
      sql`select ${sql(database.schema)}.answer_scan(${source}, ${epoch}::bigint, ${number}::bigint, ${trouble}::text)`,
  );
}
