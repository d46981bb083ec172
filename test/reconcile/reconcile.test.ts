// A pass over a root in memory and a registry in memory: what it removes, when, and what it never touches.
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/model/errors.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { createReconcile } from '../../src/reconcile/reconcile.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryDisk, unreadable } from '../support/memory-disk.ts';
import { action, badFlow, flow, here } from '../support/pure-pass.ts';
import { createRegistryModel } from '../support/registry-model.ts';

const pack = (ref: string) => `ref: ${ref}\nversion: 1.0.0\n`;
const files = {
  'ops/pack.yaml': pack('ops'),
  'ops/workflows/a.yaml': flow(1),
  'ops/workflows/b.yaml': flow(2),
  'ops/actions/c.yaml': action(),
  'web/pack.yaml': pack('web'),
  'web/workflows/x.yaml': flow(3),
};
const all = ['ops.a', 'ops.b', 'ops.c', 'web.x'];

function setUp(from: Readonly<Record<string, string>> = files) {
  const disk = createMemoryDisk(from);
  const registry = createRegistryModel();
  const clock = createManualClock();
  const create = (dryRun = false) =>
    createReconcile({
      disk,
      registry,
      clock,
      checkedBy: 'rules',
      strict: false,
      concurrency: 4,
      dryRun,
      pruneMaxPercent: 100,
      drift: 'heal',
      youngRootMs: 30_000,
      onPack: () => undefined,
    });
  const reconcile = create();
  const pass = () => reconcile(fullChange([here], 'rescan', clock.nowMs()));
  const only = (...dirs: string[]) =>
    reconcile({
      scopes: new Map([[here, new Set(dirs as PackDir[])]]),
      cause: 'watch',
      oldestSeenAtMs: clock.nowMs(),
    });
  const live = () =>
    Object.entries(registry.served())
      .filter(([, { status }]) => status !== 'retired')
      .map(([ref]) => ref)
      .sort();
  return { disk, registry, clock, create, pass, only, live };
}

describe('a pass', () => {
  it('registers everything, and does nothing the second time', async () => {
    const { pass, live, registry } = setUp();
    expect((await pass()).written).toBeGreaterThan(0);
    expect(live()).toEqual(all);
    const applied = registry.applied.length;
    const again = await pass();
    expect(again).toMatchObject({ parsed: 0, written: 0, unchanged: 3 });
    expect(registry.applied).toHaveLength(applied);
  });

  it('parses the one file that changed', async () => {
    const { pass, only, disk } = setUp();
    await pass();
    disk.parsed.length = 0;
    disk.write({ 'ops/workflows/a.yaml': flow(9) });
    await only('ops');
    expect(disk.parsed).toEqual(['ops/workflows/a.yaml']);
  });

  it('writes nothing in a dry run', async () => {
    const { create, registry } = setUp();
    const report = await create(true)(fullChange([here], 'request', 0));
    expect(report.packs.flatMap(({ plan }) => plan.changes.map(({ ref }) => ref)).sort()).toEqual(all);
    expect(registry.applied).toEqual([]);
  });

  it('lets a pack that the database refuses not stop the others', async () => {
    const { pass, registry, live } = setUp();
    const apply = registry.apply;
    registry.apply = async (plan, cause) => {
      if (plan.packRef === 'ops') throw new AppError('database_refused', 'no', { retryable: false });
      return apply(plan, cause);
    };
    const report = await pass();
    expect(report.refused).toMatchObject([{ dir: 'ops' }]);
    expect(live()).toEqual(['web.x']);
  });

  it('plans anew when somebody else wrote the pack meanwhile', async () => {
    const { pass, registry, live } = setUp();
    const apply = registry.apply;
    let stale = 2;
    registry.apply = async (plan, cause) => (stale-- > 0 ? { outcome: 'stale' } : apply(plan, cause));
    await pass();
    expect(live()).toEqual(all);
  });

  it('tells that it is not the writer any more', async () => {
    const { pass, registry } = setUp();
    registry.apply = async () => ({ outcome: 'fenced' });
    expect((await pass()).packs.map(({ result }) => result?.outcome)).toContain('fenced');
  });

  it('looks again at a pack that is being written', async () => {
    const { pass, disk, live } = setUp();
    disk.unsettled.add('ops');
    expect([...((await pass()).again.get(here) ?? [])]).toEqual(['ops']);
    expect(live()).toEqual(['web.x']);
  });
});

