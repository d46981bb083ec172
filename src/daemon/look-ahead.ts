// Looks at packs before a pass does, while a database without any schema is given one: nothing of them can be registered, so all of it
// will be asked for. What is read and checked is kept with its digest; the pass looks again, and reads only what is another by then.
import type { Loader } from '../load/load.ts';
import type { SourceName } from '../model/pack.ts';
import { inParallel } from '../reconcile/parallel.ts';
import { packConcurrency } from './system-clock.ts';

export type LookAhead = {
  begin(): void;
  /** Resolves when nothing is looked at any more. */
  end(): Promise<void>;
};

/** Packs that are looked at, at most: some thirty are read and checked while a schema is made. */
const maxPacks = 64;

export function createLookAhead(
  loader: Pick<Loader, 'scanRoot' | 'observe'>,
  sources: readonly SourceName[],
): LookAhead {
  let isOver = false;
  let looking: Promise<void> | undefined;
  const look = async () => {
    let left = maxPacks;
    for (const source of sources) {
      const root = await loader.scanRoot(source);
      const dirs = root.state === 'listed' ? root.dirs.slice(0, left) : [];
      left -= dirs.length;
      await inParallel(packConcurrency, dirs, async (dir) => {
        if (!isOver) await loader.observe(source, dir, [], false, nothingIsJudged);
      });
    }
  };
  return {
    begin() {
      looking ??= look().catch(() => undefined); // what is wrong shows again in the pass
    },
    async end() {
      isOver = true;
      await looking;
    },
  };
}

const nothingIsJudged = () => undefined;
