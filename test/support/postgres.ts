// A database of one's own for a test file, cloned from the migrated template of the run's server.
import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { inject } from 'vitest';
import type { EmbeddedConnection } from '../../src/embedded/start.ts';
import { connect, type Database } from '../../src/store/connect.ts';
import { templateName } from './test-server.ts';
import './global-setup.ts';

export type TestDatabase = {
  /** For child processes: `DATABASE_URL`. */
  readonly url: string;
  readonly connection: EmbeddedConnection;
  /** The store's own pool, schema `packwatch`. */
  readonly database: Database;
  /** By hand, as anybody with the right to: names without a schema are those of `packwatch`. */
  query<Row extends object = Record<string, unknown>>(
    statement: string,
    parameters?: readonly (string | number | boolean | null)[],
  ): Promise<readonly Row[]>;
  /** A connection of its own, for transactions by hand and LISTEN; ended by `drop`. */
  session(): postgres.Sql;
  /** Another pool of the store, as another process would have; closed by `drop`. */
  pool(options?: {
    readonly max?: number;
    readonly deadlineMs?: number;
    readonly stalledMs?: number;
    readonly schema?: string;
  }): Database;
  /** Ends every connection and removes the database. */
  drop(): Promise<void>;
};

/** `template: 'empty'` gives a database without a schema of ours. */
export async function createTestDatabase(options?: {
  template: 'migrated' | 'empty';
}): Promise<TestDatabase> {
  const server = await findServer();
  const name = `t_${randomBytes(6).toString('hex')}`;
  const template = options?.template === 'empty' ? 'template1' : templateName;
  await asAdmin(server, (admin) => admin.unsafe(`create database ${name} template ${template}`));
  const connection = { ...server, database: name };
  const sessions: postgres.Sql[] = [];
  const pools: Database[] = [];
  const session = () => {
    const sql = postgres({
      ...connection,
      max: 1,
      onnotice: () => undefined,
      connection: { search_path: 'packwatch' },
    });
    sessions.push(sql);
    return sql;
  };
  const pool: TestDatabase['pool'] = (wanted) => {
    const database = connect({ target: connection, schema: 'packwatch', max: 4, ...wanted });
    pools.push(database);
    return database;
  };
  const hand = session();
  const { host, port, user } = connection;
  return {
    url: `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`,
    connection,
    database: pool(),
    query: async (statement, parameters = []) => await hand.unsafe(statement, [...parameters]),
    session,
    pool,
    async drop() {
      await Promise.all([
        ...pools.map((one) => one.close(1)),
        ...sessions.map((one) => one.end({ timeout: 1 })),
      ]);
      await asAdmin(server, (admin) => admin.unsafe(`drop database ${name} with (force)`));
    },
  };
}

/** Polls until the condition holds; fails after `limitMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(10);
  }
}

async function asAdmin<T>(server: EmbeddedConnection, work: (admin: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = postgres({ ...server, max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    return await work(admin);
  } finally {
    await admin.end({ timeout: 5 });
  }
}

let found: Promise<EmbeddedConnection> | undefined;

function findServer(): Promise<EmbeddedConnection> {
  found ??= (async () => {
    const answer: { connection?: EmbeddedConnection; failure?: string } = JSON.parse(
      await text(createConnection(inject('postgresDoor'))),
    );
    if (!answer.connection) throw new Error(`no test database: ${answer.failure}`);
    return answer.connection;
  })();
  return found;
}
