// Looks that events begin: when, for whom, and that nothing is applied which is not seen again.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../bench/random.ts';
import type { Cause } from '../../src/model/change.ts';
import type { ObservedPack } from '../../src/model/listing.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { createAhead, type ToldLinks } from '../../src/reconcile/ahead.ts';
import { createReconcile } from '../../src/reconcile/reconcile.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryDisk, digestOf } from '../support/memory-disk.ts';
import { packText } from '../support/memory-pass.ts';
import { flow, here } from '../support/pure-pass.ts';
import { createRegistryModel } from '../support/registry-model.ts';

const [ops, web, lab] = ['ops', 'web', 'lab'] as readonly string[] as readonly [PackDir, PackDir, PackDir];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Packs in memory behind passes that looks are begun ahead for; `isHonest` false: what was seen is never looked at again. */
function ground(isHonest = true) {
  const files: Record<string, string> = {};
  for (const dir of [ops, web, lab]) {
    files[`${dir}/pack.yaml`] = packText(dir);
    files[`${dir}/workflows/a.yaml`] = flow(1);
    files[`${dir}/workflows/b.yaml`] = flow(1);
  }
  const memory = createMemoryDisk(files);
  const unseen: PackDir[] = [];
  const released: PackDir[] = [];
  const disk = {
    ...memory,
    expect: async (_: SourceName, dir: PackDir) => memory.files.has(`${dir}/pack.yaml`),
    isAsSeen: async (observed: ObservedPack) => !isHonest || memory.stands(observed),
    unseen: ({ dir }: ObservedPack) => unseen.push(dir),
    release: (_: SourceName, dir: PackDir) => released.push(dir),
  };
  const registry = createRegistryModel();
  const clock = createManualClock();
  const told: ToldLinks = new Map();
  const ahead = createAhead({ disk, registry, told });
  const reconcile = createReconcile({
    ...{ disk, registry, clock, told, ahead, dryRun: false, checkedBy: 'rules', strict: false },
    ...{ concurrency: 2, pruneMaxPercent: 100, drift: 'heal', youngRootMs: 0, onPack: () => undefined },
  });
  return {
    ...{ memory, unseen, released, registry, ahead },
    full: () => reconcile(fullChange([here], 'rescan', clock.nowMs())),
    pass: (dirs: readonly PackDir[], cause: Cause = 'watch') =>
      reconcile({ scopes: new Map([[here, new Set(dirs)]]), cause, oldestSeenAtMs: clock.nowMs() }),
    quiet: () => vi.advanceTimersByTimeAsync(20),
    /** Digests of the workflows of a directory as they lie on disk, and as they are served. */
    onDisk: (dir: PackDir) =>
      ['a', 'b'].map((name) => digestOf(String(memory.files.get(`${dir}/workflows/${name}.yaml`)))),
    served: (dir: PackDir) =>
      ['a', 'b'].map((name) => registry.workflows.get(`${dir}.${name}` as never)?.fileDigest),
  };
}

