// Lists, look-ups, problems and counts, on a registry filled through apply_pack.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowFilter, WorkflowSummary } from '../../src/model/catalog.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import type { Database, Sql } from '../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Applier, action, createApplier, diagnostic, file, sha, workflow } from './catalog-fixture.ts';

const all: WorkflowFilter = {
  ...{ page: 1, pageSize: 100, pack: undefined, tags: [], tagsAny: [], statuses: ['active', 'degraded'] },
  ...{ enabled: undefined, source: undefined, q: undefined, sort: undefined },
};
const allFiles = { page: 1, pageSize: 100, source: undefined, pack: undefined, states: [] };
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let test: TestDatabase;
let catalog: Catalog;
let main: Applier;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = createCatalog(test.database);
  main = await createApplier(test.database);
  await fill();
});
afterAll(() => test.drop());

/** Pack `ops`: a bit of everything. Pack `side`, of another source: one disabled, one retired workflow. */
async function fill(): Promise<void> {
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

async function refs(more: Partial<WorkflowFilter> = {}): Promise<readonly string[]> {
  return (await catalog.listWorkflows({ ...all, ...more })).items.map((item) => item.ref);
}

describe('listWorkflows', () => {
  it('gives a summary of exactly the columns of the contract, in their order', async () => {
    const { items, totalItems } = await catalog.listWorkflows({ ...all, pack: 'ops', tags: ['a,b'] });
    expect(totalItems).toBe(1);
    const [item] = items as [WorkflowSummary];
    expect(item).toEqual({
      ...{ id: expect.any(Number), ref: 'ops.page', pack_ref: 'ops', label: 'b', description: null },
      ...{ version: '1.0.0', tags: ['on-call', 'a,b'], status: 'active', enabled: true, protected: false },
      ...{
        source: 'root:main',
        source_path: 'ops/workflows/page.yaml',
        revision: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      ...{ number: 1, pinned: false, problem_count: 0 },
      ...{ created: expect.stringMatching(iso), updated: expect.stringMatching(iso) },
    });
    expect(Object.keys(item).join()).toBe(
      'id,ref,pack_ref,label,description,version,tags,status,enabled,protected,source,source_path,revision,number,pinned,problem_count,created,updated',
    );
  });

  it('sorts by ref in byte order and leaves retired ones out', async () => {
    const expected = ['broken', 'linked', 'lost', 'moved', 'page', 'page-1', 'page_2', 'pinned'];
    expect(await refs()).toEqual([...expected.map((name) => `ops.${name}`), 'side.off']);
  });

  it('filters by each key and by all of them together', async () => {
    expect(await refs({ statuses: ['retired'] })).toEqual(['ops.gone', 'side.old']);
    expect(await refs({ statuses: ['degraded'] })).toEqual(['ops.broken', 'ops.linked', 'ops.moved']);
    expect(await refs({ enabled: false })).toEqual(['side.off']);
    expect(await refs({ source: 'root:other' })).toEqual(['side.off']);
    expect(await refs({ pack: 'side' })).toEqual(['side.off']);
    expect(await refs({ tags: ['on-call'] })).toEqual(['ops.page', 'ops.page_2']);
    expect(await refs({ tags: ['on-call', 'a,b'] })).toEqual(['ops.page']);
    expect(await refs({ tagsAny: ['a,b', 'none'] })).toEqual(['ops.page']);
    expect(
      await refs({ tags: ['on-call'], tagsAny: ['a,b'], pack: 'ops', enabled: true, q: 'page' }),
    ).toEqual(['ops.page']);
    expect(await refs({ tags: ['On-Call'] })).toEqual([]);
  });

  it('sorts by label and by time, ties by ref', async () => {
    expect(await refs({ sort: 'label', tags: [], q: 'page' })).toEqual([
      'ops.page-1',
      'ops.page_2',
      'ops.page',
    ]);
    const byTime = await refs({ sort: 'updated' });
    expect(byTime.at(-1)).toBe('side.off');
    expect(byTime.slice(0, 3)).toEqual(['ops.broken', 'ops.linked', 'ops.lost']);
    expect((await refs({ sort: '-updated' }))[0]).toBe('side.off');
  });

  it('cuts pages without gap or repetition, and a page past the end is empty with the true total', async () => {
    const walked: string[] = [];
    for (let page = 1; page <= 3; page += 1) walked.push(...(await refs({ page, pageSize: 4 })));
    expect(walked).toEqual(await refs());
    expect(await catalog.listWorkflows({ ...all, page: 4, pageSize: 4 })).toEqual({
      items: [],
      totalItems: 9,
    });
    expect(await catalog.listWorkflows({ ...all, page: 1_000_000_000 })).toEqual({
      items: [],
      totalItems: 9,
    });
  });

  it('counts the diagnostics of the graph and of the action that names it', async () => {
    const { items } = await catalog.listWorkflows(all);
    const counted = items.filter((item) => item.problem_count > 0);
    expect(counted.map((item) => [item.ref, item.problem_count])).toEqual([
      ['ops.broken', 2],
      ['ops.linked', 1],
    ]);
    expect(items.filter((item) => item.pinned).map((item) => item.ref)).toEqual(['ops.pinned']);
  });

  it('never reads the definition, and the search column only for a search', async () => {
    const session = test.session();
    const readable =
      'id, ref, pack, pack_ref, label, description, version, tags, created, updated, revision, last_number, source, source_path, status, enabled, protected, pinned_revision';
    await session.unsafe(`create role lister; grant usage on schema packwatch to lister;
      grant select (${readable}) on workflow_definition to lister;
      grant select on workflow_revision, action, pack_file to lister; set role lister`);
    const restricted: Database = {
      schema: 'packwatch',
      run: async (query) => await query(session as unknown as Sql),
      close: () => Promise.resolve(),
    };
    const lister = createCatalog(restricted);
    await expect(lister.listWorkflows({ ...all, tags: ['on-call'], pack: 'ops' })).resolves.toMatchObject({
      totalItems: 2,
    });
    await expect(lister.listWorkflows({ ...all, q: 'page' })).rejects.toMatchObject({ code: '42501' });
    await session.unsafe(
      'reset role; grant select (search) on workflow_definition to lister; set role lister',
    );
    await expect(lister.listWorkflows({ ...all, q: 'page' })).resolves.toMatchObject({ totalItems: 3 });
    await expect(lister.getWorkflow('ops.page')).rejects.toMatchObject({ code: '42501' });
    await session.unsafe('reset role; drop owned by lister; drop role lister');
  });
});

describe('getWorkflow', () => {
  it('gives the definition, what is served and what lies on disk', async () => {
    const lookup = await catalog.getWorkflow('ops.page');
    if (lookup.kind !== 'found') throw new Error(lookup.kind);
    const [summary] = (await catalog.listWorkflows({ ...all, pack: 'ops', tags: ['a,b'] })).items;
    const path = 'ops/workflows/page.yaml';
    expect(lookup.sourceText).toBe(path);
    expect(lookup.workflow).toEqual({
      ...summary,
      param_schema: { a: { type: 'string' } },
      out_schema: null,
      definition: expect.objectContaining({ ref: 'ops.page', tasks: [] }),
      served: { revision: summary?.revision, number: 1, digest: sha(path) },
      on_disk: { state: 'valid', digest: sha(path), since: expect.stringMatching(iso) },
      diagnostics: [],
    });
  });

  it('tells the broken file from the revision that is served', async () => {
    const lookup = await catalog.getWorkflow('ops.broken');
    expect(lookup).toMatchObject({
      workflow: {
        status: 'degraded',
        served: { digest: sha('ops/workflows/broken.yaml') },
        on_disk: { state: 'invalid', digest: sha('new') },
        diagnostics: [{ code: 'YAML_SYNTAX' }, { code: 'YAML_TAG', severity: 'warning' }],
      },
    });
  });

  it('looks at the graph of an action-linked workflow and names the mistakes of the action', async () => {
    expect(await catalog.getWorkflow('ops.linked')).toMatchObject({
      workflow: {
        on_disk: { state: 'valid', digest: sha('ops/actions/workflows/g.yaml') },
        diagnostics: [{ code: 'SCHEMA_TYPE', path: 'ops/actions/linked.yaml' }],
      },
    });
  });

  it('finds the file that claims the ref where the registered one is gone, else nothing on disk', async () => {
    expect(await catalog.getWorkflow('ops.moved')).toMatchObject({
      workflow: { on_disk: { state: 'invalid' } },
    });
    expect(await catalog.getWorkflow('ops.lost')).toMatchObject({
      workflow: { on_disk: null, diagnostics: [] },
    });
  });

  it('tells retired, refused and unknown refs apart', async () => {
    expect(await catalog.getWorkflow('side.old')).toEqual({
      kind: 'retired',
      retiredAt: expect.stringMatching(iso),
    });
    expect(await catalog.getWorkflow('ops.never')).toMatchObject({
      kind: 'not_registered',
      diagnostics: [{ code: 'SCHEMA_REQUIRED', path: 'ops/workflows/never.yaml' }],
    });
    expect(await catalog.getWorkflow('ops.twice')).toMatchObject({ diagnostics: [{ code: 'READ_DENIED' }] });
    expect(await catalog.getWorkflow('bad.x')).toMatchObject({ diagnostics: [{ code: 'PACK_VERSION' }] });
    for (const ref of [
      'ops.nothing',
      'ops.echo',
      'ops',
      '',
      '.',
      "ops.a'b",
      'ops.\0',
      'ops.🚀',
      `ops.${'a'.repeat(999)}`,
    ])
      expect(await catalog.getWorkflow(ref), ref).toEqual({ kind: 'not_found' });
  });
});

describe('listPacks and getPack', () => {
  it('gives every column and counts what is live and what is wrong', async () => {
    const { items, totalItems } = await catalog.listPacks({
      page: 1,
      pageSize: 1,
      statuses: ['active'],
      source: undefined,
    });
    expect(totalItems).toBe(2);
    expect(items).toEqual([await catalog.getPack('ops')]);
    const problems = await catalog.listProblems({ ...allFiles, pack: 'ops' });
    expect(items[0]).toMatchObject({
      ...{
        id: expect.any(Number),
        ref: 'ops',
        version: '1.2.3',
        config: { a: 1 },
        tags: ['p'],
        source: 'root:main',
      },
      ...{ status: 'active', installed_at: null, source_path: 'ops', created: expect.stringMatching(iso) },
      ...{ generation: expect.any(Number), workflow_count: 8, problem_count: problems.totalItems },
    });
    expect(await catalog.getPack('side')).toMatchObject({ workflow_count: 1, problem_count: 1 });
    expect(await catalog.getPack('none')).toBeUndefined();
    expect(await catalog.getPack('\0')).toBeUndefined();
    const side = { page: 1, pageSize: 9, statuses: ['active'], source: 'root:other' } as const;
    expect((await catalog.listPacks(side)).items.map((pack) => pack.ref)).toEqual(['side']);
  });
});

describe('listProblems', () => {
  it('lists files with an error and files that are not served as they stand, in order', async () => {
    const { items, totalItems } = await catalog.listProblems(allFiles);
    expect(items.map(({ path, state, served }) => [path, state, served])).toEqual([
      ['bad/pack.yaml', 'invalid', false],
      ['bad/workflows/x.yaml', 'valid', false],
      ['ops/actions/linked.yaml', 'invalid', true],
      ['ops/actions/twice.yaml', 'valid', false],
      ['ops/actions/workflows/h.yaml', 'unreadable', false],
      ['ops/actions/workflows/moved.yaml', 'invalid', true],
      ['ops/workflows/broken.yaml', 'invalid', true],
      ['ops/workflows/edited.yaml', 'valid', true],
      ['ops/workflows/never.yaml', 'invalid', false],
      ['ops/workflows/pinned.yaml', 'valid', true],
      ['ops/workflows/warned.yaml', 'ignored', false],
      ['side/workflows/old.yaml', 'valid', false],
    ]);
    expect(totalItems).toBe(12);
    expect(items[6]).toEqual({
      ...{ source: 'root:main', path: 'ops/workflows/broken.yaml', pack_ref: 'ops', ref: 'ops.broken' },
      ...{ state: 'invalid', since: expect.stringMatching(iso), served: true, digest: sha('new') },
      diagnostics: [
        diagnostic('ops/workflows/broken.yaml', 'YAML_SYNTAX'),
        diagnostic('ops/workflows/broken.yaml', 'YAML_TAG', 'warning', 2),
      ],
    });
  });

  it('filters and pages', async () => {
    const paths = async (more: object) =>
      (await catalog.listProblems({ ...allFiles, ...more })).items.map((item) => item.path);
    expect(await paths({ states: ['unreadable', 'ignored'] })).toHaveLength(2);
    expect(await paths({ source: 'root:other' })).toEqual(['side/workflows/old.yaml']);
    expect(await paths({ pack: 'side', states: ['invalid'] })).toEqual([]);
    expect(await paths({ page: 2, pageSize: 11 })).toEqual(['side/workflows/old.yaml']);
    expect(await catalog.listProblems({ ...allFiles, page: 9 })).toEqual({ items: [], totalItems: 12 });
  });
});

describe('counts', () => {
  it('adds up definitions, diagnostics, files and held refs', async () => {
    await test.query(`insert into held_batch (id, source, reason, refs, of, state) values
      ('a', 'root:main', 'threshold', '{ops.a,ops.b}', 9, 'open'), ('b', 'root:main', 'threshold', '{ops.c}', 9, 'rejected')`);
    const [row] = await test.query<{ version: string }>('select version from catalog_version');
    expect(await catalog.counts()).toEqual({
      definitions: { active: 6, degraded: 3, retired: 2 },
      problems: {
        YAML_SYNTAX: 1,
        YAML_TAG: 1,
        SCHEMA_TYPE: 1,
        SCHEMA_REQUIRED: 1,
        READ_DENIED: 1,
        PACK_VERSION: 1,
      },
      files: 19,
      heldRemovals: 2,
      version: Number(row?.version),
    });
  });

  it('answers for an empty registry', async () => {
    const empty = await createTestDatabase();
    const none = { active: 0, degraded: 0, retired: 0 };
    const counts = await createCatalog(empty.database).counts();
    expect(counts).toEqual({ definitions: none, problems: {}, files: 0, heldRemovals: 0, version: 0 });
    await empty.drop();
  });
});
