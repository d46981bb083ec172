// Directories that claim one pack ref, directories that change theirs, and what a pass looks at besides what it was told.
import { describe, expect, it } from 'vitest';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { flow, here } from '../support/pure-pass.ts';

const twins = {
  'a/pack.yaml': packText('twin'),
  'a/workflows/one.yaml': flow(1),
  'b/pack.yaml': packText('twin'),
  'b/workflows/two.yaml': flow(2),
};

const verbs = (report: {
  packs: readonly { plan: { changes: readonly { verb: string; ref: string }[] } }[];
}) => report.packs.flatMap(({ plan }) => plan.changes.map(({ verb, ref }) => `${verb} ${ref}`)).sort();

describe('two directories of one pack ref', () => {
  it('are both told, each of the other, and the first by byte order serves', async () => {
    const { full, live, registry } = createMemoryPass(twins);
    const report = await full();
    expect(live()).toEqual(['twin.one']);
    for (const [dir, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const row = registry.row(here, `${dir}/pack.yaml`);
      expect(row?.state).toBe('conflict');
      expect(row?.diagnostics.map((one) => one.code)).toContain('REF_CONFLICT');
      expect(row?.diagnostics.some((one) => one.message.includes(other as string))).toBe(true);
    }
    expect(report.packs.flatMap(({ plan }) => plan.conflicts)).toEqual([
      { ref: 'twin', incumbent: 'a', challengers: ['b/pack.yaml'] },
    ]);
    expect(report.invalid.map(({ path }) => path)).toEqual(['a/pack.yaml', 'b/pack.yaml']);
  });

  it('are both told also while what the second held before waits to be removed', async () => {
    const { full, settle, disk, registry } = createMemoryPass(
      {
        'a/pack.yaml': packText('one'),
        'a/workflows/f.yaml': flow(1),
        'b/pack.yaml': packText('two'),
        'b/workflows/f.yaml': flow(2),
      },
      { pruneMaxPercent: 0 },
    );
    await full();
    disk.write({ 'a/pack.yaml': packText('two') });
    for (let pass = 0; pass < 3; pass += 1) {
      await settle();
      expect(registry.batches).toMatchObject([{ refs: ['one.f'] }]);
      expect(['a', 'b'].map((dir) => registry.row(here, `${dir}/pack.yaml`)?.state)).toEqual([
        'conflict',
        'conflict',
      ]);
    }
  });

  it('cost nothing while they stand, in a full pass and in any other', async () => {
    const { full, only, disk, registry } = createMemoryPass(twins);
    await full();
    const applied = registry.applied.length;
    disk.parsed.length = 0;
    for (const report of [await full(), await only('a'), await only('b'), await only('a', 'b')]) {
      expect(report).toMatchObject({ written: 0, parsed: 0 });
      expect(report.invalid.map(({ path }) => path)).toEqual(['a/pack.yaml', 'b/pack.yaml']);
    }
    expect([registry.applied.length, disk.parsed]).toEqual([applied, []]);
  });

  it('are planned as they would be applied', async () => {
    const { plan, registry } = createMemoryPass(twins);
    const report = await plan();
    expect(verbs(report)).toEqual(['registered twin.one']);
    expect(report.packs.flatMap((one) => one.plan.conflicts)).toHaveLength(1);
    expect(registry.applied).toEqual([]);
  });

  it('are told that it is over, when one takes another ref', async () => {
    const { full, only, disk, live, stateOf } = createMemoryPass(twins);
    await full();
    disk.write({ 'b/pack.yaml': packText('other') });
    await only('b');
    await full();
    expect(live()).toEqual(['other.two', 'twin.one']);
    expect([stateOf('a/pack.yaml'), stateOf('b/pack.yaml')]).toEqual(['valid', 'valid']);
  });

  it('are told that it is over, when the other is gone', async () => {
    const { full, only, disk, stateOf, registry } = createMemoryPass(twins);
    await full();
    disk.remove('b');
    await only('b');
    await full();
    expect(stateOf('a/pack.yaml')).toBe('valid');
    expect(registry.row(here, 'b/pack.yaml')).toBeUndefined();
  });

  it('name all who claim it', async () => {
    const { full, only, disk, registry } = createMemoryPass(twins);
    await full();
    disk.write({ 'c/pack.yaml': packText('twin') });
    await only('c');
    const said = registry
      .row(here, 'a/pack.yaml')
      ?.diagnostics.map((one) => one.message)
      .join();
    expect(said).toContain('b/pack.yaml');
    expect(said).toContain('c/pack.yaml');
  });

  it('leave the ref to its holder though the other comes first by byte order', async () => {
    const { full, disk, dirOf, live } = createMemoryPass({
      'z/pack.yaml': packText('twin'),
      'z/workflows/w.yaml': flow(),
    });
    await full();
    disk.write(twins);
    await full();
    await full();
    expect([dirOf('twin'), live()]).toEqual(['z', ['twin.w']]);
  });

  it('leave the ref to a holder whose manifest is bad', async () => {
    const { full, disk, dirOf, live } = createMemoryPass(twins);
    await full();
    disk.write({ 'a/pack.yaml': 'ref: [' });
    await full();
    expect([dirOf('twin'), live()]).toEqual(['a', ['twin.one']]);
  });

  it('may come by the ref of a retired pack in order only', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { full, disk, dirOf } = createMemoryPass({
        'b/pack.yaml': packText('twin'),
        'c/pack.yaml': packText('stays'),
        'c/workflows/x.yaml': flow(),
      });
      await full();
      disk.remove('b');
      await full();
      disk.write(twins);
      // The first in order is the last to be seen.
      const observe = disk.observe;
      disk.observe = async (source, dir, extra) => {
        if (dir === 'a') await new Promise((resolve) => setImmediate(resolve));
        return observe(source, dir, extra);
      };
      await full();
      expect(dirOf('twin')).toBe('a');
    }
  });
});

