// The server that benches measure against: the embedded one with its durable settings, a database for each measurement.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { startEmbedded } from '../dist/embedded/start.js';

const quiet = { onnotice: () => undefined };

/** Starts it in `stateDir`; `stop` ends it. */
export async function createServer(stateDir) {
  const server = await startEmbedded({ stateDir });
  const { connection } = server;
  const admin = postgres({ ...connection, max: 1, ...quiet });
  let count = 0;

  const urlOf = (database) =>
    `postgres://${connection.user}@localhost/${database}?host=${encodeURIComponent(connection.host)}&port=${connection.port}`;

  async function createDatabase() {
    count += 1;
    const name = `bench${count}`;
    await admin.unsafe(`create database ${name}`);
    return {
      url: urlOf(name),
      connection: { ...connection, database: name },
      /** Transactions committed so far, once what its sessions have counted is told: they tell when they end. */
      async transactions() {
        await sleep(200);
        const [row] =
          await admin`select xact_commit::integer as count from pg_stat_database where datname = ${name}`;
        return row.count;
      },
      drop: () => admin.unsafe(`drop database ${name} with (force)`),
    };
  }

  /** A database with the reference's tables, their indexes as it has them. */
  async function createReference() {
    const database = await createDatabase();
    const sql = postgres({ ...database.connection, max: 1, ...quiet });
    await sql.unsafe(referenceTables);
    await sql.end();
    return database;
  }

  /** The definitions of a loaded registry, copied out and in again by the server's own COPY from a file: the least that storing them takes. */
  async function copyRows(database) {
    const sql = postgres({ ...database.connection, max: 1, ...quiet });
    await sql.unsafe(`
      create table public.copied (like packwatch.workflow_definition including all);
      create table public.copied_revision (like packwatch.workflow_revision including all)`);
    const [{ data_directory: dir }] = await sql`show data_directory`;
    for (const table of ['workflow_definition', 'workflow_revision'])
      await sql.unsafe(`copy packwatch.${table} to '${join(dir, table)}'`);
    const begunMs = performance.now();
    await sql.unsafe(`copy public.copied from '${join(dir, 'workflow_definition')}'`);
    await sql.unsafe(`copy public.copied_revision from '${join(dir, 'workflow_revision')}'`);
    const ms = performance.now() - begunMs;
    const [{ rows }] = await sql`select count(*)::integer as rows from public.copied`;
    await sql.end();
    return { ms, told: { rows } };
  }

  return {
    pid: server.pid,
    createDatabase,
    createReference,
    copyRows,
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

const referenceTables = `
create schema reference;
create table reference.pack (
  id bigserial primary key, ref text not null unique, label text not null, version text not null,
  created timestamptz not null default now(), updated timestamptz not null default now());
create table reference.workflow_definition (
  id bigserial primary key, ref varchar(255) not null unique, pack bigint not null references reference.pack (id) on delete cascade,
  pack_ref varchar(255) not null, label varchar(255) not null, description text, version varchar(50) not null,
  param_schema jsonb, out_schema jsonb, definition jsonb not null, tags text[] default '{}',
  created timestamptz not null default now(), updated timestamptz not null default now());
create index on reference.workflow_definition (pack);
create index on reference.workflow_definition using gin (tags);
create table reference.action (
  id bigserial primary key, ref text not null unique, pack bigint not null references reference.pack (id) on delete cascade,
  pack_ref text not null, label text not null, description text, entrypoint text not null, param_schema jsonb, out_schema jsonb,
  workflow_def bigint references reference.workflow_definition (id) on delete cascade,
  created timestamptz not null default now(), updated timestamptz not null default now());
create index on reference.action (pack);
create index on reference.action (workflow_def);
`;
