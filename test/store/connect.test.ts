// Errors of the environment: sorted, bounded in time, and survived by the pool.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../../src/embedded/start.ts';
import { connect, type Database } from '../../src/store/connect.ts';
import { sqlStateOf } from '../../src/store/database-errors.ts';
import { driverTargets } from '../../src/store/target.ts';
import { createTestDatabase, type TestDatabase, until } from '../support/postgres.ts';
import { openProxy } from '../support/proxy.mjs';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const url = (port: number) => `postgresql://packwatch@127.0.0.1:${port}/${test.connection.database}`;
const path = () => `${test.connection.host}/.s.PGSQL.${test.connection.port}`;

const unreachable = { name: 'AppError', code: 'database_unreachable', retryable: true };

const patientMs = 20_000;

/** `patientMs` where it must succeed on a slow machine, whatever the pool's deadline is. */
async function ping(database: Database, deadlineMs?: number): Promise<number | undefined> {
  const rows = await database.run((sql) => sql<{ n: number }[]>`select 1 as n`, deadlineMs);
  return rows[0]?.n;
}

function answers(database: Database): Promise<void> {
  return until(
    'the pool answers',
    () =>
      ping(database, patientMs).then(
        () => true,
        () => false,
      ),
    patientMs,
  );
}

/** Its answer breaks off after two rows: with an error, or with the connection. */
const breakOffs = [
  [
    'an error',
    (database: Database) => database.run((sql) => sql`select 1 / (3 - n) from generate_series(1, 3) n`),
  ],
  [
    'the connection',
    (database: Database) =>
      database.run(
        (sql) => sql`
          select n, case when n = 3 then pg_terminate_backend(pg_backend_pid()) end, repeat('x', 9000)
          from generate_series(1, 3) n`,
      ),
  ],
] as const;

describe('an answer that breaks off', () => {
  it.each(breakOffs)('with %s leaves no holes in the next', async (_, breakOff) => {
    const database = test.pool({ max: 1 });
    await expect(breakOff(database)).rejects.toThrow();
    let rows: readonly { n: number }[] = [];
    const ask = async () => {
      rows = await database.run((sql) => sql<{ n: number }[]>`select n from generate_series(1, 2) n`);
      return true;
    };
    await until('it answers', () => ask().catch(() => false), patientMs);
    expect([rows.length, ...rows]).toEqual([2, { n: 1 }, { n: 2 }]);
  });
});

describe('run', () => {
  it('cancels a statement over its deadline on the server too, and the pool goes on', async () => {
    const database = test.pool({ max: 1, deadlineMs: 150 });
    await expect(database.run((sql) => sql`select pg_sleep(30) as deadline_probe`)).rejects.toMatchObject(
      unreachable,
    );
    await until('the server stops it', async () => {
      const rows = await test.query(
        "select from pg_stat_activity where query like '%deadline_probe%' and state = 'active' and pid <> pg_backend_pid()",
      );
      return rows.length === 0;
    });
    await answers(database);
  });

  it('takes a deadline of its own for one statement', async () => {
    const database = test.pool({ max: 1, deadlineMs: 100 });
    await expect(database.run((sql) => sql`select pg_sleep(0.3)`, 10_000)).resolves.toHaveLength(1);
  });

  it('refuses what a later try cannot mend', async () => {
    const duplicate = test.database.run((sql) => sql`insert into packwatch.catalog_version default values`);
    await expect(duplicate).rejects.toMatchObject({ code: 'database_refused', retryable: false });
    expect(sqlStateOf(await duplicate.catch((error: unknown) => error))).toBe('23505');
  });

  it('retries a lock that was not had in time and a server that became read-only', async () => {
    for (const state of ['55P03', '25006', '40P01', '57P03', '53300', '08006']) {
      const raise = test.database.run((sql) =>
        sql.unsafe(`do $$ begin raise exception 'as if' using errcode = '${state}'; end $$`),
      );
      await expect(raise, state).rejects.toMatchObject(unreachable);
    }
  });

  it('throws our own mistakes as they are', async () => {
    const mistake = test.database.run((sql) => sql`select ${undefined as unknown as string}`);
    await expect(mistake).rejects.toMatchObject({ code: 'UNDEFINED_VALUE' });
  });

  it('survives a backend that is terminated in the middle of a statement', async () => {
    const database = test.pool({ max: 2 });
    const running = database.run((sql) => sql`select pg_sleep(30) as terminate_probe`);
    const outcome = expect(running).rejects.toMatchObject(unreachable);
    await until('it runs and is terminated', async () => {
      const rows = await test.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%terminate_probe%' and pid <> pg_backend_pid()",
      );
      return rows.length > 0;
    });
    await outcome;
    await answers(database);
  });

  it('never lets a statement wait behind another on one connection', async () => {
    const database = test.pool({ max: 2 });
    await Promise.all([ping(database), ping(database)]);
    const slow = database.run((sql) => sql`select pg_sleep(1)`);
    let isSlowDone = false;
    void slow.then(() => {
      isSlowDone = true;
    });
    await Promise.all(Array.from({ length: 6 }, () => ping(database)));
    expect(isSlowDone).toBe(false);
    await slow;
  });
});

