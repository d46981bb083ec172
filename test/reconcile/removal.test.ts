// When something is taken away, and when a pass rather looks again.
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/model/errors.ts';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { action, flow, here } from '../support/pure-pass.ts';

const files = {
  'ops/pack.yaml': packText('ops'),
  'ops/workflows/a.yaml': flow(1),
  'ops/workflows/b.yaml': flow(2),
  'web/pack.yaml': packText('web'),
  'web/workflows/x.yaml': flow(3),
};

const again = (report: { again: ReadonlyMap<string, ReadonlySet<string>> }) =>
  [...(report.again.get(here) ?? [])].sort();

describe('a pack directory', () => {
  it('that is emptied but there keeps its pack; null control: gone, it is retired', async () => {
    const { full, disk, live, registry, stateOf } = createMemoryPass(files);
    await full();
    disk.remove('ops');
    disk.emptyDirs.add('ops');
    await full();
    expect(live()).toEqual(['ops.a', 'ops.b', 'web.x']);
    expect(registry.packs.get('ops' as never)?.status).toBe('degraded');
    expect(stateOf('ops/pack.yaml')).toBe('invalid');
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
    disk.emptyDirs.delete('ops');
    await full();
    expect(live()).toEqual(['web.x']);
  });

  it('that never held a pack leaves no rows behind', async () => {
    const { full, disk, stateOf, clock } = createMemoryPass({ ...files, 'bad/pack.yaml': 'ref: [' });
    await full();
    expect(stateOf('bad/pack.yaml')).toBe('invalid');
    disk.remove('bad');
    clock.sleeps.length = 0;
    await full();
    expect([stateOf('bad/pack.yaml'), clock.sleeps]).toEqual([undefined, []]);
  });

  it('that is renamed while it is written is not retired, and moved as soon as it stands still', async () => {
    const { full, only, disk, live, dirOf } = createMemoryPass(files);
    await full();
    disk.rename('ops', 'ops2');
    disk.unsettled.add('ops2');
    expect(again(await only('ops'))).toEqual(['ops', 'ops2']);
    expect(live()).toContain('ops.a');
    disk.unsettled.clear();
    const report = await only('ops', 'ops2');
    expect(report.packs.flatMap(({ plan }) => plan.retire)).toEqual([]);
    expect(dirOf('ops')).toBe('ops2');
  });

  it('is not retired when another one has come at the second look', async () => {
    const { full, disk, live, clock, settle, dirOf } = createMemoryPass(files);
    await full();
    const moved = new Map([...disk.files].filter(([path]) => path.startsWith('ops/')));
    disk.remove('ops');
    clock.onSleep = () => {
      for (const [path, text] of moved) disk.files.set(path.replace('ops/', 'new/'), text);
      moved.clear();
    };
    expect(again(await full())).toEqual(['ops']);
    expect(live()).toContain('ops.a');
    await settle();
    expect([dirOf('ops'), live()]).toEqual(['new', ['ops.a', 'ops.b', 'web.x']]);
  });

  it('that goes with all others between the listing and the look leaves everything as it is', async () => {
    const { full, disk, live, registry } = createMemoryPass({
      ...files,
      'twin/pack.yaml': packText('ops'),
      'twin/workflows/a.yaml': flow(9),
    });
    await full();
    await full();
    const [before, rows] = [live(), [...registry.files.keys()]];
    const { scanRoot } = disk;
    let isFirst = true;
    Object.assign(disk, {
      async scanRoot(source: typeof here) {
        const listing = await scanRoot(source);
        if (isFirst) for (const dir of ['ops', 'twin', 'web']) disk.remove(dir);
        isFirst = false;
        return listing;
      },
    });
    expect(again(await full())).toEqual(['ops', 'twin', 'web']);
    await full();
    expect(registry.batches).toMatchObject([{ reason: 'root_empty', refs: before }]);
    expect([live(), [...registry.files.keys()]]).toEqual([before, rows]);
  });

  it('loses nothing to another that claims its ref when it is back at the second look', async () => {
    const { full, disk, live, clock, dirOf, settle } = createMemoryPass({
      ...files,
      'twin/pack.yaml': packText('ops'),
      'twin/workflows/a.yaml': flow(9),
    });
    await full();
    const before = live();
    const away = new Map([...disk.files].filter(([path]) => path.startsWith('ops/')));
    disk.remove('ops');
    clock.onSleep = () => {
      for (const [path, text] of away) disk.files.set(path, text);
      away.clear();
    };
    expect(again(await full())).toEqual(['twin']);
    await settle();
    expect([dirOf('ops'), live()]).toEqual(['ops', before]);
  });
});

