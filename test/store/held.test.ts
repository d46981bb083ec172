// Removals that wait for a person: how they are listed, decided once, and what takes a ref out of its batch.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HeldFilter } from '../../src/model/catalog.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, dumpAll } from '../support/plans.ts';
import { iso } from './catalog-example.ts';

let registry: Registry;
let catalog: Catalog;
beforeAll(async () => {
  registry = await openRegistry();
  catalog = createCatalog(registry.test.database);
  await registry.put(desiredOf('ops', { workflows: { a: {}, b: {}, c: {} }, actions: { d: 'd.sh' } }));
});
afterAll(() => registry.test.drop());
beforeEach(async () => {
  // As after a pass that found the files gone and held the removals: their rows are gone with them.
  await registry.test.query("delete from held_batch; delete from pack_file where role <> 'manifest'");
});

const refs = ['ops.a', 'ops.b', 'ops.d'];

async function holdRefs(wanted: readonly string[] = refs, why = 'threshold'): Promise<string> {
  const { answer } = await registry.one<{ answer: { batch: string } }>(
    "select hold_removals('root:test', 1, $1, string_to_array($2, ','), 4) as answer",
    [why, wanted.join()],
  );
  return answer.batch;
}

const all: HeldFilter = {
  ...{ page: 1, pageSize: 100, source: undefined, states: ['open', 'approved', 'rejected', 'expired'] },
};
const states = async () =>
  (await catalog.listHeld(all)).items.map(({ batch, state, refs: some }) => [batch, state, some.join()]);

describe('listHeld', () => {
  it('gives a batch with exactly the keys of the contract', async () => {
    const batch = await holdRefs();
    const { items, totalItems } = await catalog.listHeld({ ...all, states: ['open'] });
    expect(totalItems).toBe(1);
    expect(items).toEqual([
      {
        ...{ batch, source: 'root:test', reason: 'threshold', refs, count: 3, of: 4, state: 'open' },
        created: expect.stringMatching(iso),
      },
    ]);
    expect(Object.keys(items[0] ?? {}).join()).toBe('batch,source,reason,refs,count,of,created,state');
    expect(await catalog.getHeld(batch)).toEqual(items[0]);
    expect(await catalog.getHeld('nope')).toBeUndefined();
    expect(await catalog.getHeld('\0')).toBeUndefined();
  });

  it('lists open ones first, by state, source and page', async () => {
    const old = await holdRefs(['ops.a']);
    await registry.decisions.decideBatch(old, 'rejected');
    const empty = await holdRefs(['ops.b'], 'root_empty');
    const open = await holdRefs(['ops.c']);
    await registry.decisions.decideBatch(await holdRefs(['ops.c', 'ops.d']), 'approved');
    const listed = await catalog.listHeld(all);
    expect(listed.items.map(({ state }) => state)).toEqual(['open', 'approved', 'expired', 'rejected']);
    expect([listed.items[0]?.batch, listed.items[2]?.batch]).toEqual([empty, open]);
    expect((await catalog.listHeld({ ...all, states: ['rejected'] })).items).toHaveLength(1);
    expect((await catalog.listHeld({ ...all, source: 'root:other' })).totalItems).toBe(0);
    expect((await catalog.listHeld({ ...all, source: '\0' })).totalItems).toBe(0);
    const second = await catalog.listHeld({ ...all, page: 2, pageSize: 3 });
    expect([second.items.length, second.totalItems]).toEqual([1, 4]);
  });
});