describe('a server that stops', () => {
  it('is unreachable while it is down and used again when it is back', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'pw-stop-'));
    const first = await startEmbedded({ stateDir });
    const database = connect({ target: first.connection, schema: 'packwatch', max: 3 });
    try {
      expect(await ping(database, patientMs)).toBe(1);
      const inFlight = Promise.allSettled([
        database.run((sql) => sql`select pg_sleep(30)`),
        database.run((sql) => sql`select pg_sleep(30)`),
      ]);
      await until('both run', async () => {
        const [row] = await database.run(
          (sql) =>
            sql<
              { n: number }[]
            >`select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`,
        );
        return row?.n === 2;
      });
      await first.stop();
      for (const one of await inFlight)
        expect(one).toMatchObject({ status: 'rejected', reason: unreachable });
      await expect(ping(database)).rejects.toMatchObject(unreachable);
      const second = await startEmbedded({ stateDir });
      try {
        await answers(database);
      } finally {
        await second.stop();
      }
    } finally {
      await database.close(1);
      await first.stop();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});

describe('a network that swallows', () => {
  it('gives a statement up at its deadline and makes a new connection', async () => {
    const proxy = await openProxy({ upstream: path() });
    const database = connect({ target: url(proxy.port), schema: 'packwatch', max: 1, deadlineMs: 200 });
    try {
      expect(await ping(database, patientMs)).toBe(1);
      proxy.blackHole();
      await expect(ping(database)).rejects.toMatchObject(unreachable);
      proxy.pass();
      await answers(database);
    } finally {
      await database.close(0);
      await proxy.close();
    }
  });

  it('survives that a new connection is cut off at any point before its first answer', async () => {
    const proxy = await openProxy({ upstream: path() });
    try {
      for (let bytes = 1; bytes < 700; bytes += 35) {
        const database = connect({ target: url(proxy.port), schema: 'packwatch', max: 1 });
        const before = proxy.faults.length;
        proxy.cutAt('to client', bytes);
        // Whatever comes of it: an unhandled rejection would fail this run.
        const answer = ping(database, patientMs).catch((error: unknown) =>
          expect(error).toMatchObject(unreachable),
        );
        await Promise.race([answer, until('it is cut', () => proxy.faults.length > before)]);
        await database.close(0);
        await answer;
      }
    } finally {
      await proxy.close();
    }
  });

  it('answers as soon as the server does, however often it was tried in vain', async () => {
    const proxy = await openProxy({ upstream: path() });
    const database = connect({ target: url(proxy.port), schema: 'packwatch', max: 1 });
    try {
      await proxy.refuse();
      for (let tries = 0; tries < 9; tries += 1)
        await expect(ping(database, patientMs)).rejects.toMatchObject(unreachable);
      proxy.pass();
      const backMs = performance.now();
      await answers(database);
      expect(performance.now() - backMs).toBeLessThan(4_000);
    } finally {
      await database.close(0);
      await proxy.close();
    }
  });

  it('stops connecting for a statement that was given up', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => socket.destroy());
      socket.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const target = url((server.address() as AddressInfo).port);
    const database = connect({ target, schema: 'packwatch', max: 2, deadlineMs: 200 });
    try {
      await expect(ping(database)).rejects.toMatchObject(unreachable);
      let before = -1;
      await until('it is quiet', async () => {
        before = connections;
        await sleep(200);
        return connections === before;
      });
    } finally {
      await database.close(0);
      server.close();
    }
  });

  it('survives that the request to cancel is refused as well', async () => {
    const proxy = await openProxy({ upstream: path() });
    const database = connect({ target: url(proxy.port), schema: 'packwatch', max: 1, deadlineMs: 200 });
    try {
      expect(await ping(database, patientMs)).toBe(1);
      proxy.blackHole();
      await proxy.refuse();
      await expect(ping(database)).rejects.toMatchObject(unreachable);
      // The request fails in its own time; an unhandled rejection would fail this run.
      await expect(ping(database)).rejects.toMatchObject(unreachable);
    } finally {
      await proxy.close();
      await database.close(0);
    }
  });
});

