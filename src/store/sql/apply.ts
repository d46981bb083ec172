// The one statement that changes the registry, and the rows it may be staged in.
import type { Database } from '../connect.ts';

export type ApplyAnswer = {
  readonly refused?: 'lease' | 'generation';
  readonly written?: number;
  readonly version?: number;
};

/** A change set as `apply_pack` is given it. */
export type ChangeSetText = {
  /** JSON text: the head and the lists, or a head that names the stage they were put into. */
  readonly text: string;
  /** Of the workflows of the list, in its order. Undefined: their items are whole. */
  readonly longTexts: LongTexts | undefined;
};

/** Texts one after another with what stands between two of them, which is in none: parsed by themselves, they cost the server half. */
export type LongTexts = {
  readonly separator: string;
  readonly definitions: string;
  readonly sourceTexts: string;
};

/** See `apply_pack` in sql/. `epoch`: of the lease; null: of the API, which has none. */
export async function applyPack(
  database: Database,
  epoch: number | null,
  { text, longTexts }: ChangeSetText,
): Promise<ApplyAnswer> {
  // As text first: given a jsonb parameter the driver would encode the string once more. The setting is the statement's alone, and
  // is in the rows of catalog_change.
  const [row] = await database.run((sql) => {
    const beside = longTexts
      ? sql`, ${longTexts.separator}::text, ${longTexts.definitions}::text, ${longTexts.sourceTexts}::text`
      : sql``;
    return sql<{ answer: ApplyAnswer }[]>`
      select ${sql(database.schema)}.apply_pack(${text}::text::jsonb${beside}) as answer
      from set_config('packwatch.epoch', ${String(epoch ?? '')}::text, true)`;
  });
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
