// What does not stand still: packs that change under a look, packs that are being switched, roots that become another directory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PackDir } from '../../src/model/pack.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { flow, here } from '../support/pure-pass.ts';

const files = {
  'ops/pack.yaml': packText('ops'),
  'ops/workflows/a.yaml': flow(1),
  'ops/workflows/b.yaml': flow(2),
  'web/pack.yaml': packText('web'),
  'web/workflows/x.yaml': flow(3),
};
const all = ['ops.a', 'ops.b', 'web.x'];
const again = (report: PassReport) => [...(report.again.get(here) ?? [])].sort();
const waiting = (report: PassReport) => [...(report.waiting.get(here) ?? [])].sort();

describe('a pack that changes between the look at it and the apply', () => {
  it('is looked at again, and nothing of the first look is applied', async () => {
    const { full, disk, registry, live } = createMemoryPass(files);
    await full();
    disk.write({ 'ops/workflows/a.yaml': flow(5) });
    disk.beforeStands = () => disk.write({ 'ops/workflows/b.yaml': flow(6) });
    registry.applied.length = 0;
    expect(again(await full())).toEqual(['ops']);
    expect(registry.applied).toEqual([]);
    disk.beforeStands = undefined;
    expect(again(await full())).toEqual([]);
    expect([registry.applied.length, live()]).toEqual([1, all]);
  });

  it('null control: one that stands is applied', async () => {
    const { full, disk, registry } = createMemoryPass(files);
    await full();
    disk.write({ 'ops/workflows/a.yaml': flow(5) });
    registry.applied.length = 0;
    await full();
    expect(registry.applied).toHaveLength(1);
  });
});

describe('a look whether a pack stands that fails', () => {
  const failing = () => {
    throw new Error('cannot be looked at');
  };
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('unhandledRejection', note);
  });
  // Node tells of them when the microtasks have run.
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

  it('ends the pass', async () => {
    const { full, disk } = createMemoryPass(files);
    disk.beforeStands = failing;
    await expect(full()).rejects.toThrow('cannot be looked at');
    await turn();
    expect(unhandled).toEqual([]);
  });

  it('is nothing that nobody handles when planning fails first', async () => {
    const { full, disk, registry } = createMemoryPass(files);
    await full();
    disk.write({ 'ops/workflows/a.yaml': flow(5) });
    let isLooking = false;
    disk.beforeStands = () => {
      isLooking = true;
      failing();
    };
    const { readPack } = registry;
    registry.readPack = async (...asked) => {
      const { pack, ...state } = await readPack(...asked);
      if (!pack) throw new Error('no pack');
      const broken = {
        ...pack,
        get generation(): number {
          if (isLooking) throw new Error('no plan');
          return pack.generation;
        },
      };
      return { ...state, pack: broken };
    };
    await expect(full()).rejects.toThrow('no plan');
    await turn();
    expect(unhandled).toEqual([]);
  });

  it('is nothing that nobody handles when the apply is put off for a removal', async () => {
    const { full, disk, live } = createMemoryPass(files);
    await full();
    disk.remove('ops/workflows/b.yaml');
    disk.beforeStands = () => {
      disk.beforeStands = undefined;
      failing();
    };
    await full();
    await turn();
    expect([unhandled, live()]).toEqual([[], ['ops.a', 'web.x']]);
  });
});

describe('a pack that a tool is switching', () => {
  it('is left as it is, the others are not', async () => {
    const { full, disk, registry } = createMemoryPass(files);
    await full();
    disk.write({ 'ops/workflows/a.yaml': flow(5), 'web/workflows/x.yaml': flow(6) });
    disk.remove('ops/workflows/b.yaml');
    disk.switching.add('ops');
    registry.applied.length = 0;
    expect(again(await full())).toEqual(['ops']);
    expect(registry.applied.map(({ dir }) => dir)).toEqual(['web']);
    disk.switching.clear();
    await full();
    expect(registry.applied.map(({ dir }) => dir)).toEqual(['web', 'ops']);
  });
});

describe('a pack that never stands still', () => {
  it('is taken as it is after ten seconds, and waited for anew after that', async () => {
    const { full, disk, registry, clock } = createMemoryPass(files);
    await full();
    disk.write({ 'ops/workflows/a.yaml': flow(5) });
    disk.unsettled.add('ops');
    registry.applied.length = 0;
    await full();
    clock.advance(9_900);
    expect(again(await full())).toEqual(['ops']);
    expect(registry.applied).toEqual([]);
    clock.advance(100);
    expect(again(await full())).toEqual([]);
    expect(registry.applied).toHaveLength(1);
    disk.write({ 'ops/workflows/a.yaml': flow(6) });
    expect(again(await full())).toEqual(['ops']);
  });

  it('is waited for anew when it stood still in between', async () => {
    const { full, disk, clock } = createMemoryPass(files);
    await full();
    disk.unsettled.add('ops');
    await full();
    clock.advance(9_000);
    disk.unsettled.clear();
    await full();
    disk.unsettled.add('ops');
    clock.advance(2_000);
    expect(again(await full())).toEqual(['ops']);
    expect(again(await full())).toEqual(['ops']);
  });
});