describe('a directory that is renamed while another waits for its pack', () => {
  const waiting = {
    'c/pack.yaml': packText('twin'),
    'c/workflows/one.yaml': flow(1),
    'c/workflows/two.yaml': flow(2),
  };
  const rival = { 'b/pack.yaml': packText('twin'), 'b/workflows/one.yaml': flow(3) };

  async function renamed() {
    const site = createMemoryPass(waiting);
    await site.full();
    site.disk.write(rival);
    await site.full();
    site.disk.rename('c', 'd');
    return site;
  }

  it.each([
    ['of all', ['all']],
    ['of both names', ['c', 'd']],
    ['of the new name', ['d']],
    ['of the old name', ['c']],
    ['of the one that waits', ['b']],
    ['of the one that waits, and of the old name', ['b', 'c']],
  ])('keeps it, by a pass over what was told: %s', async (_, dirs) => {
    const { run, full, dirOf, live, stateOf, registry } = await renamed();
    const report = await run(dirs[0] === 'all' ? 'all' : dirs);
    expect([dirOf('twin'), live()]).toEqual(['d', ['twin.one', 'twin.two']]);
    expect(verbs(report)).toEqual(['moved twin.one', 'moved twin.two']);
    expect([stateOf('b/pack.yaml'), stateOf('d/pack.yaml')]).toEqual(['conflict', 'conflict']);
    expect(registry.row(here, 'c/pack.yaml')).toBeUndefined();
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
  });

  it('loses it to the first by byte order where nothing says whose it was', async () => {
    for (const dirs of ['all', ['d'], ['c', 'd']] as const) {
      const { run, disk, dirOf, settle } = await renamed();
      disk.write({ 'd/pack.yaml': `${packText('twin')}label: other\n`, 'd/workflows/one.yaml': flow(4) });
      disk.remove('d/workflows/two.yaml');
      disk.write({ 'b/pack.yaml': `${packText('twin')}label: another\n` });
      await run(dirs);
      await settle();
      expect(dirOf('twin')).toBe('b');
    }
  });

  it('keeps it though the new name is still being written when it is looked at', async () => {
    for (const dirs of ['all', ['c'], ['c', 'd']] as const) {
      const { run, disk, dirOf, settle, live } = await renamed();
      disk.unsettled.add('d' as never);
      const report = await run(dirs);
      expect(dirOf('twin')).toBe('c');
      expect([...(report.again.get(here) ?? [])].sort()).toEqual(['b', 'd']);
      disk.unsettled.clear();
      await settle();
      expect([dirOf('twin'), live()]).toEqual(['d', ['twin.one', 'twin.two']]);
    }
  });

  it('goes to nobody else by what a pass was told when the holder took another ref', async () => {
    for (const dirs of ['all', ['c'], ['d'], ['e']] as const) {
      const site = createMemoryPass(waiting);
      await site.full();
      site.disk.write({ ...rival, 'd/pack.yaml': packText('twin') });
      await site.full();
      site.disk.write({ 'c/pack.yaml': packText('other'), 'e/pack.yaml': packText('twin') });
      await site.run(dirs);
      await site.settle();
      expect([site.dirOf('twin'), site.dirOf('other')]).toEqual(['b', 'c']);
    }
  });
});

