// The checker of histories that the long scripts use: silent over what a sound registry does, and no mistake passes it by.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acquireLease } from '../../src/store/sql/lease.ts';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { readEpochs, watchEpochs } from '../long/epochs.mjs';
import { desiredOf, planNow, testSource } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let writes = 0;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.query('truncate source_lease, catalog_change');
  await watchEpochs(test.session());
});
afterEach(() => test.query('drop schema epoch_log cascade'));

const take = (holder: string) => acquireLease(test.database, testSource, holder, 'whoever has it', 60);
/** Whoever holds it is taken for dead. */
const takeFrom = (dead: string, holder: string) => acquireLease(test.database, testSource, holder, dead, 60);
const writerOf = (epoch: number) => createWriter({ database: test.database, epochOf: () => epoch });

async function write(writer: Writer) {
  writes += 1;
  const plan = await planNow(writer, desiredOf(`p${writes}`, { workflows: { one: {} } }));
  return (await writer.apply(plan, 'watch')).outcome;
}

/** Replaces a function of the schema by one with a mistake, while `during` runs. */
async function whileMistaken(name: string, find: string, replace: string, during: () => Promise<void>) {
  const [row] = await test.query(`select pg_get_functiondef('packwatch.${name}'::regprocedure) as text`);
  const text = row?.['text'] as string;
  expect(text).toContain(find);
  await test.query(text.replace(find, replace));
  await during();
  await test.query(text);
}

const faults = async () => (await readEpochs(test.session())).faults.join('\n');

describe('the history of a sound registry', () => {
  it('has no fault, and is counted', async () => {
    await take('a');
    expect(await write(writerOf(1))).toBe('applied');
    await takeFrom('a', 'b');
    expect(await write(writerOf(1))).toBe('fenced');
    expect(await write(writerOf(2))).toBe('applied');
    await takeFrom('b', 'a');
    expect(await write(writerOf(3))).toBe('applied');
    expect(await readEpochs(test.session())).toEqual({ faults: [], commits: 3, epochs: 3, holders: 2 });
    const [change] = await test.query("select epoch::int from catalog_change where ref = 'p1.one'");
    expect(change).toEqual({ epoch: 1 });
  });

  it('says nothing of what people and clients write', async () => {
    const byClient = createWriter({ database: test.database, epochOf: () => null });
    const desired = desiredOf('guest', { source: 'api' as never, workflows: { one: {} } });
    expect(await byClient.apply(await planNow(byClient, desired), 'api')).toMatchObject({
      outcome: 'applied',
    });
    const [change] = await test.query("select epoch from catalog_change where ref = 'guest.one'");
    expect(change).toEqual({ epoch: null });
    expect(await readEpochs(test.session())).toEqual({ faults: [], commits: 0, epochs: 0, holders: 0 });
  });
});

describe('a mistake', () => {
  const compared = " and l.epoch = (change_set ->> 'epoch')::bigint";

  it('is seen when a writer that was overtaken commits before its successor has', async () => {
    await take('a');
    await takeFrom('a', 'b');
    await whileMistaken('apply_pack(jsonb,text,text,text)', compared, '', async () => {
      expect(await write(writerOf(1))).toBe('applied');
    });
    expect(await faults()).toMatch(/under epoch 1 after epoch 2 was given to b/);
  });

  it('is seen when it commits behind its successor', async () => {
    await take('a');
    await takeFrom('a', 'b');
    await write(writerOf(2));
    await whileMistaken('apply_pack(jsonb,text,text,text)', compared, '', async () => {
      await write(writerOf(1));
    });
    expect(await faults()).toMatch(/under epoch 1 behind version \d+ under epoch 2/);
  });

  it('is seen when an epoch is given to two holders', async () => {
    await take('a');
    await whileMistaken(
      'take_lease(text,text,text,integer,text)',
      'lease.epoch + 1',
      'lease.epoch',
      async () => {
        await takeFrom('a', 'b');
      },
    );
    expect(await faults()).toMatch(/epoch 1 was given to b after epoch 1 to a/);
  });

  it('is seen when an epoch is written under that nobody was given', async () => {
    await take('a');
    await whileMistaken('apply_pack(jsonb,text,text,text)', compared, '', async () => {
      await write(writerOf(7));
    });
    expect(await faults()).toMatch(/under epoch 7, which nobody was given/);
  });
});
