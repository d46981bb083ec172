// Rollback on error: whichever table a part of an apply fails on, nothing of it is left.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { desiredOf, dumpAll, holdLease, planNow, register } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let writer: Writer;
beforeAll(async () => {
  test = await createTestDatabase();
  await holdLease(test);
  writer = createWriter({ database: test.database, epochOf: () => 1 });
  await test.query(
    "create function fail() returns trigger language plpgsql as $$ begin raise exception 'as if the disk were full' using errcode = '22000'; end $$",
  );
});
afterAll(() => test.drop());

const tables = [
  ...['pack', 'workflow_definition', 'workflow_revision', 'action'],
  ...['pack_file', 'catalog_version', 'catalog_change'],
];

/** Every statement on the table fails, whether it finds a row or not. */
async function whileFailing(
  table: string,
  when: 'before' | 'after',
  work: () => Promise<void>,
): Promise<void> {
  await test.query(
    `create trigger zz_fail ${when} insert or update or delete on ${table} for each statement execute function fail()`,
  );
  try {
    await work();
  } finally {
    await test.query(`drop trigger zz_fail on ${table}`);
  }
}

const before = desiredOf('both', {
  workflows: { kept: {}, edited: {}, touched: { text: 'a' }, broken: {}, gone: {} },
  actions: { run: 'a.sh', lost: 'b.sh' },
});
/** Writes every table and uses every verb that a plan has. */
const after = desiredOf('both', {
  label: 'Another',
  workflows: {
    kept: {},
    edited: { body: 'b' },
    touched: { text: 'b' },
    broken: { invalid: true, text: 'c' },
    fresh: {},
  },
  actions: { run: 'c.sh' },
});

describe('rollback on error', () => {
  for (const table of tables) {
    it(`leaves nothing of a first registration that fails in ${table}`, async () => {
      const plan = await planNow(
        writer,
        desiredOf(`first_${table}`, { workflows: { a: {} }, actions: { b: 'b' } }),
      );
      const dump = await dumpAll(test);
      await whileFailing(table, 'after', async () => {
        await expect(writer.apply(plan, 'watch')).rejects.toMatchObject({ code: 'database_refused' });
      });
      expect(await dumpAll(test)).toEqual(dump);
      expect(await writer.apply(plan, 'watch')).toMatchObject({ outcome: 'applied' });
    });
  }

  for (const table of tables) {
    it(`leaves everything as it was when a change of many parts fails in ${table}`, async () => {
      await register(writer, before);
      const plan = await planNow(writer, after);
      expect(new Set(plan.changes.map((change) => change.verb))).toEqual(
        new Set(['registered', 'updated', 'touched', 'degraded', 'retired']),
      );
      const dump = await dumpAll(test);
      await whileFailing(table, 'before', async () => {
        await expect(writer.apply(plan, 'watch')).rejects.toMatchObject({ code: 'database_refused' });
      });
      expect(await dumpAll(test)).toEqual(dump);
    });
  }

  it('tells no listener of what was rolled back', async () => {
    const heard: string[] = [];
    const listener = test.session();
    await listener.listen('packwatch', (payload) => heard.push(payload));
    const plan = await planNow(writer, desiredOf('silent', { workflows: { a: {} } }));
    await whileFailing('catalog_change', 'after', async () => {
      await expect(writer.apply(plan, 'watch')).rejects.toMatchObject({ code: 'database_refused' });
    });
    await listener.notify('packwatch', 'end');
    await expect.poll(() => heard).toEqual(['end']);
  });

  it('leaves nothing of an apply whose connection is lost in the middle', async () => {
    await register(writer, before);
    const plan = await planNow(writer, after);
    const dump = await dumpAll(test);
    const blocker = await test.session().reserve();
    await blocker`begin`;
    await blocker`update catalog_version set version = version`;
    const running = expect(writer.apply(plan, 'watch')).rejects.toMatchObject({
      code: 'database_unreachable',
      retryable: true,
    });
    await expect
      .poll(() =>
        test.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        ),
      )
      .toHaveLength(1);
    await running;
    await blocker`rollback`;
    blocker.release();
    expect(await dumpAll(test)).toEqual(dump);
    expect(await writer.apply(plan, 'watch')).toMatchObject({ outcome: 'applied' });
  });
});
