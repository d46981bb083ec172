// Digest and role → checked file, bounded in bytes. A cached value is a function of its key: nothing of a path is in it.
import { LRUCache } from 'lru-cache';
import type { CheckedFile } from '../model/file.ts';
import type { Digest, FileRole } from '../model/pack.ts';

export type ParseCache = {
  get(role: FileRole, digest: Digest): CheckedFile | undefined;
  set(role: FileRole, digest: Digest, checked: CheckedFile): void;
};

/** `maxBytes`: an estimate of what the values hold, text and tree. A value over it is simply not kept. */
export function createParseCache(maxBytes: number): ParseCache {
  const cache = new LRUCache<string, CheckedFile>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: estimateBytes,
  });
  return {
    get: (role, digest) => cache.get(`${role}:${digest}`),
    set: (role, digest, checked) => {
      cache.set(`${role}:${digest}`, checked);
    },
  };
}

/** The parsed tree of a YAML text was measured at 4 to 6 times the text; two bytes a character at most. */
function estimateBytes(checked: CheckedFile): number {
  const { text, findings, parameterUses = [] } = checked;
  return 1024 + text.length * 7 + findings.length * 400 + parameterUses.length * 200;
}
