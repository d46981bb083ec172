// Which removals wait for a person (contract §5.4): a mistake or an outage looks like many removals at once. Pure.
import type { Ref } from '../model/pack.ts';

/** What a source lost in the last ten minutes, by the database's clock. */
export type RecentRemovals = {
  /** Definitions and plain actions that were retired, are not back, and nobody agreed to. */
  readonly retired: number;
  /** The highest number that was active in that time. */
  readonly highest: number;
};

export type GuardInput = {
  /** Refs that a pass is about to retire, each once. */
  readonly removals: readonly Ref[];
  /** Those of them that a person has agreed to. */
  readonly approved: ReadonlySet<Ref>;
  readonly recent: RecentRemovals;
  /** 0 holds every removal, 100 none. */
  readonly pruneMaxPercent: number;
};

/** So few removals at a time are nobody's accident. */
const alwaysAllowed = 3;

/** The removals to hold, sorted: all that nobody agreed to, or none. A slow loss counts like a fast one. */
export function removalsToHold({ removals, approved, recent, pruneMaxPercent }: GuardInput): readonly Ref[] {
  const fresh = removals.filter((ref) => !approved.has(ref)).sort();
  if (pruneMaxPercent >= 100) return [];
  if (pruneMaxPercent === 0) return fresh;
  const lost = recent.retired + fresh.length;
  const isTooMuch = lost > alwaysAllowed && lost * 100 > recent.highest * pruneMaxPercent;
  return isTooMuch ? fresh : [];
}