describe('a removal beside a new link out of the usual directories', () => {
  it('is applied, for both looks see what the link leads to', async () => {
    const { full, disk, live } = createMemoryPass(files);
    await full();
    disk.remove('ops/workflows/a.yaml');
    disk.write({
      'ops/actions/go.yaml': action({ graph: '../graphs/g.yaml' }),
      'ops/graphs/g.yaml': flow(5),
    });
    expect(again(await full())).toEqual([]);
    expect(live()).toEqual(['ops.b', 'ops.go', 'web.x']);
    expect(await full()).toMatchObject({ written: 0, parsed: 0 });
  });

  it('goes with everything else of its pack, in one apply', async () => {
    const { full, disk, registry } = createMemoryPass(files);
    await full();
    disk.remove('ops/workflows/a.yaml');
    disk.write({ 'ops/workflows/b.yaml': flow(7), 'ops/workflows/c.yaml': flow(8) });
    registry.applied.length = 0;
    await full();
    expect(registry.applied.map((plan) => plan.changes.map(({ verb }) => verb))).toEqual([
      ['retired', 'updated', 'registered'],
    ]);
  });
});

describe('a pack that somebody else writes', () => {
  it('is left for the next pass when it never stands still', async () => {
    const { full, registry, live } = createMemoryPass(files);
    const apply = registry.apply;
    registry.apply = async (plan, cause) =>
      plan.packRef === 'ops' ? { outcome: 'stale' } : apply(plan, cause);
    expect(again(await full())).toEqual(['ops']);
    expect(live()).toEqual(['web.x']);
  });

  it('loses nothing more than what was looked at twice', async () => {
    const { full, disk, registry, live } = createMemoryPass(files);
    await full();
    disk.remove('ops/workflows/a.yaml');
    const apply = registry.apply;
    let first = true;
    registry.apply = async (plan, cause) => {
      if (!first) return apply(plan, cause);
      first = false;
      // Another writer has just registered what this look did not see.
      const row = registry.workflows.get('ops.b' as never);
      const side = registry.actions.get('ops.b' as never);
      if (row && side) {
        registry.workflows.set('ops.late' as never, {
          ...row,
          sourcePath: 'ops/workflows/late.yaml' as never,
        });
        registry.actions.set('ops.late' as never, {
          ...side,
          sourcePath: 'ops/workflows/late.yaml' as never,
        });
      }
      return { outcome: 'stale' };
    };
    expect(again(await full())).toEqual(['ops']);
    expect(live()).toContain('ops.late');
  });
});

describe('a pass that cannot go on', () => {
  it('begins no more packs once the database is lost, and says so', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`p${index}x/pack.yaml`, packText(`p${index}x`)]),
    );
    const { full, registry, disk } = createMemoryPass(many);
    const apply = registry.apply;
    let calls = 0;
    registry.apply = async (plan, cause) => {
      calls += 1;
      if (calls === 2) throw new AppError('database_unreachable', 'gone', { retryable: true });
      return apply(plan, cause);
    };
    await expect(full()).rejects.toMatchObject({ code: 'database_unreachable' });
    expect(disk.observed.length).toBeLessThan(10);
  });

  it('ends between two packs when it is aborted', async () => {
    const { run, registry, live } = createMemoryPass(files);
    const abort = new AbortController();
    const apply = registry.apply;
    registry.apply = async (plan, cause) => {
      abort.abort();
      return apply(plan, cause);
    };
    await expect(run('all', false, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(live().length).toBeLessThan(3);
  });
});

describe('the report of a pass', () => {
  it('tells how long each stage took', async () => {
    const { full, disk, clock, registry } = createMemoryPass(files);
    const { scanRoot, observe, check } = disk;
    disk.scanRoot = async (source) => {
      clock.advance(1);
      return scanRoot(source);
    };
    disk.observe = async (...given) => {
      clock.advance(10);
      return observe(...given);
    };
    disk.check = async (...given) => {
      clock.advance(100);
      return check(...given);
    };
    const apply = registry.apply;
    registry.apply = async (plan, cause) => {
      clock.advance(1000);
      return apply(plan, cause);
    };
    const { stages } = await full();
    expect(stages['scan']).toBe(1);
    for (const [stage, least] of [
      ['load', 20],
      ['check', 500],
      ['apply', 2000],
      ['plan', 0],
    ] as const)
      expect(stages[stage]).toBeGreaterThanOrEqual(least);
  });
});
