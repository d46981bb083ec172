// Lists of workflows and packs, on a registry filled through apply_pack.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowSummary } from '../../src/model/answers.ts';
import type { WorkflowFilter } from '../../src/model/catalog.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import type { Database, Sql } from '../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { all, allFiles, fillExample, iso } from './catalog-example.ts';

let test: TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = createCatalog(test.database);
  await fillExample(test);
});
afterAll(() => test.drop());

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
    expect(await catalog.listWorkflows({ ...all, page: 4, pageSize: 4 })).toMatchObject({
      items: [],
      totalItems: 9,
    });
    expect(await catalog.listWorkflows({ ...all, page: 1_000_000_000 })).toMatchObject({
      items: [],
      totalItems: 9,
    });
  });

  it.each([
    [{}],
    [{ tags: ['on-call'] }],
    [{ q: 'page', statuses: ['active', 'degraded', 'retired'] }],
    [{ enabled: false, source: 'root:other' }],
    [{ pack: 'nowhere' }],
  ] as const)('counts what matches %o by every value it has, whatever the page', async (more) => {
    const filter: WorkflowFilter = { ...all, ...more, facets: true };
    const { items, facets } = await catalog.listWorkflows(filter);
    const counted = (valuesOf: (item: WorkflowSummary) => readonly (string | boolean)[]) => {
      const counts = new Map<string | boolean, number>();
      for (const item of items)
        for (const value of new Set(valuesOf(item))) counts.set(value, (counts.get(value) ?? 0) + 1);
      const rows = [...counts].map(([value, count]) => ({ value, count }));
      return rows.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    };
    expect(facets).toEqual({
      pack: counted((item) => [item.pack_ref]),
      tag: counted((item) => item.tags),
      status: counted((item) => [item.status]),
      source: counted((item) => [item.source]),
      enabled: counted((item) => [item.enabled]),
    });
    expect((await catalog.listWorkflows({ ...filter, page: 3, pageSize: 2 })).facets).toEqual(facets);
    expect((await catalog.listWorkflows({ ...all, ...more })).facets).toBeUndefined();
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
      grant select on workflow_revision, action, pack_file, pack, source_lease, catalog_version to lister;
      set role lister`);
    const restricted: Database = {
      schema: 'packwatch',
      run: async (query) => await query(session as unknown as Sql),
      close: () => Promise.resolve(),
    };
    const lister = createCatalog(restricted);
    await expect(lister.listWorkflows({ ...all, tags: ['on-call'], pack: 'ops' })).resolves.toMatchObject({
      totalItems: 2,
    });
    await expect(lister.listWorkflows({ ...all, facets: true })).resolves.toMatchObject({ facets: {} });
    await expect(lister.listWorkflows({ ...all, q: 'page' })).rejects.toMatchObject({ code: '42501' });
    await session.unsafe(
      'reset role; grant select (search) on workflow_definition to lister; set role lister',
    );
    await expect(lister.listWorkflows({ ...all, q: 'page' })).resolves.toMatchObject({ totalItems: 3 });
    await expect(lister.getWorkflow('ops.page')).rejects.toMatchObject({ code: '42501' });
    await session.unsafe('reset role; drop owned by lister; drop role lister');
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
    expect(items).toEqual([(await catalog.getPack('ops'))?.pack]);
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
    expect((await catalog.getPack('side'))?.pack).toMatchObject({ workflow_count: 1, problem_count: 1 });
    expect(await catalog.getPack('none')).toBeUndefined();
    expect(await catalog.getPack('\0')).toBeUndefined();
    const side = { page: 1, pageSize: 9, statuses: ['active'], source: 'root:other' } as const;
    expect((await catalog.listPacks(side)).items.map((pack) => pack.ref)).toEqual(['side']);
  });
});
