// The end of what is retired: deleted with its history when its time is over, and never what another system refers to.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, dumpAll } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

let packs = 0;
let name: string;
/** A pack with `live`, and `old` (a workflow of two revisions) and `act` (a plain action), both retired long ago. */
beforeEach(async () => {
  packs += 1;
  name = `purged${packs}`;
  const live = { live: {} };
  await registry.put(
    desiredOf(name, { workflows: { ...live, old: { body: 'a' } }, actions: { act: 'a.sh' } }),
    desiredOf(name, { workflows: { ...live, old: { body: 'b' } }, actions: { act: 'a.sh' } }),
    desiredOf(name, { workflows: live }),
  );
  await age();
  await registry.test.query('create schema runs');
});
afterEach(() => registry.test.query('drop schema if exists runs cascade'));

/** Everything that is retired was retired 40 days ago. */
async function age(): Promise<void> {
  await registry.test.query(`
    set packwatch.writer = 'on';
    update workflow_definition set retired_at = now() - interval '40 days' where status = 'retired';
    update action set retired_at = now() - interval '40 days' where status = 'retired';
    update pack set updated = now() - interval '40 days' where status = 'retired';
    reset packwatch.writer`);
}

type Answer = { readonly purged?: number; readonly refused?: string };
async function purge(retain = '30 days', atMost = 100, epoch = 1): Promise<Answer> {
  const { answer } = await registry.one<{ answer: Answer }>(
    "select purge_retired('root:test', $1, $2::text::interval, $3) as answer",
    [epoch, retain, atMost],
  );
  return answer;
}

/** Stems of the refs that are there, with how many revisions each has. */
async function there(): Promise<string> {
  const { rows } = await registry.one<{ rows: string | null }>(
    `select string_agg(split_part(ref, '.', 2) || case when kind = 'w' then ':' || revisions else '' end, ' ' order by kind, ref) as rows
     from (select 'w' as kind, w.ref, (select count(*) from workflow_revision r where r.workflow_definition = w.id) as revisions
         from workflow_definition w where w.pack_ref = $1
       union all select 'x', a.ref, 0 from action a where a.pack_ref = $1 and a.workflow_def is null) r`,
    [name],
  );
  return rows ?? '';
}

describe('purge_retired', () => {
  it('deletes what has been retired long enough, with its history, and says so by the version alone', async () => {
    expect(await purge('50 days')).toEqual({ purged: 0 });
    expect(await there()).toBe('live:1 old:2 act');
    const { version } = await registry.one<{ version: string }>('select version from catalog_version');
    const heard: unknown[] = [];
    const listener = registry.test.session();
    await listener.listen('packwatch', (payload) =>
      heard.push(payload === 'end' ? payload : JSON.parse(payload)),
    );
    // The workflow, the action that it is called by, and the plain action.
    expect(await purge()).toEqual({ purged: 3 });
    expect(await there()).toBe('live:1');
    await listener.notify('packwatch', 'end');
    await expect.poll(() => heard).toEqual([{ version: Number(version) + 1, pack: null }, 'end']);
    expect(
      await registry.one('select generation = applied_generation as clean from pack where ref = $1', [name]),
    ).toEqual({ clean: true });
    const dump = await dumpAll(registry.test);
    expect(await purge()).toEqual({ purged: 0 });
    expect(await dumpAll(registry.test)).toEqual(dump);
  });

  it('deletes no more than it may at a time, and nothing for a writer that lost its lease', async () => {
    expect(await purge('30 days', 100, 2)).toEqual({ refused: 'lease' });
    for (const left of ['live:1 old:2', 'live:1 old:2', 'live:1']) {
      expect(await purge('30 days', 1)).toEqual({ purged: 1 });
      expect(await there()).toBe(left);
    }
    expect(await purge('30 days', 1)).toEqual({ purged: 0 });
  });

  it('leaves what was retired later than the rest of its pack', async () => {
    await registry.put(desiredOf(name));
    expect(await purge()).toEqual({ purged: 3 });
    expect(await there()).toBe('live:1');
  });

  it('deletes a pack with the last of it, once it too has been retired long enough', async () => {
    const exists = async () =>
      (await registry.test.query('select from pack where ref = $1', [name])).length === 1;
    await registry.test.query("update pack set updated = now() - interval '90 days' where ref = $1", [name]);
    await registry.put(desiredOf(name, { gone: true }));
    expect(await registry.one('select status from pack where ref = $1', [name])).toEqual({
      status: 'retired',
    });
    await registry.test.query(
      "set packwatch.writer = 'on'; update workflow_definition set retired_at = now() - interval '40 days' where status = 'retired'; update action set retired_at = now() - interval '40 days' where status = 'retired'; reset packwatch.writer",
    );
    await purge();
    expect([await there(), await exists()]).toEqual(['', true]);
    await age();
    await purge();
    expect(await exists()).toBe(false);
  });
});

