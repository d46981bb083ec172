// The registry as files come, change and go: real plans through the one statement that writes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackDir, PackRef, SourceName } from '../../src/model/pack.ts';
import { isEmptyPlan } from '../../src/registry/plan.ts';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import {
  desiredOf,
  dumpAll,
  holdLease,
  type PackContent,
  planNow,
  register,
  testSource,
} from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let writer: Writer;
beforeAll(async () => {
  test = await createTestDatabase();
  await holdLease(test);
  writer = createWriter({ database: test.database, epochOf: () => 1 });
});
afterAll(() => test.drop());

/** The row of a workflow, an action or a pack. */
async function rowOf(table: string, ref: string): Promise<Record<string, unknown>> {
  const [row] = await test.query(`select * from ${table} where ref = $1`, [ref]);
  if (!row) throw new Error(`no ${table} ${ref}`);
  return row;
}

async function revisionsOf(ref: string) {
  const rows = await test.query(
    `select r.number, r.cause, r.revision from workflow_revision r join workflow_definition w on w.id = r.workflow_definition
     where w.ref = $1 order by r.number`,
    [ref],
  );
  return rows.map((row) => row['number']);
}

async function versionNow(): Promise<number> {
  const [row] = await test.query<{ version: string }>('select version from catalog_version');
  return Number(row?.version);
}

describe('fixture set-up', () => {
  it('starts from a migrated registry that holds nothing', async () => {
    const own = await createTestDatabase();
    try {
      for (const table of [
        'pack',
        'workflow_definition',
        'action',
        'workflow_revision',
        'pack_file',
        'catalog_change',
      ])
        expect(await own.query(`select from ${table}`), table).toHaveLength(0);
      expect(await own.query('select version from catalog_version')).toEqual([{ version: '0' }]);
    } finally {
      await own.drop();
    }
  });

  it('is empty after every drop: no database and no connection is left', async () => {
    const own = await createTestDatabase();
    await own.query('select 1');
    await own.drop();
    const left = await test.query('select from pg_database where datname = $1', [own.connection.database]);
    expect(left).toHaveLength(0);
  });
});

describe('pack creation', () => {
  it('makes the row with its source, directory and generation', async () => {
    const { result } = await register(writer, desiredOf('made', { label: 'Made', description: 'd' }));
    // One pack row and the manifest's pack_file row.
    expect(result).toMatchObject({ outcome: 'applied', written: 2 });
    expect(await rowOf('pack', 'made')).toMatchObject({
      ...{ label: 'Made', description: 'd', source: testSource, source_path: 'made', status: 'active' },
      ...{ config: { a: [1, null] }, tags: ['t'], generation: '1', applied_generation: '1' },
    });
  });

  it('writes nothing the second time', async () => {
    const before = await dumpAll(test);
    const again = await planNow(writer, desiredOf('made', { label: 'Made', description: 'd' }));
    expect(isEmptyPlan(again)).toBe(true);
    expect(await writer.apply(again, 'rescan')).toEqual({ outcome: 'applied', written: 0, version: null });
    expect(await dumpAll(test)).toEqual(before);
  });

  it('loses a description that its manifest loses, and keeps its id', async () => {
    const before = await rowOf('pack', 'made');
    await register(writer, desiredOf('made', { label: 'Made' }));
    expect(await rowOf('pack', 'made')).toMatchObject({
      id: before['id'],
      description: null,
      generation: '2',
    });
  });
});