describe('a pack that changes its ref', () => {
  it('hands the old one to the directory that waits for it, in the same pass, and nothing is retired', async () => {
    const { full, only, disk, dirOf, registry } = createMemoryPass(twins);
    await full();
    disk.write({ 'a/pack.yaml': packText('other') });
    const report = await only('a');
    expect(verbs(report)).toEqual(['registered other.one', 'registered twin.two', 'retired twin.one'].sort());
    expect([dirOf('twin'), dirOf('other')]).toEqual(['b', 'a']);
    expect(registry.packs.get('twin' as never)?.status).toBe('active');
    await full();
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
  });

  it('retires what it had, after a second look', async () => {
    const { full, only, disk, live, clock } = createMemoryPass({
      'a/pack.yaml': packText('old'),
      'a/workflows/w.yaml': flow(),
    });
    await full();
    disk.write({ 'a/pack.yaml': packText('new') });
    clock.sleeps.length = 0;
    await only('a');
    expect(live()).toEqual(['new.w']);
    expect(clock.sleeps).toHaveLength(1);
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
  });

  it('keeps the old one when the second look sees it back', async () => {
    const { full, only, disk, live, clock } = createMemoryPass({
      'a/pack.yaml': packText('old'),
      'a/workflows/w.yaml': flow(),
    });
    await full();
    disk.write({ 'a/pack.yaml': packText('new') });
    clock.onSleep = () => disk.write({ 'a/pack.yaml': packText('old') });
    const report = await only('a');
    expect(live()).toContain('old.w');
    expect([...(report.again.get(here) ?? [])]).toEqual(['a']);
  });

  it('is kept with what it had while its manifest is bad, pass after pass, though a person agreed that it goes', async () => {
    const files = Object.fromEntries(
      ['f', 'g', 'h', 'i'].map((name) => [`a/workflows/${name}.yaml`, flow(1)]),
    );
    const { settle, disk, registry, live } = createMemoryPass(
      { ...files, 'a/pack.yaml': packText('old') },
      { pruneMaxPercent: 20 },
    );
    await settle();
    disk.write({ 'a/pack.yaml': packText('new') });
    await settle();
    disk.write({ 'a/pack.yaml': 'ref: [' });
    await settle();
    registry.decide(registry.batches[0]?.id ?? '', 'approved');
    const all = live();
    expect(all).toHaveLength(8);
    for (let pass = 0; pass < 3; pass += 1) {
      await settle();
      expect(live()).toEqual(all);
    }
    disk.write({ 'a/pack.yaml': packText('new') });
    await settle();
    expect(live()).toEqual(['new.f', 'new.g', 'new.h', 'new.i']);
  });

  it('is checked anew in every file, for a ref may be written in each', async () => {
    const { full, disk, stateOf } = createMemoryPass({
      'a/pack.yaml': packText('old'),
      'a/workflows/w.yaml': flow(1, 'ref: old.w\n'),
      'a/actions/x.yaml': 'ref: old.x\nentry_point: x.sh\n',
    });
    await full();
    disk.write({ 'a/pack.yaml': packText('new') });
    await full();
    expect([stateOf('a/workflows/w.yaml'), stateOf('a/actions/x.yaml')]).toEqual(['invalid', 'invalid']);
    disk.write({ 'a/pack.yaml': packText('old') });
    await full();
    expect([stateOf('a/workflows/w.yaml'), stateOf('a/actions/x.yaml')]).toEqual(['valid', 'valid']);
  });
});

describe('a pack that takes its old ref again before that was retired', () => {
  it('is checked anew in every file', async () => {
    const { full, disk, live, stateOf, clock } = createMemoryPass({
      'a/pack.yaml': packText('old'),
      'a/workflows/w.yaml': flow(1, 'ref: old.w\n'),
    });
    await full();
    disk.write({ 'a/pack.yaml': packText('new') });
    clock.onSleep = () => {
      disk.identity = 'another';
    };
    await full();
    expect([live(), stateOf('a/workflows/w.yaml')]).toEqual([['old.w'], 'invalid']);
    disk.write({ 'a/pack.yaml': packText('old') });
    await full();
    expect([live(), stateOf('a/workflows/w.yaml')]).toEqual([['old.w'], 'valid']);
  });
});

describe('a plan', () => {
  it('shows a renamed pack as moved, and nothing of it as removed', async () => {
    const { full, disk, plan } = createMemoryPass(twins);
    disk.remove('b');
    await full();
    disk.rename('a', 'a2');
    expect(verbs(await plan())).toEqual(['moved twin.one']);
  });
});

describe('an entry of the root that is refused', () => {
  const finding = {
    code: 'READ_OUTSIDE_ROOT',
    severity: 'error',
    message: 'out',
    line: 1,
    column: 1,
  } as const;

  it('is told once, and written by no pass that is not about it', async () => {
    const { full, only, disk, stateOf } = createMemoryPass(twins);
    disk.remove('b');
    disk.refused.push({ path: 'out' as never, finding });
    const report = await full();
    expect(report.invalid.map(({ path }) => path)).toEqual(['out']);
    expect(stateOf('out')).toBe('unreadable');
    expect(await full()).toMatchObject({ written: 0 });
    expect(await only('a')).toMatchObject({ written: 0 });
    expect(await only('out')).toMatchObject({ written: 0 });
    disk.refused.length = 0;
    await full();
    expect(stateOf('out')).toBeUndefined();
  });

  it('keeps the pack that was there before', async () => {
    const { full, disk, live } = createMemoryPass(twins);
    disk.remove('b');
    await full();
    disk.remove('a');
    disk.write({ 'c/pack.yaml': packText('c') });
    disk.refused.push({ path: 'a' as never, finding });
    await full();
    expect(live()).toEqual(['twin.one']);
  });
});
