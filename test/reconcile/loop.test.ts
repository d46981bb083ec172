// The loop: one pass at a time, nothing asked for is forgotten, failures are retried, a stop never hangs.
import { describe, expect, it, vi } from 'vitest';
import type { ChangeSet } from '../../src/model/change.ts';
import { AppError } from '../../src/model/errors.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { createLoop, type LoopOptions } from '../../src/reconcile/loop.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { createManualClock } from '../support/manual-clock.ts';

const source = 'root:a' as SourceName;
const change = (...dirs: string[]): ChangeSet => ({
  scopes: new Map([[source, new Set(dirs as PackDir[])]]),
  cause: 'watch',
  oldestSeenAtMs: 0,
});
const report: PassReport = {
  cause: 'watch',
  startedAtMs: 0,
  oldestSeenAtMs: 0,
  durationMs: 1,
  stages: {},
  packs: [],
  held: new Map(),
  unhealthy: [],
  refused: [],
  roots: new Map(),
  parsed: 0,
  written: 0,
  unchanged: 0,
  invalid: [],
  again: new Map(),
  waiting: new Map(),
};
const lost = () => new AppError('database_unreachable', 'gone', { retryable: true });

function setUp(reconcile: LoopOptions['reconcile'], more: Partial<LoopOptions> = {}) {
  const clock = createManualClock();
  const failures: number[] = [];
  const fatal: unknown[] = [];
  const passes: PassReport[] = [];
  const loop = createLoop({
    sources: [source],
    reconcile,
    clock,
    rescanMs: 3_600_000,
    againMs: 1,
    random: () => 0.999,
    prepare: async () => undefined,
    writable: () => [source],
    onPass: (one) => passes.push(one),
    onFailure: (_, retryInMs) => failures.push(retryInMs),
    onFatal: (error) => fatal.push(error),
    ...more,
  });
  return { loop, clock, failures, fatal, passes };
}

const dirsOf = (set: ChangeSet) => {
  const scope = set.scopes.get(source);
  return scope === 'all' || scope === undefined ? scope : [...scope].sort();
};

describe('the loop', () => {
  it('runs one pass at a time and joins what arrives meanwhile', async () => {
    const seen: unknown[] = [];
    let running = 0;
    let release: () => void = () => undefined;
    const { loop } = setUp(async (set) => {
      running += 1;
      expect(running).toBe(1);
      seen.push(dirsOf(set));
      if (seen.length === 1)
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      running -= 1;
      return report;
    });
    loop.push(change('a'));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    loop.push(change('b'));
    loop.push(change('c', 'b'));
    release();
    await vi.waitFor(() => expect(seen).toEqual([['a'], ['b', 'c']]));
    await loop.stop(100);
  });

  it('tries again after a growing delay, with what was asked for and what came since', async () => {
    const seen: unknown[] = [];
    let failing = 4;
    const { loop, failures, passes } = setUp(async (set) => {
      seen.push(dirsOf(set));
      if (failing-- > 0) throw lost();
      return report;
    });
    loop.push(change('a'));
    await vi.waitFor(() => expect(passes).toHaveLength(1));
    expect(seen).toEqual([['a'], ['a'], ['a'], ['a'], ['a']]);
    expect(failures.map((ms) => Math.round(ms / 100))).toEqual([2, 4, 8, 16]);
    await loop.stop(100);
  });

  it('waits four seconds at most between two tries', async () => {
    let failing = 12;
    const { loop, failures, passes } = setUp(async () => {
      if (failing-- > 0) throw lost();
      return report;
    });
    loop.push(change('a'));
    await vi.waitFor(() => expect(passes).toHaveLength(1));
    expect(Math.max(...failures)).toBeLessThanOrEqual(4_000);
    await loop.stop(100);
  });

  it('tells a defect once and does not try it again', async () => {
    const defect = new TypeError('a bug');
    const { loop, fatal, failures } = setUp(async () => {
      throw defect;
    });
    loop.push(change('a'));
    await vi.waitFor(() => expect(fatal).toEqual([defect]));
    expect(failures).toEqual([]);
    await loop.stop(100);
  });

  it('answers a request with a pass that began after it', async () => {
    const seen: unknown[] = [];
    let release: () => void = () => undefined;
    const { loop } = setUp(async (set) => {
      seen.push(dirsOf(set));
      if (seen.length === 1)
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      return { ...report, parsed: seen.length };
    });
    loop.push(change('a'));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    const answer = loop.request();
    release();
    expect((await answer).parsed).toBe(2);
    expect(seen[1]).toBe('all');
    await loop.stop(100);
  });

  it('passes over nothing where another daemon leads', async () => {
    const seen: unknown[] = [];
    const { loop, passes } = setUp(
      async (set) => {
        seen.push(set.scopes.size);
        return report;
      },
      { writable: () => [] },
    );
    loop.push(change('a'));
    await vi.waitFor(() => expect(passes).toHaveLength(1));
    expect(seen).toEqual([0]);
    await loop.stop(100);
  });

  it('looks again at a pack that was being written', async () => {
    const seen: unknown[] = [];
    const { loop } = setUp(async (set) => {
      seen.push(dirsOf(set));
      return seen.length === 1
        ? { ...report, again: new Map([[source, new Set(['a' as PackDir])]]) }
        : report;
    });
    loop.push(change('a', 'b'));
    await vi.waitFor(() => expect(seen).toEqual([['a', 'b'], ['a']]));
    await loop.stop(100);
  });

  it('aborts a pass that goes on past the deadline, and turns down who waits', async () => {
    let aborted = false;
    const { loop } = setUp(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        }),
    );
    loop.push(change('a'));
    const answer = loop.request().catch((error: unknown) => error);
    await vi.waitFor(() => expect(loop.pendingCount()).toBe(1));
    await loop.stop(30);
    expect(aborted).toBe(true);
    expect(await answer).toMatchObject({ code: 'aborted' });
  });

  it('takes nothing more once it is stopped', async () => {
    const run = vi.fn(async () => report);
    const { loop } = setUp(run);
    await loop.stop(10);
    loop.push(change('a'));
    expect(run).not.toHaveBeenCalled();
    expect(loop.pendingCount()).toBe(0);
  });
});
