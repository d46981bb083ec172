// How long packs that do not stand still are waited for: a file that is written without an end must not keep the rest of its pack
// from being registered.
import type { PackDir, SourceName } from '../model/pack.ts';

/** Milliseconds after which a pack is taken as it is. */
const longestMs = 10_000;

export type Patience = {
  /** True when a pack was waited for long enough. */
  isOver(source: SourceName, dir: PackDir): boolean;
  /** What a pass looked at, and what of it has to be looked at again. */
  noted(source: SourceName, looked: Iterable<PackDir>, again: ReadonlySet<PackDir>): void;
  /** The root cannot be listed: what is seen of it later begins anew. */
  forget(source: SourceName): void;
};

export function createPatience(nowMs: () => number): Patience {
  const since = new Map<string, number>();
  return {
    isOver: (source, dir) => nowMs() - (since.get(`${source}/${dir}`) ?? nowMs()) >= longestMs,
    noted(source, looked, again) {
      for (const dir of looked) if (!again.has(dir)) since.delete(`${source}/${dir}`);
      for (const dir of again) {
        const key = `${source}/${dir}`;
        since.set(key, since.get(key) ?? nowMs());
      }
    },
    forget(source) {
      for (const key of since.keys()) if (key.startsWith(`${source}/`)) since.delete(key);
    },
  };
}