describe('a removal', () => {
  it('is applied after a second look, 200 ms later, that saw the same', async () => {
    const { pass, disk, live, clock } = setUp();
    await pass();
    disk.remove('ops/workflows/a.yaml');
    clock.sleeps.length = 0;
    await pass();
    expect(clock.sleeps.reduce((total, ms) => total + ms, 0)).toBeGreaterThanOrEqual(200);
    expect(live()).toEqual(['ops.b', 'ops.c', 'web.x']);
  });

  it('is not believed when the file is back at the second look', async () => {
    const { pass, disk, live, clock } = setUp();
    await pass();
    disk.remove('ops/workflows/a.yaml');
    clock.onSleep = () => disk.write({ 'ops/workflows/a.yaml': flow(1) });
    const report = await pass();
    expect(live()).toEqual(all);
    expect([...(report.again.get(here) ?? [])]).toEqual(['ops']);
  });

  it('is not believed when the root is another directory at the second look', async () => {
    const { pass, disk, live, clock } = setUp();
    await pass();
    disk.remove('ops/workflows/a.yaml');
    clock.onSleep = () => {
      disk.identity = 'another';
    };
    await pass();
    expect(live()).toEqual(all);
  });

  it('never follows from what cannot be read or is invalid', async () => {
    const { pass, disk, live } = setUp();
    await pass();
    disk.write({
      'ops/workflows/a.yaml': badFlow,
      'ops/workflows/b.yaml': unreadable,
      'web/pack.yaml': 'ref: [\n',
    });
    await pass();
    expect(live()).toEqual(all);
  });

  it('never follows from a listing that is not complete', async () => {
    const { pass, disk, live } = setUp();
    await pass();
    disk.remove('ops/workflows/a.yaml');
    disk.incomplete.add('ops');
    await pass();
    expect(live()).toEqual(all);
    // Null control: the same removal under a complete listing retires.
    disk.incomplete.clear();
    await pass();
    expect(live()).not.toContain('ops.a');
  });

  it('takes a whole pack whose directory is gone, with its files', async () => {
    const { pass, disk, live, registry } = setUp();
    await pass();
    disk.remove('ops');
    await pass();
    expect(live()).toEqual(['web.x']);
    expect(registry.row(here, 'ops/pack.yaml')).toBeUndefined();
    expect(registry.packs.get('ops' as never)?.status).toBe('retired');
  });
});

describe('a root', () => {
  it.each(['missing', 'unreadable', 'not_directory'] as const)(
    'that is %s removes nothing and says so',
    async (state) => {
      const { pass, disk, live } = setUp();
      await pass();
      disk.remove('ops');
      disk.remove('web');
      disk.rootState = state;
      expect((await pass()).unhealthy).toMatchObject([{ source: here }]);
      expect(live()).toEqual(all);
    },
  );

  it('that is suddenly empty holds every removal; null control: one pack is left and the other goes', async () => {
    const { pass, disk, live } = setUp();
    await pass();
    disk.remove('ops');
    disk.remove('web');
    disk.emptyDirs.add('lost+found');
    const report = await pass();
    expect(report.held.get(here)).toMatchObject([{ reason: 'root_empty', state: 'open', refs: all }]);
    expect(report.written).toBe(0);
    expect(live()).toEqual(all);
    disk.write({ 'web/pack.yaml': pack('web'), 'web/workflows/x.yaml': flow(3) });
    await pass();
    expect(live()).toEqual(['web.x']);
  });

  it('that is emptied pack by pack removes nothing either', async () => {
    const { pass, disk, live, clock } = setUp();
    await pass();
    disk.remove('ops');
    // At the first look one pack is left, at the second none.
    clock.onSleep = () => disk.remove('web');
    const report = await pass();
    expect([...(report.again.get(here) ?? [])]).toEqual(['ops']);
    await pass();
    expect(live()).toEqual(all);
  });

  it('that is emptied is held too when only its packs were hinted at', async () => {
    const { pass, only, disk, live } = setUp();
    await pass();
    disk.remove('ops');
    disk.remove('web');
    await only('ops', 'web');
    expect(live()).toEqual(all);
  });
});

