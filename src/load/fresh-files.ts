// What the last looks at packs brought and nobody has asked for yet, so that a changed file is read once: bounded in bytes.
import type { Digest, PackDir, PackPath, SourceName } from '../model/pack.ts';
import type { ReadAnswer } from './bulk-worker.ts';
import { estimateBytes } from './parse-cache.ts';

/** A file as a look brought it: its bytes, or what was found in them already. */
export type FreshFile = Extract<ReadAnswer[number], { readonly state: 'read' | 'checked' }>;

export type FreshFiles = {
  /** Files of one look, to be told of one after the other. */
  look(source: SourceName, dir: PackDir): FreshLook;
  get(source: SourceName, path: PackPath, digest: Digest): FreshFile | undefined;
  release(source: SourceName, dir: PackDir): void;
};

export type FreshLook = {
  /** True while there is room for what checking makes of files. */
  hasRoom(): boolean;
  /** Keeps a file, if there is room. */
  take(path: PackPath, file: FreshFile): void;
  /** The file is as it was: what an earlier look brought of it goes on standing. */
  carry(path: PackPath, digest: Digest): void;
  /** Replaces what the look before has left of the pack. */
  end(): void;
};

/** Bytes; what is more is read once more. */
export type FreshLimits = {
  /** @default 40 MiB, enough for 4,000 workflows of 2 KB that are in one pack */
  readonly packBytes?: number;
  /** @default 64 MiB */
  readonly allBytes?: number;
};

const mebibyte = 1024 * 1024;

type Pack = { readonly files: Map<PackPath, FreshFile>; bytes: number };

export function createFreshFiles({
  packBytes = 40 * mebibyte,
  allBytes = 64 * mebibyte,
}: FreshLimits = {}): FreshFiles {
  const packs = new Map<string, Pack>();
  const total = () => [...packs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    look(source, dir) {
      const key = `${source}/${dir}`;
      const pack: Pack = { files: new Map(), bytes: 0 };
      const most = Math.min(packBytes, allBytes - total());
      const take = (path: PackPath, file: FreshFile) => {
        const bytes = file.state === 'read' ? file.bytes.length : estimateBytes(file.checked);
        if (pack.bytes + bytes > most) return;
        pack.bytes += bytes;
        pack.files.set(path, file);
      };
      return {
        hasRoom: () => pack.bytes < most * 0.9,
        take,
        carry(path, digest) {
          const before = packs.get(key)?.files.get(path);
          if (before?.digest === digest) take(path, before);
        },
        end() {
          if (pack.files.size > 0) packs.set(key, pack);
          else packs.delete(key);
        },
      };
    },
    get(source, path, digest) {
      const file = packs.get(`${source}/${path.slice(0, path.indexOf('/'))}`)?.files.get(path);
      return file?.digest === digest ? file : undefined;
    },
    release(source, dir) {
      packs.delete(`${source}/${dir}`);
    },
  };
}
