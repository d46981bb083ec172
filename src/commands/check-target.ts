// An argument of `check` → what is to be checked: a root, one of its packs, or a part of a pack.
import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { suggest } from '../language/suggest.ts';
import { codeOf } from '../model/errors.ts';
import type { PackDir, PackPath } from '../model/pack.ts';

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
  const pack = packAbove(path);
  const root = dirname(pack);
  const only = relative(root, path).split(sep).join('/') as PackPath;
  const show = (below: PackPath): string => join(argument, below.slice(only.length));
  return { root, dir: basename(pack) as PackDir, only, isFile, show };
}

const places = /[/\\](?:actions[/\\]workflows|actions|workflows)$/;

/** The nearest directory above with a manifest, or where the place of the file says the pack would be. */
function packAbove(path: string): string {
  let pack = dirname(path);
  while (!hasManifest(pack) && dirname(pack) !== pack) pack = dirname(pack);
  return hasManifest(pack) ? pack : dirname(path).replace(places, '');
}

function isPartOfPack(path: string): boolean {
  const place = places.exec(path);
  return place !== null && hasManifest(path.slice(0, -place[0].length));
}

/** A directory that looks like a pack, and no root whose packs happen to have such names. */
function lacksManifest(path: string): boolean {
  return ['workflows', 'actions'].some((name) => {
    const below = join(path, name);
    return statOf(below)?.isDirectory() === true && !hasManifest(below);
  });
}

function hasManifest(directory: string): boolean {
  return ['pack.yaml', 'pack.yml'].some((name) => statOf(join(directory, name)) !== undefined);
}

function statOf(path: string): Stats | undefined {
  return unlessRefused(() => statSync(path));
}

function namesIn(directory: string): readonly string[] {
  return unlessRefused(() => readdirSync(directory)) ?? [];
}

/** Undefined when the system says no. */
function unlessRefused<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
