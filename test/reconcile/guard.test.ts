// Removals that are too many at a time wait for a person; what else there is to do goes on.
import { describe, expect, it } from 'vitest';
import { unreadable } from '../support/memory-disk.ts';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { action, flow, here } from '../support/pure-pass.ts';

const pack = (name: string, count: number): Record<string, string> => ({
  [`${name}/pack.yaml`]: packText(name),
  ...Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${name}/workflows/f${index}.yaml`, flow(index)]),
  ),
});
const files = { ...pack('ops', 10), ...pack('web', 10) };

async function setUp(pruneMaxPercent = 20) {
  const site = createMemoryPass(files, { pruneMaxPercent });
  await site.full();
  const lose = (name: string, from: number, to: number) => {
    for (let index = from; index < to; index += 1) site.disk.remove(`${name}/workflows/f${index}.yaml`);
  };
  const open = () => site.registry.batches.filter(({ state }) => state === 'open');
  const statusOf = (ref: string) => site.registry.served()[ref]?.status;
  return { ...site, lose, open, statusOf };
}

describe('too many removals', () => {
  it('are held as one batch and degraded; null control: one fewer goes at once', async () => {
    const { lose, settle, live, open, statusOf } = await setUp();
    lose('ops', 0, 5);
    const report = await settle();
    expect(report.held.get(here)).toMatchObject([
      { state: 'open', reason: 'threshold', refs: ['ops.f0', 'ops.f1', 'ops.f2', 'ops.f3', 'ops.f4'] },
    ]);
    expect(live()).toHaveLength(20);
    expect([statusOf('ops.f0'), statusOf('ops.f5')]).toEqual(['degraded', 'active']);
    expect(open()).toHaveLength(1);
    const other = await setUp();
    other.lose('ops', 0, 4);
    await other.settle();
    expect(other.live()).toHaveLength(16);
  });

  it('are held when they come one by one', async () => {
    const { lose, settle, live, open } = await setUp();
    for (let index = 0; index < 10; index += 1) {
      lose('ops', index, index + 1);
      await settle();
    }
    expect(live()).toHaveLength(16);
    expect(open()).toMatchObject([{ refs: ['ops.f4', 'ops.f5', 'ops.f6', 'ops.f7', 'ops.f8', 'ops.f9'] }]);
  });

  it('write nothing more once they are held, and hold nothing else of their pack', async () => {
    const { lose, settle, full, disk, registry, clock } = await setUp();
    lose('ops', 0, 5);
    await settle();
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
    clock.sleeps.length = 0;
    disk.write({ 'ops/workflows/f9.yaml': flow(99) });
    const report = await full();
    expect(report.packs.flatMap(({ plan }) => plan.changes)).toMatchObject([
      { ref: 'ops.f9', verb: 'updated' },
    ]);
    // An edit beside them waits for no second look.
    expect(clock.sleeps).toEqual([]);
    expect(registry.batches).toHaveLength(1);
  });

  it('go when a person agrees, and are not counted again', async () => {
    const { lose, settle, live, open, registry } = await setUp();
    lose('ops', 0, 5);
    await settle();
    registry.decide(open()[0]?.id ?? '', 'approved');
    const report = await settle();
    expect(live()).toHaveLength(15);
    expect(report.held.get(here)).toEqual([]);
    expect(registry.batches).toEqual([]);
    lose('web', 0, 3);
    await settle();
    expect(live()).toHaveLength(12);
  });

  it('stay when a person does not agree, and are not asked about again', async () => {
    const { lose, settle, live, open, registry, statusOf } = await setUp();
    lose('ops', 0, 5);
    await settle();
    registry.decide(open()[0]?.id ?? '', 'rejected');
    await settle();
    await settle();
    expect(live()).toHaveLength(20);
    expect(statusOf('ops.f0')).toBe('degraded');
    expect(open()).toEqual([]);
  });

  it('are over for those that come back: another batch for the rest', async () => {
    const { lose, settle, disk, open, statusOf } = await setUp();
    lose('ops', 0, 5);
    await settle();
    const [before] = open().map(({ id }) => id);
    disk.write({ 'ops/workflows/f0.yaml': files['ops/workflows/f0.yaml'] ?? '' });
    await settle();
    expect(statusOf('ops.f0')).toBe('active');
    expect(open()).toMatchObject([{ refs: ['ops.f1', 'ops.f2', 'ops.f3', 'ops.f4'] }]);
    expect(open()[0]?.id).not.toBe(before);
    disk.write(files);
    await settle();
    expect(open()).toEqual([]);
  });

  it('hold a pack that is gone with all it has', async () => {
    const { settle, disk, live, open, registry } = await setUp();
    disk.remove('ops');
    await settle();
    expect(live()).toHaveLength(20);
    expect(open()[0]?.refs).toHaveLength(10);
    expect(registry.packs.get('ops' as never)?.status).toBe('active');
    registry.decide(open()[0]?.id ?? '', 'approved');
    await settle();
    expect(live()).toHaveLength(10);
    expect(registry.packs.get('ops' as never)?.status).toBe('retired');
  });

  it('of several packs are held together: the first pack written takes none of the others out', async () => {
    const { disk, settle, live, open } = await setUp();
    disk.write(pack('api', 2));
    disk.write(pack('cli', 2));
    await settle();
    disk.remove('ops');
    disk.remove('api');
    disk.remove('cli');
    await settle();
    expect(open()).toMatchObject([{ refs: { length: 14 } }]);
    await settle();
    expect([live().length, open().length]).toEqual([24, 1]);
  });

  it('of a pack whose directory claims the ref of another are held once', async () => {
    const { disk, settle, full, live, open, stateOf } = await setUp();
    disk.write({ 'ops/pack.yaml': packText('web') });
    await settle();
    const [batch] = open();
    expect(batch?.refs).toHaveLength(10);
    // Nothing of such a directory is registered, so nothing is said of its files but of the manifest.
    expect([stateOf('ops/pack.yaml'), stateOf('ops/workflows/f0.yaml')]).toEqual(['conflict', undefined]);
    expect(await full()).toMatchObject({ written: 0 });
    expect([live().length, open()[0]?.id]).toEqual([20, batch?.id]);
  });

  it('of a pack that takes another ref are held whole, what cannot be read with the rest', async () => {
    const site = createMemoryPass(
      { ...pack('ops', 4), 'ops/actions/run.yaml': action() },
      { pruneMaxPercent: 20 },
    );
    await site.settle();
    site.disk.write({ 'ops/actions/run.yaml': unreadable });
    await site.settle();
    site.disk.write({ 'ops/pack.yaml': packText('web') });
    const refs = ['ops.f0', 'ops.f1', 'ops.f2', 'ops.f3', 'ops.run'];
    for (let pass = 0; pass < 3; pass += 1) {
      await site.settle();
      expect(site.registry.batches).toMatchObject([{ state: 'open', refs }]);
    }
    expect(
      site
        .live()
        .filter((ref) => ref.startsWith('ops.'))
        .sort(),
    ).toEqual(refs);
  });

  it('are told by a plan, which writes no batch', async () => {
    const { lose, plan, open, live } = await setUp();
    lose('ops', 0, 5);
    const report = await plan();
    expect(report.held.get(here)?.flatMap(({ refs }) => refs)).toHaveLength(5);
    expect(report.packs.flatMap((one) => one.plan.retire)).toEqual([]);
    expect([open(), live().length]).toEqual([[], 20]);
  });

  it.each([0, 100])('follow the setting at %i %%', async (percent) => {
    const { lose, settle, live } = await setUp(percent);
    lose('ops', 0, percent === 0 ? 1 : 10);
    await settle();
    expect(live()).toHaveLength(percent === 0 ? 20 : 10);
  });
});

describe('a root', () => {
  it('is not empty while a directory with a bad manifest is left, known or not', async () => {
    const { settle, disk, registry, open, live } = await setUp(100);
    disk.write({ 'bad/pack.yaml': 'ref: [' });
    await settle();
    disk.remove('ops');
    disk.remove('web');
    await settle();
    expect([live(), open(), registry.batches]).toEqual([[], [], []]);
  });
});

describe('a root that is suddenly empty', () => {
  it('holds definitions as well whose actions somebody deleted, though they are few', async () => {
    const site = createMemoryPass(pack('ops', 2), { pruneMaxPercent: 20 });
    await site.settle();
    site.registry.actions.clear();
    site.disk.remove('ops');
    await site.settle();
    expect(site.registry.batches).toMatchObject([{ reason: 'root_empty', refs: ['ops.f0', 'ops.f1'] }]);
    expect(site.live()).toEqual(['ops.f0', 'ops.f1']);
  });
});

describe('a batch of an empty root', () => {
  async function emptied() {
    const site = await setUp(100);
    site.disk.remove('ops');
    site.disk.remove('web');
    await site.settle();
    return site;
  }

  it('goes when a person agrees', async () => {
    const { settle, live, open, registry } = await emptied();
    expect(open()).toMatchObject([{ reason: 'root_empty' }]);
    registry.decide(open()[0]?.id ?? '', 'approved');
    await settle();
    expect(live()).toEqual([]);
  });

  it('is not asked about again when a person does not', async () => {
    const { settle, live, open, registry } = await emptied();
    registry.decide(open()[0]?.id ?? '', 'rejected');
    await settle();
    expect([live().length, open()]).toEqual([20, []]);
  });

  it.each(['open', 'approved', 'rejected'] as const)('is over when a pack is back, %s', async (state) => {
    const { settle, live, disk, registry, open } = await emptied();
    if (state !== 'open') registry.decide(open()[0]?.id ?? '', state);
    disk.write(pack('web', 10));
    await settle();
    expect(registry.batches.filter(({ reason }) => reason === 'root_empty')).toEqual([]);
    // At 100 % whatever is missing now goes, as of any root.
    expect(live()).toHaveLength(10);
  });
});

describe('a protected definition', () => {
  it('is in no batch of an empty root', async () => {
    const { settle, disk, registry, open, live } = await setUp();
    registry.protect('ops.f0', true);
    disk.remove('ops');
    disk.remove('web');
    await settle();
    expect(open()[0]?.refs).toHaveLength(19);
    registry.decide(open()[0]?.id ?? '', 'approved');
    await settle();
    await settle();
    expect([live(), open()]).toEqual([['ops.f0'], []]);
  });

  it('is served though its file is gone, degraded, until it is protected no more', async () => {
    const { lose, settle, full, registry, statusOf } = await setUp();
    const row = registry.workflows.get('ops.f0' as never);
    if (row) registry.workflows.set('ops.f0' as never, { ...row, isProtected: true });
    lose('ops', 0, 2);
    await settle();
    expect([statusOf('ops.f0'), statusOf('ops.f1')]).toEqual(['degraded', undefined]);
    const kept = registry.workflows.get('ops.f0' as never);
    if (kept) registry.workflows.set('ops.f0' as never, { ...kept, isProtected: false });
    await full();
    expect(statusOf('ops.f0')).toBeUndefined();
  });
});
