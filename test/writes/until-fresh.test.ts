// A write that somebody else is always ahead of: tried anew from what is there then, and given up in the end.
import { describe, expect, it } from 'vitest';
import { apiSource, type PackRef } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { RegisteredState } from '../../src/model/state.ts';
import { planPack } from '../../src/registry/plan.ts';
import { nothingOf } from '../../src/registry/written.ts';
import type { WritePorts } from '../../src/writes/ports.ts';
import { createWriteUntilFresh } from '../../src/writes/until-fresh.ts';

const packRef = 'ops' as PackRef;
const registered = (generation: number): RegisteredState => ({
  pack: { source: apiSource, dir: null, status: 'active', revision: null, generation, drifted: false },
  ...{ workflows: new Map(), actions: new Map(), files: new Map() },
});

/** A registry that somebody else writes to so many times, each time between a read and the apply. */
function open(others: number, change: Partial<WritePorts> = {}) {
  const sleeps: number[] = [];
  const applied: (number | null)[] = [];
  let generation = 1;
  const ports = {
    readPack: async () => registered(generation),
    async apply(plan: RegistrationPlan) {
      if (others > 0) {
        others -= 1;
        generation += 1;
      }
      applied.push(plan.generation);
      return plan.generation === generation
        ? { outcome: 'applied', written: 1, version: 1 }
        : { outcome: 'stale' };
    },
    readTag: async () => ({ tag: `t${generation}`, generation }),
    sleep: async (ms: number) => void sleeps.push(ms),
    random: () => 1,
    ...change,
  } as WritePorts;
  const write = createWriteUntilFresh(ports);
  const run = (tags?: readonly string[]) =>
    write({
      ...{ kind: 'pack', ref: packRef, packRef, precondition: tags },
      decide: (state) => planPack(nothingOf(packRef, 'gone'), state),
    });
  return { run, write, sleeps, applied };
}

describe('a write', () => {
  it('is decided anew from what is there then', async () => {
    const { run, applied } = open(3);
    expect(await run()).toMatchObject({ outcome: 'done', changed: true });
    expect(applied).toEqual([1, 2, 3, 4]);
  });

  it('is given up in the end, after waits that grow and stay bounded', async () => {
    const { run, sleeps, applied } = open(Number.POSITIVE_INFINITY);
    expect(await run()).toEqual({ outcome: 'refused', reason: 'busy' });
    expect(applied).toHaveLength(10);
    expect(sleeps).toEqual([20, 40, 80, 160, 300, 300, 300, 300, 300]);
  });

  it('is compared with the tag of the rows that it was decided from', async () => {
    expect(await open(0).run(['t1'])).toMatchObject({ outcome: 'done' });
    expect(await open(0).run(['t0'])).toEqual({ outcome: 'refused', reason: 'changed' });
    expect(await open(1).run(['t1'])).toEqual({ outcome: 'refused', reason: 'changed' });
    let reads = 0;
    const later = { tag: 't', generation: 2 };
    const { run } = open(0, {
      readTag: async () => {
        reads += 1;
        return reads === 1 ? later : { ...later, generation: 1 };
      },
    });
    expect(await run(['t'])).toMatchObject({ outcome: 'done' });
    expect(reads).toBe(2);
  });

  it('waits for the one before it, also for one that fails, and not for one of another pack', async () => {
    const order: string[] = [];
    let fail: (error: Error) => void = () => undefined;
    const { write } = open(0, {
      readPack: async (_, ref) => {
        order.push(ref);
        if (ref === 'ops' && order.length === 1)
          await new Promise((_resolve, reject) => {
            fail = reject;
          });
        return registered(1);
      },
    });
    const start = (ref: string) =>
      write({
        ...{ kind: 'pack', ref, packRef: ref as PackRef, precondition: undefined },
        decide: () => ({ reason: 'missing' }),
      });
    const [first, second] = [start('ops'), start('ops')];
    expect(await start('other')).toMatchObject({ reason: 'missing' });
    expect(order).toEqual(['ops', 'other']);
    fail(new Error('lost'));
    await expect(first).rejects.toThrow('lost');
    expect(await second).toMatchObject({ reason: 'missing' });
    expect(order).toEqual(['ops', 'other', 'ops']);
  });
});
