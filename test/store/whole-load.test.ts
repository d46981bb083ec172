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

type Reads = { readonly scanned: number; readonly found: number };

/** Rows read so far in a transaction: by scans of whole tables, and by way of an index, which can be a whole table as well. */
async function rowsRead(): Promise<Reads> {
  const [row] = await session<{ scanned: string; found: string }[]>`
    select sum(seq_tup_read) as scanned, sum(idx_tup_fetch) as found from pg_stat_xact_user_tables
    where relname in ('workflow_definition', 'action', 'workflow_revision', 'pack_file')`;
  return { scanned: Number(row?.scanned), found: Number(row?.found) };
}

/** How many rows of the catalogue one apply reads. */
async function readBy(desired: DesiredPack): Promise<Reads> {
  const plan = await planNow(writer, desired);
  await session`begin`;
  const before = await rowsRead();
  expect(await writer.apply(plan, 'start')).toMatchObject({ outcome: 'applied' });
  const after = await rowsRead();
  await session`commit`;
  return { scanned: after.scanned - before.scanned, found: after.found - before.found };
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
  const reads: Reads[] = [];
  beforeAll(async () => {
    for (let index = 0; index < packs; index += 1)
      reads.push(await readBy(desiredOf(`pack_${index}`, { workflows, actions: { plain: 'run.sh' } })));
  });

  it('reads no table as a whole', () => {
    expect(reads.map(({ scanned }) => scanned)).toEqual(reads.map(() => 0));
  });

  it('reads as many rows by their indexes as for the first', () => {
    expect(reads.map(({ found }) => found)).toEqual(reads.map(() => reads[0]?.found));
  });

  it('reads the rows of the pack when it changes and loses what it had', async () => {
    const { w0: _, ...fewer } = workflows;
    const { scanned, found } = await readBy(
      desiredOf('pack_3', { workflows: { ...fewer, w1: { body: 'another' } } }),
    );
    expect(scanned).toBe(0);
    // A few for each of its files; one table as a whole would be six times as many.
    expect(found).toBeLessThan(packs);
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
