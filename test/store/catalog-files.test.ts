// What lies on disk beside what is served: one workflow, problems and counts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { all, allFiles, fillExample, iso } from './catalog-example.ts';
import { diagnostic, sha } from './catalog-fixture.ts';

let test: TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = createCatalog(test.database);
  await fillExample(test);
});
afterAll(() => test.drop());

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

  it('names them also where the action has moved since it was registered', async () => {
    const move = (from: string, to: string) =>
      test.query('update pack_file set path = $2 where path = $1', [from, to]);
    await move('ops/actions/linked.yaml', 'ops/actions/moved.yaml');
    const found = await catalog.getWorkflow('ops.linked');
    const listed = (await catalog.listWorkflows({ ...all, q: 'ops.linked' })).items[0];
    await move('ops/actions/moved.yaml', 'ops/actions/linked.yaml');
    expect(found).toMatchObject({ workflow: { diagnostics: [{ code: 'SCHEMA_TYPE' }] } });
    expect([listed?.ref, listed?.problem_count]).toEqual(['ops.linked', 1]);
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
      ['ops/workflows/page-1.yaml', 'valid', true],
      ['ops/workflows/pinned.yaml', 'valid', true],
      ['ops/workflows/warned.yaml', 'ignored', false],
      ['side/workflows/old.yaml', 'valid', false],
    ]);
    expect(totalItems).toBe(13);
    expect(items[6]).toEqual({
      ...{ source: 'root:main', path: 'ops/workflows/broken.yaml', pack_ref: 'ops', ref: 'ops.broken' },
      ...{ state: 'invalid', since: expect.stringMatching(iso), served: true, digest: sha('new') },
      diagnostics: [
        diagnostic('ops/workflows/broken.yaml', 'YAML_SYNTAX'),
        diagnostic('ops/workflows/broken.yaml', 'YAML_TAG', 'warning', 2),
      ],
    });
  });

  it('lists files whose rows somebody changed by hand: what they say is not what is served', async () => {
    const listed = async () => (await catalog.listProblems(allFiles)).items.map(({ path }) => path);
    const before = await listed();
    await test.query("update workflow_definition set label = 'by hand' where ref = 'ops.page'");
    await test.query("update action set label = 'by hand' where ref = 'ops.echo'");
    const more = ['ops/actions/echo.yaml', 'ops/workflows/page.yaml'];
    expect(await listed()).toEqual([...before, ...more].sort());
    await test.query(`
      set packwatch.writer = 'on';
      update workflow_definition set drifted = false; update action set drifted = false;
      reset packwatch.writer`);
    expect(await listed()).toEqual(before);
  });

  it('filters and pages', async () => {
    const paths = async (more: object) =>
      (await catalog.listProblems({ ...allFiles, ...more })).items.map((item) => item.path);
    expect(await paths({ states: ['unreadable', 'ignored'] })).toHaveLength(2);
    expect(await paths({ source: 'root:other' })).toEqual(['side/workflows/old.yaml']);
    expect(await paths({ pack: 'side', states: ['invalid'] })).toEqual([]);
    expect(await paths({ page: 2, pageSize: 12 })).toEqual(['side/workflows/old.yaml']);
    expect(await catalog.listProblems({ ...allFiles, page: 9 })).toMatchObject({ items: [], totalItems: 13 });
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
