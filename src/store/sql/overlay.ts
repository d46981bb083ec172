// Statements that write down what people decide. Each is one function of sql/, which checks, writes and tells, or refuses.

import type { BatchState, BatchVerdict, OverlayVerb } from '../../model/decisions.ts';
import type { SourceName } from '../../model/pack.ts';
import type { Tag } from '../../model/tag.ts';
import type { Database, Sql } from '../connect.ts';
import type { Fragment } from './catalog-fragments.ts';

type Refused<Reason extends string> = { readonly refused: Reason };
type Written = { readonly refused?: never; readonly source: SourceName };

type Tags = readonly Tag[] | undefined;

export type OverlayAnswer =
  | Refused<'missing' | 'retired' | 'stale'>
  | (Written & { readonly changed: boolean });
export type RollBackAnswer = Refused<'missing' | 'retired' | 'stale' | 'revision' | 'served'> | Written;
export type UnpinAnswer = Refused<'missing' | 'retired' | 'stale' | 'unpinned'> | Written;
export type DecideAnswer = Refused<'missing' | Exclude<BatchState, 'open'>> | Written;
export type ForgetAnswer =
  | Refused<'missing'>
  | (Refused<'led'> & { readonly holder: string })
  | (Refused<'count'> & { readonly count: number })
  | { readonly refused?: never; readonly retired: number };

export function setOverlay(
  database: Database,
  ref: string,
  verb: OverlayVerb,
  tags: Tags,
): Promise<OverlayAnswer> {
  return call<OverlayAnswer>(
    database,
    (sql, schema) => sql`${sql(schema)}.set_overlay(${ref}, ${verb}, ${known(tags)}::text[])`,
  );
}

export function rollBack(
  database: Database,
  ref: string,
  number: number,
  tags: Tags,
): Promise<RollBackAnswer> {
  return call<RollBackAnswer>(
    database,
    (sql, schema) => sql`${sql(schema)}.roll_back(${ref}, ${number}::integer, ${known(tags)}::text[])`,
  );
}

export function unpin(database: Database, ref: string, tags: Tags): Promise<UnpinAnswer> {
  return call<UnpinAnswer>(
    database,
    (sql, schema) => sql`${sql(schema)}.unpin(${ref}, ${known(tags)}::text[])`,
  );
}

/** Null asks for nothing. */
function known(tags: Tags): string[] | null {
  return tags === undefined ? null : [...tags];
}

export function decideBatch(database: Database, batch: string, verdict: BatchVerdict): Promise<DecideAnswer> {
  return call<DecideAnswer>(
    database,
    (sql, schema) => sql`${sql(schema)}.decide_batch(${batch}, ${verdict})`,
  );
}

export function forgetSource(database: Database, source: string, confirm: number): Promise<ForgetAnswer> {
  return call<ForgetAnswer>(
    database,
    (sql, schema) => sql`${sql(schema)}.forget_source(${source}, ${confirm}::integer)`,
  );
}

async function call<Answer>(
  database: Database,
  expression: (sql: Sql, schema: string) => Fragment,
): Promise<Answer> {
  const [row] = await database.run(
    (sql) => sql<{ answer: Answer }[]>`select ${expression(sql, database.schema)} as answer`,
  );
  if (!row) throw new Error('a select without from gave no row');
  return row.answer;
}
