// What the guard reckons with: what a source lost in the last ten minutes, and the most it had in that time.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PackRef, SourceName } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { RegisteredPackSummary } from '../../src/model/state.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, planNow, testSource } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());
beforeEach(async () => {
  await lose('a', 'b', 'c', 'd', 'act');
  await registry.test.query('delete from catalog_change');
  await have('a', 'b', 'c', 'd', 'act');
  await ageBy('1 hour');
});

const pack = (...stems: readonly string[]) =>
  desiredOf('ops', {
    workflows: Object.fromEntries(stems.filter((stem) => stem !== 'act').map((stem) => [stem, {}])),
    actions: stems.includes('act') ? { act: 'a.sh' } : {},
  });
let live = new Set<string>();
async function have(...stems: readonly string[]): Promise<void> {
  live = new Set([...live, ...stems]);
  await registry.put(pack(...live));
}
async function lose(...stems: readonly string[]): Promise<void> {
  live = new Set([...live].filter((stem) => !stems.includes(stem)));
  await registry.put(pack(...live));
}
const ageBy = (interval: string) =>
  registry.test.query('update catalog_change set at = at - $1::text::interval', [interval]);
const reckoned = async (source: SourceName = testSource) => {
  const { retired, highest } = await registry.writer.readRemovals(source);
  return [retired, highest];
};

describe('readSource', () => {
  it('counts each ref once that is live, also where somebody deleted one of its rows', async () => {
    const counted = async () => {
      const { live: all, workflows } = (await registry.writer.readSource(testSource, 'all')).packs.get(
        'ops' as PackRef,
      ) as RegisteredPackSummary;
      return [all, workflows];
    };
    expect(await counted()).toEqual([5, 4]);
    await registry.test.query("delete from action where ref = 'ops.a'");
    expect(await counted()).toEqual([5, 4]);
    await registry.test.query("delete from action where ref = 'ops.act'");
    expect(await counted()).toEqual([4, 4]);
  });
});

describe('readRemovals', () => {
  it('counts definitions and plain actions, a workflow and the action it is called by once', async () => {
    expect(await reckoned()).toEqual([0, 5]);
    await lose('a', 'act');
    expect(await reckoned()).toEqual([2, 5]);
    await lose('b');
    expect(await reckoned()).toEqual([3, 5]);
  });

  it('knows the most there was in that time', async () => {
    await have('e', 'f');
    expect(await reckoned()).toEqual([0, 7]);
    await lose('a', 'b', 'c', 'd', 'e', 'f');
    expect(await reckoned()).toEqual([6, 7]);
    await lose('act');
    expect(await reckoned()).toEqual([7, 7]);
  });

  it('never has what came and what went in one transaction side by side', async () => {
    live = new Set(['act', 'aa', 'ab', 'ac', 'ba']);
    await registry.put(pack(...live));
    expect(await reckoned()).toEqual([4, 5]);
    await lose('aa', 'ab', 'ac', 'ba');
  });

  it('forgets what went more than ten minutes ago', async () => {
    await lose('a', 'b');
    await ageBy('9 minutes 50 seconds');
    expect(await reckoned()).toEqual([2, 5]);
    await ageBy('20 seconds');
    expect(await reckoned()).toEqual([0, 3]);
  });

  it('does not count what is back, and counts what goes twice once', async () => {
    await lose('a', 'b');
    await have('a');
    expect(await reckoned()).toEqual([1, 5]);
    await lose('a');
    expect(await reckoned()).toEqual([2, 5]);
    await have('a', 'b');
    expect(await reckoned()).toEqual([0, 5]);
  });

  it('does not count what a person agreed to', async () => {
    live = new Set([...live].filter((stem) => stem !== 'a' && stem !== 'b'));
    const plan = await planNow(registry.writer, pack(...live));
    const agreed: RegistrationPlan = {
      ...plan,
      changes: plan.changes.map((one) => (one.ref === 'ops.a' ? { ...one, batch: 'some batch' } : one)),
    };
    expect(await registry.writer.apply(agreed, 'watch')).toMatchObject({ outcome: 'applied' });
    expect(await reckoned()).toEqual([1, 5]);
  });

  it('counts each source by itself', async () => {
    await lose('a');
    await registry.test.query(
      `insert into catalog_change (version, position, source, ref, verb)
       select 1000000 + n, 1, 'root:other', 'ops.x' || n, 'retired' from generate_series(1, 9) n`,
    );
    expect(await reckoned()).toEqual([1, 5]);
    expect(await reckoned('root:other' as SourceName)).toEqual([9, 9]);
    await registry.test.query('delete from catalog_change where version > 1000000');
  });

  it('is nothing of a source that never had anything', async () => {
    expect(await reckoned('root:none' as SourceName)).toEqual([0, 0]);
  });

  it('goes by what was written, not by when this process began: another connection reckons the same', async () => {
    await lose('a', 'b', 'c');
    const other = registry.test.pool();
    const [row] = await other.run((sql) => sql`select * from packwatch.read_removals(${testSource})`);
    expect(row).toEqual({ retired: 3, highest: 5 });
  });
});