describe('a pack directory', () => {
  it.each([
    ['in a full pass', undefined],
    ['when only its old name is in scope', ['ops']],
    ['when only its new name is in scope', ['ops2']],
  ])('that is renamed keeps its definitions, %s', async (_, dirs) => {
    const { pass, only, disk, live, registry } = setUp();
    await pass();
    disk.rename('ops', 'ops2');
    const report = dirs ? await only(...dirs) : await pass();
    expect(live()).toEqual(all);
    expect(report.packs.flatMap(({ plan }) => plan.retire)).toEqual([]);
    expect(registry.packs.get('ops' as never)?.dir).toBe('ops2');
  });

  it('wins a new ref by byte order, every time', async () => {
    for (let round = 0; round < 20; round += 1) {
      const twins = Object.fromEntries(
        ['b', 'a', 'c'].flatMap((dir) => [
          [`${dir}/pack.yaml`, pack('twin')],
          [`${dir}/workflows/w.yaml`, flow(dir)],
        ]),
      );
      const { pass, registry } = setUp(twins);
      await pass();
      expect(registry.packs.get('twin' as never)?.dir).toBe('a');
      for (const dir of ['b', 'c']) expect(registry.row(here, `${dir}/pack.yaml`)?.state).toBe('conflict');
    }
  });

  it('goes on as the holder of its ref, and hands it over when it goes', async () => {
    const { pass, disk, registry } = setUp({ 'z/pack.yaml': pack('twin'), 'z/workflows/w.yaml': flow('z') });
    await pass();
    disk.write({ 'a/pack.yaml': pack('twin'), 'a/workflows/w.yaml': flow('a') });
    await pass();
    expect(registry.packs.get('twin' as never)?.dir).toBe('z');
    expect(registry.row(here, 'z/pack.yaml')?.diagnostics.map(({ code }) => code)).toContain('REF_CONFLICT');
    disk.remove('z');
    await pass();
    expect(registry.packs.get('twin' as never)?.dir).toBe('a');
    expect(registry.row(here, 'a/pack.yaml')?.state).toBe('valid');
  });

  it('that takes another ref gives up the old one', async () => {
    const { pass, disk, live } = setUp();
    await pass();
    disk.write({ 'web/pack.yaml': pack('site') });
    await pass();
    expect(live()).toEqual(['ops.a', 'ops.b', 'ops.c', 'site.x']);
  });

  it('of another source is not touched', async () => {
    const { pass, registry } = setUp();
    const other = 'root:other' as SourceName;
    const disk = createMemoryDisk({ 'ops/pack.yaml': pack('ops'), 'ops/workflows/mine.yaml': flow(1) });
    const clock = createManualClock();
    const first = createReconcile({
      disk,
      registry,
      clock,
      checkedBy: 'rules',
      strict: false,
      concurrency: 4,
      dryRun: false,
      pruneMaxPercent: 100,
      drift: 'heal',
      youngRootMs: 30_000,
      onPack: () => undefined,
    });
    await first(fullChange([other], 'start', 0));
    await pass();
    expect(registry.served()['ops.mine']?.status).toBe('active');
    expect(registry.served()['ops.a']).toBeUndefined();
    expect(registry.row(here, 'ops/pack.yaml')?.state).toBe('conflict');
  });
});
