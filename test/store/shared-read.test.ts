// Reads that are shared: never with one who asked after they were sent.
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { shareRead, shareReads } from '../../src/store/shared-read.ts';

/** A registry that is at `committed`; a read sees what is committed when it is sent, and ends when it is told to. */
function openCounter() {
  const counter = { committed: 0, sent: 0 };
  const open: (() => void)[] = [];
  const read = () => {
    const seen = counter.committed;
    counter.sent += 1;
    return new Promise<number>((resolve) => open.push(() => resolve(seen)));
  };
  return { counter, read, end: () => open.shift()?.() };
}

const settled = () => sleep(0);

describe('shareRead', () => {
  it('gives nobody what was read before they asked', async () => {
    const step = fc.constantFrom<'commit' | 'ask' | 'end'>('commit', 'ask', 'end');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { counter, read, end } = openCounter();
        const ask = shareRead(read);
        const answers: Promise<void>[] = [];
        for (const one of steps) {
          if (one === 'commit') counter.committed += 1;
          if (one === 'end') end();
          if (one === 'ask') {
            const atLeast = counter.committed;
            answers.push(ask().then((seen) => expect(seen).toBeGreaterThanOrEqual(atLeast)));
          }
          await Promise.resolve();
        }
        for (let left = 0; left <= answers.length; left += 1) {
          end();
          await settled();
        }
        await Promise.all(answers);
      }),
      { numRuns: 100 },
    );
  });

  it('reads once for all who come while a read is under way', async () => {
    const { counter, read, end } = openCounter();
    const ask = shareRead(read);
    const answers = [ask(), ask(), ask(), ask()];
    expect(counter.sent).toBe(1);
    end();
    await settled();
    expect(counter.sent).toBe(2);
    end();
    expect(await Promise.all(answers)).toEqual([0, 0, 0, 0]);
  });

  it('reads each thing once that is asked for together, and tells each its own', async () => {
    const reads: (readonly string[])[] = [];
    const ask = shareReads(async (keys: readonly string[]) => {
      reads.push(keys);
      await settled();
      return (key: string) => `${key} of ${keys.length}`;
    });
    const answers = await Promise.all(['a', 'b', 'c', 'b', 'a'].map(ask));
    expect(reads).toEqual([['a'], ['b', 'c', 'a']]);
    expect(answers).toEqual(['a of 1', 'b of 3', 'c of 3', 'b of 3', 'a of 3']);
  });

  it('waits for no read that hangs', async () => {
    vi.useFakeTimers();
    try {
      const { counter, read } = openCounter();
      const ask = shareRead(read);
      void ask();
      void ask();
      void ask();
      await vi.advanceTimersByTimeAsync(49);
      expect(counter.sent).toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(counter.sent).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('fails all who share one that fails, and reads again for the next', async () => {
    let isBroken = true;
    const ask = shareRead(() => (isBroken ? Promise.reject(new Error('no')) : Promise.resolve(1)));
    const told = await Promise.allSettled([ask(), ask(), ask()]);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    isBroken = false;
    expect(await ask()).toBe(1);
  });
});
