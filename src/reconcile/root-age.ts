// Since when a root is the directory it is. One that was replaced under a running daemon (a volume mounted, a link swapped, a tree
// made anew) may still be filling, so what it lacks is believed only after a longer time.
import type { SourceName } from '../model/pack.ts';

export type RootAge = {
  /** Notes which directory a root is; true while it has been another one within the last `youngMs`. */
  isYoung(source: SourceName, identity: string): boolean;
};

/** `youngMs`: a rescan interval, contract §5.3. */
export function createRootAge(nowMs: () => number, youngMs: number): RootAge {
  const roots = new Map<SourceName, { readonly identity: string; readonly changedAtMs: number }>();
  return {
    isYoung(source, identity) {
      const before = roots.get(source);
      // The first look of a process compares with nothing: whatever was there before is unknown.
      const changedAtMs =
        before === undefined
          ? Number.NEGATIVE_INFINITY
          : before.identity === identity
            ? before.changedAtMs
            : nowMs();
      roots.set(source, { identity, changedAtMs });
      return nowMs() - changedAtMs < youngMs;
    },
  };
}
