// Tags: another one whenever what is shown is another, whoever changed it; the same as long as it is the same; made without reading it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import type { Database, Sql } from '../../src/store/connect.ts';
import { createDecisions } from '../../src/store/decisions.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { all, allFiles } from './catalog-example.ts';
import { action, createApplier, diagnostic, file, type Lists, workflow } from './catalog-fixture.ts';

const ref = 'ops.page';
const graph = 'ops/actions/workflows/page.yaml';
const entry = 'ops/actions/page.yaml';
const elsewhere = 'ops/actions/a_page.yaml';
const by = `update workflow_definition set`;
const edited = diagnostic(graph, 'YAML_TAG', 'warning');

/** One thing after another that changes what `GET` shows of the workflow. */
const steps: readonly (readonly [string, (on: Ground) => Promise<unknown>])[] = [
  ['disabling', (on) => on.decisions.setOverlay(ref, 'disabled')],
  ['protecting', (on) => on.decisions.setOverlay(ref, 'protected')],
  ['another revision', (on) => on.apply(page({ label: 'second', text: '2' }))],
  ['another text', (on) => on.apply({ touch: [touched('3')], files: [file(graph, { ref, text: '3' })] })],
  ['a rollback', (on) => on.decisions.rollBack(ref, 1)],
  ['the end of the pin', (on) => on.decisions.unpin(ref)],
  ['a mistake in the file', (on) => on.apply({ degrade: [ref], files: [broken('YAML_SYNTAX')] })],
  ['another mistake', (on) => on.apply({ files: [broken('YAML_TAG')] })],
  ['a mistake in the action', (on) => on.apply({ files: [action_('SCHEMA_TYPE')] })],
  ['another one there', (on) => on.apply({ files: [action_('SCHEMA_REQUIRED')] })],
  ['its move', (on) => on.apply({ removed_files: [entry], files: [action_('SCHEMA_TYPE', elsewhere)] })],
  ['a mistake there', (on) => on.apply({ files: [action_('SCHEMA_REQUIRED', elsewhere)] })],
  ['the mistakes being gone', (on) => on.apply({ recover: [ref], files: [file(graph, { ref })] })],
  ['a finding alone', (on) => on.apply({ files: [file(graph, { ref, diagnostics: [edited] })] })],
  ['the file being gone', (on) => on.apply({ removed_files: [graph] })],
  ['a label by hand', (on) => on.query(`${by} label = 'by hand' where ref = '${ref}'`)],
  ['a definition by hand', (on) => on.query(`${by} definition = '{"tasks": []}' where ref = '${ref}'`)],
  ['another by hand', (on) => on.query(`${by} definition = '{"tasks": [1]}' where ref = '${ref}'`)],
  ['a schema by hand', (on) => on.query(`${by} param_schema = '{"b": {}}' where ref = '${ref}'`)],
  ['an overlay by hand', (on) => on.query(`${by} enabled = not enabled where ref = '${ref}'`)],
];

/** What is written to rows of files alone, where no trigger and no version tells of it. */
const files = 'update pack_file set';
const byHand = [
  ['a mistake by hand', (o: Ground) => o.query(`${files} state = 'invalid' where path = '${graph}'`)],
  ['its end by hand', (o: Ground) => o.query(`${files} state = 'valid' where path = '${graph}'`)],
] as const;
const findings = [
  ['findings by hand', (o: Ground) => o.query(`${files} diagnostics = '[{}, {}]' where path = '${graph}'`)],
  ['others by hand', (o: Ground) => o.query(`${files} diagnostics = '[{}]' where path = '${graph}'`)],
  ['their end by hand', (o: Ground) => o.query(`${files} diagnostics = '[]' where path = '${graph}'`)],
] as const;

const page = (more: object = {}) => workflow(ref, { path: graph, action: entry, ...more });
const touched = (text: string) => ({ ref, source_path: graph, source_text: text, file_digest: null });
const broken = (code: 'YAML_SYNTAX' | 'YAML_TAG') =>
  file(graph, { ref, state: 'invalid', text: 'broken', diagnostics: [diagnostic(graph, code)] });
