// What stands behind one ref: the definition with what lies on disk, or the files that claim it in vain. One statement.
import type { WorkflowDetail, WorkflowSummary } from '../../model/answers.ts';
import type { WorkflowLookup } from '../../model/catalog.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Json, JsonObject } from '../../model/pack.ts';
import type { FileState } from '../../model/state.ts';
import type { Tag } from '../../model/tag.ts';
import type { Database, Sql } from '../connect.ts';
import { actionFile, type Fragment, graphFile, isoTime } from './catalog-fragments.ts';
import { summaryColumns } from './catalog-workflows.ts';
import { workflowTag } from './tags.ts';

type FoundColumns = {
  readonly summary: WorkflowSummary;
  readonly param_schema: Json;
  readonly out_schema: Json;
  readonly definition: JsonObject;
  readonly source_text: string;
  readonly tag: Tag;
  readonly file_digest: string | null;
  readonly retired_at: string | null;
  readonly disk_state: FileState | null;
  readonly disk_digest: string | null;
  readonly disk_since: string;
  readonly diagnostics: readonly Diagnostic[];
};
type MissingColumns = { readonly summary: null };
type LookupRow = (FoundColumns | MissingColumns) & {
  readonly claims: number;
  readonly claimed: readonly Diagnostic[];
};

export async function findWorkflow(database: Database, ref: string): Promise<WorkflowLookup> {
  const [row] = await database.run((sql) => lookUp(sql, database.schema, ref));
  if (!row) throw new Error('a join on an aggregate gave no row');
  if (row.summary === null) {
    return row.claims === 0 ? { kind: 'not_found' } : { kind: 'not_registered', diagnostics: row.claimed };
  }
  if (row.retired_at !== null) return { kind: 'retired', retiredAt: row.retired_at };
  return { kind: 'found', workflow: toDetail(row), sourceText: row.source_text, tag: row.tag };
}

function lookUp(sql: Sql, schema: string, ref: string) {
  return sql<LookupRow[]>`
    with claim as (
      select f.source, f.dir, f.path, f.links from ${sql(schema)}.pack_file f
      where f.ref = ${ref} and (f.role = 'workflow' or f.links <> '{}' or f.state <> 'valid'))
    select claimed.*, found.*
    from (select (select count(*)::integer from claim) as claims, (${claimedDiagnostics(sql, schema)}) as claimed) claimed
    left join lateral (
      select
        (select to_json(summary) from (select ${summaryColumns(sql, schema)}) summary) as summary,
        w.param_schema, w.out_schema, w.definition, w.source_text, w.file_digest, ${workflowTag(sql, schema)} as tag,
        ${isoTime(sql, sql`w.retired_at`)} as retired_at,
        disk.state as disk_state, disk.digest as disk_digest, ${isoTime(sql, sql`disk.since`)} as disk_since,
        coalesce(disk.diagnostics, '[]') || coalesce(caller.diagnostics, '[]') as diagnostics
      from ${sql(schema)}.workflow_definition w
      left join lateral (${graphFile(sql, schema)}) disk on true
      left join lateral (${actionFile(sql, schema)}) caller on true
      where w.ref = ${ref}) found on true`;
}

/** Of the files of `claim`, the graphs they link, and the manifest that may keep all of them out. */
function claimedDiagnostics(sql: Sql, schema: string): Fragment {
  return sql`
    select coalesce(json_agg(d.diagnostic order by f.source collate "C", f.path collate "C", d.place), '[]')
    from ${sql(schema)}.pack_file f
    cross join lateral jsonb_array_elements(f.diagnostics) with ordinality as d (diagnostic, place)
    where (f.source, f.dir) in (select c.source, c.dir from claim c) and (
      (f.role = 'manifest' and f.state <> 'valid')
      or exists (select from claim c where c.source = f.source and (c.path = f.path or f.path = any(c.links))))`;
}

function toDetail(row: FoundColumns): WorkflowDetail {
  const { summary, param_schema, out_schema, definition, diagnostics } = row;
  return {
    ...summary,
    param_schema,
    out_schema,
    definition,
    served: { revision: summary.revision, number: summary.number, digest: row.file_digest },
    on_disk:
      row.disk_state === null
        ? null
        : { state: row.disk_state, digest: row.disk_digest, since: row.disk_since },
    diagnostics,
  };
}
