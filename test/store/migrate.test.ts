// The schema: made once by any number of starters, never by half, and refused where this program must not touch it.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/store/connect.ts';
import { isMissing, type Migration, migrate, readMigrations } from '../../src/store/migrate.ts';
import { createTestDatabase, type TestDatabase, until } from '../support/postgres.ts';
import { hasSystemServer, startSystem } from '../support/test-server.ts';

let files: readonly Migration[];
let test: TestDatabase;
beforeAll(async () => {
  files = await readMigrations();
  test = await createTestDatabase({ template: 'empty' });
});
afterAll(() => test.drop());

let schemas = 0;
/** A pool on a schema that does not exist yet. */
function freshSchema(max = 2) {
  schemas += 1;
  return test.pool({ schema: `fresh_${schemas}`, max });
}

function script(
  id: number,
  text: string,
  options?: Partial<Pick<Migration, 'breaking' | 'checksum' | 'formerly'>>,
): Migration {
  const checksum = options?.checksum ?? String(id).repeat(64);
  return {
    id,
    name: `000${id}_step.sql`,
    text,
    checksum,
    formerly: options?.formerly ?? [],
    breaking: options?.breaking ?? false,
  };
}

async function recorded(schema: string): Promise<readonly number[]> {
  const rows = await test.query<{ id: number }>(`select id from ${schema}.schema_migration order by id`);
  return rows.map((row) => row.id);
}

describe('migrate', () => {
  it('makes the schema as an ordinary role that may make one', async () => {
    const { database: name } = test.connection;
    const own = await createTestDatabase({ template: 'empty' });
    const ordinary = `installer_${name}`;
    await own.query(`create role ${ordinary}; grant create on database ${own.connection.database} to ${ordinary};
      alter database ${own.connection.database} set role to ${ordinary}`);
    try {
      const database = own.pool({ schema: 'ordinary' });
      expect((await migrate(database, files)).applied).toHaveLength(files.length);
      expect(await isMissing(database, files)).toBe(false);
    } finally {
      await own.query(
        `reset role; drop owned by ${ordinary} cascade; alter database ${own.connection.database} reset role`,
      );
      await own.drop();
      await test.query(`drop role ${ordinary}`);
    }
  });

  it('makes the schema, and finds nothing to do the second time', async () => {
    const database = freshSchema();
    expect(await isMissing(database, files)).toBe(true);
    expect(await migrate(database, files)).toEqual({ applied: files.map((file) => file.name), unknown: [] });
    expect(await isMissing(database, files)).toBe(false);
    expect(await migrate(database, files)).toEqual({ applied: [], unknown: [] });
  });

  it('says of an older schema what it lacks, to a program that only reads', async () => {
    const database = freshSchema();
    await migrate(database, files.slice(0, -1));
    const last = files.at(-1)?.name ?? '';
    await expect(isMissing(database, files)).rejects.toMatchObject({
      code: 'schema_incompatible',
      message: expect.stringContaining(last),
    });
    expect(await isMissing(database, files.slice(0, -1))).toBe(false);
  });

  it('applies each migration once for twenty starters at once', async () => {
    const schema = 'crowd';
    const starters = Array.from({ length: 20 }, () => test.pool({ schema, max: 1 }));
    const results = await Promise.all(starters.map((database) => migrate(database, files)));
    expect(results.flatMap((result) => result.applied).sort()).toEqual(files.map((file) => file.name));
    expect(await recorded(schema)).toEqual(files.map((file) => file.id));
    await Promise.all(starters.map((database) => database.close(1)));
  });

  it('refuses a migration whose file was changed', async () => {
    const database = freshSchema();
    await migrate(database, [script(1, 'create table a ()')]);
    const changed = migrate(database, [script(1, 'create table a ()', { checksum: 'f'.repeat(64) })]);
    await expect(changed).rejects.toMatchObject({ code: 'schema_incompatible', retryable: false });
    const formerly = ['1'.repeat(64)];
    const mended = [script(1, 'create table a ()', { checksum: 'f'.repeat(64), formerly })];
    expect(await migrate(database, mended)).toEqual({ applied: [], unknown: [] });
  });

  it('refuses a newer breaking schema and names a newer compatible one', async () => {
    const database = freshSchema();
    const newer = [script(1, 'create table a ()'), script(2, 'create table b ()')];
    await migrate(database, newer);
    expect(await migrate(database, newer.slice(0, 1))).toEqual({ applied: [], unknown: ['0002_step.sql'] });
    await migrate(database, [...newer, script(3, 'create table c ()', { breaking: true })]);
    await expect(migrate(database, newer)).rejects.toMatchObject({ code: 'schema_incompatible' });
  });

  it('refuses when a newer program breaks the schema while it migrates', async () => {
    const database = freshSchema();
    const breaking = `insert into schema_migration values (9, '0009_newer.sql', '${'9'.repeat(64)}', true)`;
    const run = migrate(database, [script(1, `create table a (); ${breaking};`)]);
    await expect(run).rejects.toMatchObject({ code: 'schema_incompatible' });
  });

  it('leaves nothing of a migration that fails half-way', async () => {
    const database = freshSchema();
    const bad = script(2, 'create table half (); select 1 / 0; create table never ();');
    const run = migrate(database, [script(1, 'create table a ()'), bad]);
    await expect(run).rejects.toMatchObject({ code: 'database_refused' });
    const tables = await test.query(
      `select tablename as name from pg_tables where schemaname = '${database.schema}' order by 1`,
    );
    expect(tables.map((row) => row['name'])).toEqual(['a', 'schema_migration']);
    expect(await recorded(database.schema)).toEqual([1]);
  });

  it("does not take a file's own unique violation for another starter's work", async () => {
    const database = freshSchema();
    const bad = script(1, 'create table a (n int unique); insert into a values (1), (1);');
    await expect(migrate(database, [bad])).rejects.toMatchObject({ code: 'database_refused' });
    expect(await recorded(database.schema)).toEqual([]);
  });

  it('marks files that say so in their header as breaking, and takes them in order', async () => {
    expect(files.map((file) => file.id)).toEqual(files.map((_, index) => index + 1));
    expect(files.every((file) => !file.breaking && /^[0-9a-f]{64}$/.test(file.checksum))).toBe(true);
  });
});

