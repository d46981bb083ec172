// A quick look at a pack: the mark of its listing, by calls that wait, where it is plain files in plain directories. That tells whether
// it is as it was; for whatever is otherwise there is the whole listing.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../model/errors.ts';
import type { PackDir } from '../model/pack.ts';
import { isDefinitionFile } from '../registry/discover.ts';
import { createListingMark } from './listing-mark.ts';
import { byteOrder } from './scan.ts';

const mark = createListingMark();

/** Undefined: it cannot be told at a glance. `rootReal`: the root's real path. */
export function glanceAt(rootReal: string, dir: PackDir): string | undefined {
  try {
    const real = join(rootReal, dir);
    const paths = isPlain(real) ? pathsIn(real) : undefined;
    const isTold = paths?.every((path) => {
      const stats = lstatSync(`${real}/${path}`);
      return stats.isFile() && mark.round(`${dir}/${path}`, stats);
    });
    const told = mark.end('pack true');
    return isTold ? told : undefined;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    mark.end('');
    return undefined; // gone, or not for us to see: the whole listing says which
  }
}

/** What a listing names in a pack, in its order. Undefined: a directory is none, a name is no UTF-8, or this is no pack. */
function pathsIn(real: string): readonly string[] | undefined {
  const top = readdirSync(real);
  const paths: string[] = top.filter((name) => name === 'pack.yaml' || name === 'pack.yml');
  const places: string[] = top.filter((name) => name === 'actions' || name === 'workflows');
  if (paths.length + places.length === 0) return undefined;
  for (const place of places) {
    if (!isPlain(`${real}/${place}`)) return undefined;
    for (const name of readdirSync(`${real}/${place}`)) {
      if (isDefinitionFile(name)) paths.push(`${place}/${name}`);
      else if (name === 'workflows' && place === 'actions') places.push('actions/workflows');
    }
  }
  return paths.some((path) => path.includes('\ufffd')) ? undefined : sorted(paths);
}

/** They come sorted, but for what lies in directories of directories. */
function sorted(paths: string[]): readonly string[] {
  const isSorted = paths.every((path, at) => at === 0 || byteOrder(paths[at - 1] as string, path) < 0);
  return isSorted ? paths : paths.sort(byteOrder);
}

function isPlain(directory: string): boolean {
  return lstatSync(directory).isDirectory();
}
