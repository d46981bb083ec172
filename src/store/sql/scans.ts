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
  /** Pack directories that scans from `done` to `tried` have still to look at; null: all. */
  readonly left: readonly string[] | null;
  /** Why they have looked at nothing. */
  readonly trouble: string | null;
  /** Somebody holds the lease. */
  readonly led: boolean;
};

/** Undefined: nobody ever led a source of this name. */
export async function readScan(database: Database, source: string): Promise<ScanRow | undefined> {
  const [row] = await database.run(
    (sql) => sql<ScanRow[]>`
      select scan_requested as requested, scan_done as done, scan_tried as tried,
        to_json(scan_left) as left, scan_trouble as trouble,
        holder is not null and expires_at > clock_timestamp() as led
      from ${sql(database.schema)}.source_lease where source = ${source}`,
  );
  return row;
}

/** What came of a scan: the pack directories that are left to look at, none when it is done; or why nothing was looked at. */
export type ScanAnswered = { readonly left: readonly string[] } | { readonly trouble: string };

/** Writes nothing when the lease is gone, or a later scan was answered. */
export async function answerScan(
  database: Database,
  scan: { readonly source: string; readonly epoch: number; readonly number: number },
  came: ScanAnswered,
): Promise<void> {
  const { source, epoch, number } = scan;
  const left = 'left' in came ? [...came.left] : null;
  const trouble = 'trouble' in came ? came.trouble : null;
  await database.run(
    (sql) => sql`
      select ${sql(database.schema)}.answer_scan(
        ${source}, ${epoch}::bigint, ${number}::bigint, ${left}::text[], ${trouble}::text)`,
  );
}
