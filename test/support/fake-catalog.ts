// A catalogue in memory that records what it was asked.
import type {
  HeldBatch,
  PackRow,
  RevisionRow,
  SourceRow,
  WorkflowDetail,
  WorkflowSummary,
} from '../../src/model/answers.ts';
import type { CatalogQueries } from '../../src/model/catalog.ts';
import type { PackPath } from '../../src/model/pack.ts';

const at = '2031-05-04T10:20:30.400Z';

/** Of everything here. */
export const tag = '0123456789abcdef01234567';

export const summary: WorkflowSummary = {
  id: 7,
  ref: 'ops.page',
  pack_ref: 'ops',
  label: 'Page somebody',
  description: null,
  version: '1.0.0',
  tags: ['on-call'],
  status: 'active',
  enabled: true,
  protected: false,
  source: 'root:packs',
  source_path: 'ops/workflows/page.yaml',
  revision: 'a'.repeat(64),
  number: 2,
  pinned: false,
  problem_count: 0,
  created: at,
  updated: at,
};

export const detail: WorkflowDetail = {
  ...summary,
  param_schema: null,
  out_schema: null,
  definition: {
    tasks: [
      { name: 'call', action: 'ops.call' },
      { name: 'all', type: 'parallel', tasks: [] },
    ],
  },
  served: { revision: summary.revision, number: 2, digest: 'b'.repeat(64) },
  on_disk: { state: 'valid', digest: 'b'.repeat(64), since: at },
  diagnostics: [],
};

export const pack: PackRow = {
  id: 1,
  ref: 'ops',
  label: 'Operations',
  description: null,
  version: '1.0.0',
  conf_schema: {},
  config: {},
  meta: {},
  tags: [],
  runtime_deps: [],
  dependencies: [],
  is_standard: false,
  installers: [],
  source_type: null,
  source_url: null,
  source_ref: null,
  checksum: null,
  checksum_verified: false,
  installed_at: null,
  installed_by: null,
  installation_method: null,
  storage_path: null,
  source: 'root:packs',
  source_path: 'ops',
  status: 'active',
  generation: 3,
  created: at,
  updated: at,
  workflow_count: 1,
  problem_count: 0,
};

export const revision: RevisionRow = {
  ...{ number: 1, revision: 'c'.repeat(64), version: '1.0.0', created: at, cause: 'watch' },
  ...{ served: false, pinned: false },
};

export const held: HeldBatch = {
  ...{ batch: 'a1b2c3d4e5f6', source: 'root:packs', reason: 'threshold', refs: ['ops.a', 'ops.b'], count: 2 },
  ...{ of: 4, created: at, state: 'open' },
};

export const source: SourceRow = {
  ...{
    source: 'root:packs',
    leader: 'web-1, process 42',
    epoch: 3,
    since: at,
    expires_at: at,
    packs: 1,
    definitions: 4,
  },
  ...{ problems: 1, held: 2 },
};

/** `ops.page` is found, `ops.gone` retired, `ops.bad` never registered, `ops` a pack and `old` a retired one. */
export function createFakeCatalog(change: Partial<CatalogQueries> = {}) {
  const asked: unknown[] = [];
  const remember = <T>(question: unknown, answer: T): Promise<T> => {
    asked.push(question);
    return Promise.resolve(answer);
  };
  const queries: CatalogQueries = {
    listWorkflows: (filter) => remember(filter, { items: [summary], totalItems: 120, tag }),
    getWorkflow: (ref) => {
      if (ref === summary.ref)
        return remember(ref, { kind: 'found', workflow: detail, sourceText: 'label: Page\n', tag });
      if (ref === 'ops.gone') return remember(ref, { kind: 'retired', retiredAt: at });
      if (ref !== 'ops.bad') return remember(ref, { kind: 'not_found' });
      const path = 'ops/workflows/bad.yaml' as PackPath;
      const diagnostic = {
        code: 'YAML_SYNTAX',
        severity: 'error',
        message: 'no',
        path,
        line: 3,
        column: 1,
      } as const;
      return remember(ref, { kind: 'not_registered', diagnostics: [diagnostic] });
    },
    workflowTag: (ref) => remember({ tagOf: ref }, ref === summary.ref ? tag : undefined),
    listPacks: (filter) => remember(filter, { items: [pack], totalItems: 1, tag }),
    getPack: (ref) => {
      const packs = new Map<string, PackRow>([
        ['ops', pack],
        ['old', { ...pack, ref: 'old', status: 'retired' }],
      ]);
      const found = packs.get(ref);
      return remember(ref, found && { pack: found, tag });
    },
    packTag: (ref) => remember({ tagOf: ref }, ref === pack.ref ? tag : undefined),
    catalogTag: () => remember({ tagOf: 'all' }, tag),
    mark: () => remember({ mark: 'all' }, 'now'),
    listProblems: (filter) => remember(filter, { items: [], totalItems: 0, tag }),
    listRevisions: (ref, page) =>
      remember(
        { ref, ...page },
        ref === summary.ref || ref === 'ops.gone' ? { items: [revision], totalItems: 2 } : undefined,
      ),
    listCallers: (ref, page) =>
      remember({ ref, ...page }, ref === summary.ref ? { items: [], totalItems: 0, tag } : undefined),
    listCallees: (ref, page) =>
      remember({ ref, ...page }, ref === summary.ref ? { items: [], totalItems: 0, tag } : undefined),
    readCallFacts: (ref) => remember({ callsOf: ref }, undefined),
    getRevision: (ref, number) => {
      if (ref !== summary.ref && ref !== 'ops.gone') return remember({ ref, number }, { kind: 'not_found' });
      return remember(
        { ref, number },
        number === 1
          ? { kind: 'found', revision: { ...revision, definition: {}, source_text: 'label: Page\n' }, tag }
          : { kind: 'revision_not_found', newest: 2 },
      );
    },
    revisionTag: (ref, number) =>
      remember({ tagOf: ref, number }, ref === summary.ref && number === 1 ? tag : undefined),
    listHeld: (filter) => remember(filter, { items: [held], totalItems: 1 }),
    getHeld: (batch) =>
      remember(batch, batch === held.batch ? { ...held, state: 'approved' as const } : undefined),
    listSources: (page) => remember(page, { items: [source], totalItems: 1 }),
    readFacts: (question) =>
      remember(question, {
        ...{ files: [], manifests: [], linked: [], rivals: [], packs: [], definitions: [], batches: [] },
      }),
    ...change,
  };
  return { queries, asked };
}