/** Tables of other systems, by what their key does when its row goes. */
const keys: readonly [string, string, string][] = [
  ['a cascade', 'definition bigint references packwatch.workflow_definition on delete cascade', 'id'],
  ['set null', 'definition bigint references packwatch.workflow_definition on delete set null', 'id'],
  ['restrict', 'definition bigint references packwatch.workflow_definition on delete restrict', 'id'],
  [
    'no action, deferred',
    'definition bigint references packwatch.workflow_definition deferrable initially deferred',
    'id',
  ],
  [
    'the ref as its key',
    'definition varchar(255) references packwatch.workflow_definition (ref) on update cascade on delete cascade',
    'ref',
  ],
  [
    'a name that needs quotes',
    '"My ""Column""" bigint references packwatch.workflow_definition on delete cascade',
    'id',
  ],
];

describe('a row that another system refers to', () => {
  it.each(keys)('stays, by %s, and goes when it is referred to no more', async (_, column, value) => {
    await registry.test.query(`create table runs."Run ;" (${column})`);
    await registry.test.query(
      `insert into runs."Run ;" select ${value} from workflow_definition where ref = $1`,
      [`${name}.old`],
    );
    const rows = () => registry.test.query('select * from runs."Run ;"');
    const before = await rows();
    // The plain action alone: the workflow keeps the action that it is called by.
    expect(await purge()).toEqual({ purged: 1 });
    expect(await there()).toBe('live:1 old:2');
    expect(await rows()).toEqual(before);
    await registry.test.query('truncate runs."Run ;"');
    expect(await purge()).toEqual({ purged: 2 });
  });

  it('stays when the action that it was called by is gone already', async () => {
    await registry.test.query(`
      create table runs.run (definition bigint references packwatch.workflow_definition on delete cascade);
      insert into runs.run select id from packwatch.workflow_definition where ref = '${name}.old';
      delete from packwatch.action where ref = '${name}.old'`);
    await purge();
    expect(await there()).toBe('live:1 old:2');
    await registry.test.query('truncate runs.run');
    expect(await purge()).toEqual({ purged: 1 });
  });

  it('stays by a key of two columns, of which one may be null, and another goes', async () => {
    await registry.test.query(`
      alter table packwatch.workflow_definition add constraint both_unique unique (id, ref);
      create table runs.run (definition bigint, ref varchar(255),
        foreign key (definition, ref) references packwatch.workflow_definition (id, ref) on delete cascade)`);
    await registry.test.query(
      'insert into runs.run select id, null from workflow_definition where ref = $1',
      [`${name}.old`],
    );
    await registry.test.query('insert into runs.run select id, ref from workflow_definition where ref = $1', [
      `${name}.live`,
    ]);
    expect(await purge()).toEqual({ purged: 3 });
    expect(await registry.test.query('select from runs.run')).toHaveLength(2);
    await registry.test.query(
      'drop table runs.run; alter table packwatch.workflow_definition drop constraint both_unique',
    );
  });

  it('stays when it is a partition, the action, the history or the pack that is referred to', async () => {
    await registry.test.query(`
      create table runs.run (action bigint references packwatch.action on delete cascade, day integer) partition by list (day);
      create table runs.run_1 partition of runs.run for values in (1);
      create table runs.seen (definition bigint, number integer, foreign key (definition, number)
        references packwatch.workflow_revision (workflow_definition, number) on delete cascade)`);
    await registry.test.query('insert into runs.run select id, 1 from action where ref = $1', [
      `${name}.act`,
    ]);
    await registry.test.query('insert into runs.seen select id, 1 from workflow_definition where ref = $1', [
      `${name}.old`,
    ]);
    await purge();
    expect(await there()).toBe('live:1 old:2 act');
    await registry.test.query(
      'create table runs.kept (pack bigint references packwatch.pack on delete cascade)',
    );
    await registry.test.query('truncate runs.run, runs.seen');
    await registry.test.query('insert into runs.kept select id from pack where ref = $1', [name]);
    await registry.put(desiredOf(name, { gone: true }));
    await age();
    await purge();
    expect([await there(), await registry.test.query('select from runs.kept')]).toMatchObject(['', [{}]]);
  });

  it('stays when we may not see whether it is referred to, or rows are hidden from us', async () => {
    await registry.test.query(`
      create role purger; grant usage on schema packwatch to purger;
      grant all on all tables in schema packwatch to purger; grant execute on all functions in schema packwatch to purger;
      create table runs.run (definition bigint references packwatch.workflow_definition on delete cascade)`);
    await registry.test.query('insert into runs.run select id from workflow_definition where ref = $1', [
      `${name}.old`,
    ]);
    const purgeAs = async () => {
      await registry.test.query('set role purger');
      const answer = await purge();
      await registry.test.query('reset role');
      return answer;
    };
    try {
      expect(await purgeAs()).toEqual({ purged: 1 });
      await registry.test.query(`
        grant usage on schema runs to purger; grant select on runs.run to purger;
        alter table runs.run enable row level security; create policy none on runs.run using (false)`);
      expect(await purgeAs()).toEqual({ purged: 0 });
      expect([await there(), await registry.test.query('select from runs.run')]).toMatchObject([
        'live:1 old:2',
        [{}],
      ]);
      // What the question is there for, asked as one to whom the rows are hidden.
      await registry.without('is_referenced(regclass,tid)', /SET row_security TO 'off'/, '', async () => {
        expect(await purgeAs()).toEqual({ purged: 2 });
      });
      expect(await registry.test.query('select from runs.run')).toHaveLength(0);
    } finally {
      await registry.test.query('reset role; drop owned by purger; drop role purger');
    }
  });
});