describe('a statement whose last message never came', () => {
  /** A lock that is held by it, behind a proxy that forgot the connection: neither side is told that the other is gone. */
  const holdLock = async () => {
    const proxy = await openProxy({ upstream: path() });
    const left = connect({ target: url(proxy.port), schema: 'packwatch', max: 1, deadlineMs: 200 });
    await ping(left, patientMs);
    const swallowed = proxy.swallowSync('catalog_version');
    const lost = left.run((sql) => sql`update packwatch.catalog_version set version = version + 1`);
    await expect(lost).rejects.toMatchObject(unreachable);
    await swallowed;
    await left.close(0);
    return proxy;
  };
  const raise = (database: Database) =>
    database.run(
      (sql) => sql<{ version: string }[]>`
        with waits as materialized (select set_config('lock_timeout', '200ms', true))
        update packwatch.catalog_version set version = version + 10 from waits returning version`,
    );
  const raised = (database: Database) =>
    raise(database).then(
      () => true,
      () => false,
    );

  it('keeps its locks from nobody once its client must have given up, and is rolled back', async () => {
    const [before] = await test.query<{ version: string }>('select version from catalog_version');
    const proxy = await holdLock();
    const patient = test.pool({ max: 2, stalledMs: 3_600_000 });
    await expect(raise(patient)).rejects.toMatchObject(unreachable);
    await sleep(300);
    // Young ones are left alone: their client may be slow.
    expect(await raised(patient)).toBe(false);
    const others = test.pool({ max: 2, stalledMs: 100 });
    await until('the lock is free', () => raised(others));
    const [after] = await test.query<{ version: string }>('select version from catalog_version');
    expect(Number(after?.version)).toBe(Number(before?.version) + 10);
    await proxy.close();
  });
});

describe('text arrays', () => {
  it('go to the server and come back as they were', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')));
    await fc.assert(
      fc.asyncProperty(texts, async (items) => {
        const [row] = await test.database.run((sql) => sql`select ${items}::text[] as items`);
        expect(row?.['items']).toEqual(items);
      }),
      {
        numRuns: 40,
        examples: [[['']], [['null', 'NULL', 'a"b', 'c\\', '{', '},', ' x ', 'a\nb']]],
      },
    );
    const [row] = await test.database.run((sql) => sql`select array[null, 'NULL', 'a']::text[] as items`);
    expect(row?.['items']).toEqual([null, 'NULL', 'a']);
  });
});

describe('driverTargets', () => {
  it.each([
    [
      'postgresql://u@/db?host=%2Frun%2Fpg&port=5433',
      'postgresql://u@localhost/db',
      { host: '/run/pg', port: 5433 },
    ],
    ['postgres://u:p%40@h:1/db?sslmode=require', 'postgres://u:p%40@h:1/db?sslmode=require', {}],
    ['postgresql:///db?host=/run/pg', 'postgresql://localhost/db', { host: '/run/pg' }],
    ['postgresql://u:p@/db', 'postgresql://u:p@localhost/db', {}],
    ['postgres://u@[::1]:5433/db', 'postgres://u@[::1]:5433/db', { host: ['::1'], port: [5433] }],
    ['postgres://u:a,b@h:1/db?options=a,b', 'postgres://u:a,b@h:1/db?options=a%2Cb', {}],
  ])('reads %s as one server', (target, url, options) => {
    expect(driverTargets(target)).toEqual([{ name: expect.any(String), url, options }]);
  });

  it.each([
    ['postgres://u@h:1,i:2/db', ['h:1', 'i:2']],
    ['postgres://u@h,i:5433/db', ['h:5432', 'i:5433']],
    ['postgres://u@[::1]:5433,h/db', ['[::1]:5433', 'h:5432']],
    ['postgres:///db?host=a,/run/b&port=1,2', ['a:1', '/run/b:2']],
    ['postgres:///db?host=a,b&port=5433', ['a:5433', 'b:5433']],
    ['postgres:///db?host=a,b', ['a:5432', 'b:5432']],
  ])('reads %s as several', (target, names) => {
    expect(driverTargets(target).map(({ name }) => name)).toEqual(names);
  });

  it('gives each of several its place, and keeps the rest of the URL but for what the driver would look for', () => {
    const [first, second] = driverTargets(
      'postgres://u:p%40@h:1,[::1]:2/db?sslmode=require&target_session_attrs=any',
    );
    const url = 'postgres://u:p%40@localhost/db?sslmode=require';
    expect(first).toEqual({ name: 'h:1', url, options: { host: ['h'], port: [1] } });
    expect(second).toEqual({ name: '[::1]:2', url, options: { host: ['::1'], port: [2] } });
  });

  it('opens a URL that names a socket directory', async () => {
    const database = connect({ target: test.url, schema: 'packwatch', max: 1 });
    expect(await ping(database, patientMs)).toBe(1);
    await database.close(1);
  });
});
