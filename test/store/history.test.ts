// History: what was served can be read, brought back and pinned; and no two who decide at once, nor an apply, get in each other's way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, dumpAll, type PackContent, planNow, type WorkflowContent } from '../support/plans.ts';
import { iso } from './catalog-example.ts';

let registry: Registry;
let catalog: Catalog;
beforeAll(async () => {
  registry = await openRegistry();
  catalog = createCatalog(registry.test.database);
});
afterAll(() => registry.test.drop());

const first: WorkflowContent = {
  ...{ body: 'a', label: 'First', description: 'of three', version: '1.0.0', tags: ['x', 'a,b'] },
  ...{ paramSchema: { host: { type: 'string' } }, outSchema: { ok: { type: 'boolean' } }, text: '# first\n' },
};
const second: WorkflowContent = { body: 'b', label: 'Second', version: '2.0.0-rc.1', text: '# second\n' };
const third: WorkflowContent = {
  body: 'c',
  label: 'Third',
  version: '3.0.0',
  tags: ['y'],
  text: '# third\n',
};

let packs = 0;
/** A pack of its own with `one`, which was served as these, one after the other, and `gone`, retired. */
async function freshPack(...contents: readonly WorkflowContent[]): Promise<string> {
  packs += 1;
  const name = `past${packs}`;
  const pack = (workflows: PackContent['workflows']) => desiredOf(name, { workflows: workflows ?? {} });
  const [head = first, ...rest] = contents;
  await registry.put(pack({ one: head, gone: {} }), pack({ one: head }), ...rest.map((one) => pack({ one })));
  return name;
}

/** Everything of the row that executors and the API show, with the callable side. */
const row = (ref: string) =>
  registry.one(
    `select w.label, w.description, w.version, w.param_schema, w.out_schema, w.definition, w.tags, w.revision, w.source_text,
       a.label as action_label, a.description as action_description, a.param_schema as action_params,
       a.out_schema as action_output
     from workflow_definition w join action a on a.workflow_def = w.id where w.ref = $1`,
    [ref],
  );
const pinOf = (ref: string) =>
  registry.one(
    `select p.number as pinned, o.number as over from workflow_definition w
     left join workflow_revision p on p.workflow_definition = w.id and p.revision = w.pinned_revision
     left join workflow_revision o on o.workflow_definition = w.id and o.revision = w.pinned_over
     where w.ref = $1`,
    [ref],
  );
const told = (ref: string) =>
  registry.test.query(
    "select verb, number from catalog_change where ref = $1 and verb in ('pinned', 'unpinned') order by version, position",
    [ref],
  );

describe('rollBack', () => {
  it('makes the row and the callable action what they were, and says so once', async () => {
    const name = await freshPack(first);
    const ref = `${name}.one`;
    const was = await row(ref);
    await registry.put(
      desiredOf(name, { workflows: { one: second } }),
      desiredOf(name, { workflows: { one: third } }),
    );
    expect(await row(ref)).not.toEqual(was);
    expect(await registry.decisions.rollBack(ref, 1)).toEqual({ outcome: 'done', source: 'root:test' });
    expect(await row(ref)).toEqual(was);
    expect(was).toMatchObject({
      label: 'First',
      tags: ['x', 'a,b'],
      source_text: '# first\n',
      action_label: 'First',
    });
    expect(await pinOf(ref)).toEqual({ pinned: 1, over: 3 });
    expect(await told(ref)).toEqual([{ verb: 'pinned', number: 1 }]);
    expect(
      await registry.one('select file_digest, drifted, status from workflow_definition where ref = $1', [
        ref,
      ]),
    ).toEqual({ file_digest: null, drifted: false, status: 'active' });
  });

  it('keeps what an action file says of itself', async () => {
    const name = await freshPack(first, second);
    const ref = `${name}.one`;
    await registry.test.query(
      "set packwatch.writer = 'on'; update action set label = 'Mine', description = null, source_path = 'elsewhere' where ref = '" +
        ref +
        "'; reset packwatch.writer",
    );
    await registry.decisions.rollBack(ref, 1);
    expect(await row(ref)).toMatchObject({
      ...{ action_label: 'Mine', action_description: null },
      ...{ action_params: first.paramSchema, action_output: first.outSchema },
    });
  });

  it('pins over what lies on disk, however often it is moved', async () => {
    const name = await freshPack(first, second, third);
    const ref = `${name}.one`;
    for (const [number, pinned] of [
      [1, 1],
      [2, 2],
      [3, 3],
    ] as const) {
      await registry.decisions.rollBack(ref, number);
      expect(await pinOf(ref)).toEqual({ pinned, over: 3 });
    }
    expect(await told(ref)).toEqual([1, 2, 3].map((number) => ({ verb: 'pinned', number })));
  });

  it('refuses what is not there, was never served, or is served, writing nothing', async () => {
    const name = await freshPack(first, second);
    const dump = await dumpAll(registry.test);
    const ask = async (ref: string, number: number) => {
      const result = await registry.decisions.rollBack(ref, number);
      return result.outcome === 'done' ? 'done' : result.reason;
    };
    expect(await ask(`${name}.nope`, 1)).toBe('missing');
    expect(await ask('nope\0', 1)).toBe('missing');
    expect(await ask(`${name}.gone`, 1)).toBe('retired');
    expect(await ask(`${name}.one`, 3)).toBe('revision_missing');
    expect(await ask(`${name}.one`, 0)).toBe('revision_missing');
    expect(await ask(`${name}.one`, 2_147_483_647)).toBe('revision_missing');
    expect(await ask(`${name}.one`, 2)).toBe('already_served');
    expect(await dumpAll(registry.test)).toEqual(dump);
    await registry.decisions.rollBack(`${name}.one`, 1);
    expect(await ask(`${name}.one`, 1)).toBe('already_served');
  });
});

