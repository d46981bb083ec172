// Is somebody switching a tree just now? Told by what tools leave while they are at it: git holds `index.lock` for as long as a
// checkout takes, and a directory that is served through a `..data` link has two versions beside each other while it is swapped.
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from '../model/errors.ts';
import { identityOf } from '../model/listing.ts';

export type MarkerOptions = {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Milliseconds after which a marker that stays counts as left behind. @default 30 000 */
  readonly limitMs?: number;
};

export type Markers = {
  /**
   * True while a tool is switching files of the pack. `rootReal` and the pack directory below it are looked at, and the git work
   * tree around them. A marker that has been there for longer than the limit is no longer believed.
   */
  isSwitching(rootReal: string, dir: string): Promise<boolean>;
};

export function createMarkers({ nowMs, limitMs = 30_000 }: MarkerOptions): Markers {
  // Place that was looked at → the marker there and since when; a later one at the same place is another.
  const known = new Map<string, { readonly marker: string; readonly firstMs: number }>();

  const isFresh = ({ place, marker }: Found): boolean => {
    if (marker === undefined) {
      known.delete(place);
      return false;
    }
    const before = known.get(place);
    const firstMs = before?.marker === marker ? before.firstMs : nowMs();
    known.set(place, { marker, firstMs });
    return nowMs() - firstMs < limitMs;
  };

  return {
    async isSwitching(rootReal, dir) {
      const pack = join(rootReal, dir);
      const places = [rootReal, pack, join(pack, 'workflows'), join(pack, 'actions')];
      const found = await Promise.all([findIndexLock(pack), ...places.map(findSwap)]);
      return found.map(isFresh).some((fresh) => fresh);
    },
  };
}

/** What was found at a place; no marker: nobody is at it. */
type Found = { readonly place: string; readonly marker: string | undefined };

/** The lock of the git work tree that the directory lies in. */
async function findIndexLock(from: string): Promise<Found> {
  for (let dir = from; ; dir = dirname(dir)) {
    const git = await gitDirectory(join(dir, '.git'));
    if (git !== undefined) return { place: git, marker: await identify(join(git, 'index.lock')) };
    if (dirname(dir) === dir) return { place: dir, marker: undefined };
  }
}

/** `.git` is a directory, or in further work trees and submodules a file that names one. */
async function gitDirectory(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) return path;
    if (!stats.isFile() || stats.size > 4096) return undefined;
    const [, target] = /^gitdir: (.+)/.exec(await readFile(path, 'utf8')) ?? [];
    return target && resolve(dirname(path), target);
  } catch {
    return undefined; // not there, or not for us to see: then it tells nothing
  }
}

/** A swap of `..data`: the link that will replace it is there, or a version beside the one it leads to. */
async function findSwap(dir: string): Promise<Found> {
  return { place: dir, marker: await findVersion(dir) };
}

async function findVersion(dir: string): Promise<string | undefined> {
  try {
    const current = await readlink(join(dir, '..data'));
    const other = (await readdir(dir)).find(
      (name) => name.startsWith('..') && name !== '..data' && name !== current,
    );
    return other && identify(join(dir, other));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined; // no such link: nothing is served that way here
  }
}

async function identify(path: string): Promise<string | undefined> {
  return lstat(path, { bigint: true }).then(
    (stats) => `${path}\0${identityOf(stats)}`,
    () => undefined, // it is gone: whoever made it is done
  );
}