describe('a root that has become another directory', () => {
  const lessUnderAnother = async () => {
    const made = createMemoryPass(files);
    await made.full();
    made.disk.identity = 'another';
    made.disk.remove('ops/workflows/a.yaml');
    made.disk.remove('web');
    return made;
  };

  it('loses nothing for one rescan interval, and what is gone by then', async () => {
    const { full, live, clock } = await lessUnderAnother();
    expect(waiting(await full())).toEqual(['ops', 'web']);
    clock.advance(29_000);
    const report = await full();
    expect([waiting(report), again(report), live()]).toEqual([['ops', 'web'], [], all]);
    clock.advance(1_000);
    expect(waiting(await full())).toEqual([]);
    expect(live()).toEqual(['ops.b']);
  });

  it('null control: the same directory loses it at once', async () => {
    const { full, live, disk } = createMemoryPass(files);
    await full();
    disk.remove('web');
    await full();
    expect(live()).toEqual(['ops.a', 'ops.b']);
  });

  it('is waited for while it fills, however long that takes', async () => {
    const { full, live, clock, disk } = await lessUnderAnother();
    await full();
    clock.advance(29_000);
    // Another file of the pack has arrived, one is still on its way.
    disk.write({ 'ops/workflows/new.yaml': flow(7) });
    await full();
    clock.advance(2_000);
    expect(waiting(await full())).toEqual(['ops']);
    expect(live()).toEqual(['ops.a', 'ops.b']);
    disk.write({ 'ops/workflows/a.yaml': flow(1) });
    clock.advance(20_000);
    const report = await full();
    expect([waiting(report), live()]).toEqual([[], ['ops.a', 'ops.b', 'ops.new']]);
  });

  it('is settled once nothing of it waits any more: then two looks 200 ms apart are enough again', async () => {
    const { full, live, clock, disk } = await lessUnderAnother();
    await full();
    clock.advance(30_000);
    await full();
    expect(live()).toEqual(['ops.b']);
    clock.advance(30_000);
    disk.write({ 'ops/workflows/c.yaml': flow(8) });
    await full();
    disk.remove('ops/workflows/b.yaml');
    await full();
    expect(live()).toEqual(['ops.c']);
  });

  it('loses nothing that comes back meanwhile', async () => {
    const { full, live, clock, disk } = await lessUnderAnother();
    await full();
    disk.write(files);
    clock.advance(60_000);
    await full();
    expect(live()).toEqual(all);
  });

  it('begins anew with each change, also back to the first one', async () => {
    const { full, live, clock, disk } = await lessUnderAnother();
    await full();
    clock.advance(29_000);
    disk.identity = '1:1';
    await full();
    clock.advance(29_000);
    expect(waiting(await full())).toEqual(['ops', 'web']);
    expect(live()).toEqual(all);
  });

  it('registers and updates what removes nothing', async () => {
    const { full, live, disk } = await lessUnderAnother();
    disk.write({ 'new/pack.yaml': packText('new'), 'new/workflows/n.yaml': flow(9) });
    await full();
    expect(live()).toContain('new.n');
  });

  it('is not one that was only away', async () => {
    const { full, live, disk } = createMemoryPass(files);
    await full();
    disk.rootState = 'missing';
    await full();
    disk.rootState = 'listed';
    disk.remove('web');
    await full();
    expect(live()).toEqual(['ops.a', 'ops.b']);
  });

  it('counts for the process that saw the change: a starter compares with nothing', async () => {
    const { disk, registry, live } = await lessUnderAnother();
    const other = createMemoryPass();
    other.disk.identity = disk.identity;
    expect(registry.packs.has('web' as never)).toBe(true);
    expect(live()).toEqual(all);
    expect((await other.full()).waiting.size).toBe(0);
  });
});

describe('what a pass saw', () => {
  it('names the packs whose files are others than before', async () => {
    const { full, disk } = createMemoryPass(files);
    await full();
    const observe = disk.observe;
    disk.observe = async (source, dir, extra, insists) => {
      const seen = await observe(source, dir, extra, insists);
      return { ...seen, compared: dir === 'web' ? 'changed' : 'same' };
    };
    disk.glance = async () => new Map();
    const seen = (await full()).roots.get(here);
    expect([...(seen?.changed ?? [])]).toEqual(['web' as PackDir]);
    expect([...(seen?.looked ?? [])].sort()).toEqual(['ops', 'web']);
    expect(seen?.isFull).toBe(true);
  });
});