describe('unpin', () => {
  it('serves again what lies on disk, and leaves the rest to the next pass', async () => {
    const name = await freshPack(first, second);
    const ref = `${name}.one`;
    const was = await row(ref);
    await registry.decisions.rollBack(ref, 1);
    expect(await registry.decisions.unpin(ref)).toEqual({ outcome: 'done', source: 'root:test' });
    expect(await row(ref)).toEqual(was);
    expect(await pinOf(ref)).toEqual({ pinned: null, over: null });
    expect(await told(ref)).toEqual([
      { verb: 'pinned', number: 1 },
      { verb: 'unpinned', number: 2 },
    ]);
    expect(
      await registry.one('select generation <> applied_generation as left from pack where ref = $1', [name]),
    ).toEqual({ left: true });
  });

  it('refuses what is not there, retired or not pinned, writing nothing', async () => {
    const name = await freshPack(first);
    const dump = await dumpAll(registry.test);
    for (const [ref, reason] of [
      [`${name}.nope`, 'missing'],
      [`${name}.gone`, 'retired'],
      [`${name}.one`, 'not_pinned'],
    ] as const) {
      expect(await registry.decisions.unpin(ref)).toEqual({ outcome: 'refused', reason });
    }
    expect(await dumpAll(registry.test)).toEqual(dump);
  });
});