describe('registration', () => {
  it('registers a workflow with its action, its first revision, its file and one change', async () => {
    const desired = desiredOf('reg', {
      workflows: { one: { body: 'a', description: 'd', tags: ['x', 'y'] } },
    });
    const { result, plan } = await register(writer, desired, 'start');
    const wanted = plan.workflows[0];
    expect(result).toMatchObject({ outcome: 'applied', written: 6, version: await versionNow() });
    const row = await rowOf('workflow_definition', 'reg.one');
    expect(row).toMatchObject({
      ...{ pack_ref: 'reg', source: testSource, source_path: 'reg/workflows/one.yaml', status: 'active' },
      ...{
        definition: JSON.parse(wanted?.definition ?? ''),
        revision: wanted?.revision,
        source_text: wanted?.sourceText,
      },
      ...{
        file_digest: wanted?.fileDigest,
        tags: ['x', 'y'],
        last_number: 1,
        param_schema: null,
        drifted: false,
      },
    });
    expect(await rowOf('action', 'reg.one')).toMatchObject({ workflow_def: row['id'], runtime_ref: null });
    expect(await revisionsOf('reg.one')).toEqual([1]);
    const [change] = await test.query("select * from catalog_change where ref = 'reg.one'");
    expect(change).toMatchObject({ pack_ref: 'reg', verb: 'registered', number: 1, position: 1 });
    const state = await writer.readPack(testSource, 'reg' as PackRef, 'reg' as PackDir);
    expect(state.files.get(plan.files[1]?.path as never)).toEqual(plan.files[1]);
  });

  it('registers a plain action that stands behind no workflow', async () => {
    await register(writer, desiredOf('plain', { actions: { run: 'run.sh' } }));
    expect(await rowOf('action', 'plain.run')).toMatchObject({
      ...{
        workflow_def: null,
        runtime_ref: 'core.shell',
        entrypoint: 'run.sh',
        param_schema: { type: 'object' },
      },
      ...{
        out_schema: null,
        timeout_seconds: 30,
        max_retries: 2,
        default_execution_permission_set_refs: ['core.all'],
      },
    });
  });

  it('shows what is served in both views, and nothing that is retired or disabled', async () => {
    const content = { workflows: { a: {}, b: {}, c: {} }, actions: { d: 'd.sh' } };
    await register(writer, desiredOf('views', content));
    await test.query("update workflow_definition set enabled = false where ref = 'views.b'");
    await register(writer, desiredOf('views', { workflows: { a: {}, b: {} }, actions: { d: 'd.sh' } }));
    const seen = async (view: string) =>
      (await test.query(`select ref from ${view} where pack_ref = 'views' order by ref`)).map(
        (row) => row['ref'],
      );
    expect(await seen('served_workflow')).toEqual(['views.a']);
    expect(await seen('served_action')).toEqual(['views.a', 'views.d']);
  });
});

