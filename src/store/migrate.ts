// sql/*.sql → the schema: numbered, forward-only, checksummed, one file one call. Any number of starters may race.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../model/errors.ts';
import type { Database } from './connect.ts';
import { sqlStateOf } from './database-errors.ts';

export type Migration = {
  readonly id: number;
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
  /** Those it had before, of files whose text was mended while what they make for a new registry stayed as good: `-- formerly:`. */
  readonly formerly: readonly string[];
  /** Programs older than this migration must refuse to run. */
  readonly breaking: boolean;
};

export type MigrateResult = {
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[];
  /** Names of migrations in the database that this program does not know; it may run. */
  readonly unknown: readonly string[];
};

type Recorded = {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
  readonly breaking: boolean;
};

/** Key of the advisory lock that migrations take: two starters never run one file at once. */
const lockKey = 7_410_0001;
/** Milliseconds for one file, the wait for another starter's included: it may have to rewrite a large table. */
const scriptDeadlineMs = 600_000;
/** As `server_version_num` counts. */
const oldestServer = 150_000;
const migrationDirectory = new URL('../../sql/', import.meta.url);

/** Reads `NNNN_slug.sql` in order. `--! breaking` in the header marks a breaking one, `-- formerly: CHECKSUM` one that was mended. */
export async function readMigrations(directory: URL = migrationDirectory): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, directory), 'utf8');
      const checksum = createHash('sha256').update(text).digest('hex');
      const formerly = [...text.matchAll(/^-- formerly: ([0-9a-f]{64})$/gm)].map(([, one]) => one ?? '');
      const breaking = /^--! breaking\b/m.test(text);
      return { id: Number(name.slice(0, 4)), name, text, checksum, formerly, breaking };
    }),
  );
}

/**
 * Brings the schema up to date. Throws `schema_incompatible` for a changed file or a newer breaking schema. `onNew`: there is none
 * yet, so that nothing is registered, and it will take its time.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  onNew?: () => void,
): Promise<MigrateResult> {
  const before = await readRecorded(database);
  if (before === undefined) {
    onNew?.();
    await refuseOldServer(database);
    await createBookkeeping(database);
  }
  const recorded = before ?? (await readRecorded(database)) ?? [];
  const unknown = compare(migrations, recorded);
  const done = new Set(recorded.map((row) => row.id));
  const missing = migrations.filter((migration) => !done.has(migration.id));
  if (missing.length === 0) return { applied: [], unknown };
  const applied: string[] = [];
  for (const migration of missing) {
    if (await applyMigration(database, migration)) applied.push(migration.name);
  }
  // Meanwhile other starters were at it, perhaps of a newer program.
  return { applied, unknown: compare(migrations, (await readRecorded(database)) ?? []) };
}

/** Says so in words, where the first migration would fail with a syntax error. */
async function refuseOldServer(database: Database): Promise<void> {
  const [row] = await database.run(
    (sql) => sql<{ number: number; name: string }[]>`
      select current_setting('server_version_num')::integer as number, current_setting('server_version') as name`,
  );
  if (row && row.number < oldestServer) {
    throw incompatible(
      `the database is PostgreSQL ${row.name}; version ${oldestServer / 10_000} or newer is needed`,
    );
  }
}

/**
 * True when there is no schema yet, for whoever only reads. Throws `schema_incompatible` for a schema that is older than this
 * program, which it would have to change first, and for what `migrate` refuses.
 */
export async function isMissing(database: Database, migrations: readonly Migration[]): Promise<boolean> {
  const recorded = await readRecorded(database);
  if (recorded === undefined) return true;
  compare(migrations, recorded);
  const done = new Set(recorded.map((row) => row.id));
  const missing = migrations.filter(({ id }) => !done.has(id)).map(({ name }) => name);
  if (missing.length === 0) return false;
  throw incompatible(
    `the schema is older than this program and lacks ${missing.join(', ')}; run \`packwatch migrate\` first`,
  );
}

/** Throws `schema_incompatible` when this program must not use the schema as it is; returns the names it does not know. */
function compare(migrations: readonly Migration[], recorded: readonly Recorded[]): readonly string[] {
  const known = new Map(migrations.map((migration) => [migration.id, migration]));
  const unknown: string[] = [];
  for (const row of recorded) {
    const migration = known.get(row.id);
    if (migration && ![migration.checksum, ...migration.formerly].includes(row.checksum)) {
      throw incompatible(
        `the migration ${row.name} was applied with another content than this program's; reinstall the program or restore the database`,
      );
    }
    if (migration) continue;
    if (row.breaking) {
      throw incompatible(
        `the database has the newer migration ${row.name}, which this older program must not work with; upgrade the program`,
      );
    }
    unknown.push(row.name);
  }
  return unknown;
}

function incompatible(message: string): AppError {
  return new AppError('schema_incompatible', message, { retryable: false });
}

async function readRecorded(database: Database): Promise<readonly Recorded[] | undefined> {
  try {
    return await database.run(
      (sql) =>
        sql<
          Recorded[]
        >`select id, name, checksum, breaking from ${sql(database.schema)}.schema_migration order by id`,
    );
  } catch (error) {
    const state = sqlStateOf(error);
    if (state === '42P01' || state === '3F000') return undefined; // no such table, no such schema
    throw error;
  }
}

/** One call is one implicit transaction: the whole file, its record and the lock are kept or dropped together. */
async function runScript(database: Database, script: string): Promise<void> {
  const head = `set local search_path to ${quoteName(database.schema)}, pg_temp; set local client_min_messages to warning;`;
  await database.run(
    (sql) => sql.unsafe(`select pg_advisory_xact_lock(${lockKey});\n${head}\n${script}`).simple(),
    scriptDeadlineMs,
  );
}

async function createBookkeeping(database: Database): Promise<void> {
  await runScript(
    database,
    `create schema if not exists ${quoteName(database.schema)};
     create table if not exists schema_migration (
       id integer constraint schema_migration_pk primary key,
       name text not null,
       checksum text not null,
       breaking boolean not null,
       applied timestamptz not null default now()
     );
     comment on table schema_migration is 'Migrations that were applied, with the checksum of their file.';
     comment on column schema_migration.breaking is 'Programs that do not know this migration must refuse to run.';`,
  );
}

/** False when another starter was faster. */
async function applyMigration(database: Database, migration: Migration): Promise<boolean> {
  const { id, name, checksum, breaking } = migration;
  // The record goes first: whoever comes second fails on its key before any of the file has run.
  const record = `insert into schema_migration (id, name, checksum, breaking) values (${id}, '${name}', '${checksum}', ${breaking});`;
  try {
    await runScript(database, `${record}\n${migration.text}`);
    return true;
  } catch (error) {
    // A unique violation may just as well be the file's own.
    const isRecorded = async () => (await readRecorded(database))?.some((row) => row.id === id) ?? false;
    if (sqlStateOf(error) === '23505' && (await isRecorded())) return false;
    throw error;
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
