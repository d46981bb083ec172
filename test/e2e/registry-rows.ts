// What the tests ask the registry, by a connection of their own.
import type { Site } from '../support/site.ts';
import { eventually, until } from '../support/wait.ts';

export type WorkflowState = {
  readonly id: string;
  readonly ref: string;
  readonly label: string;
  readonly description: string | null;
  readonly definition: { readonly vars?: Readonly<Record<string, unknown>> };
  readonly revision: string;
  readonly source_path: string;
  readonly source_text: string;
  readonly status: string;
  readonly updated: Date;
  readonly retired_at: Date | null;
  /** Distinct revisions ever served. */
  readonly revisions: number;
  /** Status of the action of the same ref that stands for it. */
  readonly callable: string;
};

export type Registry = ReturnType<typeof registryOf>;

/** Questions about a site's registry; `limitMs` is how long a change may take to arrive. */
export function registryOf(site: Site, limitMs = 20_000) {
  const workflow = async (ref: string): Promise<WorkflowState | undefined> => {
    const [row] = await site.rows(
      `select w.id::text, w.ref, w.label, w.description, w.definition, w.revision, w.source_path, w.source_text, w.status,
         w.updated, w.retired_at, a.status as callable,
         (select count(*)::int from workflow_revision r where r.workflow_definition = w.id) as revisions
       from workflow_definition w left join action a on a.workflow_def = w.id where w.ref = $1`,
      [ref],
    );
    return row as WorkflowState | undefined;
  };
  const verbs = async (ref: string): Promise<readonly unknown[]> =>
    (await site.rows('select verb from catalog_change where ref = $1 order by version, position', [ref])).map(
      ({ verb }) => verb,
    );
  /** Waits until the row is there and fits. */
  const when = (
    ref: string,
    fits: (row: WorkflowState) => boolean,
    what = 'as wanted',
  ): Promise<WorkflowState> =>
    until(
      async () => {
        const row = await workflow(ref);
        return row !== undefined && fits(row) ? row : undefined;
      },
      { what: `${ref} ${what}`, limitMs },
    );
  return {
    workflow,
    verbs,
    when,
    active: (ref: string) => when(ref, ({ status }) => status === 'active', 'active'),
    retired: (ref: string) => when(ref, ({ status }) => status === 'retired', 'retired'),
    degraded: (ref: string) => when(ref, ({ status }) => status === 'degraded', 'degraded'),
    holds: <T>(assertion: () => T | Promise<T>) => eventually(assertion, { limitMs }),
  };
}
