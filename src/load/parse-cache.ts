// Digest and role → checked file, bounded in bytes and in time. A cached value is a function of its key: nothing of a path is in it.
import type { LRUCache } from 'lru-cache';
import type { CheckedFile, WorkflowText } from '../model/file.ts';
import type { Digest, FileRole } from '../model/pack.ts';

export type ParseCache = {
  get(role: FileRole, digest: Digest): CheckedFile | undefined;
  /** What it is made of is loaded by the first that is kept. */
  set(role: FileRole, digest: Digest, checked: CheckedFile): Promise<void>;
  /** Of what it holds, by the same estimate as its limit. */
  bytes(): number;
};

/**
 * `maxBytes`: an estimate of what the values hold, text and tree; 0 keeps nothing. A value over it is simply not kept. `restMs`: one
 * that nobody asked for goes after that, or a bit later, at most twice as late.
 */
export function createParseCache(maxBytes: number, restMs = 15_000): ParseCache {
  let cache: LRUCache<string, CheckedFile> | undefined;
  let loading: ReturnType<typeof load> | undefined;
  let sweeper: NodeJS.Timeout | undefined;
  const load = async () => {
    const library = await import('lru-cache');
    const options = { ttl: restMs, ttlResolution: 0, updateAgeOnGet: true };
    cache = new library.LRUCache({ maxSize: maxBytes, sizeCalculation: estimateBytes, ...options });
    return cache;
  };
  const sweep = () => {
    cache?.purgeStale();
    if (cache && cache.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };
  return {
    get: (role, digest) => cache?.get(`${role}:${digest}`),
    async set(role, digest, checked) {
      if (maxBytes === 0) return;
      loading ??= load();
      (await loading).set(`${role}:${digest}`, checked);
      // What a load or a save needs again it needs soon; after that it would be most of the memory of a daemon at rest.
      sweeper ??= setInterval(sweep, restMs).unref();
    },
    bytes: () => cache?.calculatedSize ?? 0,
  };
}

/** The text and what was made of it, in two bytes a character. The tree of an action or a manifest takes 4 to 6 times its text. */
export function estimateBytes({ file, text, findings, parameterUses = [] }: CheckedFile): number {
  const made = file?.role === 'workflow' ? 2 * lengthOf(file) : 5 * text.length;
  return 1024 + 2 * text.length + made + findings.length * 400 + parameterUses.length * 200;
}

function lengthOf({ parameters, output, graph }: WorkflowText): number {
  let length = parameters.length + output.length;
  for (const name in graph) length += graph[name]?.length ?? 0;
  return length;
}
