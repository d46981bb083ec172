// What others hear of: one version and one notification a transaction, changes in order, rows changed by hand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackDir, PackRef } from '../../src/model/pack.ts';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { desiredOf, holdLease, register, testSource } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let writer: Writer;
beforeAll(async () => {
  test = await createTestDatabase();
  await holdLease(test);
  writer = createWriter({ database: test.database, epochOf: () => 1 });
});
afterAll(() => test.drop());

const readPack = (name: string) => writer.readPack(testSource, name as PackRef, name as PackDir);

describe('catalog_version', () => {
  it('goes up by one in every transaction that changes something', async () => {
    const versions: unknown[] = [];
    for (const body of ['a', 'b', 'b', 'c']) {
      const { result } = await register(
        writer,
        desiredOf('count', { workflows: { one: { body }, two: { body } } }),
      );
      versions.push(result?.outcome === 'applied' ? result.version : null);
    }
    expect(versions).toEqual([1, 2, null, 3]);
    const rows = await test.query(
      'select version, position, ref, verb, number from catalog_change order by 1, 2',
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['1', 1, 'count.one', 'registered', 1],
      ['1', 2, 'count.two', 'registered', 1],
      ['2', 1, 'count.one', 'updated', 2],
      ['2', 2, 'count.two', 'updated', 2],
      ['3', 1, 'count.one', 'updated', 3],
      ['3', 2, 'count.two', 'updated', 3],
    ]);
  });

  it('is told once a transaction, after the commit, in less than 1 kB', async () => {
    const heard: string[] = [];
    const seen: unknown[] = [];
    const listener = test.session();
    await listener.listen('packwatch', async (payload) => {
      heard.push(payload);
      if (payload !== 'end') seen.push(...(await test.query('select version from catalog_version')));
    });
    const name = 'p'.repeat(64);
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`w${index}`, {}]));
    const { result } = await register(writer, desiredOf(name, { workflows: many }));
    const version = result?.outcome === 'applied' ? result.version : undefined;
    await register(writer, desiredOf(name, { workflows: many }));
    await test.query("select pg_notify('packwatch', 'end')");
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard[0]?.length).toBeLessThan(1_000);
    expect(JSON.parse(heard[0] ?? '')).toEqual({ version, pack: name });
    await expect.poll(() => seen).toEqual([{ version: String(version) }]);
  });
});

