import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../../src/http/remote-address.ts';
import { createBuckets } from '../../src/http/token-bucket.ts';

describe('createBuckets', () => {
  it('gives what a full bucket holds, then what comes back', () => {
    const buckets = createBuckets({ perSecond: 4, burst: 3 });
    expect([1, 2, 3].map(() => buckets.take('a', 0))).toEqual([0, 0, 0]);
    expect(buckets.take('a', 0)).toBe(0.25);
    expect(buckets.take('a', 100)).toBeCloseTo(0.15);
    expect(buckets.take('b', 0)).toBe(0);
    expect(buckets.take('a', 250)).toBe(0);
    expect(buckets.has('a', 250)).toBe(false);
    expect(buckets.take('a', 10_000)).toBe(0);
  });

  it('never gives more than burst and rate allow in any span, and keeps its word about the wait', () => {
    const steps = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        steps,
        (perSecond, burst, gaps) => {
          const buckets = createBuckets({ perSecond, burst });
          const taken: number[] = [];
          let nowMs = 0;
          for (const gap of gaps) {
            nowMs += gap;
            const wait = buckets.take('key', nowMs);
            expect(wait === 0 || !buckets.has('key', nowMs)).toBe(true);
            if (wait > 0) expect(buckets.has('key', nowMs + wait * 1000 + 1e-6)).toBe(true);
            if (wait === 0) taken.push(nowMs);
          }
          for (const [first, fromMs] of taken.entries()) {
            for (const [last, toMs] of taken.entries()) {
              if (last < first) continue;
              expect(last - first + 1).toBeLessThanOrEqual(
                burst + ((toMs - fromMs) / 1000) * perSecond + 1e-6,
              );
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('remembers those that were taken from last, and no more of them', () => {
    const buckets = createBuckets({ perSecond: 1, burst: 1 }, 2);
    for (const key of ['a', 'b']) buckets.take(key, 0);
    expect(buckets.has('a', 0)).toBe(false);
    buckets.take('c', 0);
    expect(['a', 'b', 'c'].map((key) => buckets.has(key, 0))).toEqual([true, false, false]);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('takes %s for %s', (address, network) => expect(networkOf(address)).toBe(network));
});
