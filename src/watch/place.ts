// Which directories of a root are watched, and what a raw event in one of them may mean. Pure: names only, no disk.
import type { PackPath } from '../model/pack.ts';

/** What a watched directory is for, which decides what of it is watched further down. */
export type PlaceKind = 'root' | 'pack' | 'actions' | 'leaf';

/** A directory that is or would be watched; `rel` is its POSIX path below the root, empty for the root itself. */
export type Place = { readonly kind: PlaceKind; readonly rel: string };

/** What to do about a raw event: hint at `rel`, and look whether the watches at `look` are still right. */
export type Meaning = {
  readonly rel: string;
  readonly look: Place | undefined;
  /** The watch of `look` itself may hang on an inode that is gone. */
  readonly reopen: boolean;
};

/** Followed directories by the place they hang on: their pack, or the root (empty) where they lie outside of all packs. */
export type Followed = ReadonlyMap<string, readonly Place[]>;

export const rootPlace: Place = { kind: 'root', rel: '' };

/** The names that may be watched directories directly below a place; a root may hold any, so it has to be listed. */
export function childNames(kind: Exclude<PlaceKind, 'root'>): readonly string[] {
  switch (kind) {
    case 'pack':
      return ['actions', 'workflows'];
    case 'actions':
      return ['workflows'];
    case 'leaf':
      return [];
    default:
      return kind satisfies never;
  }
}

/** The place a directory of that name has below `parent`; undefined: it is not watched. */
export function childPlace(parent: Place, name: string): Place | undefined {
  if (parent.kind === 'root') {
    // A name with a replacement character cannot be turned back into the bytes on disk.
    const skipped = name.startsWith('.') || name === 'node_modules' || name.includes('\uFFFD');
    return skipped ? undefined : { kind: 'pack', rel: name };
  }
  if (!childNames(parent.kind).includes(name)) return undefined;
  return { kind: name === 'actions' ? 'actions' : 'leaf', rel: `${parent.rel}/${name}` };
}

/** True for a directory that is watched anyhow. */
function isUsual(rel: string): boolean {
  let place: Place | undefined = rootPlace;
  for (const name of rel.split('/')) place = place === undefined ? undefined : childPlace(place, name);
  return place !== undefined;
}

/** Groups paths of followed directories; leaves out what is watched anyhow and what cannot lie inside the root. */
export function groupFollowed(dirs: readonly string[]): Followed {
  const groups = new Map<string, Place[]>();
  for (const rel of new Set(dirs)) {
    const [first = '', ...rest] = rel.split('/');
    if (first === '' || first === '..' || rest.includes('..') || isUsual(rel)) continue;
    const parent = hintPath(rel) === undefined ? '' : first;
    const group = groups.get(parent) ?? [];
    groups.set(parent, group);
    group.push({ kind: 'leaf', rel });
  }
  return groups;
}

/** The path of a hint: undefined where the first segment names no pack, so that the whole source is looked at. */
export function hintPath(rel: string): PackPath | undefined {
  return rel === '' || rel.startsWith('.') ? undefined : (rel as PackPath);
}

/**
 * What an event may mean; undefined: nothing that a pack is made of. In doubt it means something: a hint costs a stat of one pack.
 * @param ownName last part of the place's own path
 * @param name as the system told it, null when it told none
 */
export function meaningOf(
  place: Place,
  ownName: string,
  kind: string,
  name: string | null,
): Meaning | undefined {
  if (name === null || name === '' || name.includes('\uFFFD'))
    return { rel: place.rel, look: place, reopen: false };
  // The system names the directory itself when it is removed or moved; a child of the same name cannot be told apart.
  if (name === ownName && kind === 'rename') return { rel: place.rel, look: place, reopen: true };
  // `..data` and its like: a symbolic link that was swapped may lead any of the children elsewhere.
  if (name.startsWith('..')) return { rel: place.rel, look: place, reopen: false };
  const child = childPlace(place, name);
  if (child !== undefined) return { rel: child.rel, look: child, reopen: false };
  if (place.kind === 'root' || !mayMatter(name)) return undefined;
  // A name without an extension may be a link that a watched directory is reached through.
  const look = kind === 'rename' && !name.includes('.') ? place : undefined;
  return { rel: `${place.rel}/${name}`, look, reopen: false };
}

// Allow-list: YAML files and names without an extension, which may be directories. Everything else is editors' and tools' litter.
function mayMatter(name: string): boolean {
  if (name.startsWith('.') || name.endsWith('~')) return false;
  return !name.includes('.') || /\.ya?ml$/i.test(name);
}
