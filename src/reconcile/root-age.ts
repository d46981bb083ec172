// Since when a root is the directory it is. One that was replaced under a running daemon (a volume mounted, a link swapped, a tree
// made anew) may still be filling, so what it lacks is believed only when two looks a long time apart saw the same.
//
// States of a root: settled → (another directory) young → (a while later, and nothing waits to be believed) settled.
import type { PackDir, SourceName } from '../model/pack.ts';

export type RootAge = {
  /** Notes which directory a root is; true while it is young. */
  isYoung(source: SourceName, identity: string): boolean;
  /**
   * What a pass over a young root would take away: pack directories and what was seen of each. Returns those that were seen alike
   * for long enough. Of the directories that were looked at, any other is forgotten.
   */
  believed(
    source: SourceName,
    lacking: ReadonlyMap<PackDir, string>,
    looked: Iterable<PackDir>,
  ): ReadonlySet<PackDir>;
};

type Root = {
  readonly identity: string;
  readonly changedAtMs: number;
  readonly lacking: Map<PackDir, Lack>;
};

type Lack = { readonly seen: string; readonly firstMs: number; readonly lastMs: number };

/** `youngMs`: a rescan interval, contract §5.3. */
export function createRootAge(nowMs: () => number, youngMs: number): RootAge {
  const roots = new Map<SourceName, Root>();
  return {
    isYoung(source, identity) {
      const before = roots.get(source);
      // The first look of a process compares with nothing: whatever was there before is unknown.
      const changedAtMs = before === undefined ? Number.NEGATIVE_INFINITY : nowMs();
      const root = before?.identity === identity ? before : { identity, changedAtMs, lacking: new Map() };
      roots.set(source, root);
      // What no pass has looked at since is nobody's business any more.
      for (const [dir, { lastMs }] of root.lacking)
        if (nowMs() - lastMs > 3 * youngMs) root.lacking.delete(dir);
      return root.lacking.size > 0 || nowMs() - root.changedAtMs < youngMs;
    },
    believed(source, lacking, looked) {
      const known: Root['lacking'] = roots.get(source)?.lacking ?? new Map();
      const believed = new Set<PackDir>();
      for (const dir of looked) if (!lacking.has(dir)) known.delete(dir);
      for (const [dir, seen] of lacking) {
        const before = known.get(dir);
        const firstMs = before?.seen === seen ? before.firstMs : nowMs();
        known.set(dir, { seen, firstMs, lastMs: nowMs() });
        if (nowMs() - firstMs < youngMs) continue;
        believed.add(dir);
        known.delete(dir);
      }
      return believed;
    },
  };
}
