// A pack that was read before: of its rows only those come again that anybody has touched, and what is told is as the database has it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackDir, PackRef } from '../../src/model/pack.ts';
import { createBucketMemory } from '../../src/store/bucket-memory.ts';
import type { Sql } from '../../src/store/connect.ts';
import { bucketsOf } from '../../src/store/sql/buckets.ts';
import { readSource } from '../../src/store/sql/registered.ts';
import { createPackMemory, fileRows, readPack } from '../../src/store/sql/registered-pack.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, testSource } from '../support/plans.ts';

const workflows = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`w${index}`, {}]));
const [web, ops] = ['web', 'ops'] as readonly string[] as readonly [PackRef & PackDir, PackRef & PackDir];

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
  await registry.put(desiredOf('web', { workflows, actions: { act: 'a.sh' } }));
  await registry.put(desiredOf('ops', { workflows: { a: {} } }));
});
afterAll(() => registry.test.drop());

const memory = createPackMemory(1_000);

/** Reads with what is remembered, and tells how many rows the database sent. */
async function read(ref: PackRef & PackDir, from = memory) {
  let sent = 0;
  const counting: typeof registry.test.database.run = async (query, deadlineMs) => {
    const rows = await registry.test.database.run(query, deadlineMs);
    const [row] = rows as unknown as readonly Record<'workflows' | 'actions' | 'files', Brought>[];
    for (const part of [row?.workflows, row?.actions, row?.files])
      for (const bucket of part ?? []) sent += bucket.rows?.length ?? 0;
    return rows;
  };
  const state = await readPack({ ...registry.test.database, run: counting }, testSource, ref, ref, from);
  return { state, sent };
}
type Brought = readonly { readonly rows: readonly unknown[] | null }[];
const asItIs = async (ref: PackRef & PackDir) => (await read(ref, createPackMemory(0))).state;

const edits = {
  'a revision': "update workflow_definition set revision = repeat('0', 64) where ref = 'web.w7'",
  'a status': "update workflow_definition set status = 'degraded' where ref = 'web.w8'",
  'a pin':
    "update workflow_definition set pinned_revision = revision, pinned_over = repeat('1', 64) where ref = 'web.w9'",
  'who protects it': "update workflow_definition set protected = true where ref = 'web.w10'",
  'whose it is': "update workflow_definition set source = 'api' where ref = 'web.w11'",
  'where its file is': "update action set source_path = 'web/workflows/x.yaml' where ref = 'web.w12'",
  'what an action calls': "update action set workflow_def = null where ref = 'web.w13'",
  'a digest': "update pack_file set digest = repeat('0', 64) where path = 'web/workflows/w7.yaml'",
  'a link': "update pack_file set links = '{web/workflows/w1.yaml}' where path = 'web/workflows/w14.yaml'",
  'a finding': `update pack_file set diagnostics = '[{"code": "X"}]' where path = 'web/workflows/w15.yaml'`,
  'a row of a file that goes': "delete from pack_file where path = 'web/workflows/w16.yaml'",
  'a row that goes': "delete from action where ref = 'web.w17'",
  'the pack': "update pack set label = 'other' where ref = 'web'",
};

describe('the statement that reads a pack', () => {
  it('compares no row with every bucket, for how few the planner may take them', async () => {
    const { database } = registry.test;
    const of = (sql: Sql) => fileRows(sql, database.schema, testSource, web);
    const [all] = await database.run(
      (sql) =>
        sql<
          { found: readonly { bucket: number; mark: string }[] }[]
        >`select ${bucketsOf(sql, of(sql), {})} as found`,
    );
    const marks = Object.fromEntries((all?.found ?? []).slice(1).map(({ bucket, mark }) => [bucket, mark]));
    const [row] = await database.run(
      (sql) => sql<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }[]>`
        explain (analyze, format json) select ${bucketsOf(sql, of(sql), marks)}`,
    );
    const handled = row ? rowsOf(row['QUERY PLAN'][0].Plan) : 0;
    expect(handled).toBeGreaterThan(300);
    expect(handled).toBeLessThan(10 * 300);
  });
});

describe('a pack that is remembered', () => {
  it('is read as a whole once', async () => {
    expect((await read(web)).sent).toBe(300 + 301 + 302);
    const { state, sent } = await read(web);
    expect(sent).toBe(0);
    expect(state).toEqual(await asItIs(web));
    expect((await read(web)).state.workflows).toBe(state.workflows);
  });

  it.each(Object.entries(edits))('is as the database has it after an edit by hand: %s', async (name, sql) => {
    const before = await read(web);
    await registry.test.query(`begin; set local session_replication_role = 'replica'; ${sql}; commit`);
    const { state, sent } = await read(web);
    expect(state).toEqual(await asItIs(web));
    const { database } = registry.test;
    const { along, ...overview } = await readSource(database, testSource, [web], memory);
    expect(overview).toEqual(await readSource(database, testSource, [web]));
    expect(along).toEqual({ packRef: web, dir: web, registered: state });
    if (name === 'the pack') return;
    // No trigger has raised the generation, and no row beside those of one bucket came.
    expect(state).not.toEqual(before.state);
    expect(sent).toBeLessThan(30);
  });

  it('is as it is after two rows have changed places', async () => {
    await registry.test.query(`update pack_file f set digest = o.digest from pack_file o
      where (f.path, o.path) in (('web/pack.yaml', 'web/workflows/w1.yaml'), ('web/workflows/w1.yaml', 'web/pack.yaml'))`);
    expect((await read(web)).state).toEqual(await asItIs(web));
  });

  it('is as it is after an apply, and when all of its rows are gone', async () => {
    await registry.put(
      desiredOf('web', { workflows: { ...workflows, w3: { label: 'other' } }, actions: {} }),
    );
    expect((await read(web)).state).toEqual(await asItIs(web));
    await registry.test.query("delete from action where pack_ref = 'web'");
    await registry.test.query("delete from pack_file where dir = 'web'");
    const { state } = await read(web);
    expect([state.actions.size, state.files.size]).toEqual([0, 0]);
    expect((await readSource(registry.test.database, testSource, [web], memory)).files.size).toBe(0);
    expect(state).toEqual(await asItIs(web));
  });

  it('makes room for those that were read later', async () => {
    const small = createPackMemory(310);
    await read(web, small);
    await read(ops, small);
    expect((await read(web, small)).state.workflows.size).toBe(300);
    const tiny = createPackMemory(1);
    await read(ops, tiny);
    expect((await read(ops, tiny)).sent).toBe(2);
    expect((await read(web, tiny)).state).toEqual(await asItIs(web));
    // What is larger than all the room takes nothing from the others.
    expect((await read(ops, tiny)).sent).toBe(2);
  });
});

type PlanNode = {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
};

/** Rows that all nodes of a plan gave or threw away. */
function rowsOf(node: PlanNode): number {
  const rows = node['Actual Rows'] + (node['Rows Removed by Join Filter'] ?? 0);
  return (node.Plans ?? []).reduce((sum, one) => sum + rowsOf(one), rows * node['Actual Loops']);
}

describe('a part in memory', () => {
  it('is never taken for another statement’s', () => {
    const part = createBucketMemory((n: number) => [n, n], 10).recall('a');
    expect(() => part.take([{ bucket: 1, mark: 'x', rows: null }])).toThrow('none are known');
  });
});
