// Pins, protections and hand edits, as passes meet them.
import { describe, expect, it } from 'vitest';
import { createMemoryPass, type MemoryPassOptions, packText } from '../support/memory-pass.ts';
import { flow, here } from '../support/pure-pass.ts';

const files = {
  'ops/pack.yaml': packText('ops'),
  'ops/workflows/a.yaml': flow(1),
  'ops/workflows/b.yaml': flow(2),
};
const a = 'ops.a' as never;

async function setUp(options: MemoryPassOptions = {}) {
  const site = createMemoryPass(files, options);
  await site.full();
  const verbs = async () =>
    (await site.settle()).packs.flatMap(({ plan }) => plan.changes.map(({ ref, verb }) => `${ref} ${verb}`));
  const pinnedOf = () => site.registry.workflows.get(a)?.pinned;
  return { ...site, verbs, pinnedOf };
}

describe('a pin', () => {
  async function pinned() {
    const site = await setUp();
    site.registry.pin('ops.a', 'older');
    expect(await site.verbs()).toEqual([]);
    expect(await site.full()).toMatchObject({ written: 0 });
    return site;
  }

  it('outlives passes and comments', async () => {
    const { disk, verbs, pinnedOf, full } = await pinned();
    disk.write({ 'ops/workflows/a.yaml': `# said\n${flow(1)}` });
    expect(await verbs()).toEqual([]);
    expect(pinnedOf()).toBe('older');
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
  });

  it('outlives a move, retiring and returning', async () => {
    const { disk, verbs, pinnedOf, registry } = await pinned();
    disk.rename('ops', 'ops2');
    expect(await verbs()).toContain('ops.a moved');
    disk.remove('ops2/workflows/a.yaml');
    expect(await verbs()).toEqual(['ops.a retired']);
    disk.write({ 'ops2/workflows/a.yaml': flow(1) });
    expect(await verbs()).toEqual(['ops.a registered']);
    expect([pinnedOf(), registry.workflows.get(a)?.status]).toEqual(['older', 'active']);
  });

  it('is over when the file is another than the one it was set over', async () => {
    const { disk, verbs, pinnedOf } = await pinned();
    disk.write({ 'ops/workflows/a.yaml': flow(7) });
    expect(await verbs()).toEqual(['ops.a unpinned', 'ops.a updated']);
    expect(pinnedOf()).toBeNull();
  });

  it('is not over while the file is no good', async () => {
    const { disk, verbs, pinnedOf } = await pinned();
    disk.write({ 'ops/workflows/a.yaml': 'tasks: [' });
    expect(await verbs()).toEqual(['ops.a degraded']);
    disk.write({ 'ops/workflows/a.yaml': flow(1) });
    expect(await verbs()).toEqual(['ops.a recovered']);
    expect(pinnedOf()).toBe('older');
  });

  it('is over when the definition returns as another', async () => {
    const { disk, verbs, pinnedOf } = await pinned();
    disk.remove('ops/workflows/a.yaml');
    await verbs();
    disk.write({ 'ops/workflows/a.yaml': flow(7) });
    expect(await verbs()).toEqual(['ops.a registered', 'ops.a unpinned']);
    expect(pinnedOf()).toBeNull();
  });

  it('is restored when its row was changed by hand', async () => {
    const { registry, verbs, pinnedOf } = await pinned();
    registry.drift('ops.a');
    expect(await verbs()).toEqual(['ops.a updated']);
    expect([pinnedOf(), registry.workflows.get(a)?.drifted]).toEqual(['older', false]);
  });
});

describe('a row changed by hand', () => {
  it('is written anew; null control: told and left where the settings want that', async () => {
    const healed = await setUp();
    healed.registry.drift('ops.a');
    expect(await healed.verbs()).toEqual(['ops.a updated']);
    const left = await setUp({ drift: 'report' });
    left.registry.drift('ops.a');
    const report = await left.full();
    expect(report.packs.flatMap(({ plan }) => plan.drifted)).toEqual(['ops.a']);
    expect(left.registry.workflows.get(a)?.drifted).toBe(true);
    // Told at every look, written never.
    const next = await left.full();
    expect([next.written, next.packs.flatMap(({ plan }) => plan.drifted)]).toEqual([0, ['ops.a']]);
  });

  it('that is left is written when its file changes, and comes back when it was deleted', async () => {
    const { registry, disk, verbs } = await setUp({ drift: 'report' });
    registry.drift('ops.a');
    await verbs();
    disk.write({ 'ops/workflows/a.yaml': flow(7) });
    expect(await verbs()).toEqual(['ops.a updated']);
    registry.drift('ops.b');
    registry.workflows.delete('ops.b' as never);
    expect(await verbs()).toEqual(['ops.b registered']);
  });

  it('is found in no other source', async () => {
    const { registry, full } = await setUp();
    registry.addApiDefinition('ops.z');
    registry.drift('ops.z');
    const report = await full();
    expect(report.packs.flatMap(({ plan }) => plan.changes)).toEqual([]);
    expect(registry.workflows.get('ops.z' as never)?.source).not.toBe(here);
  });
});
