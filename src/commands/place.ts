// A path as given → the root and the pack that it lies in, looked for upwards.
import { type Stats, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { codeOf } from '../model/errors.ts';
import type { PackDir, PackPath } from '../model/pack.ts';

export type PackPlace = { readonly root: string; readonly dir: PackDir; readonly only: PackPath };

/** A file is looked at inside its pack: the nearest directory above it with a manifest, or where its place says the pack would be. */
export function placeInPack(path: string): PackPlace {
  let pack = dirname(path);
  while (!hasManifest(pack) && dirname(pack) !== pack) pack = dirname(pack);
  if (!hasManifest(pack)) {
    const place = /[/\\](?:actions[/\\]workflows|actions|workflows)$/.exec(dirname(path));
    pack = place ? dirname(path).slice(0, -place[0].length) : dirname(path);
  }
  const root = dirname(pack);
  const only = relative(root, path).split(sep).join('/') as PackPath;
  return { root, dir: pack.slice(pack.lastIndexOf(sep) + 1) as PackDir, only };
}

/** True for the directory of a pack. */
export function hasManifest(directory: string): boolean {
  return ['pack.yaml', 'pack.yml'].some((name) => statOf(join(directory, name)) !== undefined);
}

/** Undefined where there is nothing that can be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