const action_ = (code: 'SCHEMA_TYPE' | 'SCHEMA_REQUIRED', path = entry) =>
  file(path, {
    ...{ role: 'action' as const, ref, state: 'invalid' as const, text: 'broken', links: [graph] },
    diagnostics: [diagnostic(path, code)],
  });

type Ground = Awaited<ReturnType<typeof openGround>>;

async function openGround() {
  const test = await createTestDatabase();
  const catalog = createCatalog(test.database);
  const main = await createApplier(test.database);
  const apply = (...lists: readonly Lists[]) => main.apply('ops', ...lists);
  await apply(page(), workflow('ops.other'), {
    actions: [action('ops.echo', { path: 'ops/actions/echo.yaml', isWorkflow: false })],
  });
  return { test, catalog, apply, query: test.query, decisions: createDecisions(test.database) };
}

describe('the tag of a workflow', () => {
  let on: Ground;
  beforeAll(async () => {
    on = await openGround();
  });
  afterAll(() => on.test.drop());

  it.each(steps)('is another one after %s, and the one that GET says', async (_, change) => {
    const before = await shown(on.catalog, ref);
    await change(on);
    const after = await shown(on.catalog, ref);
    expect(after.text).not.toBe(before.text);
    expect(after.tag).not.toBe(before.tag);
    expect(await on.catalog.workflowTag(ref)).toBe(after.tag);
    expect(after.tag).toMatch(/^[0-9a-f]{24}$/);
  });

  it('stays when another workflow of the pack or nothing changes', async () => {
    const before = await on.catalog.workflowTag(ref);
    await on.apply(workflow('ops.other', { label: 'another' }));
    await on.decisions.setOverlay('ops.other', 'protected');
    await on.decisions.setOverlay(ref, 'protected');
    await on.query("update workflow_definition set label = 'x' where ref = 'ops.other'");
    expect(await on.catalog.workflowTag(ref)).toBe(before);
  });

  it('is none when it is retired, was never there, or cannot be a ref', async () => {
    await on.apply({ retire: ['ops.other'], retire_actions: ['ops.other'] });
    for (const name of ['ops.other', 'ops.never', 'ops', '\0', "'"])
      expect(await on.catalog.workflowTag(name), name).toBeUndefined();
  });
});

describe('the tag of the catalogue', () => {
  it('is another one after every change of a list', async () => {
    const on = await openGround();
    const changes = [
      ...steps,
      ['a pack by hand', (o: Ground) => o.query("update pack set label = 'by hand' where ref = 'ops'")],
      ['a new pack', (o: Ground) => o.query(anotherPack)],
      ['its end', (o: Ground) => o.query("delete from pack where ref = 'new'")],
      ...byHand,
      ...findings,
    ] as const;
    const seen = new Set<string>();
    for (const [name, change] of changes) {
      const before = await listed(on.catalog);
      await change(on);
      const after = await listed(on.catalog);
      if (after.text !== before.text) expect(after.tag, name).not.toBe(before.tag);
      seen.add(after.tag);
    }
    expect(seen.size).toBeGreaterThan(15);
    const { tag } = await listed(on.catalog);
    await on.decisions.setOverlay(ref, 'protected');
    expect((await listed(on.catalog)).tag).toBe(tag);
    await on.test.drop();
  });
});

describe('the tags of packs and revisions', () => {
  it('of a pack is another one after every change of its problems by hand', async () => {
    const on = await openGround();
    for (const [name, change] of byHand) {
      const before = await on.catalog.getPack('ops');
      await change(on);
      const after = await on.catalog.getPack('ops');
      expect(after?.pack.problem_count, name).not.toBe(before?.pack.problem_count);
      expect(after?.tag, name).not.toBe(before?.tag);
      expect(await on.catalog.packTag('ops')).toBe(after?.tag);
    }
    await on.test.drop();
  });

  it('follow the generation, and whether a revision is served and pinned', async () => {
    const on = await openGround();
    await on.apply(page({ label: 'second', text: '2' }));
    const pack = await on.catalog.packTag('ops');
    expect((await on.catalog.getPack('ops'))?.tag).toBe(pack);
    const tags = async () => [await on.catalog.revisionTag(ref, 1), await on.catalog.revisionTag(ref, 2)];
    const [first, second] = await tags();
    expect(await on.catalog.getRevision(ref, 1)).toMatchObject({ tag: first });
    await on.decisions.setOverlay(ref, 'disabled');
    expect(await tags()).toEqual([first, second]);
    expect(await on.catalog.packTag('ops')).not.toBe(pack);
    await on.decisions.rollBack(ref, 1);
    const [pinned, replaced] = await tags();
    expect(new Set([first, second, pinned, replaced]).size).toBe(4);
    await on.decisions.unpin(ref);
    expect(await tags()).toEqual([first, second]);
    expect(await on.catalog.revisionTag(ref, 3)).toBeUndefined();
    expect(await on.catalog.packTag('nope')).toBeUndefined();
    await on.test.drop();
  });
});

