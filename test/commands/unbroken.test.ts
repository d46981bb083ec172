// Passes that the database breaks off, by a clock of the test's own.
import { describe, expect, it } from 'vitest';
import { createUnbroken } from '../../src/commands/unbroken.ts';
import { AppError } from '../../src/model/errors.ts';
import type { PackReport, PassReport } from '../../src/reconcile/ports.ts';

const away = new AppError('database_unreachable', 'away', { retryable: true });
const whole = { packs: [] } as unknown as PassReport;
const packOf = (dir: string) => ({ dir }) as unknown as PackReport;

function createRun(onSleep?: () => void) {
  const abort = new AbortController();
  const failures: AppError[] = [];
  let nowMs = 0;
  const unbroken = createUnbroken({
    signal: abort.signal,
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      onSleep?.();
    },
    onFailure: (error) => failures.push(error),
  });
  return { abort, failures, unbroken, later: (ms: number) => (nowMs += ms), now: () => nowMs };
}

describe('createUnbroken', () => {
  it('makes a pass again, and tells what was finished before it broke off', async () => {
    const { unbroken, failures } = createRun();
    let count = 0;
    const report = await unbroken.pass(async () => {
      count += 1;
      unbroken.note(packOf(`pack${count}`));
      if (count < 3) throw away;
      return whole;
    });
    expect(report).toBe(whole);
    expect(failures).toEqual([away, away]);
    expect(unbroken.finished().map(({ dir }) => dir)).toEqual(['pack1', 'pack2']);
  });

  it('gives up after half a minute in which no pack was finished', async () => {
    const { unbroken, now } = createRun();
    await expect(unbroken.pass(() => Promise.reject(away))).rejects.toBe(away);
    expect(now()).toBeGreaterThan(29_000);
    expect(now()).toBeLessThan(33_000);
  });

  it('goes on as long as packs get finished', async () => {
    const { unbroken, later } = createRun();
    let count = 0;
    const report = await unbroken.pass(async () => {
      later(20_000);
      unbroken.note(packOf('one'));
      count += 1;
      if (count < 20) throw away;
      return whole;
    });
    expect(report).toBe(whole);
  });

  it('throws at once what no waiting mends', async () => {
    const { unbroken, failures } = createRun();
    const refused = new AppError('database_refused', 'no', { retryable: false });
    await expect(unbroken.pass(() => Promise.reject(refused))).rejects.toBe(refused);
    await expect(unbroken.pass(() => Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
    expect(failures).toEqual([]);
  });

  it('ends when it is aborted while it waits', async () => {
    const { unbroken, abort, failures } = createRun(() => abort.abort(new Error('stopped')));
    await expect(unbroken.pass(() => Promise.reject(away))).rejects.toThrow('stopped');
    expect(failures).toEqual([away]);
    await expect(unbroken.pass(() => Promise.reject(away))).rejects.toBe(away);
  });
});
