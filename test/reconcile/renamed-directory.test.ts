// A pack whose directory is renamed while something of it is not as it should be: every file is what it was.
import { describe, expect, it } from 'vitest';
import { unreadable } from '../support/memory-disk.ts';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { action, badFlow, flow, here } from '../support/pure-pass.ts';

const graph = 'workflows/run.yaml';
const good = {
  'ops/pack.yaml': packText('ops'),
  'ops/actions/run.yaml': action({ graph, head: 'parameters:\n  host:\n    type: string\n' }),
  'ops/actions/workflows/run.yaml': flow(1),
  'ops/workflows/other.yaml': flow(2),
};

/** A pack that was registered from `good`, whose directory is then called `ops-x` and holds `changed` besides. */
async function renamed(
  changed: Parameters<ReturnType<typeof createMemoryPass>['disk']['write']>[0],
  before: Readonly<Record<string, string>> = good,
) {
  const site = createMemoryPass(before);
  await site.settle();
  const served = site.registry.served();
  site.disk.rename('ops', 'ops-x');
  site.disk.write(changed);
  await site.settle();
  const rowOf = (ref: string) => {
    const row = site.registry.workflows.get(ref as never) ?? site.registry.actions.get(ref as never);
    return row && `${row.status} ${row.sourcePath}`;
  };
  const revisionsOf = (all: typeof served) =>
    Object.fromEntries(Object.entries(all).map(([ref, { revision }]) => [ref, revision]));
  const isAllServed = () => {
    expect(revisionsOf(site.registry.served())).toEqual(revisionsOf(served));
  };
  return { ...site, rowOf, isAllServed };
}

describe('a pack directory that is renamed', () => {
  it('moves what is good', async () => {
    const { rowOf, isAllServed } = await renamed({});
    isAllServed();
    expect(rowOf('ops.run')).toBe('active ops-x/actions/workflows/run.yaml');
    expect(rowOf('ops.other')).toBe('active ops-x/workflows/other.yaml');
  });

  it.each([
    ['cannot be read', unreadable],
    ['is broken', 'label: ['],
  ])('keeps what an action is registered for that %s, and its graph is still its own', async (_, text) => {
    const { rowOf, isAllServed, registry, disk, settle } = await renamed({ 'ops-x/actions/run.yaml': text });
    isAllServed();
    expect(rowOf('ops.run')).toBe('degraded ops/actions/workflows/run.yaml');
    expect(registry.row(here, 'ops-x/actions/workflows/run.yaml')).toMatchObject({ ref: 'ops.run' });
    expect(rowOf('ops.other')).toBe('active ops-x/workflows/other.yaml');
    disk.write({ 'ops-x/actions/run.yaml': good['ops/actions/run.yaml'] });
    await settle();
    isAllServed();
    expect(rowOf('ops.run')).toBe('active ops-x/actions/workflows/run.yaml');
  });

  it('keeps the ref that an action had written in it, however it is broken, pass after pass', async () => {
    const path = 'ops-x/actions/run.yaml';
    const { isAllServed, disk, settle, rowOf } = await renamed(
      { [path]: 'ref: [' },
      { ...good, 'ops/actions/run.yaml': action({ ref: 'ops.start', graph }) },
    );
    isAllServed();
    for (const text of ['# again\nref: [', unreadable, 'ref: [ # once more']) {
      disk.write({ [path]: text });
      await settle();
      isAllServed();
      expect(rowOf('ops.start')).toBe('degraded ops/actions/workflows/run.yaml');
    }
  });

  it('keeps a workflow that is broken', async () => {
    const { rowOf, isAllServed } = await renamed({ 'ops-x/workflows/other.yaml': badFlow });
    isAllServed();
    expect(rowOf('ops.other')).toBe('degraded ops/workflows/other.yaml');
  });

  it('leaves a ref that two files claim to the one that has it', async () => {
    const site = createMemoryPass({ 'ops/pack.yaml': packText('ops'), 'ops/workflows/run.yml': flow(1) });
    await site.settle();
    const served = site.registry.served();
    site.disk.write({ 'ops/workflows/run.yaml': flow(2) });
    await site.settle();
    site.disk.rename('ops', 'ops-x');
    await site.settle();
    expect(site.registry.served()).toEqual(served);
    expect(site.registry.workflows.get('ops.run' as never)?.sourcePath).toBe('ops-x/workflows/run.yml');
    expect(site.stateOf('ops-x/workflows/run.yaml')).toBe('conflict');
  });
});

describe('an action that nobody could ever read', () => {
  it('keeps what its name says, where nothing else claims that', async () => {
    const site = createMemoryPass(good);
    await site.settle();
    site.disk.remove('ops/actions/run.yaml');
    site.disk.remove('ops/actions/workflows/run.yaml');
    site.disk.write({ 'ops/actions/run.yml': unreadable });
    await site.settle();
    expect(site.live()).toContain('ops.run');
    expect(site.registry.row(here, 'ops/actions/run.yml')).toMatchObject({ ref: 'ops.run' });
  });

  it('is nothing to a workflow that claims the same', async () => {
    const site = createMemoryPass({ ...good, 'ops/actions/other.yaml': '' });
    site.disk.write({ 'ops/actions/other.yaml': unreadable });
    await site.settle();
    expect(site.registry.workflows.get('ops.other' as never)).toMatchObject({ status: 'active' });
    expect(site.stateOf('ops/workflows/other.yaml')).toBe('valid');
  });
});