describe('a look ahead', () => {
  it('is begun once no event came for a moment, and a pass looks no more', async () => {
    const { ahead, memory, quiet, full, pass, onDisk, served } = ground();
    await full();
    memory.observed.length = 0;
    memory.write({ 'ops/workflows/a.yaml': flow(2) });
    for (let event = 0; event < 5; event += 1) {
      ahead.expect(here, ops);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(memory.observed).toEqual([]);
    await quiet();
    expect(memory.observed).toEqual([ops]);
    expect((await pass([ops])).written).toBeGreaterThan(0);
    expect([memory.observed, served(ops)]).toEqual([[ops], onDisk(ops)]);
  });

  it('is thrown away for a later event, and another one begun', async () => {
    const { ahead, memory, quiet, full, pass, unseen, released, onDisk, served } = ground();
    await full();
    memory.observed.length = 0;
    ahead.expect(here, ops);
    await quiet();
    memory.write({ 'ops/workflows/a.yaml': flow(2) });
    ahead.expect(here, ops);
    await quiet();
    expect([memory.observed, unseen, released.at(-1)]).toEqual([[ops, ops], [ops], ops]);
    await pass([ops]);
    expect([memory.observed.length, served(ops)]).toEqual([2, onDisk(ops)]);
  });

  it('that is not seen again is not applied, and the pack is looked at again', async () => {
    const { ahead, memory, quiet, full, pass, onDisk, served } = ground();
    await full();
    const before = onDisk(ops);
    memory.write({ 'ops/workflows/a.yaml': flow(2) });
    ahead.expect(here, ops);
    await quiet();
    memory.write({ 'ops/workflows/b.yaml': flow(2) });
    const report = await pass([ops]);
    expect([[...(report.again.get(here) ?? [])], served(ops)]).toEqual([[ops], before]);
    await pass([ops], 'retry');
    expect(served(ops)).toEqual(onDisk(ops));
  });

  it('is not for who asks for a pass, nor for several packs at once', async () => {
    const { ahead, memory, quiet, full, pass, unseen } = ground();
    await full();
    for (const [dirs, cause] of [
      [[ops], 'request'],
      [[ops], 'retry'],
      [[ops, web], 'watch'],
    ] as const) {
      for (const dir of dirs) ahead.expect(here, dir);
      await quiet();
      memory.observed.length = unseen.length = 0;
      await pass(dirs, cause);
      await quiet();
      expect([memory.observed.sort(), unseen.sort()]).toEqual([[...dirs], [...dirs]]);
    }
  });

  it('is begun for two directories at a time, and not for one that is not known', async () => {
    const { ahead, memory, quiet, full } = ground();
    await full();
    memory.observed.length = 0;
    for (const dir of ['.git' as PackDir, ops, web, lab]) ahead.expect(here, dir);
    await quiet();
    expect(memory.observed).toEqual([ops]);
  });

  it('is let go of when nobody comes for it', async () => {
    const { ahead, memory, quiet, full, pass, unseen } = ground();
    await full();
    ahead.expect(here, ops);
    await quiet();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(unseen).toEqual([ops]);
    memory.observed.length = 0;
    await pass([ops]);
    expect(memory.observed).toEqual([ops]);
    ahead.expect(here, web);
    const closed = ahead.close();
    ahead.expect(here, lab);
    await quiet();
    await closed;
    expect(memory.observed).toEqual([ops]);
  });

  it('fails for the pass that takes it where the database did, and the next one reads for itself', async () => {
    const { ahead, memory, registry, quiet, full, pass, onDisk, served } = ground();
    await full();
    memory.write({ 'ops/workflows/a.yaml': flow(2) });
    registry.readSource = vi.fn(registry.readSource).mockRejectedValueOnce(new Error('away'));
    ahead.expect(here, ops);
    await quiet();
    await expect(pass([ops])).rejects.toThrow('away');
    expect(vi.mocked(registry.readSource).mock.calls.length).toBe(1);
    await pass([ops]);
    expect([vi.mocked(registry.readSource).mock.calls.length, served(ops)]).toEqual([2, onDisk(ops)]);
  });

  it('reads nothing that a pass is about to write: a file that is put back meanwhile is served again', async () => {
    const { ahead, memory, registry, quiet, full, pass, onDisk, served } = ground();
    await full();
    memory.write({ 'ops/workflows/a.yaml': flow(2) });
    const { apply } = registry;
    const reads = vi.spyOn(registry, 'readSource');
    registry.apply = async (...given) => {
      registry.apply = apply;
      memory.write({ 'ops/workflows/a.yaml': flow(1) });
      ahead.expect(here, ops);
      await quiet();
      return apply(...given);
    };
    await pass([ops]);
    expect(served(ops)).not.toEqual(onDisk(ops));
    await pass([ops]);
    expect([reads.mock.calls.length, served(ops)]).toEqual([2, onDisk(ops)]);
  });

  it('reads nothing that another pass has written since', async () => {
    const { ahead, memory, registry, quiet, full, pass, onDisk, served } = ground();
    await full();
    ahead.expect(here, web);
    await quiet();
    const reads = vi.spyOn(registry, 'readSource');
    memory.write({ 'ops/workflows/a.yaml': flow(2), 'web/workflows/a.yaml': flow(2) });
    await pass([ops]);
    ahead.expect(here, web);
    await quiet();
    await pass([ops], 'rescan');
    await pass([web]);
    expect(reads.mock.calls.map(([, dirs]) => dirs)).toEqual([[ops], [web], [ops], [web]]);
    expect(served(web)).toEqual(onDisk(web));
  });

  /** How many of random histories left something other than what lies on disk, though the pass said that all was done. */
  async function wrongOf(isHonest: boolean): Promise<{ readonly wrong: number; readonly applied: number }> {
    const random = createRandom(11);
    let wrong = 0;
    let applied = 0;
    for (let history = 0; history < 150; history += 1) {
      const { ahead, memory, registry, quiet, full, pass, onDisk, served } = ground(isHonest);
      await full();
      const { apply } = registry;
      const edit = () =>
        memory.write({ [`ops/workflows/${'ab'[random.between(0, 1)]}.yaml`]: flow(random.between(1, 2)) });
      // Now and then something is saved while a pass writes.
      registry.apply = async (...given) => {
        if (random.between(0, 1) === 0) {
          isEdited = true;
          edit();
          ahead.expect(here, ops);
          if (random.between(0, 2) > 0) await quiet();
        }
        return apply(...given);
      };
      let isEdited = false;
      for (let step = 0; step < 6; step += 1) {
        for (let act = 0; act < 3; act += 1) {
          const what = random.between(0, 3);
          if (what === 0) ahead.expect(here, ops);
          else if (what === 1) await quiet();
          else
            memory.write({
              [`ops/workflows/${'ab'[random.between(0, 1)]}.yaml`]: flow(random.between(1, 9)),
            });
        }
        isEdited = false;
        const report = await pass([ops]);
        if (report.again.size > 0 || isEdited) continue;
        applied += report.written > 0 ? 1 : 0;
        if (JSON.stringify(served(ops)) !== JSON.stringify(onDisk(ops))) wrong += 1;
      }
    }
    return { wrong, applied };
  }

  it('leaves nothing other than what lies on disk, and would without being seen again', async () => {
    const { wrong, applied } = await wrongOf(true);
    expect([wrong, applied > 100]).toEqual([0, true]);
    expect((await wrongOf(false)).wrong).toBeGreaterThan(10);
  });
});
