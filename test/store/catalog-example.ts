// A small registry with one of everything, for the tests of the catalogue.
import type { WorkflowFilter } from '../../src/model/catalog.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { action, createApplier, diagnostic, file, workflow } from './catalog-fixture.ts';

/** What `GET /workflows` asks without a query, all on one page. */
export const all: WorkflowFilter = {
  ...{ page: 1, pageSize: 100, pack: undefined, tags: [], tagsAny: [], statuses: ['active', 'degraded'] },
  ...{ enabled: undefined, source: undefined, q: undefined, sort: undefined },
};
/** What `GET /problems` asks without a query, all on one page. */
export const allFiles = { page: 1, pageSize: 100, source: undefined, pack: undefined, states: [] };
/** How the API prints a time. */
export const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Pack `ops`: a bit of everything. Pack `side`, of another source: one disabled, one retired workflow. */
export async function fillExample(test: TestDatabase): Promise<void> {
  const main = await createApplier(test.database);
  await main.apply(
    'ops',
    workflow('ops.page', { label: 'b', tags: ['on-call', 'a,b'] }),
    workflow('ops.page_2', { label: 'a', tags: ['on-call'] }),
    workflow('ops.page-1', { label: 'B' }),
    workflow('ops.linked', { path: 'ops/actions/workflows/g.yaml', action: 'ops/actions/linked.yaml' }),
    workflow('ops.moved'),
    workflow('ops.lost'),
    workflow('ops.gone'),
    workflow('ops.broken'),
    workflow('ops.pinned'),
    {
      actions: [action('ops.echo', { path: 'ops/actions/echo.yaml', isWorkflow: false })],
      files: [
        file('ops/pack.yaml', { role: 'manifest', ref: 'ops' }),
        file('ops/actions/echo.yaml', { role: 'action', ref: 'ops.echo' }),
      ],
    },
  );
  const brokenPath = 'ops/workflows/broken.yaml';
  const linkPath = 'ops/actions/linked.yaml';
  await main.apply('ops', {
    degrade: ['ops.broken', 'ops.linked', 'ops.moved'],
    retire: ['ops.gone'],
    retire_actions: ['ops.gone'],
    removed_files: ['ops/workflows/gone.yaml', 'ops/workflows/moved.yaml', 'ops/workflows/lost.yaml'],
    files: [
      file(brokenPath, {
        ...{ ref: 'ops.broken', state: 'invalid', text: 'new' },
        diagnostics: [
          diagnostic(brokenPath, 'YAML_SYNTAX'),
          diagnostic(brokenPath, 'YAML_TAG', 'warning', 2),
        ],
      }),
      file(linkPath, {
        ...{ role: 'action', ref: 'ops.linked', state: 'invalid', links: ['ops/actions/workflows/g.yaml'] },
        diagnostics: [diagnostic(linkPath, 'SCHEMA_TYPE')],
      }),
      file('ops/actions/workflows/moved.yaml', { ref: 'ops.moved', state: 'invalid' }),
      file('ops/workflows/never.yaml', {
        ...{ ref: 'ops.never', state: 'invalid' },
        diagnostics: [diagnostic('ops/workflows/never.yaml', 'SCHEMA_REQUIRED')],
      }),
      file('ops/actions/twice.yaml', {
        role: 'action',
        ref: 'ops.twice',
        links: ['ops/actions/workflows/h.yaml'],
      }),
      file('ops/actions/workflows/h.yaml', {
        ...{ state: 'unreadable' },
        diagnostics: [diagnostic('ops/actions/workflows/h.yaml', 'READ_DENIED')],
      }),
      file('ops/workflows/edited.yaml', { ref: 'ops.page' }),
      file('ops/workflows/page-1.yaml', { ref: 'ops.page-1', text: 'not live yet' }),
      file('ops/workflows/warned.yaml', { ref: 'ops.warned', state: 'ignored' }),
    ],
  });
  await main.apply(null, {
    files: [
      file('bad/pack.yaml', {
        ...{ role: 'manifest', state: 'invalid' },
        diagnostics: [diagnostic('bad/pack.yaml', 'PACK_VERSION')],
      }),
      file('bad/workflows/x.yaml', { ref: 'bad.x' }),
    ],
  });
  const other = await createApplier(test.database, 'root:other');
  await other.apply('side', workflow('side.off'), workflow('side.old'));
  await other.apply('side', { retire: ['side.old'], retire_actions: ['side.old'] });
  await test.query("update workflow_definition set enabled = false where ref = 'side.off'");
  await test.query("update workflow_definition set pinned_revision = revision where ref = 'ops.pinned'");
}
