// The loop between two turns: what is asked for as a pass ends, after a defect, and while a call never comes back.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/model/errors.ts';
import type { SourceName } from '../../src/model/pack.ts';
import { createLoop, type LoopOptions } from '../../src/reconcile/loop.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { until } from '../support/wait.ts';

const source = 'root:a' as SourceName;
const report = { again: new Map(), packs: [] } as unknown as PassReport;

function start(reconcile: LoopOptions['reconcile'], more: Partial<LoopOptions> = {}) {
  const fatal: unknown[] = [];
  const loop = createLoop({
    ...{ sources: [source], reconcile, clock: createManualClock(), rescanMs: 3_600_000, againMs: 1 },
    random: () => 0,
    prepare: async () => undefined,
    writable: () => [source],
    onPass: () => undefined,
    onFailure: () => undefined,
    onFatal: (error) => fatal.push(error),
    ...more,
  });
  return { loop, fatal };
}

describe('a request', () => {
  it('that is made as soon as the one before is answered has a pass of its own', async () => {
    let passes = 0;
    const { loop } = start(async () => {
      passes += 1;
      return report;
    });
    for (let count = 1; count <= 20; count += 1) {
      await loop.request();
      expect(passes).toBe(count);
    }
    await loop.stop(1000);
  });

  it('is turned down after a stop', async () => {
    const { loop } = start(async () => report);
    await loop.stop(1000);
    await expect(loop.request()).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a defect', () => {
  it('ends the loop: nothing runs after it, and all who wait are told', async () => {
    let passes = 0;
    const { loop, fatal } = start(async () => {
      passes += 1;
      throw new TypeError('ours');
    });
    const first = loop.request();
    const second = loop.request();
    await expect(first).rejects.toThrow('ours');
    await expect(second).rejects.toThrow('ours');
    await expect(loop.request()).rejects.toMatchObject({ code: 'aborted' });
    loop.push({ scopes: new Map([[source, 'all']]), cause: 'watch', oldestSeenAtMs: 0 });
    expect([passes, fatal.length, loop.pendingCount()]).toEqual([1, 1, 0]);
    await loop.stop(1000);
  });
});

describe('a pass that waits for its retry', () => {
  const lost = new AppError('database_unreachable', 'gone', { retryable: true });

  it('is tried at once when the loop is woken; null control: not before', async () => {
    let tries = 0;
    let sleeps = 0;
    const clock = {
      nowMs: () => 0,
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          sleeps += 1;
          signal?.addEventListener('abort', () => resolve());
        }),
    };
    const { loop } = start(
      () => {
        tries += 1;
        return tries < 3 ? Promise.reject(lost) : Promise.resolve(report);
      },
      { clock },
    );
    // Nobody waits yet: waking does nothing.
    loop.wake();
    const asked = loop.request();
    await until(() => sleeps === 1, { what: 'the first pause' });
    await sleep(20);
    expect(tries).toBe(1);
    loop.wake();
    await until(() => sleeps === 2, { what: 'the second pause' });
    expect(tries).toBe(2);
    loop.wake();
    await asked;
    expect([tries, sleeps]).toEqual([3, 2]);
    await loop.stop(1000);
  });
});

describe('packs that are to be looked at again', () => {
  it('are waited for by one timer, however many passes left them', async () => {
    let passes = 0;
    const unsettled = { ...report, cause: 'retry', again: new Map([[source, new Set(['a'])]]) };
    const { loop } = start(
      async () => {
        passes += 1;
        return unsettled as unknown as PassReport;
      },
      { againMs: 200 },
    );
    for (let hint = 1; hint <= 20; hint += 1) {
      loop.push({ scopes: new Map([[source, 'all']]), cause: 'watch', oldestSeenAtMs: 0 });
      await until(() => passes >= hint, { what: 'the pass of a hint' });
    }
    const before = passes;
    await sleep(500);
    // One after 200 ms, the next 400 ms later; a timer for each would have made it twenty.
    expect(passes - before).toBeLessThan(4);
    await loop.stop(1000);
  });
});

describe('a stop', () => {
  it('leaves a pass behind that is stuck in a call, and turns down who waits for it', async () => {
    const { loop } = start(() => new Promise(() => undefined));
    const asked = loop.request();
    const refused = expect(asked).rejects.toMatchObject({ code: 'aborted' });
    const startedMs = performance.now();
    await loop.stop(20);
    await refused;
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  it('does not wait for the next try', async () => {
    const lost = new AppError('database_unreachable', 'gone', { retryable: true });
    let asleep: () => void = () => undefined;
    const sleeping = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    const clock = {
      nowMs: () => 0,
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => resolve());
          asleep();
        }),
    };
    const { loop } = start(() => Promise.reject(lost), { clock });
    const refused = expect(loop.request()).rejects.toMatchObject({ code: 'aborted' });
    await sleeping;
    await loop.stop(60_000);
    await refused;
  });

  it('may be asked for twice', async () => {
    const { loop } = start(async () => report);
    await Promise.all([loop.stop(1000), loop.stop(1000)]);
    await loop.stop(1000);
  });
});
