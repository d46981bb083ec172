// A held batch against everything that is written beside it: other sources, other packs, and people who decide meanwhile.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, planNow } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());
/** As after a pass that found the files gone and held the removals: their rows are gone with them. */
beforeEach(async () => {
  await registry.put(desiredOf('ops', { workflows: { a: {}, b: {}, c: {} } }));
  await registry.test.query("delete from held_batch; delete from pack_file where role <> 'manifest'");
});

async function holdRefs(refs: readonly string[], why = 'threshold'): Promise<string> {
  const { answer } = await registry.one<{ answer: { batch: string } }>(
    "select hold_removals('root:test', 1, $1, string_to_array($2, ','), 4) as answer",
    [why, refs.join()],
  );
  return answer.batch;
}
const settled = "select settle_batches('root:test', 'ops')";
const settle = () => registry.test.query(settled);
const fileIsBack = `insert into pack_file (source, path, dir, pack_ref, role, ref, digest, checked_by, state)
  values ('root:test', 'ops/workflows/a.yaml', 'ops', 'ops', 'workflow', 'ops.a', repeat('0', 64), 'rules', 'valid')`;
const stateOf = (batch: string) =>
  registry.one('select state, pending from held_batch where id = $1', [batch]);

describe('batches', () => {
  it('of another source are left alone', async () => {
    const theirs = `insert into held_batch (id, source, reason, refs, pending, of)
      values ('0', 'root:other', 'threshold', '{ops.a,x.y}', '{ops.a,x.y}', 5)`;
    await registry.test.query(theirs);
    const ours = await holdRefs(['ops.a']);
    expect(ours).not.toBe('0');
    await registry.test.query(fileIsBack);
    await settle();
    expect(await stateOf(ours)).toEqual({ state: 'expired', pending: [] });
    expect(await stateOf('0')).toEqual({ state: 'open', pending: ['ops.a', 'x.y'] });
  });

  it('of an empty root outlives a write, for the rows of its files are still there', async () => {
    await registry.test.query(fileIsBack);
    const empty = await holdRefs(['ops.a', 'ops.b'], 'root_empty');
    await settle();
    expect(await stateOf(empty)).toEqual({ state: 'open', pending: ['ops.a', 'ops.b'] });
  });

  it('that is approved is about nothing more once it is done', async () => {
    const batch = await holdRefs(['ops.a', 'ops.b']);
    await registry.decisions.decideBatch(batch, 'approved');
    await registry.put(desiredOf('ops', { workflows: { c: {} } }));
    expect(await stateOf(batch)).toEqual({ state: 'approved', pending: [] });
  });

  it('keep their id and their verdict while a part of them is done', async () => {
    const batch = await holdRefs(['ops.a', 'ops.b']);
    await registry.decisions.decideBatch(batch, 'approved');
    await registry.test.query(fileIsBack);
    await settle();
    expect(await stateOf(batch)).toEqual({ state: 'approved', pending: ['ops.b'] });
  });
});

describe('packs that are written at the same time', () => {
  const two = desiredOf('two', { workflows: { x: {}, y: {} } });
  /** Both packs' files are back, and are written by two statements that meet at the batch; the states in the end. */
  async function writeBoth(): Promise<readonly unknown[]> {
    await registry.put(two);
    await registry.test.query("delete from held_batch; delete from pack_file where role <> 'manifest'");
    const batch = await holdRefs(['ops.a', 'ops.b', 'two.x', 'two.y']);
    const ops = desiredOf('ops', { workflows: { a: {}, b: {}, c: {} } });
    const plans = await Promise.all([ops, two].map((pack) => planNow(registry.writer, pack)));
    const gate = await registry.hold(`select from held_batch where id = '${batch}' for update`);
    const both = Promise.all(plans.map((plan) => registry.writer.apply(plan, 'watch')));
    await registry.waits(2);
    await gate.end('rollback');
    await both;
    const rows = await registry.test.query('select state, pending from held_batch where pending <> $1', [
      '{}',
    ]);
    return rows.map(({ state, pending }) => [state, pending]);
  }

  it('each take out of the batch what is theirs; null control: one goes by a batch that is no more', async () => {
    expect(await writeBoth()).toEqual([]);
    await registry.without('lock_batches(text)', /perform pg_advisory_xact_lock[^;]*;/, '', async () => {
      expect(await writeBoth()).toHaveLength(1);
    });
  });

  it('leave one open batch when more is held meanwhile', async () => {
    await holdRefs(['ops.a', 'ops.b']);
    await registry.test.query(fileIsBack);
    const settling = await registry.hold(settled);
    const more = "select hold_removals('root:test', 1, 'threshold', '{ops.c}', 4)";
    const holding = registry.test.session().unsafe(more).execute();
    await registry.waits(1);
    await settling.end('commit');
    await holding;
    expect(await registry.test.query("select pending from held_batch where state = 'open'")).toEqual([
      { pending: ['ops.b', 'ops.c'] },
    ]);
  });
});

describe('a batch', () => {
  /** Decides the batch in a transaction that is open while a statement on another connection runs into it. */
  async function decideWhile(batch: string, statement: string): Promise<void> {
    const deciding = await registry.hold(`select decide_batch('${batch}', 'approved')`);
    const running = registry.test.session().unsafe(statement).execute();
    await registry.waits(1);
    await deciding.end('commit');
    await running;
  }

  it('stays decided when more is held at the same time', async () => {
    const batch = await holdRefs(['ops.a']);
    await decideWhile(batch, "select hold_removals('root:test', 1, 'threshold', '{ops.b}', 4)");
    expect(await stateOf(batch)).toEqual({ state: 'approved', pending: ['ops.a'] });
    expect(await registry.one("select pending from held_batch where state = 'open'")).toEqual({
      pending: ['ops.b'],
    });
  });

  it('stays decided when a part of it comes back at the same time', async () => {
    const batch = await holdRefs(['ops.a', 'ops.b']);
    await registry.test.query(fileIsBack);
    await decideWhile(batch, settled);
    expect(await stateOf(batch)).toEqual({ state: 'approved', pending: ['ops.b'] });
  });
});