describe('a reference that is made meanwhile', () => {
  beforeEach(() =>
    registry.test.query(
      'create table runs.run (definition bigint references packwatch.workflow_definition on delete cascade)',
    ),
  );
  const refer = () =>
    `insert into runs.run select id from packwatch.workflow_definition where ref = '${name}.old'`;

  it('is passed over while it is not committed, without waiting, and keeps the row', async () => {
    const slow = await registry.hold(refer());
    // The plain action alone: the workflow keeps the action that it is called by.
    expect(await purge()).toEqual({ purged: 1 });
    expect(await there()).toBe('live:1 old:2');
    await slow.end('commit');
    expect(await registry.test.query('select from runs.run')).toHaveLength(1);
    expect(await purge()).toEqual({ purged: 0 });
  });

  it('comes too late once the row is about to go, and is refused by its own key', async () => {
    const held = await registry.hold('update catalog_version set version = version');
    const purging = registry.test.database.run(
      (sql) => sql`select packwatch.purge_retired('root:test', 1, '30 days', 100)`,
    );
    await registry.waits(1);
    const other = await registry.hold();
    const late = expect(other.run(refer())).rejects.toMatchObject({ code: '23503' });
    await registry.waits(2);
    await held.end('rollback');
    await Promise.all([purging, late]);
    await other.end('rollback');
    expect(await there()).toBe('live:1');
  });

  it('would be lost with its row if that were not locked when it is asked about', async () => {
    await registry.without(
      'purge_retired(text,bigint,interval,integer)',
      /for update skip locked/g,
      '',
      async () => {
        // A pause between the question and the deletion.
        await registry.test.query(`
        create function pause() returns trigger language plpgsql as $$
          begin perform from packwatch.source_lease where source = 'gate' for update; return old; end $$;
        create trigger zz_pause before delete on workflow_revision for each row execute function pause();
        insert into source_lease (source) values ('gate')`);
        const gate = await registry.hold("select from source_lease where source = 'gate' for update");
        const purging = registry.test.database.run(
          (sql) => sql`select packwatch.purge_retired('root:test', 1, '30 days', 100)`,
        );
        await registry.waits(1);
        await registry.test.query(refer());
        await gate.end('rollback');
        await purging;
        await registry.test.query(
          "drop function pause cascade; delete from source_lease where source = 'gate'",
        );
      },
    );
    expect([await there(), await registry.test.query('select from runs.run')]).toEqual(['live:1', []]);
  });
});
