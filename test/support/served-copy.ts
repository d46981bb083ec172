// A copy of what is served, held by somebody else, against `served_workflow` itself.
import { isDeepStrictEqual } from 'node:util';
import type { TestDatabase } from './postgres.ts';

/** As `GET /workflows/:ref` gives it. */
export type Copied = { readonly ref: string } & Readonly<Record<string, unknown>>;

/** Every column that the API shows. */
const served = `
  select id::int, ref, pack_ref, label, description, version, param_schema, out_schema, definition, tags, revision, source,
    status, protected, pinned_revision is not null as pinned,
    to_char(created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created,
    to_char(updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as updated
  from served_workflow order by ref`;

/** One line for each ref, or column of it, that is not the same; empty: they are equal. */
export async function differencesOf(
  copy: Iterable<Copied>,
  { query }: Pick<TestDatabase, 'query'>,
): Promise<readonly string[]> {
  const copied = new Map([...copy].map((workflow) => [workflow.ref, workflow]));
  const found: string[] = [];
  for (const row of await query<Copied>(served)) {
    const mine = copied.get(row.ref);
    copied.delete(row.ref);
    if (mine === undefined) found.push(`${row.ref} is missing`);
    else
      for (const [key, value] of Object.entries(row))
        if (!isDeepStrictEqual(mine[key], value)) found.push(`${row.ref}: ${key} differs`);
  }
  return [...found, ...[...copied.keys()].map((ref) => `${ref} is not served`)];
}
