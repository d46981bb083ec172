// What an operator lays over a definition: told once, in the transaction that writes it, and refused without writing anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OverlayVerb } from '../../src/model/decisions.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, dumpAll, planNow } from '../support/plans.ts';

let registry: Registry;
let catalog: Catalog;
beforeAll(async () => {
  registry = await openRegistry();
  catalog = createCatalog(registry.test.database);
});
afterAll(() => registry.test.drop());

let packs = 0;
/** A pack of its own with `one`, served as revision 2, and `gone`, retired. */
async function freshPack(): Promise<string> {
  packs += 1;
  const name = `over${packs}`;
  await registry.put(
    desiredOf(name, { workflows: { one: { body: 'a' }, gone: {} } }),
    desiredOf(name, { workflows: { one: { body: 'b' } } }),
  );
  return name;
}

const version = async () =>
  Number((await registry.one<{ version: string }>('select version from catalog_version')).version);
const told = (since: number) =>
  registry.test.query(
    'select version::int, position, source, pack_ref, ref, verb, number from catalog_change where version > $1 order by version',
    [since],
  );

describe('setOverlay', () => {
  const verbs: readonly [OverlayVerb, string, boolean][] = [
    ['disabled', 'enabled', false],
    ['enabled', 'enabled', true],
    ['protected', 'protected', true],
    ['unprotected', 'protected', false],
  ];

  it('writes each overlay once, tells it once, and leaves what is so already as it is', async () => {
    const name = await freshPack();
    const ref = `${name}.one`;
    for (const [verb, column, value] of verbs) {
      const before = await version();
      expect(await registry.decisions.setOverlay(ref, verb)).toEqual({
        outcome: 'done',
        source: 'root:test',
        changed: true,
      });
      expect(
        await registry.one(`select ${column} as value from workflow_definition where ref = $1`, [ref]),
      ).toEqual({
        value,
      });
      expect(await version()).toBe(before + 1);
      expect(await told(before)).toEqual([
        { version: before + 1, position: 1, source: 'root:test', pack_ref: name, ref, verb, number: 2 },
      ]);
      const dump = await dumpAll(registry.test);
      const row = () =>
        registry.one('select xmin::text, ctid::text from workflow_definition where ref = $1', [ref]);
      const place = await row();
      expect(await registry.decisions.setOverlay(ref, verb)).toMatchObject({
        outcome: 'done',
        changed: false,
      });
      expect(await dumpAll(registry.test)).toEqual(dump);
      expect(await row()).toEqual(place);
    }
  });

  it('takes what is disabled out of what executors read, workflow and action, and moves no time of change', async () => {
    const name = await freshPack();
    const served = () =>
      registry.one(
        `select (select count(*)::int from served_workflow where ref = $1) as workflow,
           (select count(*)::int from served_action where ref = $1) as action,
           (select updated::text from workflow_definition where ref = $1) as updated`,
        [`${name}.one`],
      );
    const before = await served();
    expect(before).toMatchObject({ workflow: 1, action: 1 });
    await registry.decisions.setOverlay(`${name}.one`, 'disabled');
    expect(await served()).toEqual({ ...before, workflow: 0, action: 0 });
  });

  it('lets the next pass look at a pack only for what is left to it', async () => {
    const name = await freshPack();
    const isLeft = async () =>
      (
        await registry.one<{ left: boolean }>(
          'select generation <> applied_generation as left from pack where ref = $1',
          [name],
        )
      ).left;
    for (const verb of ['disabled', 'enabled', 'protected'] as const) {
      await registry.decisions.setOverlay(`${name}.one`, verb);
      expect([verb, await isLeft()]).toEqual([verb, false]);
    }
    await registry.decisions.setOverlay(`${name}.one`, 'unprotected');
    expect(await isLeft()).toBe(true);
    // What was left before stays left.
    await registry.decisions.setOverlay(`${name}.one`, 'disabled');
    expect(await isLeft()).toBe(true);
  });

  it('refuses what is not there and what is retired, writing nothing', async () => {
    const name = await freshPack();
    const dump = await dumpAll(registry.test);
    for (const [verb] of verbs) {
      for (const ref of [`${name}.nope`, 'nope', `${name}.one\0`, "x'; drop table pack; --"]) {
        expect(await registry.decisions.setOverlay(ref, verb)).toEqual({
          outcome: 'refused',
          reason: 'missing',
        });
      }
      expect(await registry.decisions.setOverlay(`${name}.gone`, verb)).toEqual({
        outcome: 'refused',
        reason: 'retired',
      });
    }
    expect(await dumpAll(registry.test)).toEqual(dump);
  });

  it('decides nothing about a definition that has none of the tags it was to have, and writes nothing', async () => {
    const name = await freshPack();
    const ref = `${name}.one`;
    const { decisions } = registry;
    const tag = (await catalog.workflowTag(ref)) ?? '';
    const stale = { outcome: 'refused', reason: 'stale' };
    const dump = await dumpAll(registry.test);
    for (const tags of [[], ['x', `${tag} `], ['\\"{,}', 'NULL']]) {
      expect(await decisions.setOverlay(ref, 'disabled', tags)).toEqual(stale);
      expect(await decisions.rollBack(ref, 1, tags)).toEqual(stale);
      expect(await decisions.unpin(ref, tags)).toEqual(stale);
    }
    expect(await dumpAll(registry.test)).toEqual(dump);
    expect(await decisions.setOverlay(ref, 'disabled', ['x', tag])).toMatchObject({ outcome: 'done' });
    expect(await decisions.setOverlay(ref, 'enabled', [tag])).toEqual(stale);
    expect(await decisions.setOverlay(ref, 'enabled')).toMatchObject({ outcome: 'done' });
  });

  it('wakes listeners after the commit, and none when it is rolled back', async () => {
    const name = await freshPack();
    const heard: unknown[] = [];
    const listener = registry.test.session();
    await listener.listen('packwatch', (payload) =>
      heard.push(payload === 'end' ? payload : JSON.parse(payload)),
    );
    await registry.test.query(
      "create function fail() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '22000'; end $$",
    );
    await registry.test.query('create trigger zz after insert on catalog_change execute function fail()');
    const dump = await dumpAll(registry.test);
    await expect(registry.decisions.setOverlay(`${name}.one`, 'disabled')).rejects.toMatchObject({
      code: 'database_refused',
    });
    await registry.test.query('drop trigger zz on catalog_change');
    expect(await dumpAll(registry.test)).toEqual(dump);
    await registry.decisions.setOverlay(`${name}.one`, 'disabled');
    await listener.notify('packwatch', 'end');
    await expect.poll(() => heard).toEqual([{ version: await version(), pack: name }, 'end']);
  });

  it('is no drift, and fences off a plan that was made before it', async () => {
    const name = await freshPack();
    const plan = await planNow(registry.writer, desiredOf(name, { workflows: { one: { body: 'c' } } }));
    await registry.decisions.setOverlay(`${name}.one`, 'protected');
    expect(await registry.writer.apply(plan, 'watch')).toEqual({ outcome: 'stale' });
    expect(
      await registry.one('select drifted, protected from workflow_definition where ref = $1', [
        `${name}.one`,
      ]),
    ).toEqual({ drifted: false, protected: true });
  });
});
