// Roots as the registry knows them, and the end of one that nobody leads.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { acquireLease } from '../../src/store/sql/lease.ts';
import { createWriter } from '../../src/store/writer.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, dumpAll, holdLease, planNow, register } from '../support/plans.ts';
import { iso } from './catalog-example.ts';

let registry: Registry;
let catalog: Catalog;
const old = 'root:old' as SourceName;
beforeAll(async () => {
  registry = await openRegistry();
  catalog = createCatalog(registry.test.database);
});
afterAll(() => registry.test.drop());

let packs = 0;
let name: string;
/** A pack of `root:old`, whose lease has run out: two workflows, a plain action, one that is retired, a file that is no good. */
beforeEach(async () => {
  packs += 1;
  name = `left${packs}`;
  await registry.test.query("update source_lease set expires_at = '-infinity' where source = 'root:old'");
  const left = (await listed()).find(({ source }) => source === old);
  if (left) await registry.decisions.forgetSource(old, left.definitions);
  await holdLease(registry.test, old, 7);
  const writer = createWriter({ database: registry.test.database, epochOf: () => 7 });
  const content = {
    source: old,
    workflows: { a: {}, b: {}, bad: { invalid: true } },
    actions: { c: 'c.sh' },
  } as const;
  await register(writer, desiredOf(name, { ...content, workflows: { ...content.workflows, gone: {} } }));
  await register(writer, desiredOf(name, content));
  await registry.test.query(
    "update source_lease set holder = 'web-1 1f-boot 4026531836 42 9000', expires_at = now() - interval '1 s' where source = 'root:old'",
  );
});

const page = { page: 1, pageSize: 50 };
const listed = async () => (await catalog.listSources(page)).items;
const statuses = async () =>
  registry.test.query(
    `select ref, status, retired_at is not null as told from workflow_definition where pack_ref = $1
     union all select ref, status, retired_at is not null from action where pack_ref = $1 and workflow_def is null
     union all select ref, status, status = 'retired' from pack where ref = $1 order by 1`,
    [name],
  );

describe('listSources', () => {
  it('gives what there is of each root, and who leads it', async () => {
    await registry.test.query(
      "insert into held_batch (id, source, reason, refs, pending, of) values ('h', 'root:old', 'threshold', $1, $1, 3)",
      [`{${name}.a,${name}.b}`],
    );
    const [first, second] = await listed();
    expect(first).toEqual({
      ...{ source: old, leader: null, epoch: 7, packs: 1, definitions: 3, problems: 1, held: 2 },
      since: null,
      expires_at: expect.stringMatching(iso),
    });
    expect(Object.keys(first ?? {}).join()).toBe(
      'source,leader,epoch,since,expires_at,packs,definitions,problems,held',
    );
    expect(second).toMatchObject({
      source: 'root:test',
      leader: 'the test',
      epoch: 1,
      expires_at: null,
      packs: 0,
    });
    await registry.test.query(
      "update source_lease set expires_at = now() + interval '1 h' where source = 'root:old'",
    );
    expect((await listed())[0]).toMatchObject({ leader: 'web-1, process 42', since: null });
    await registry.test.query("update source_lease set led_since = now() where source = 'root:old'");
    expect((await listed())[0]?.since).toMatch(iso);
    expect((await catalog.listSources({ page: 2, pageSize: 1 })).items.map(({ source }) => source)).toEqual([
      'root:test',
    ]);
    await registry.test.query('delete from held_batch');
  });
});

