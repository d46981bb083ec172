// A held batch against everything that is written beside it: other sources, other packs, and people who decide meanwhile.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf } from '../support/plans.ts';

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
