// An argument of `check` → what is to be checked: a root, one of its packs, or a part of a pack.
import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { suggest } from '../language/suggest.ts';
import type { PackDir, PackPath } from '../model/pack.ts';
import { hasManifest, placeBelowPack, placeInPack, statOf, unlessRefused } from './place.ts';

/** Something to check: a root, one of its packs, or a part of one. */
export type Target = {
  /** Absolute. */
  readonly root: string;
  /** Undefined: every pack of the root. */
  readonly dir: PackDir | undefined;
  /** Only this file, or what lies below this directory, is shown; undefined: everything. */
  readonly only: PackPath | undefined;
  readonly isFile: boolean;
  /** A path below the root as it is printed: the argument as given joined with the rest. */
  show(path: PackPath): string;
};

/** The target of an argument, or in words why there is none. Looks at the disk, reads no file. */
export function targetOf(cwd: string, argument: string): Target | string {
  const path = resolve(cwd, argument);
  const stats = statOf(path);
  if (stats === undefined) return notThere(argument, path);
  if (!stats.isDirectory()) return insidePack(argument, path, true);
  if (hasManifest(path)) return wholePack(argument, path);
  if (isPartOfPack(path)) return insidePack(argument, path, false);
  if (lacksManifest(path)) return wholePack(argument, path);
  const show = (below: PackPath): string => join(argument, below);
  return { root: path, dir: undefined, only: undefined, isFile: false, show };
}

function notThere(argument: string, path: string): string {
  const near = suggest(basename(path), namesIn(dirname(path)));
  const advice =
    near === undefined ? 'give a root, a pack or a file' : `did you mean ${join(dirname(argument), near)}?`;
  return `${argument} does not exist; ${advice}`;
}

function wholePack(argument: string, path: string): Target {
  const dir = basename(path) as PackDir;
  const show = (below: PackPath): string => join(argument, below.slice(dir.length));
  return { root: dirname(path), dir, only: undefined, isFile: false, show };
}

/** A file or a directory is checked inside its pack, for what it is depends on the others. */
function insidePack(argument: string, path: string, isFile: boolean): Target {
  const { root, dir, only } = placeInPack(path);
  const show = (below: PackPath): string => join(argument, below.slice(only.length));
  return { root, dir, only, isFile, show };
}

function isPartOfPack(path: string): boolean {
  const place = placeBelowPack.exec(path);
  return place !== null && hasManifest(path.slice(0, -place[0].length));
}

/** A directory that looks like a pack, and no root whose packs happen to have such names. */
function lacksManifest(path: string): boolean {
  return ['workflows', 'actions'].some((name) => {
    const below = join(path, name);
    return statOf(below)?.isDirectory() === true && !hasManifest(below);
  });
}

function namesIn(directory: string): readonly string[] {
  return unlessRefused(() => readdirSync(directory)) ?? [];
}