describe('a tag', () => {
  it('is made without reading definition, text or schemas', async () => {
    const on = await openGround();
    const session = on.test.session();
    const cheap =
      'id, ref, status, revision, pinned_revision, updated, source, source_path, file_digest, xmin';
    await session.unsafe(`create role tagger; grant usage on schema packwatch to tagger;
      grant select (${cheap}) on workflow_definition to tagger;
      grant select (workflow_definition, number, revision, xmin) on workflow_revision to tagger;
      grant select (source, path, pack_ref, role, ref, state, digest, diagnostics, xmin) on pack_file to tagger;
      grant select (ref, workflow_def, source, source_path) on action to tagger;
      grant select on pack, catalog_version, source_lease to tagger; set role tagger`);
    const database: Database = {
      schema: 'packwatch',
      run: async (query) => await query(session as unknown as Sql),
      close: () => Promise.resolve(),
    };
    const tagger = createCatalog(database);
    expect(await tagger.workflowTag(ref)).toBe(await on.catalog.workflowTag(ref));
    expect(await tagger.revisionTag(ref, 1)).toBe(await on.catalog.revisionTag(ref, 1));
    expect(await tagger.catalogTag()).toBe(await on.catalog.catalogTag());
    await expect(tagger.getWorkflow(ref)).rejects.toMatchObject({ code: '42501' });
    await session.unsafe('reset role; drop owned by tagger; drop role tagger');
    await on.test.drop();
  });
});

describe('reads of tags and marks', () => {
  it('are shared on one server, and by nobody where they go to several', async () => {
    const on = await openGround();
    let sent = 0;
    const counting: Database = {
      ...on.test.database,
      run(query) {
        sent += 1;
        return on.test.database.run(query);
      },
    };
    const askAll = async (catalog: Catalog) => {
      sent = 0;
      const asked = Array.from({ length: 6 }, () => [catalog.catalogTag(), catalog.mark()]).flat();
      const answers = await Promise.all(asked);
      return { sent, answers: new Set(answers).size };
    };
    expect(await askAll(createCatalog(counting))).toEqual({ sent: 4, answers: 2 });
    const several = createCatalog(counting, { inPlaces: true });
    expect(await askAll(several)).toEqual({ sent: 6, answers: 2 });
    expect(await several.mark()).toBeUndefined();
    await on.test.drop();
  });
});

const anotherPack =
  "insert into pack (ref, label, version, source) values ('new', 'New', '1.0.0', 'root:main')";

async function shown(catalog: Catalog, name: string) {
  const lookup = await catalog.getWorkflow(name);
  if (lookup.kind !== 'found') throw new Error(`${name} is ${lookup.kind}`);
  const { tag, ...rest } = lookup;
  return { tag, text: JSON.stringify(rest) };
}

async function listed(catalog: Catalog) {
  const packs = { page: 1, pageSize: 100, statuses: all.statuses, source: undefined };
  const pages = [
    await catalog.listWorkflows(all),
    await catalog.listPacks(packs),
    await catalog.listProblems(allFiles),
  ];
  const [{ tag } = { tag: '' }] = pages;
  expect(new Set([tag, await catalog.catalogTag(), ...pages.map((one) => one.tag)]).size).toBe(1);
  return { tag, text: JSON.stringify(pages.map(({ items }) => items)) };
}