describe('update', () => {
  const content = (one: NonNullable<PackContent['workflows']>[string]): PackContent => ({
    workflows: { one },
  });
  const apply = (one: Parameters<typeof content>[0]) => register(writer, desiredOf('upd', content(one)));

  it('serves number 1 again after A, B, A, and never gives a number twice', async () => {
    await apply({ body: 'a' });
    const { id } = await rowOf('workflow_definition', 'upd.one');
    await apply({ body: 'b' });
    expect(await revisionsOf('upd.one')).toEqual([1, 2]);
    await apply({ body: 'a' });
    expect(await revisionsOf('upd.one')).toEqual([1, 2]);
    const [last] = await test.query(
      "select number from catalog_change where ref = 'upd.one' order by version desc limit 1",
    );
    expect(last).toEqual({ number: 1 });
    await apply({ body: 'c' });
    expect(await revisionsOf('upd.one')).toEqual([1, 2, 3]);
    expect(await rowOf('workflow_definition', 'upd.one')).toMatchObject({ id, last_number: 3 });
  });

  it('gives the next number when the oldest revisions are purged', async () => {
    await test.query(
      "delete from workflow_revision where number > 1 and workflow_definition = (select id from workflow_definition where ref = 'upd.one')",
    );
    await apply({ body: 'd' });
    expect(await revisionsOf('upd.one')).toEqual([1, 4]);
  });

  it('touches for a comment: the text moves, `updated` and the history do not', async () => {
    const before = await rowOf('workflow_definition', 'upd.one');
    const { plan, result } = await apply({ body: 'd', text: '# another comment\nbody: d\n' });
    expect(plan.changes.map((change) => change.verb)).toEqual(['touched']);
    // The definition's row, its file's and its pack's.
    expect(result).toMatchObject({ written: 3 });
    const after = await rowOf('workflow_definition', 'upd.one');
    expect(after['source_text']).toBe('# another comment\nbody: d\n');
    expect(after['updated']).toEqual(before['updated']);
    expect(await revisionsOf('upd.one')).toEqual([1, 4]);
  });

  it('loses a description and a schema that the file loses', async () => {
    await apply({ description: 'd', paramSchema: { type: 'object' }, outSchema: { type: 'string' } });
    expect(await rowOf('workflow_definition', 'upd.one')).toMatchObject({
      description: 'd',
      out_schema: { type: 'string' },
    });
    await apply({});
    const [row] = await test.query(
      `select w.description is null and w.param_schema is null and w.out_schema is null
         and a.description is null and a.param_schema is null as lost
       from workflow_definition w join action a using (ref) where ref = 'upd.one'`,
    );
    expect(row).toEqual({ lost: true });
  });

  it('moves a definition with its file and keeps its id', async () => {
    const before = await rowOf('workflow_definition', 'upd.one');
    const { plan } = await apply({ path: 'workflows/deep/one.yaml' });
    expect(plan.changes.map((change) => change.verb)).toEqual(['moved']);
    const after = await rowOf('workflow_definition', 'upd.one');
    expect(after).toMatchObject({
      id: before['id'],
      source_path: 'upd/workflows/deep/one.yaml',
      last_number: before['last_number'],
    });
    expect(
      await test.query("select path from pack_file where pack_ref = 'upd' and role = 'workflow'"),
    ).toEqual([{ path: 'upd/workflows/deep/one.yaml' }]);
  });

  it('keeps the last good revision of a file that broke, and recovers it', async () => {
    const path = 'workflows/deep/one.yaml';
    const before = await rowOf('workflow_definition', 'upd.one');
    await apply({ invalid: true, text: 'broken', path });
    expect(await rowOf('workflow_definition', 'upd.one')).toMatchObject({
      status: 'degraded',
      revision: before['revision'],
    });
    expect(await rowOf('action', 'upd.one')).toMatchObject({ status: 'degraded' });
    await apply({ path });
    expect(await rowOf('workflow_definition', 'upd.one')).toMatchObject({
      status: 'active',
      id: before['id'],
    });
    expect(await rowOf('action', 'upd.one')).toMatchObject({ status: 'active' });
    expect(
      await test.query("select verb from catalog_change where ref = 'upd.one' order by version desc limit 2"),
    ).toEqual([{ verb: 'recovered' }, { verb: 'degraded' }]);
  });
});

