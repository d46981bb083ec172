// The catalogue in numbers, for metrics and the status.
import type { DiagnosticCode } from '../../model/diagnostic.ts';
import type { DefinitionStatus } from '../../model/state.ts';
import type { Database } from '../connect.ts';

/** Everything of one snapshot. */
export type CatalogCounts = {
  /** Workflow definitions; every status is there. */
  readonly definitions: Readonly<Record<DefinitionStatus, number>>;
  /** Diagnostics of files on disk, of any severity; codes without one are left out. */
  readonly problems: Readonly<Partial<Record<DiagnosticCode, number>>>;
  /** Rows of `pack_file`. */
  readonly files: number;
  /** Refs in open batches. */
  readonly heldRemovals: number;
  /** `catalog_version`. */
  readonly version: number;
};

type CountsRow = Omit<CatalogCounts, 'definitions'> & {
  readonly definitions: Partial<CatalogCounts['definitions']>;
};

// An index has the rows with diagnostics; without the condition on them every file would be looked into.
export async function readCounts(database: Database): Promise<CatalogCounts> {
  const { schema } = database;
  const [row] = await database.run(
    (sql) => sql<CountsRow[]>`
      select
        (select coalesce(json_object_agg(status, amount), '{}') from (
          select status, count(*) as amount from ${sql(schema)}.workflow_definition group by status) s) as definitions,
        (select coalesce(json_object_agg(code, amount), '{}') from (
          select d.diagnostic ->> 'code' as code, count(*) as amount
          from ${sql(schema)}.pack_file f cross join lateral jsonb_array_elements(f.diagnostics) as d (diagnostic)
          where f.diagnostics <> '[]' and d.diagnostic ->> 'code' is not null
          group by 1 order by 1) c) as problems,
        (select count(*)::integer from ${sql(schema)}.pack_file) as files,
        (select coalesce(sum(cardinality(refs)), 0)::integer
          from ${sql(schema)}.held_batch where state = 'open') as "heldRemovals",
        (select version from ${sql(schema)}.catalog_version) as version`,
  );
  if (!row) throw new Error('a select without from gave no row');
  return { ...row, definitions: { active: 0, degraded: 0, retired: 0, ...row.definitions } };
}
