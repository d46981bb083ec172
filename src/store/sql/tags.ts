// Tags of what the API shows: another one whenever what is shown may be another. Made from versions and digests alone; what is shown
// is not read for them.
import type { TaggedPage } from '../../model/catalog.ts';
import type { Mark, Tag } from '../../model/tag.ts';
import type { Database, Sql } from '../connect.ts';
import type { Fragment, ListRow } from './catalog-fragments.ts';

/** The answer of a list that is tagged by the whole catalogue. */
export type TaggedRow<Item> = ListRow<Item> & { readonly tag: Tag };

export function taggedPage<Item>(row: TaggedRow<Item> | undefined): TaggedPage<Item> {
  if (!row) throw new Error('a select without from gave no row');
  return { items: row.items, totalItems: row.total, tag: row.tag };
}

/** Of definition `w`. Compared again in sql/ when a person decides. */
export function workflowTag(sql: Sql, schema: string): Fragment {
  return sql`${sql(schema)}.workflow_tag(w.id)`;
}

/** Of pack `p` with all that is in it, whoever writes there. */
export function packTag(sql: Sql, schema: string): Fragment {
  const problems = problemsMark(sql, schema, sql`f.source = p.source and f.pack_ref = p.ref`);
  return tagOf(
    sql,
    sql`concat_ws(' ', p.id, p.generation, p.xmin, extract(epoch from p.updated), ${problems})`,
  );
}

/**
 * Of everything in the tables that is listed: what this program writes raises the version, what is written by hand the generation
 * of a pack, or the mark of the files with problems.
 */
export function catalogTag(sql: Sql, schema: string): Fragment {
  return sql`(
    select ${tagOf(sql, sql`concat_ws(' ', v.version, v.xmin, p.generations, l.problems)`)}
    from ${sql(schema)}.catalog_version v
    cross join (select sum(hashtextextended(p.ref, p.generation)) as generations from ${sql(schema)}.pack p) p
    cross join (
      select sum(${problemsMark(sql, schema, sql`f.source = l.source`)}) as problems from ${sql(schema)}.source_lease l) l)`;
}

/**
 * Of the files that have problems, and of nothing else in `pack_file`: what is written by hand there raises no generation. What it does
 * to other files is undone by the next rescan, which tells of it. `which` has to name one source: before the tables are analysed
 * nothing else makes the planner take the index of problems, which is empty as a rule, and not the whole table.
 */
function problemsMark(sql: Sql, schema: string, which: Fragment): Fragment {
  return sql`(
    select sum(hashtextextended(f.path, f.xmin::text::bigint)) from ${sql(schema)}.pack_file f
    where ${which} and (f.state <> 'valid' or f.diagnostics <> '[]'))`;
}

/** Of revision `r` of definition `w`: it never changes, but for whether it is served and pinned. */
export function revisionTag(sql: Sql): Fragment {
  return tagOf(
    sql,
    sql`concat_ws(' ', w.id, r.number, r.xmin, r.revision,
      w.status <> 'retired' and r.revision = w.revision, coalesce(r.revision = w.pinned_revision, false))`,
  );
}

function tagOf(sql: Sql, versions: Fragment): Fragment {
  return sql`left(encode(sha256(convert_to(${versions}, 'UTF8')), 'hex'), 24)`;
}

/**
 * By ref, of those that are there and not retired. The refs are JSON: of an array the planner looks at the length, and plans anew each
 * time, which takes three times as long as the tag; and each is looked up by the index, however many it takes them for.
 */
export async function findWorkflowTags(
  database: Database,
  refs: readonly string[],
): Promise<ReadonlyMap<string, Tag>> {
  const { schema } = database;
  const rows = await database.run(
    (sql) => sql<{ ref: string; tag: Tag }[]>`
      select asked.ref, w.tag from json_array_elements_text(${JSON.stringify(refs)}::text::json) asked (ref)
      cross join lateral (
        select ${workflowTag(sql, schema)} as tag from ${sql(schema)}.workflow_definition w
        where w.ref = asked.ref and w.status <> 'retired' limit 1) w`,
  );
  return new Map(rows.map(({ ref, tag }) => [ref, tag]));
}

export async function findRevisionTag(
  database: Database,
  ref: string,
  number: number,
): Promise<Tag | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<{ tag: Tag }[]>`
      select ${revisionTag(sql)} as tag
      from ${sql(schema)}.workflow_definition w
      join ${sql(schema)}.workflow_revision r on r.workflow_definition = w.id
      where w.ref = ${ref} and r.number = ${number}::integer`,
  );
  return row?.tag;
}

export async function findPackTag(database: Database, ref: string): Promise<Tag | undefined> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<{ tag: Tag }[]>`
      select ${packTag(sql, schema)} as tag from ${sql(schema)}.pack p where p.ref = ${ref} and p.status <> 'retired'`,
  );
  return row?.tag;
}

/**
 * What the statement sees of the server's transactions; null on a standby, where that does not tell them apart. The start of the
 * server is part of it, for one that was set back counts its transactions anew.
 */
function currentMark(sql: Sql): Fragment {
  return sql`case when not pg_is_in_recovery()
    then concat_ws(' ', pg_current_snapshot(), extract(epoch from pg_postmaster_start_time())) end`;
}

export async function readMark(database: Database): Promise<Mark | undefined> {
  const [row] = await database.run((sql) => sql<{ mark: Mark | null }[]>`select ${currentMark(sql)} as mark`);
  return row?.mark ?? undefined;
}

/** The catalogue's tag, and what was committed when it was read. */
export type SeenTag = { readonly tag: Tag; readonly mark: Mark | null };

/** Reads the tag, unless nothing was committed since `before`: then it is that one. */
export async function readCatalogTag(database: Database, before: SeenTag | undefined): Promise<SeenTag> {
  const known = before?.mark ?? '';
  const [row] = await database.run(
    (sql) => sql<{ tag: Tag | null; mark: Mark | null }[]>`
      select now.mark,
        case when now.mark is distinct from ${known}::text then ${catalogTag(sql, database.schema)} end as tag
      from (select ${currentMark(sql)} as mark) now`,
  );
  const tag = row?.tag ?? before?.tag;
  if (row === undefined || tag === undefined) throw new Error('a select without from gave no row');
  return { tag, mark: row.mark };
}