describe('unregister', () => {
  it('retires workflow and action in one transaction, and gives both back with their ids', async () => {
    await register(writer, desiredOf('gone', { workflows: { one: {}, two: {} } }));
    const before = [await rowOf('workflow_definition', 'gone.one'), await rowOf('action', 'gone.one')];
    const { result } = await register(writer, desiredOf('gone', { workflows: { two: {} } }));
    expect(result).toMatchObject({ outcome: 'applied', version: await versionNow() });
    for (const table of ['workflow_definition', 'action']) {
      const row = await rowOf(table, 'gone.one');
      expect(row['status']).toBe('retired');
      expect(row['retired_at']).toBeInstanceOf(Date);
      expect(await rowOf(table, 'gone.two')).toMatchObject({ status: 'active' });
    }
    await register(writer, desiredOf('gone', { workflows: { one: {}, two: {} } }));
    const after = [await rowOf('workflow_definition', 'gone.one'), await rowOf('action', 'gone.one')];
    for (const [index, row] of after.entries())
      expect(row).toMatchObject({ id: before[index]?.['id'], status: 'active', retired_at: null });
    expect(await revisionsOf('gone.one')).toEqual([1]);
  });

  it('retires a whole pack whose directory is gone, its files with it', async () => {
    await register(writer, desiredOf('gone', { gone: true }));
    expect(await rowOf('pack', 'gone')).toMatchObject({ status: 'retired' });
    expect(
      await test.query("select from workflow_definition where pack_ref = 'gone' and status <> 'retired'"),
    ).toEqual([]);
    expect(await test.query("select from pack_file where dir = 'gone'")).toEqual([]);
  });

  it('leaves a retired workflow retired when a plain action of its ref recovers', async () => {
    await register(writer, desiredOf('swap', { workflows: { one: {} } }));
    await register(writer, desiredOf('swap', { actions: { one: 'one.sh' } }));
    expect(await rowOf('workflow_definition', 'swap.one')).toMatchObject({ status: 'retired' });
    expect(await rowOf('action', 'swap.one')).toMatchObject({ status: 'active', workflow_def: null });
    await register(writer, desiredOf('swap', { workflows: { one: { invalid: true } } }));
    await register(writer, desiredOf('swap', { actions: { one: 'one.sh' } }));
    expect(await rowOf('workflow_definition', 'swap.one')).toMatchObject({ status: 'retired' });
    expect(await rowOf('action', 'swap.one')).toMatchObject({ status: 'active' });
  });

  it('never touches a row of another source, whatever a plan of ours says', async () => {
    await register(writer, desiredOf('ours', { workflows: { mine: {} } }));
    await test.query(
      `insert into workflow_definition (ref, pack, pack_ref, label, version, definition, revision, last_number, source, source_text)
       select 'ours.theirs', id, 'ours', 'l', '1', '{}', $1, 1, 'api', 't' from pack where ref = 'ours'`,
      ['0'.repeat(64)],
    );
    await test.query(
      `insert into action (ref, pack, pack_ref, label, entrypoint, revision, source)
       select 'ours.theirs', id, 'ours', 'l', 'e', $1, 'api' from pack where ref = 'ours'`,
      ['0'.repeat(64)],
    );
    const read = () =>
      Promise.all([rowOf('workflow_definition', 'ours.theirs'), rowOf('action', 'ours.theirs')]);
    const theirs = await read();
    const { plan } = await register(writer, desiredOf('ours', { workflows: { mine: { body: 'b' } } }));
    expect(plan.retire).toEqual([]);
    const now = await planNow(writer, desiredOf('ours', { workflows: { mine: { body: 'b' } } }));
    const greedy = {
      ...now,
      retire: ['ours.theirs'],
      retireActions: ['ours.theirs'],
      degrade: ['ours.theirs'],
      touch: plan.workflows.map((one) => ({ ...one, ref: 'ours.theirs' })),
    };
    await writer.apply(greedy as never, 'watch');
    expect(await read()).toEqual(theirs);
    for (const robbery of [{ workflows: { theirs: {} } }, { actions: { theirs: 'x.sh' } }]) {
      const robbing = await planNow(writer, desiredOf('ours', robbery));
      await expect(writer.apply(robbing, 'watch')).rejects.toMatchObject({ code: 'database_refused' });
    }
    expect(await read()).toEqual(theirs);
  });

  it('lets another source take over a pack only once it is retired, with its ids', async () => {
    const other = 'root:other' as SourceName;
    await holdLease(test, other);
    await register(writer, desiredOf('heir', { workflows: { one: {} } }));
    const before = await rowOf('workflow_definition', 'heir.one');
    const early = await planNow(
      writer,
      desiredOf('heir', { source: other, workflows: { one: { body: 'b' } } }),
    );
    expect(await writer.apply(early, 'watch')).toEqual({ outcome: 'stale' });
    await register(writer, desiredOf('heir', { gone: true }));
    await register(writer, desiredOf('heir', { source: other, workflows: { one: { body: 'b' } } }));
    expect(await rowOf('workflow_definition', 'heir.one')).toMatchObject({
      id: before['id'],
      source: other,
      last_number: 2,
    });
    expect(await rowOf('pack', 'heir')).toMatchObject({ source: other, status: 'active' });
  });
});
