// What fences a writer without a lease: the pack's generation, and whose the pack is.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PackDefinition } from '../../src/model/definition.ts';
import { apiSource } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import { createWriter } from '../../src/store/writer.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, dumpAll, planNow } from '../support/plans.ts';

let registry: Registry;
let count = 0;
let name: string;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());
beforeEach(async () => {
  count += 1;
  name = `demo${count}`;
  await registry.put(desiredOf(name, { workflows: { one: {} } }));
});

const api = () => createWriter({ database: registry.test.database, epochOf: () => null });
/** A definition `two` in the pack of the root. */
const guestPlan = (body = 'a') =>
  planNow(api(), {
    ...desiredOf(name, { source: apiSource, workflows: { two: { body } } }),
    pack: 'guest',
    files: new Map(),
  });

async function expectStale(plan: RegistrationPlan): Promise<void> {
  const dump = await dumpAll(registry.test);
  expect(await api().apply(plan, 'api')).toEqual({ outcome: 'stale' });
  expect(await dumpAll(registry.test)).toEqual(dump);
}

describe('a write of the API', () => {
  it('needs no lease, and leaves the row of the pack to its owner', async () => {
    const ofPack = () =>
      registry.one<Record<string, unknown>>(
        'select source, source_path, status, revision, label from pack where ref = $1',
        [name],
      );
    const before = await ofPack();
    expect(await api().apply(await guestPlan(), 'api')).toMatchObject({ outcome: 'applied' });
    expect(await ofPack()).toEqual(before);
    const row = await registry.one('select source, status from workflow_definition where ref = $1', [
      `${name}.two`,
    ]);
    expect(row).toEqual({ source: 'api', status: 'active' });
  });

  it('is refused on another generation, whoever wrote meanwhile', async () => {
    const plan = await guestPlan();
    await registry.put(desiredOf(name, { workflows: { one: { body: 'b' } } }));
    await expectStale(plan);
    const second = await guestPlan();
    await api().apply(second, 'api');
    await expectStale(second);
  });

  it('refuses a pass that was planned before it', async () => {
    const plan = await planNow(registry.writer, desiredOf(name, { workflows: { one: { body: 'b' } } }));
    await api().apply(await guestPlan(), 'api');
    expect(await registry.writer.apply(plan, 'watch')).toEqual({ outcome: 'stale' });
  });

  it('leaves to the next pass what was changed by hand', async () => {
    await registry.test.query('delete from action where ref = $1', [`${name}.one`]);
    await api().apply(await guestPlan(), 'api');
    const row = await registry.one(
      'select generation = applied_generation as seen from pack where ref = $1',
      [name],
    );
    expect(row).toEqual({ seen: false });
  });

  it('takes no pack from a root', async () => {
    const plan = await guestPlan();
    const { pack } = desiredOf(name, { source: apiSource });
    await expectStale({ ...plan, pack: pack as PackDefinition });
    await expectStale({ ...plan, packStatus: 'retired' });
  });

  it('writes no row of another source', async () => {
    const plan = await planNow(api(), {
      ...desiredOf(name, { source: apiSource, workflows: { one: { body: 'mine' } } }),
      ...{ pack: 'guest', files: new Map() },
    });
    await expect(api().apply(plan, 'api')).rejects.toThrow('belongs to another source than api');
  });

  it('is no way round the lease for a root', async () => {
    const plan = await planNow(registry.writer, desiredOf(name, { workflows: { one: { body: 'b' } } }));
    expect(await api().apply(plan, 'watch')).toEqual({ outcome: 'fenced' });
  });
});
