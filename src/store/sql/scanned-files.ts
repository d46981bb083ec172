// Files of a source as a scan left them, with what was told of their refs since it was asked for.

import type { FileRole } from '../../model/pack.ts';
import type { ChangeVerb } from '../../model/plan.ts';
import type { ScannedFile } from '../../model/scan.ts';
import type { Database, Sql } from '../connect.ts';
import type { Fragment } from './catalog-fragments.ts';

/** A moment of the registry. */
export type Mark = { readonly version: number; readonly at: string };

export async function readMark(database: Database): Promise<Mark> {
  const [row] = await database.run(
    (sql) =>
      sql<Mark[]>`select version, clock_timestamp()::text as at from ${sql(database.schema)}.catalog_version`,
  );
  if (!row) throw new Error('catalog_version has no row');
  return row;
}

export type ScannedRow = Omit<ScannedFile, 'result'> & {
  readonly role: FileRole;
  readonly digest: string | null;
  /** What was told of its refs since the mark. */
  readonly verbs: readonly ChangeVerb[];
  /** Its bytes, or the verdict on them, are others since the mark. */
  readonly fresh: boolean;
};

export type ScannedRows = { readonly rows: readonly ScannedRow[]; readonly omitted: number };

/** Files that neither failed nor changed, at most. */
const maxUnchanged = 10_000;
/** Over all files; each has one at least. */
const maxDiagnostics = 10_000;

export type ScannedAsk = {
  readonly source: string;
  /** A pack directory; undefined: all of them. */
  readonly dir: string | undefined;
  readonly since: Mark;
};

export async function readScanned(database: Database, ask: ScannedAsk): Promise<ScannedRows> {
  const { schema } = database;
  const rows = await database.run(
    (sql) => sql<(ScannedRow & { readonly omitted: number })[]>`
      with ${filesOf(sql, schema, ask)},
      counted as (
        select f.*,
          row_number() over (partition by f.tells order by f.path collate "C") as place,
          count(*) filter (where not f.tells) over () as others,
          greatest(1, ${maxDiagnostics}::integer
            / greatest(1, count(*) filter (where f.diagnostics <> '[]') over ())) as most
        from file f)
      select f.source, f.path, f.role, f.digest, f.ref, f.state, f.served, f.verbs, f.fresh,
        case when jsonb_array_length(f.diagnostics) <= f.most then f.diagnostics
          else jsonb_path_query_array(f.diagnostics, '$[0 to $last]', jsonb_build_object('last', f.most - 1)) end as diagnostics,
        greatest(0, f.others - ${maxUnchanged}::integer)::integer as omitted
      from counted f
      where f.tells or f.place <= ${maxUnchanged}::integer
      order by f.tells desc, f.path collate "C"`,
  );
  return { rows, omitted: rows[0]?.omitted ?? 0 };
}

/** `file`: each with its refs, what was told of them, and whether the answer must not leave it out. */
function filesOf(sql: Sql, schema: string, { source, dir, since }: ScannedAsk): Fragment {
  return sql`
    told as (
      select c.ref, array_agg(distinct c.verb) as verbs from ${sql(schema)}.catalog_change c
      where c.source = ${source} and c.version > ${since.version}::bigint group by c.ref),
    live as (
      select w.ref::text as ref, w.source_path from ${sql(schema)}.workflow_definition w
      where w.source = ${source} and w.status <> 'retired'
      union all
      select a.ref, a.source_path from ${sql(schema)}.action a
      where a.source = ${source} and a.status <> 'retired' and a.workflow_def is null),
    -- A graph stands for the refs of the actions that name it.
    by_path as (
      select l.source_path, min(l.ref collate "C") as ref, array_agg(v.verb) filter (where v.verb is not null) as verbs
      from live l left join told t on t.ref = l.ref left join lateral unnest(t.verbs) as v (verb) on true
      group by l.source_path),
    known as (
      select ref from live
      union
      select p.ref from ${sql(schema)}.pack p where p.source = ${source} and p.status <> 'retired'),
    file as (
      select f.source, f.path, f.role, f.digest, coalesce(f.ref, b.ref) as ref, f.state, f.diagnostics,
        b.ref is not null or k.ref is not null as served,
        coalesce(t.verbs, b.verbs, '{}')
          || case when f.role = 'manifest' and p.created >= ${since.at}::timestamptz then '{registered}'::text[] else '{}' end
          as verbs,
        f.since >= ${since.at}::timestamptz as fresh,
        f.state not in ('valid', 'ignored') or t.ref is not null or b.verbs is not null
          or f.since >= ${since.at}::timestamptz as tells
      from ${sql(schema)}.pack_file f
      left join told t on t.ref = f.ref
      left join by_path b on b.source_path = f.path
      left join known k on k.ref = f.ref
      left join ${sql(schema)}.pack p on p.ref = f.ref and p.source = f.source
      where f.source = ${source} ${dir === undefined ? sql`` : sql`and f.dir = ${dir}`})`;
}
