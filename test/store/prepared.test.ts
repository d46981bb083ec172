// Statements are prepared where that is safe, and only there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '../../src/store/connect.ts';
import { openGate } from '../support/gate.ts';
import { createPgbouncer, hasPgbouncer } from '../support/pgbouncer.mjs';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { until } from '../support/wait.ts';

let test: TestDatabase;
const finishers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  for (const act of finishers.toReversed()) await act();
  await test.drop();
});

const unreachable = { name: 'AppError', code: 'database_unreachable', retryable: true };

const double = (database: Database, n: number) =>
  database.run((sql) => sql<{ n: number }[]>`select ${n}::integer * 2 as n`);

async function countPrepared(database: Database): Promise<number | undefined> {
  const [row] = await database.run(
    (sql) => sql<{ n: number }[]>`
      select count(*)::integer as n from pg_prepared_statements where statement like '%* 2 as n'`,
  );
  return row?.n;
}

describe('connections of the server', () => {
  it('keep what they have planned', async () => {
    const database = test.pool({ max: 1 });
    await until(
      async () => {
        await double(database, 1);
        return (await countPrepared(database)) === 1;
      },
      { what: 'a statement that is prepared' },
    );
    expect(await double(database, 21)).toMatchObject([{ n: 42 }]);
    expect(await countPrepared(database)).toBe(1);
  });

  it('plan a statement anew that somebody dropped', async () => {
    const database = test.pool({ max: 1 });
    await until(async () => (await double(database, 1)) && (await countPrepared(database)) === 1, {
      what: 'a statement that is prepared',
    });
    await database.run((sql) => sql.unsafe('deallocate all'));
    expect(await double(database, 4)).toMatchObject([{ n: 8 }]);
  });

  it('prepare nothing more once another has a statement of the same name, and the next try goes well', async () => {
    const database = test.pool({ max: 1 });
    await until(async () => (await double(database, 1)) && (await countPrepared(database)) === 1, {
      what: 'a statement that is prepared',
    });
    const raise = database.run((sql) =>
      sql.unsafe(`do $$ begin raise exception 'as if' using errcode = '42P05'; end $$`),
    );
    await expect(raise).rejects.toMatchObject(unreachable);
    const triple = (n: number) =>
      database.run((sql) => sql<{ n: number }[]>`select ${n}::integer * 3 as tripled`);
    expect(await triple(2)).toMatchObject([{ tripled: 6 }]);
    const [row] = await database.run(
      (sql) => sql<{ n: number }[]>`
        select count(*)::integer as n from pg_prepared_statements where statement like '%as tripled'`,
    );
    expect(row?.n).toBe(0);
  });
});

describe('connections of a pooler', () => {
  it.skipIf(!hasPgbouncer)('have nothing prepared on them', async () => {
    const gate = await openGate(test);
    finishers.push(async () => gate.shut());
    const server = { ...test.connection, host: '127.0.0.1', port: gate.port };
    const pooler = await createPgbouncer((act) => finishers.push(act), server);
    const database = connect({ target: pooler.url, schema: 'packwatch', max: 4 });
    finishers.push(() => database.close(1));
    for (let n = 0; n < 40; n += 1) {
      const answers = await Promise.all([n, n + 1, n + 2, n + 3].map((one) => double(database, one)));
      expect(answers.map(([row]) => row?.n)).toEqual([2 * n, 2 * n + 2, 2 * n + 4, 2 * n + 6]);
    }
    const prepared = await Promise.all([1, 2, 3, 4].map(() => countPrepared(database)));
    expect(prepared).toEqual([0, 0, 0, 0]);
  });
});
