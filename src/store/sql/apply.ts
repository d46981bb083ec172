// The one statement that changes the registry, and the rows it may be staged in.
import type { Database } from '../connect.ts';

export type ApplyAnswer = {
  readonly refused?: 'lease' | 'generation';
  readonly written?: number;
  readonly version?: number;
};

/** `changeSet`: JSON text; see `apply_pack` in sql/. */
export async function applyPack(database: Database, changeSet: string): Promise<ApplyAnswer> {
  // As text first: given a jsonb parameter the driver would encode the string once more. The setting is the statement's alone, and
  // is in the rows of catalog_change.
  const [row] = await database.run(
    (sql) => sql<{ answer: ApplyAnswer }[]>`
      with given as materialized (select ${changeSet}::text::jsonb as change_set)
      select ${sql(database.schema)}.apply_pack(change_set) as answer from given
      where set_config('packwatch.epoch', coalesce(change_set ->> 'epoch', ''), true) is not null`,
  );
  if (!row) throw new Error('apply_pack gave no row');
  return row.answer;
}

export async function stagePart(
  database: Database,
  stage: string,
  part: number,
  payload: string,
): Promise<void> {
  await database.run(
    (sql) => sql`
      insert into ${sql(database.schema)}.apply_stage (stage, part, payload)
      values (${stage}::uuid, ${part}::integer, ${payload}::text::jsonb)`,
  );
}
