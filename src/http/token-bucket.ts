// How often each of many may ask: a bucket that fills steadily and is taken from. Pure but for what it remembers.

export type Rate = {
  /** What comes back in a second. */
  readonly perSecond: number;
  /** What a full bucket holds. */
  readonly burst: number;
};

export type Buckets = {
  /** Takes one; 0 when there was one, otherwise the seconds until there will be, and nothing is taken. */
  take(key: string, nowMs: number): number;
  /** There is one to take. */
  has(key: string, nowMs: number): boolean;
};

type Bucket = { readonly left: number; readonly atMs: number };

/** One bucket a key, full at first. At most `maxKeys` are remembered: those that were taken from last. */
export function createBuckets({ perSecond, burst }: Rate, maxKeys = 10_000): Buckets {
  const buckets = new Map<string, Bucket>();
  const leftOf = (key: string, nowMs: number): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.left + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond);
  };
  return {
    has: (key, nowMs) => leftOf(key, nowMs) >= 1,
    take(key, nowMs) {
      const left = leftOf(key, nowMs);
      if (left < 1) return (1 - left) / perSecond;
      // Taken out first: a map is in the order of insertion, so that the first is the one longest unused.
      buckets.delete(key);
      buckets.set(key, { left: left - 1, atMs: nowMs });
      for (const oldest of buckets.keys()) {
        if (buckets.size <= maxKeys) break;
        buckets.delete(oldest);
      }
      return 0;
    },
  };
}
