// File → the refs that are served from it. By its place in the pack: a directory that is renamed makes no other files of those in
// it, and what is kept of a file that is no good still has the old path. Pure.
import type { PackPath, Ref } from '../model/pack.ts';
import type { RegisteredDefinition } from '../model/state.ts';
import { placeInPack } from './discover.ts';

type Rows = ReadonlyMap<Ref, RegisteredDefinition>;

/** A pack may hold thousands of bad files, and each asks. */
const indexes = new WeakMap<Rows, ReadonlyMap<string, readonly Ref[]>>();

/** Refs of a pack that are served from the file at this place, in the order of the rows. */
export function registeredAt(rows: Rows, path: PackPath): readonly Ref[] {
  const index = indexes.get(rows) ?? indexOf(rows);
  return index.get(placeInPack(path)) ?? [];
}

function indexOf(rows: Rows): ReadonlyMap<string, readonly Ref[]> {
  const index = new Map<string, Ref[]>();
  for (const [ref, { status, sourcePath }] of rows) {
    if (status === 'retired' || sourcePath === null) continue;
    const place = placeInPack(sourcePath);
    const refs = index.get(place);
    if (refs) refs.push(ref);
    else index.set(place, [ref]);
  }
  indexes.set(rows, index);
  return index;
}
