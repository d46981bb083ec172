// A rescan looks at every pack, and a save must not wait for all of them: changes of single packs that the disk speaks of meanwhile are
// let in between two packs, or while the rescan waits for the database, each as a pass of its own, while no other pack is worked on.
import type { ChangeSet } from '../model/change.ts';
import { unionChanges } from '../registry/change-set.ts';
import type { Pause } from './parallel.ts';
import type { PassReport } from './ports.ts';

export type LetIn = {
  /** True: a rescan runs that takes care of the change. */
  takes(change: ChangeSet): boolean;
  /** Runs a pass; `onLeft` is told what it took and did not come to. */
  rescan(change: ChangeSet, onLeft: (change: ChangeSet) => void): Promise<PassReport>;
  /** What it took and has not begun. */
  pending(): ChangeSet | undefined;
};

export function createLetIn(pass: (change: ChangeSet, pause?: Pause) => Promise<PassReport>): LetIn {
  let taken: ChangeSet | undefined;
  let isRunning = false;
  let onTaken: (() => void) | undefined;

  const nextTaken = () =>
    new Promise<void>((resolve) => {
      onTaken = resolve;
    });

  const pause: Pause = {
    isWanted: () => taken !== undefined,
    async run() {
      const change = taken;
      taken = undefined;
      if (change === undefined) return;
      try {
        await pass(change);
      } catch (error) {
        // The rescan fails with it, and what both were for stays asked for.
        taken = unionChanges(taken, change);
        throw error;
      }
    },
    async during(work) {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      const over = work.then(end, end);
      while (!isOver) await (taken === undefined ? Promise.race([over, nextTaken()]) : pause.run());
      onTaken = undefined;
      return work;
    },
  };

  return {
    takes(change) {
      if (!isRunning || !isForPacks(change)) return false;
      taken = unionChanges(taken, change);
      onTaken?.();
      return true;
    },
    async rescan(change, onLeft) {
      isRunning = true;
      try {
        return await pass(change, pause);
      } finally {
        isRunning = false;
        if (taken !== undefined) onLeft(taken);
        taken = undefined;
      }
    },
    pending: () => taken,
  };
}

function isForPacks({ cause, scopes }: ChangeSet): boolean {
  return cause === 'watch' && [...scopes.values()].every((scope) => scope !== 'all');
}
