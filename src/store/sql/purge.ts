// Statements that forget: what has been retired long enough, and changes told long ago.
import type { SourceName } from '../../model/pack.ts';
import type { Database } from '../connect.ts';

/** Deletes at most `atMost` retired rows of any source; the writer of `source` asks. Returns how many; 0 when its lease is gone. */
export async function purgeRetired(
  database: Database,
  source: SourceName,
  epoch: number,
  retainDays: number,
  atMost: number,
): Promise<number> {
  const [row] = await database.run(
    (sql) => sql<{ answer: { purged?: number } }[]>`
      select ${sql(database.schema)}.purge_retired(${source}, ${epoch}::bigint,
        make_interval(days => ${retainDays}::integer), ${atMost}::integer) as answer`,
  );
  return row?.answer.purged ?? 0;
}

/** Deletes changes told more than 7 days ago, and batches over for more than 90. */
export async function forgetChanges(database: Database): Promise<void> {
  await database.run((sql) => sql`select ${sql(database.schema)}.forget_changes()`);
}
