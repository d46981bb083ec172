// A path as given → the root and the pack that it lies in, looked for upwards.
import { type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { codeOf } from '../model/errors.ts';
import type { PackDir, PackPath } from '../model/pack.ts';

export type PackPlace = { readonly root: string; readonly dir: PackDir; readonly only: PackPath };

/** The directories of a pack that hold files, at the end of a path. */
export const placeBelowPack = /[/\\](?:actions[/\\]workflows|actions|workflows)$/;

/** A file is looked at inside its pack: the nearest directory above it with a manifest, or where its place says the pack would be. */
export function placeInPack(path: string): PackPlace {
  let pack = dirname(path);
  while (!hasManifest(pack) && dirname(pack) !== pack) pack = dirname(pack);
  if (!hasManifest(pack)) pack = dirname(path).replace(placeBelowPack, '');
  const root = dirname(pack);
  return {
    root,
    dir: basename(pack) as PackDir,
    only: relative(root, path).split(sep).join('/') as PackPath,
  };
}

/** A path as a daemon on this host has it: below which of its roots; undefined when below none of them, or another one is wanted. */
export function belowRoot(
  roots: readonly { readonly source: string; readonly path: string }[],
  path: string,
  wanted: string | undefined,
): { readonly source: string; readonly path: string } | undefined {
  for (const root of roots) {
    const below = relative(root.path, path);
    const isInside = below !== '' && below !== '..' && !below.startsWith(`..${sep}`);
    if (isInside && (wanted === undefined || wanted === root.source || `root:${wanted}` === root.source))
      return { path: below.split(sep).join('/'), source: root.source };
  }
  return undefined;
}

/** True for the directory of a pack. */
export function hasManifest(directory: string): boolean {
  return ['pack.yaml', 'pack.yml'].some((name) => statOf(join(directory, name)) !== undefined);
}

/** Undefined where there is nothing that can be looked at. */
export function statOf(path: string): Stats | undefined {
  return unlessRefused(() => statSync(path));
}

/** Undefined when the system says no. */
export function unlessRefused<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
