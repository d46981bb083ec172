import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeSet, FileEvent } from '../../src/model/change.ts';
import type { PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { createSettle, type SettleClock, type SettleOptions } from '../../src/watch/settle.ts';

const main = 'root:main' as SourceName;
const extra = 'root:extra' as SourceName;

type FakeClock = SettleClock & { advanceTo(ms: number): void; timers(): number };

/** Timers fire in order, each at its own time, `lateMs` after it was asked for. */
function createClock(lateMs = 0): FakeClock {
  let now = 0;
  const timers = new Set<{ atMs: number; fire: () => void }>();
  return {
    nowMs: () => now,
    setTimer(fire, delayMs) {
      const timer = { atMs: now + delayMs + lateMs, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advanceTo(ms) {
      for (;;) {
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > ms) break;
        timers.delete(next);
        now = next.atMs;
        next.fire();
      }
      now = ms;
    },
    timers: () => timers.size,
  };
}

type Settled = { readonly atMs: number; readonly change: ChangeSet };

function setup(options: Partial<SettleOptions> = {}, clock = createClock()) {
  const settled: Settled[] = [];
  const onSettled = (change: ChangeSet) => void settled.push({ atMs: clock.nowMs(), change });
  const settle = createSettle({ settleMs: 50, settleMaxMs: 1000, clock, onSettled, ...options });
  const push = (path: string | undefined, source = main) =>
    settle.push({ source, path: path as PackPath | undefined, seenAtMs: clock.nowMs() } satisfies FileEvent);
  return { clock, settle, settled, push };
}

const scopeOf = ({ change }: Settled, source = main) => {
  const scope = change.scopes.get(source);
  return scope === undefined || scope === 'all' ? scope : [...scope].sort();
};

describe('createSettle', () => {
  it('hands a pack over once it was quiet for the settle time', () => {
    const { clock, settled, push } = setup();
    push('a/workflows/x.yaml');
    clock.advanceTo(30);
    push('a/pack.yaml');
    clock.advanceTo(79);
    expect(settled).toHaveLength(0);
    clock.advanceTo(80);
    expect(
      settled.map((one) => [one.atMs, scopeOf(one), one.change.oldestSeenAtMs, one.change.cause]),
    ).toEqual([[80, ['a'], 0, 'watch']]);
  });

  it('hands a pack over after the longest wait though changes keep coming, and misses none of them', () => {
    const { clock, settled, push } = setup();
    for (let ms = 0; ms <= 1500; ms += 20) {
      clock.advanceTo(ms);
      push('a/x.yaml');
    }
    clock.advanceTo(3000);
    expect(settled.map((one) => one.atMs)).toEqual([1000, 1550]);
  });

  it('lets a noisy pack delay no other', () => {
    const { clock, settled, push } = setup();
    push('quiet/x.yaml');
    for (let ms = 0; ms <= 200; ms += 20) {
      clock.advanceTo(ms);
      push('noisy/x.yaml');
    }
    expect(settled.map((one) => [one.atMs, scopeOf(one)])).toEqual([[50, ['quiet']]]);
  });

  it('hands packs that are due together over as one set, with the earliest first event', () => {
    const { clock, settled, push } = setup();
    push('a/x.yaml');
    clock.advanceTo(10);
    push('b/x.yaml', extra);
    clock.advanceTo(20);
    push('a/x.yaml');
    push('b/x.yaml', extra);
    clock.advanceTo(500);
    expect(settled).toHaveLength(1);
    expect(settled.map((one) => [scopeOf(one), scopeOf(one, extra), one.change.oldestSeenAtMs])).toEqual([
      [['a'], ['b'], 0],
    ]);
  });

  it('takes an event without a path for the whole source, and keeps the first wait', () => {
    const { clock, settled, push } = setup();
    push('a/x.yaml');
    clock.advanceTo(40);
    push(undefined);
    push('b/x.yaml');
    push('c/x.yaml', extra);
    clock.advanceTo(500);
    expect(settled.map((one) => [one.atMs, scopeOf(one), scopeOf(one, extra)])).toEqual([[90, 'all', ['c']]]);
    expect(settled[0]?.change.oldestSeenAtMs).toBe(0);
  });

  it('widens to the whole source beyond the bound, for that source alone', () => {
    const { clock, settle, settled, push } = setup({ maxPacks: 3 });
    for (const dir of ['a', 'b', 'c']) push(`${dir}/x.yaml`);
    push('z/x.yaml', extra);
    expect(settle.pendingCount()).toBe(4);
    push('a/y.yaml');
    expect(settle.pendingCount()).toBe(4);
    push('d/x.yaml');
    expect(settle.pendingCount()).toBe(2);
    clock.advanceTo(100);
    expect(settled.map((one) => [scopeOf(one), scopeOf(one, extra)])).toEqual([['all', ['z']]]);
  });

  it('holds at most 1,000 packs of a source by default', () => {
    const { settle, push } = setup();
    for (let n = 0; n < 1000; n += 1) push(`pack${n}/x.yaml`);
    expect(settle.pendingCount()).toBe(1000);
    push('one-more/x.yaml');
    expect(settle.pendingCount()).toBe(1);
  });

  it('takes no pack for the whole source, whatever its name', () => {
    const { clock, settled, push } = setup();
    push('all/x.yaml');
    clock.advanceTo(100);
    expect(settled.map((one) => scopeOf(one))).toEqual([['all']]);
  });

  it('holds one timer while something is pending and none otherwise', () => {
    const { clock, settle, push } = setup();
    for (let n = 0; n < 100; n += 1) push(`p${n}/x.yaml`);
    expect(clock.timers()).toBe(1);
    settle.flush();
    expect([clock.timers(), settle.pendingCount()]).toEqual([0, 0]);
    push('a/x.yaml');
    clock.advanceTo(1000);
    expect(clock.timers()).toBe(0);
  });

  it('flushes everything at once, and nothing when nothing is pending', () => {
    const { settle, settled, push } = setup();
    settle.flush();
    push('a/x.yaml');
    push('b/x.yaml');
    settle.flush();
    settle.flush();
    expect(settled.map((one) => scopeOf(one))).toEqual([['a', 'b']]);
  });

  it('forgets and ignores everything once it is closed', () => {
    const { clock, settle, settled, push } = setup();
    push('a/x.yaml');
    settle.close();
    push('a/x.yaml');
    clock.advanceTo(5000);
    settle.flush();
    expect([settled.length, settle.pendingCount(), clock.timers()]).toEqual([0, 0, 0]);
  });

  it('takes events that come while it hands over for the next set', () => {
    const clock = createClock();
    const scopes: unknown[] = [];
    const settle = createSettle({
      settleMs: 50,
      settleMaxMs: 1000,
      clock,
      onSettled(change) {
        scopes.push([clock.nowMs(), change.scopes.has(main), change.scopes.has(extra)]);
        if (scopes.length === 1)
          settle.push({ source: extra, path: 'b/x' as PackPath, seenAtMs: clock.nowMs() });
      },
    });
    settle.push({ source: main, path: 'a/x' as PackPath, seenAtMs: 0 });
    clock.advanceTo(1000);
    expect(scopes).toEqual([
      [50, true, false],
      [100, false, true],
    ]);
  });
});

describe('every event', () => {
  const event = fc.record({
    afterMs: fc.integer({ min: 0, max: 70 }),
    source: fc.constantFrom(main, extra),
    dir: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: undefined }),
  });
  const settings = fc.record({
    settleMs: fc.integer({ min: 5, max: 120 }),
    settleMaxMs: fc.integer({ min: 1, max: 400 }),
    lateMs: fc.integer({ min: 0, max: 7 }),
    maxPacks: fc.integer({ min: 1, max: 6 }),
  });

  it('is covered by a set that comes not before the quiet time and not after the longest wait', () => {
    fc.assert(
      fc.property(settings, fc.array(event, { minLength: 1, maxLength: 120 }), (given, events) => {
        const { clock, settle, settled, push } = setup(given, createClock(given.lateMs));
        const pushed: { atMs: number; source: SourceName; dir: string | undefined; before: number }[] = [];
        for (const { afterMs, source, dir } of events) {
          clock.advanceTo(clock.nowMs() + afterMs);
          push(dir === undefined ? undefined : `${dir}/x.yaml`, source);
          pushed.push({ atMs: clock.nowMs(), source, dir, before: settled.length });
        }
        clock.advanceTo(clock.nowMs() + 10_000);
        expect([settle.pendingCount(), clock.timers()]).toEqual([0, 0]);
        const tickMs = 1 + given.lateMs;
        for (const one of pushed) {
          const covers = ({ change }: Settled) => {
            const scope = change.scopes.get(one.source);
            return scope === 'all' || (one.dir !== undefined && scope?.has(one.dir as PackDir) === true);
          };
          const covering = settled.slice(one.before).find(covers);
          expect(covering).toBeDefined();
          if (covering === undefined) continue;
          expect(covering.atMs).toBeLessThanOrEqual(one.atMs + given.settleMaxMs + tickMs);
          expect(covering.change.oldestSeenAtMs).toBeLessThanOrEqual(one.atMs);
          // Early only because the longest wait of an earlier event was over.
          const waitedMs = covering.atMs - covering.change.oldestSeenAtMs;
          if (waitedMs < given.settleMaxMs)
            expect(covering.atMs).toBeGreaterThanOrEqual(one.atMs + given.settleMs);
        }
        const named = settled.flatMap(({ change }) => [...change.scopes.values()]);
        for (const scope of named) if (scope !== 'all') expect(scope.size).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