describe('at the same time', () => {
  it('lets one of two equal rollbacks pin, and refuses the other as served', async () => {
    const ref = `${await freshPack(first, second)}.one`;
    const race = async () => {
      const held = await registry.hold(`update catalog_version set version = version`);
      const both = Promise.all([registry.decisions.rollBack(ref, 1), registry.decisions.rollBack(ref, 1)]);
      await registry.waits(2);
      await held.end('rollback');
      const outcomes = (await both).map((one) => (one.outcome === 'done' ? 'done' : one.reason));
      return outcomes.sort();
    };
    expect(await race()).toEqual(['already_served', 'done']);
    expect(await told(ref)).toEqual([{ verb: 'pinned', number: 1 }]);
    // The same without the locks: both think that they were the first.
    await registry.decisions.unpin(ref);
    await registry.without('lock_definition(text)', /for no key update/g, '', async () => {
      expect(await race()).toEqual(['done', 'done']);
    });
  });

  it('lets two other rollbacks follow each other, and the pin is over what lies on disk', async () => {
    const ref = `${await freshPack(first, second, third)}.one`;
    const both = await Promise.all([
      registry.decisions.rollBack(ref, 1),
      registry.decisions.rollBack(ref, 2),
    ]);
    expect(both.map((one) => one.outcome)).toEqual(['done', 'done']);
    const last = (await told(ref)).at(-1);
    expect(await pinOf(ref)).toEqual({ pinned: last?.['number'], over: 3 });
  });

  it('waits for an apply that runs, and a plan from before it is stale', async () => {
    const name = await freshPack(first, second);
    const ref = `${name}.one`;
    const plan = await planNow(registry.writer, desiredOf(name, { workflows: { one: third } }));
    const older = plan;
    const held = await registry.hold('update catalog_version set version = version');
    const applied = registry.writer.apply(plan, 'watch');
    await registry.waits(1);
    const rolledBack = registry.decisions.rollBack(ref, 2);
    await registry.waits(2);
    await held.end('rollback');
    expect(await applied).toMatchObject({ outcome: 'applied' });
    expect(await rolledBack).toMatchObject({ outcome: 'done' });
    expect(await pinOf(ref)).toEqual({ pinned: 2, over: 3 });
    expect(await registry.writer.apply(older, 'watch')).toEqual({ outcome: 'stale' });
    expect(await row(ref)).toMatchObject({ label: 'Second' });
  });

  it('waits for nobody who refers to the rows and is not done yet, nor does an apply', async () => {
    const name = await freshPack(first, second);
    const ref = `${name}.one`;
    const holding = await registry.hold(
      `select from pack where ref = '${name}' for key share`,
      `select from workflow_definition where ref = '${ref}' for key share`,
    );
    expect(await registry.decisions.rollBack(ref, 1)).toMatchObject({ outcome: 'done' });
    expect(await registry.decisions.setOverlay(ref, 'disabled')).toMatchObject({ outcome: 'done' });
    const plan = await planNow(registry.writer, desiredOf(name, { workflows: { one: third } }));
    expect(await registry.writer.apply(plan, 'watch')).toMatchObject({ outcome: 'applied' });
    // What it would be if the rows were locked for update.
    for (const signature of ['lock_definition(text)', 'apply_pack(jsonb,text,text,text)']) {
      await registry.without(signature, /for no key update/g, 'for update', async () => {
        const next = await planNow(registry.writer, desiredOf(name, { workflows: { one: second } }));
        const waiting =
          signature === 'apply_pack(jsonb,text,text,text)'
            ? registry.writer.apply(next, 'watch')
            : registry.decisions.setOverlay(ref, 'enabled');
        const refused = expect(waiting).rejects.toMatchObject({ code: 'database_unreachable' });
        await registry.waits(1);
        await registry.test.query(
          "select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        );
        await refused;
      });
    }
    await holding.end('rollback');
  });
});

describe('the history', () => {
  const page = { page: 1, pageSize: 50 };

  it('lists revisions newest first, with exactly the keys of the contract', async () => {
    const name = await freshPack(first, second, third);
    const ref = `${name}.one`;
    await registry.decisions.rollBack(ref, 2);
    const listed = await catalog.listRevisions(ref, page);
    expect(listed?.totalItems).toBe(3);
    expect(listed?.items.map((one) => [one.number, one.version, one.cause, one.served, one.pinned])).toEqual([
      [3, '3.0.0', 'watch', false, false],
      [2, '2.0.0-rc.1', 'watch', true, true],
      [1, '1.0.0', 'watch', false, false],
    ]);
    const [newest] = listed?.items ?? [];
    expect(Object.keys(newest ?? {}).join()).toBe('number,revision,version,created,cause,served,pinned');
    expect(newest).toMatchObject({
      ...{ revision: expect.stringMatching(/^[0-9a-f]{64}$/), created: expect.stringMatching(iso) },
    });
    expect(
      (await catalog.listRevisions(ref, { page: 2, pageSize: 2 }))?.items.map((one) => one.number),
    ).toEqual([1]);
  });

  it('gives a revision as it was written, also of what is retired, which is served as none', async () => {
    const name = await freshPack(first, second);
    const ref = `${name}.one`;
    const found = await catalog.getRevision(ref, 1);
    expect(found).toMatchObject({
      kind: 'found',
      revision: { number: 1, served: false, source_text: '# first\n', definition: { label: 'First' } },
    });
    expect(Object.keys(found.kind === 'found' ? found.revision : {}).join()).toBe(
      'number,revision,version,created,cause,served,pinned,definition,source_text',
    );
    expect(await catalog.getRevision(ref, 3)).toEqual({ kind: 'revision_not_found', newest: 2 });
    const gone = await catalog.listRevisions(`${name}.gone`, page);
    expect(gone?.items).toMatchObject([{ number: 1, served: false }]);
    expect(await catalog.getRevision(`${name}.gone`, 1)).toMatchObject({ kind: 'found' });
  });

  it('knows nothing of what was never registered', async () => {
    for (const ref of ['nope.nope', 'nope', 'a.b\0']) {
      expect(await catalog.listRevisions(ref, page)).toBeUndefined();
      expect(await catalog.getRevision(ref, 1)).toEqual({ kind: 'not_found' });
    }
  });
});
