// Which directories of a root a pass looks at. Pure.
import type { SourceScope } from '../model/change.ts';
import type { RootListing } from '../model/listing.ts';
import type { PackDir } from '../model/pack.ts';
import type { RegisteredSource } from '../model/state.ts';

export type ListedRoot = Extract<RootListing, { state: 'listed' }>;

/** The directories of a scope, in order; of a full one those that lie there and those that left rows behind. */
export function dirsInScope(
  scope: SourceScope,
  root: ListedRoot,
  overview: RegisteredSource,
): readonly PackDir[] {
  const refused = new Set(root.refused.map((entry) => entry.path as string));
  const dirs =
    scope === 'all' ? [...root.dirs, ...registeredDirs(overview), ...overview.files.keys()] : scope;
  return [...new Set(dirs)].filter((dir) => !refused.has(dir)).sort();
}

/** Directories that hold no registered pack. `overview` is that of the whole source. */
export function strangers(root: ListedRoot, overview: RegisteredSource): readonly PackDir[] {
  const registered = registeredDirs(overview);
  return root.dirs.filter((dir) => !registered.has(dir));
}

/** Directories that a pack is registered for which is not retired. */
export function registeredDirs(overview: RegisteredSource): ReadonlySet<PackDir> {
  const dirs = new Set<PackDir>();
  for (const pack of overview.packs.values())
    if (pack.dir !== null && pack.status !== 'retired') dirs.add(pack.dir);
  return dirs;
}
