// Do the events of a root arrive? Proved by what passes find: a change that no event announced was missed.
//
// States: events → (a change was missed, or directories cannot be watched) polling → (enough changes in a row were announced, or a
// long time without a miss; every directory is watched) events. Each relapse asks for twice the proof.
import type { PackDir } from '../model/pack.ts';

export type WatchedBy = 'events' | 'poll';

export type SelfTestOptions = {
  readonly first: WatchedBy;
  /** False: what is missed is only counted. */
  readonly canSwitch: boolean;
  /** False: events of this root prove nothing, it stays as it is. */
  readonly canClimb: boolean;
  /** Milliseconds an event may come later than the pass that saw its change. @default 2000 */
  readonly graceMs?: number;
  /** Passes with announced changes that are proof enough, at first. @default 3 */
  readonly proofs?: number;
  /** Milliseconds without a miss that are proof enough, at first. @default 600 000 */
  readonly probationMs?: number;
  nowMs(): number;
  /** Runs `fire` once after a time; the result cancels it. */
  setTimer(fire: () => void, delayMs: number): () => void;
  /** Packs that had changed and were not announced. */
  onMissed(dirs: ReadonlySet<PackDir>): void;
  onSwitch(mode: WatchedBy, reason: string): void;
};

/** What a pass saw of the root. */
export type SeenByPass = {
  readonly startedAtMs: number;
  readonly looked: ReadonlySet<PackDir>;
  readonly changed: ReadonlySet<PackDir>;
  /** Every pack was looked at. */
  readonly isFull: boolean;
  /** There is nothing to compare with: the first look, or a root that is another directory now. */
  readonly isBaseline: boolean;
};

export type SelfTest = {
  /** An event came; undefined: about the root as a whole. */
  announce(dir: PackDir | undefined): void;
  passed(seen: SeenByPass): void;
  /** Directories that cannot be watched, now. */
  unwatched(count: number): void;
  mode(): WatchedBy;
  close(): void;
};

/** More packs than this announced at once count as all of them. */
const maxAnnounced = 1000;
const mostProofs = 48;
const longestProbationMs = 24 * 3_600_000;

export function createSelfTest(options: SelfTestOptions): SelfTest {
  const { nowMs, graceMs = 2000 } = options;
  let mode = options.first;
  let relapses = 0;
  let proofs = 0;
  let quietSinceMs = nowMs();
  let missing = 0;
  // Events since the last look at a pack; one about the whole root stands for every pack.
  const announced = new Map<PackDir, number>();
  let allAnnouncedMs = Number.NEGATIVE_INFINITY;
  let lastFullMs = Number.NEGATIVE_INFINITY;
  const suspects = new Set<PackDir>();
  let cancelGrace: (() => void) | undefined;

  const isAnnounced = (dir: PackDir) => announced.has(dir) || allAnnouncedMs > lastFullMs;

  const switchTo = (next: WatchedBy, reason: string) => {
    if (mode === next || !options.canSwitch) return;
    mode = next;
    proofs = 0;
    options.onSwitch(next, reason);
  };

  const relapse = (reason: string) => {
    if (mode === 'events') relapses += 1;
    proofs = 0;
    quietSinceMs = nowMs();
    switchTo('poll', reason);
  };

  const judge = () => {
    cancelGrace = undefined;
    if (suspects.size === 0) return;
    const missed = new Set(suspects);
    suspects.clear();
    options.onMissed(missed);
    relapse(`${missed.size} changed ${missed.size === 1 ? 'pack was' : 'packs were'} announced by no event`);
  };

  const climbIfProved = () => {
    if (mode === 'events' || !options.canClimb || missing > 0 || suspects.size > 0) return;
    const factor = 2 ** Math.max(0, relapses - 1);
    const needed = Math.min(mostProofs, (options.proofs ?? 3) * factor);
    const probationMs = Math.min(longestProbationMs, (options.probationMs ?? 600_000) * factor);
    if (proofs >= needed) switchTo('events', `events announced ${proofs} changes in a row`);
    else if (nowMs() - quietSinceMs >= probationMs) switchTo('events', 'nothing was missed for a long time');
  };

  return {
    announce(dir) {
      if (dir === undefined || announced.size >= maxAnnounced) {
        announced.clear();
        suspects.clear();
        allAnnouncedMs = nowMs();
      } else {
        announced.set(dir, nowMs());
        suspects.delete(dir);
      }
    },
    passed(seen) {
      if (!seen.isBaseline) {
        const found = [...seen.changed].filter((dir) => !isAnnounced(dir));
        if (found.length === 0 && seen.changed.size > 0) proofs += 1;
        for (const dir of found) suspects.add(dir);
        if (suspects.size > 0) cancelGrace ??= options.setTimer(judge, graceMs);
      }
      for (const dir of seen.looked)
        if ((announced.get(dir) ?? Number.POSITIVE_INFINITY) < seen.startedAtMs) announced.delete(dir);
      if (seen.isFull) lastFullMs = seen.startedAtMs;
      climbIfProved();
    },
    unwatched(count) {
      if (count > 0 && missing === 0) {
        missing = count;
        relapse(`${count} ${count === 1 ? 'directory' : 'directories'} cannot be watched`);
      }
      missing = count;
      climbIfProved();
    },
    mode: () => mode,
    close() {
      cancelGrace?.();
    },
  };
}
