// A load of a whole catalogue: what one pack takes does not grow with what is there already, though nobody has told the planner of it.
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesiredPack } from '../../src/model/state.ts';
import type { Sql } from '../../src/store/connect.ts';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { desiredOf, holdLease, planNow, testSource } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const packs = 30;
const workflows = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`w${index}`, {}]));

let test: TestDatabase;
let session: postgres.Sql;
let writer: Writer;
beforeAll(async () => {
  test = await createTestDatabase();
  await holdLease(test);
  for (const table of ['workflow_definition', 'action', 'workflow_revision', 'pack_file'])
    await test.query(`alter table ${table} set (autovacuum_enabled = false)`);
  // One connection, as for a load: its plans are made while the tables are empty.
  session = test.session();
  const database = {
    schema: 'packwatch',
    run: async <Row>(query: (sql: Sql) => PromiseLike<Row>) => query(session as unknown as Sql),
    close: async () => undefined,
  };
  writer = createWriter({ database, epochOf: () => 1 });
});
afterAll(() => test.drop());

/** Rows read by scans of whole tables so far in a transaction. */
async function rowsScanned(): Promise<number> {
  const [row] = await session<{ rows: string }[]>`
    select sum(seq_tup_read) as rows from pg_stat_xact_user_tables
    where relname in ('workflow_definition', 'action', 'workflow_revision', 'pack_file')`;
  return Number(row?.rows);
}

/** How many rows of the catalogue one apply reads by scans of whole tables. */
async function scannedBy(desired: DesiredPack): Promise<number> {
  const plan = await planNow(writer, desired);
  await session`begin`;
  const before = await rowsScanned();
  expect(await writer.apply(plan, 'start')).toMatchObject({ outcome: 'applied' });
  const after = await rowsScanned();
  await session`commit`;
  return after - before;
}

/** Entries read so far of the indexes that lead to all rows of a source. */
async function entriesOfSource(): Promise<number> {
  await session`select pg_stat_force_next_flush()`;
  const [row] = await session<{ entries: string }[]>`
    select sum(idx_tup_read) as entries from pg_stat_user_indexes
    where indexrelname in ('workflow_definition_source_index', 'action_source_index')`;
  return Number(row?.entries);
}

describe('apply_pack, pack after pack into an empty registry', () => {
  it('reads no table as a whole', async () => {
    for (let index = 0; index < packs; index += 1) {
      const desired = desiredOf(`pack_${index}`, { workflows, actions: { plain: 'run.sh' } });
      expect(await scannedBy(desired), `of pack ${index}`).toBe(0);
    }
  });

  it('reads none when a pack changes and loses what it had', async () => {
    const { w0: _, ...fewer } = workflows;
    expect(await scannedBy(desiredOf('pack_3', { workflows: { ...fewer, w1: { body: 'another' } } }))).toBe(
      0,
    );
    const [row] = await test.query<{ refs: readonly string[] }>(
      "select array_agg(ref order by ref) as refs from workflow_definition where status = 'retired'",
    );
    expect(row?.refs).toEqual(['pack_3.w0']);
  });
});

describe('a look at all packs', () => {
  it('does not look the whole source up for each of them', async () => {
    const before = await entriesOfSource();
    const { packs: found } = await writer.readSource(testSource, 'all');
    expect(found.size).toBe(packs);
    expect((await entriesOfSource()) - before).toBe(0);
  });
});
