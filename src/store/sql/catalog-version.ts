// The number that every transaction raises which changes something.
import type { Database, ListenConnection } from '../connect.ts';

/** Asks over the pool, or over the connection that listens, which shows that it lives. */
export async function readVersion(
  over: Pick<Database, 'run'> | ListenConnection,
  schema: string,
  deadlineMs: number,
): Promise<number> {
  const [row] = await over.run(
    (sql) => sql<{ version: number }[]>`select version from ${sql(schema)}.catalog_version`,
    deadlineMs,
  );
  if (!row) throw new Error('catalog_version has no row');
  return row.version;
}

/** The registry was seen at this version: where it is at a lower one now, it leaps over all that may have been told and is lost. */
export async function leaveGap(database: Database, seen: number, deadlineMs: number): Promise<void> {
  await database.run((sql) => sql`select ${sql(database.schema)}.leave_gap(${seen}::bigint)`, deadlineMs);
}