describe('forgetSource', () => {
  it('retires what is left, tells each ref once, and lets the epochs go on', async () => {
    const { version } = await registry.one<{ version: string }>('select version from catalog_version');
    const heard: unknown[] = [];
    const listener = registry.test.session();
    await listener.listen('packwatch', (payload) =>
      heard.push(payload === 'end' ? payload : JSON.parse(payload)),
    );
    expect(await registry.decisions.forgetSource(old, 3)).toEqual({ outcome: 'done', retired: 3 });
    await listener.notify('packwatch', 'end');
    await expect.poll(() => heard).toEqual([{ version: Number(version) + 1, pack: null }, 'end']);
    expect(await statuses()).toEqual(
      [name, `${name}.a`, `${name}.b`, `${name}.c`, `${name}.gone`].map((ref) => ({
        ref,
        status: 'retired',
        told: true,
      })),
    );
    expect(
      await registry.test.query(
        'select version::int, position, ref, verb, number, batch from catalog_change where version > $1 order by position',
        [version],
      ),
    ).toEqual(
      ['a', 'b', 'c'].map((stem, index) => ({
        ...{ version: Number(version) + 1, position: index + 1, ref: `${name}.${stem}`, verb: 'retired' },
        ...{ number: stem === 'c' ? null : 1, batch: 'forget' },
      })),
    );
    expect(await registry.test.query("select from pack_file where source = 'root:old'")).toHaveLength(0);
    expect((await listed()).map(({ source }) => source)).toEqual(['root:test']);
    expect(await registry.decisions.forgetSource(old, 0)).toEqual({ outcome: 'done', retired: 0 });
    expect(await acquireLease(registry.test.database, old, 'next', null, 6)).toMatchObject({ epoch: 8 });
  });

  it('retires nothing of another source that lives in its packs', async () => {
    await registry.put(desiredOf(`${name}y`, { workflows: { mine: {} } }));
    await registry.test.query(
      `insert into workflow_definition (ref, pack, pack_ref, label, version, definition, revision, last_number, source, source_text)
       select ref || '.api', id, ref, 'l', '1', '{}', repeat('0', 64), 1, 'api', 't' from pack where ref = $1`,
      [name],
    );
    expect(await registry.decisions.forgetSource(old, 3)).toMatchObject({ outcome: 'done' });
    expect(
      await registry.test.query(
        'select w.status, p.status as pack from workflow_definition w join pack p on p.id = w.pack where w.ref in ($1, $2) order by w.ref',
        [`${name}.api`, `${name}y.mine`],
      ),
    ).toEqual([
      { status: 'active', pack: 'active' },
      { status: 'active', pack: 'active' },
    ]);
  });

  it('expires the batches of the source', async () => {
    await registry.test.query(
      "insert into held_batch (id, source, reason, refs, pending, of) values ('o', 'root:old', 'threshold', '{x.y}', '{x.y}', 3)",
    );
    await registry.decisions.forgetSource(old, 3);
    expect(await registry.one("select state, pending from held_batch where id = 'o'")).toEqual({
      ...{ state: 'expired', pending: [] },
    });
  });

  it('refuses another number than there is, naming it, and a source it never heard of, writing nothing', async () => {
    const dump = await dumpAll(registry.test);
    for (const confirm of [0, 2, 4])
      expect(await registry.decisions.forgetSource(old, confirm)).toEqual({
        ...{ outcome: 'refused', reason: 'confirm_differs', count: 3 },
      });
    for (const source of ['root:nope', 'api', '\0'])
      expect(await registry.decisions.forgetSource(source, 0)).toEqual({
        outcome: 'refused',
        reason: 'missing',
      });
    expect(await dumpAll(registry.test)).toEqual(dump);
  });

  it('refuses a source that is led, and takes one whose row of a lease was deleted', async () => {
    await registry.test.query(
      "update source_lease set expires_at = now() + interval '1 h' where source = 'root:old'",
    );
    const dump = await dumpAll(registry.test);
    expect(await registry.decisions.forgetSource(old, 3)).toEqual({
      ...{ outcome: 'refused', reason: 'still_led', leader: 'web-1, process 42' },
    });
    expect(await dumpAll(registry.test)).toEqual(dump);
    await registry.test.query("delete from source_lease where source = 'root:old'");
    expect(await registry.decisions.forgetSource(old, 3)).toMatchObject({ outcome: 'done' });
  });

  it('waits for an apply in flight, and counts what that brought', async () => {
    await holdLease(registry.test, old, 7);
    const writer = createWriter({ database: registry.test.database, epochOf: () => 7 });
    const plan = await planNow(writer, desiredOf(`${name}x`, { source: old, workflows: { z: {} } }));
    const held = await registry.hold('update catalog_version set version = version');
    const applied = writer.apply(plan, 'watch');
    await registry.waits(1);
    // The writer is given up for dead while its statement runs.
    await registry.test.query(
      "update source_lease set expires_at = now() - interval '1 s' where source = 'root:old'",
    );
    const forgotten = registry.decisions.forgetSource(old, 3);
    await registry.waits(2);
    await held.end('rollback');
    expect(await applied).toMatchObject({ outcome: 'applied' });
    expect(await forgotten).toEqual({ outcome: 'refused', reason: 'confirm_differs', count: 4 });
    expect(await registry.decisions.forgetSource(old, 4)).toMatchObject({ outcome: 'done' });
    expect(await writer.apply(plan, 'watch')).toEqual({ outcome: 'fenced' });
  });
});