describe('decideBatch', () => {
  it('writes down a verdict once and asks the writer of the source to look', async () => {
    const before = await registry.one('select scan_requested::int as asked from source_lease');
    for (const [number, verdict] of (['approved', 'rejected'] as const).entries()) {
      const batch = await holdRefs();
      expect(await registry.decisions.decideBatch(batch, verdict)).toEqual({
        outcome: 'done',
        source: 'root:test',
      });
      expect(await registry.one('select scan_requested::int as asked from source_lease')).toEqual({
        asked: Number(before['asked' as never]) + number + 1,
      });
      expect(await catalog.getHeld(batch)).toMatchObject({ state: verdict, refs, count: 3 });
      // It is still about the same refs: what becomes of them is the next pass's business.
      expect(await registry.one('select pending from held_batch where id = $1', [batch])).toEqual({
        pending: refs,
      });
      await registry.test.query('delete from held_batch');
    }
  });

  it('refuses what is not there and what is not open, naming its state, writing nothing', async () => {
    const approved = await holdRefs(['ops.a']);
    await registry.decisions.decideBatch(approved, 'approved');
    const expired = await holdRefs(['ops.b']);
    await holdRefs(['ops.c']);
    const dump = await dumpAll(registry.test);
    for (const verdict of ['approved', 'rejected'] as const) {
      for (const batch of ['nope', '\0', "' or true --"])
        expect(await registry.decisions.decideBatch(batch, verdict)).toEqual({
          outcome: 'refused',
          reason: 'missing',
        });
      for (const [batch, state] of [
        [approved, 'approved'],
        [expired, 'expired'],
      ] as const) {
        expect(await registry.decisions.decideBatch(batch, verdict)).toEqual({
          ...{ outcome: 'refused', reason: 'not_open', state },
        });
      }
    }
    expect(await dumpAll(registry.test)).toEqual(dump);
  });

  it('lets one of two people decide', async () => {
    const batch = await holdRefs();
    const both = await Promise.all([
      registry.decisions.decideBatch(batch, 'approved'),
      registry.decisions.decideBatch(batch, 'rejected'),
    ]);
    const winner = both.findIndex(({ outcome }) => outcome === 'done');
    const state = winner === 0 ? 'approved' : 'rejected';
    expect(both[1 - winner]).toEqual({ outcome: 'refused', reason: 'not_open', state });
    expect(await catalog.getHeld(batch)).toMatchObject({ state });
  });

  it('waits for who has the lease before it takes the batch, so that neither waits for the other', async () => {
    const batch = await holdRefs();
    const decideWhileForgotten = async () => {
      // As forget_source does: the lease, then the batches.
      const forgetting = await registry.hold('select from source_lease for update');
      const deciding = registry.decisions.decideBatch(batch, 'approved');
      await registry.waits(1);
      const got = await forgetting.run(`select from held_batch where id = '${batch}' for update nowait`).then(
        () => 'free',
        () => 'taken',
      );
      await forgetting.end('rollback');
      await deciding;
      return got;
    };
    await registry.without('decide_batch(text,text)', /perform share_lease[^;]*;/, '', async () => {
      expect(await decideWhileForgotten()).toBe('taken');
    });
    await registry.test.query("update held_batch set state = 'open'");
    expect(await decideWhileForgotten()).toBe('free');
  });
});

describe('hold_removals', () => {
  it('keeps the id while the set is the same, and gives another to another set', async () => {
    const first = await holdRefs(['ops.a']);
    expect(await holdRefs(['ops.a'])).toBe(first);
    const second = await holdRefs(['ops.b']);
    expect(second).not.toBe(first);
    expect(await states()).toEqual([
      [second, 'open', 'ops.a,ops.b'],
      [first, 'expired', 'ops.a'],
    ]);
    expect(
      await registry.one("select hold_removals('root:test', 2, 'threshold', '{ops.c}', 4) as answer"),
    ).toEqual({
      answer: { refused: 'lease' },
    });
  });
});

describe('a ref leaves its batch', () => {
  it('when its file is back, in the transaction that writes the file', async () => {
    const first = await holdRefs();
    await registry.put(
      desiredOf('ops', { workflows: { a: { text: '# back\n' }, b: {}, c: {} }, actions: { d: 'd.sh' } }),
    );
    expect(await states()).toEqual([[first, 'expired', 'ops.a,ops.b,ops.d']]);
    await registry.test.query(
      "delete from held_batch; delete from pack_file where path <> 'ops/workflows/a.yaml'",
    );
    const second = await holdRefs();
    const { answer } = await registry.one<{ answer: object }>(
      "select settle_batches('root:test', 'ops') as answer",
    );
    expect(answer).toBe('');
    const [open, expired] = await states();
    expect(open?.slice(1)).toEqual(['open', 'ops.b,ops.d']);
    expect(expired).toEqual([second, 'expired', 'ops.a,ops.b,ops.d']);
  });

  it('never because another pack is written, although the rows of its own files are still there', async () => {
    const writeOps = async () => {
      await registry.test.query("delete from held_batch; delete from pack_file where dir = 'ops'");
      // As in the middle of a pass: held already, and pack `two` has yet to be written.
      await registry.put(desiredOf('two', { workflows: { x: {} } }));
      await holdRefs(['ops.a', 'two.x']);
      await registry.put(desiredOf('ops', { workflows: { a: {}, b: {}, c: {} }, actions: { d: 'd.sh' } }));
      return (await states()).map(([, state, some]) => [state, some]);
    };
    expect(await writeOps()).toEqual([
      ['open', 'two.x'],
      ['expired', 'ops.a,two.x'],
    ]);
    const scope = /split_part\(r, '\.', 1\) is distinct from this_pack/;
    await registry.without('settle_batches(text,text)', scope, 'false', async () => {
      expect(await writeOps()).toEqual([['expired', 'ops.a,two.x']]);
    });
  });

  it('when it is protected, and an empty batch is over', async () => {
    const first = await holdRefs(['ops.a', 'ops.b']);
    await registry.decisions.setOverlay('ops.a', 'protected');
    const [open, expired] = await states();
    expect(open?.slice(1)).toEqual(['open', 'ops.b']);
    expect(expired).toEqual([first, 'expired', 'ops.a,ops.b']);
    await registry.decisions.setOverlay('ops.b', 'protected');
    expect((await states()).map(([, state]) => state)).toEqual(['expired', 'expired']);
    await registry.decisions.setOverlay('ops.a', 'unprotected');
    await registry.decisions.setOverlay('ops.b', 'unprotected');
  });
});