describe('another schema name', () => {
  it('holds everything, and names the channel', async () => {
    const database = test.pool({ schema: 'Second-Registry' });
    await migrate(database, files);
    const listener = test.session();
    const heard: string[] = [];
    await listener.listen('Second-Registry', (payload) => heard.push(payload));
    await test.query(`insert into "Second-Registry".source_lease values ('root:a', 'me', 1, 'infinity')`);
    const changeSet = {
      ...{ source: 'root:a', epoch: 1, pack_ref: 'demo', generation: null, cause: 'start' },
      pack: { ...{ label: 'D', version: '1.0.0', source_path: 'demo', revision: 'r' }, ...emptyLists },
    };
    await database.run(
      (sql) =>
        sql`select ${sql(database.schema)}.apply_pack(${JSON.stringify(changeSet)}::text::jsonb) as answer`,
    );
    await until('the notification', () => heard.length > 0);
    expect(heard.map((payload) => JSON.parse(payload))).toEqual([{ version: 1, pack: 'demo' }]);
    const elsewhere = await test.query("select from pg_tables where schemaname = 'public'");
    expect(elsewhere).toHaveLength(0);
  });
});

const emptyLists = {
  ...{ conf_schema: {}, config: {}, meta: {}, is_standard: false },
  ...{ tags: [], runtime_deps: [], dependencies: [] },
};

/** Columns whose name and type say everything. */
const plainColumns = new Set(
  [
    'id ref label description version created updated tags definition param_schema out_schema config meta at source path',
    'entrypoint digest role state reason refs decided part payload name applied checksum pack pack_ref timeout_seconds',
    'workflow_definition enabled dependencies conf_schema',
  ].flatMap((line) => line.split(' ')),
);

describe('the schema', () => {
  it('says what every table and every column is for that does not speak for itself', async () => {
    const database = freshSchema();
    await migrate(database, files);
    const rows = await test.query<{ relation: string; attribute: string | null }>(
      `select c.relname as relation, a.attname as attribute
       from pg_class c
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind = 'r'
       where c.relnamespace = '${database.schema}'::regnamespace and c.relkind in ('r', 'v')
         and (obj_description(c.oid, 'pg_class') is null
           or (a.attnum is not null and col_description(c.oid, a.attnum) is null))
       order by 1, a.attnum`,
    );
    const silent = rows.filter((row) => row.attribute === null || !plainColumns.has(row.attribute));
    expect(silent.map((row) => `${row.relation}.${row.attribute}`)).toEqual([]);
  });

  it('says what every function is for that can be called', async () => {
    const database = freshSchema();
    await migrate(database, files);
    const rows = await test.query<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = '${database.schema}'::regnamespace
         and prorettype <> 'trigger'::regtype and obj_description(oid, 'pg_proc') is null order by 1`,
    );
    expect(rows.map((row) => row.name)).toEqual([]);
  });
});

describe.runIf(hasSystemServer)('the oldest server that is supported', () => {
  it('takes every migration', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pw-oldest-'));
    await chmod(dir, 0o755);
    const server = await startSystem(join(dir, 'server'));
    const database = connect({ target: server.connection, schema: 'packwatch', max: 1 });
    try {
      const [row] = await database.run((sql) => sql<{ server_version: string }[]>`show server_version`);
      expect(row?.server_version).toMatch(/^15\./);
      expect((await migrate(database, files)).applied).toHaveLength(files.length);
    } finally {
      await database.close(1);
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });
});
