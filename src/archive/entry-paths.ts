// The name of an entry → its path, held to rules under which no two file systems can understand it differently. Pure.
import { maxPathBytes, maxPathDepth } from './limits.ts';
import { refuse, shown } from './refusal.ts';
import type { TarEntry } from './tar-entries.ts';

/** Undefined for the directory that the archive was made of, `./`. Throws `ArchiveRefusal`. */
export function pathOf({ name, kind }: Pick<TarEntry, 'name' | 'kind'>): string | undefined {
  if (kind === 'directory' && (name === '.' || name === './')) return undefined;
  const unslashed = kind === 'directory' ? name.replace(/\/$/, '') : name;
  const path = unslashed.replace(/^\.\//, '');
  const problem = problemOf(path) ?? problemOf(path.normalize('NFKC'));
  if (problem !== undefined) refuse(`the entry ${shown(name)} has a bad path: ${problem}`, 'rename it');
  return path;
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'expected a name';
  if (Buffer.byteLength(path) > maxPathBytes) return `expected at most ${maxPathBytes} bytes`;
  if (path.startsWith('/')) return 'expected one that does not begin with "/"';
  if (path.includes('\\')) return 'expected no backslash';
  // Format characters are invisible, and some file systems drop them.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(path)) return 'expected no control, invisible or unassigned characters';
  const names = path.split('/');
  if (names.length > maxPathDepth) return `expected at most ${maxPathDepth} names`;
  if (names.includes('')) return 'expected no empty name between slashes';
  if (names.includes('..') || names.includes('.')) return 'expected no "." and ".." in it';
  if (names.some((one) => /[ .]$/.test(one))) return 'expected no name that ends in a blank or a dot';
  if (/^[A-Za-z]:/.test(path)) return 'expected no drive letter';
  if (/%(?:00|2[ef]|5c)/i.test(path)) return 'expected no encoded dots and slashes';
  return undefined;
}

export type PathBook = {
  /** Remembers an entry. Throws `ArchiveRefusal` when another has its path, or one that some file system takes for it. */
  enter(path: string, kind: TarEntry['kind']): void;
};

type Place = { readonly path: string; readonly kind: TarEntry['kind']; readonly isImplied: boolean };

export function createPathBook(): PathBook {
  const places = new Map<string, Place>();
  const place = (given: Place): void => {
    const known = places.get(folded(given.path));
    if (known === undefined) {
      places.set(folded(given.path), given);
      return;
    }
    if (known.path !== given.path)
      refuse(`the entries ${shown(known.path)} and ${shown(given.path)} are one on some disks`, 'rename one');
    if (known.kind !== given.kind) refuse(`the entry ${shown(given.path)} is both a file and a directory`);
    if (!known.isImplied && !given.isImplied) refuse(`the entry ${shown(given.path)} is there twice`);
    if (known.isImplied) places.set(folded(given.path), given);
  };
  return {
    enter(path, kind) {
      const names = path.split('/');
      for (let depth = 1; depth < names.length; depth += 1)
        place({ path: names.slice(0, depth).join('/'), kind: 'directory', isImplied: true });
      place({ path, kind, isImplied: false });
    },
  };
}

/** One key for the spellings that disks without case or with another normal form take for one name. */
function folded(path: string): string {
  return path.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}