describe('drift', () => {
  const content = { workflows: { one: {} }, actions: { run: 'run.sh' } };

  it('is not what apply_pack writes itself', async () => {
    await register(writer, desiredOf('drift', content));
    await register(writer, desiredOf('drift', { workflows: { one: { body: 'b' } } }));
    await register(writer, desiredOf('drift', content));
    const state = await readPack('drift');
    expect(state.pack).toMatchObject({ drifted: false, generation: 3 });
    expect([...state.workflows.values(), ...state.actions.values()].some((row) => row.drifted)).toBe(false);
  });

  const edits = {
    workflow_definition: [
      "label = 'x'",
      "definition = '{}'",
      "source_text = 'x'",
      "status = 'degraded'",
      "tags = '{x}'",
    ],
    action: ["label = 'x'", "entrypoint = 'x'", 'workflow_def = null', 'timeout_seconds = 1'],
  };
  for (const [table, assignments] of Object.entries(edits)) {
    it.each(assignments)(
      `marks a row of ${table} that a hand changed (%s), and is healed`,
      async (assignment) => {
        await register(writer, desiredOf('drift', content));
        const before = await readPack('drift');
        await test.query(`update ${table} set ${assignment} where ref = 'drift.one'`);
        const state = await readPack('drift');
        expect(state.pack).toMatchObject({ drifted: true, generation: (before.pack?.generation ?? 0) + 1 });
        const row = (table === 'action' ? state.actions : state.workflows).get('drift.one' as never);
        expect(row).toMatchObject({ drifted: true });
        await register(writer, desiredOf('drift', content), 'rescan');
        expect(await readPack('drift')).toEqual({
          ...before,
          pack: { ...before.pack, generation: (state.pack?.generation ?? 0) + 1 },
        });
      },
    );
  }

  it('is a pack row that a hand changed, which is healed', async () => {
    await test.query("update pack set label = 'x' where ref = 'drift'");
    expect((await readPack('drift')).pack).toMatchObject({ drifted: true, revision: null });
    await register(writer, desiredOf('drift', content));
    expect(await test.query("select label from pack where ref = 'drift'")).toEqual([{ label: 'drift' }]);
  });

  it('is no enabling, disabling or protecting, though the generation goes up', async () => {
    await register(writer, desiredOf('drift', content));
    for (const assignment of ['enabled = false', 'enabled = true', 'protected = true', 'protected = false']) {
      const before = await readPack('drift');
      await test.query(`update workflow_definition set ${assignment} where ref = 'drift.one'`);
      const after = await readPack('drift');
      expect(after.workflows.get('drift.one' as never)).toMatchObject({ drifted: false });
      expect(after.pack?.generation).toBe((before.pack?.generation ?? 0) + 1);
    }
    await test.query("update workflow_definition set enabled = false where ref = 'drift.one'");
    await register(
      writer,
      desiredOf('drift', { workflows: { one: { body: 'z' } }, actions: content.actions }),
    );
    expect(await test.query("select enabled from workflow_definition where ref = 'drift.one'")).toEqual([
      { enabled: false },
    ]);
  });

  it('raises the generation for rows that a hand adds, removes or moves to another pack', async () => {
    await register(writer, desiredOf('drift', content));
    await register(writer, desiredOf('elsewhere', {}));
    const steps = [
      "insert into action (ref, pack, pack_ref, label, entrypoint, source, revision) select 'drift.extra', id, 'drift', 'l', 'e', 'api', repeat('0', 64) from pack where ref = 'drift'",
      "update action set pack = (select id from pack where ref = 'elsewhere') where ref = 'drift.extra'",
      "update action set pack = (select id from pack where ref = 'drift') where ref = 'drift.extra'",
      "delete from action where ref = 'drift.extra'",
    ];
    for (const step of steps) {
      const before = (await readPack('drift')).pack?.generation ?? 0;
      await test.query(step);
      expect((await readPack('drift')).pack?.generation, step).toBe(before + 1);
    }
  });

  it('is the served revision that a hand deleted from the history, which has it again under the next number', async () => {
    await register(writer, desiredOf('lost', { workflows: { one: { body: 'a' }, two: {} } }));
    await register(writer, desiredOf('lost', { workflows: { one: { body: 'b' }, two: {} } }));
    const lose = (number: number) =>
      test.query(
        "delete from workflow_revision r using workflow_definition w where w.id = r.workflow_definition and w.ref = 'lost.one' and r.number = $1",
        [number],
      );
    const numbers = () =>
      test.query(
        "select w.ref, r.number from workflow_revision r join workflow_definition w on w.id = r.workflow_definition where w.pack_ref = 'lost' order by 1, 2",
      );
    // One that is served no more leaves a gap, which is all there is to say about it.
    await lose(1);
    expect((await readPack('lost')).pack).toMatchObject({ drifted: false });
    await lose(2);
    const { pack, workflows } = await readPack('lost');
    expect(pack).toMatchObject({ drifted: true });
    expect(
      [...workflows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([ref, { drifted }]) => [ref, drifted]),
    ).toEqual([
      ['lost.one', true],
      ['lost.two', false],
    ]);
    const again = desiredOf('lost', { workflows: { one: { body: 'b' }, two: {} } });
    await register(writer, again, 'rescan');
    expect(await numbers()).toEqual([
      { ref: 'lost.one', number: 3 },
      { ref: 'lost.two', number: 1 },
    ]);
    expect((await readPack('lost')).pack).toMatchObject({ drifted: false });
  });

  it('is healed for an action that a hand moved to another pack', async () => {
    await register(writer, desiredOf('drift', content));
    await test.query(
      "update action set pack = (select id from pack where ref = 'elsewhere') where ref = 'drift.run'",
    );
    await register(writer, desiredOf('drift', content), 'rescan');
    const [row] = await test.query(
      "select p.ref from action a join pack p on p.id = a.pack where a.ref = 'drift.run'",
    );
    expect(row).toEqual({ ref: 'drift' });
  });
});
