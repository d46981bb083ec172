// Statements about removals: what they are measured against, and the batches they wait in.
import type { Ref, SourceName } from '../../model/pack.ts';
import type { PendingBatch } from '../../model/state.ts';
import type { Database } from '../connect.ts';

/** What a source lost in the last ten minutes, and the highest number that was active in that time. */
export async function readRemovals(
  database: Database,
  source: SourceName,
): Promise<{ readonly retired: number; readonly highest: number }> {
  const [row] = await database.run(
    (sql) => sql<{ retired: number; highest: number }[]>`
      select retired, highest from ${sql(database.schema)}.read_removals(${source})`,
  );
  if (!row) throw new Error('read_removals gave no row');
  return row;
}

/** Every definition and plain action of a source that is served and not protected, sorted. */
export async function readRemovable(database: Database, source: SourceName): Promise<readonly Ref[]> {
  const rows = await database.run(
    (sql) => sql<{ ref: Ref }[]>`
      select ref from (
        select w.ref::text from ${sql(database.schema)}.workflow_definition w
          where w.source = ${source} and w.status <> 'retired' and not w.protected
        union
        select a.ref from ${sql(database.schema)}.action a
          where a.source = ${source} and a.status <> 'retired' and a.workflow_def is null) removable
      order by ref collate "C"`,
  );
  return rows.map(({ ref }) => ref);
}

/** Adds refs to the source's open batch of a reason; refused without a word when the lease is gone. */
export async function holdRemovals(
  database: Database,
  source: SourceName,
  epoch: number,
  reason: PendingBatch['reason'],
  refs: readonly Ref[],
  of: number,
): Promise<void> {
  await database.run(
    (sql) => sql`
      select ${sql(database.schema)}.hold_removals(${source}, ${epoch}::bigint, ${reason},
        ${[...refs]}::text[], ${of}::integer)`,
  );
}

/** Ends what is pending of a source's batches of a reason. */
export async function expireBatches(
  database: Database,
  source: SourceName,
  epoch: number,
  reason: PendingBatch['reason'],
): Promise<void> {
  await database.run(
    (sql) => sql`
      select ${sql(database.schema)}.expire_batches(${source}, ${epoch}::bigint, ${reason})`,
  );
}
