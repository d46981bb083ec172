// The one statement that changes the registry, and the rows it may be staged in.
import type { Database } from '../connect.ts';

export type ApplyAnswer = {
  readonly refused?: 'lease' | 'generation';
  readonly written?: number;
  readonly version?: number;
};

/** `changeSet`: JSON text; see `apply_pack` in sql/. */
export async function applyPack(database: Database, changeSet: string): Promise<ApplyAnswer> {
  // As text first: given a jsonb parameter the driver would encode the string once more.
  const [row] = await database.run(
    (sql) =>
      sql<
        { answer: ApplyAnswer }[]
      >`select ${sql(database.schema)}.apply_pack(${changeSet}::text::jsonb) as answer`,
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
