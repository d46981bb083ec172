// A look at everything begins with a sweep: most packs are as they were and as the registry has them, and a glance at many of them
// together tells so.
import type { ObservedPack } from '../model/listing.ts';
import type { PackDir } from '../model/pack.ts';
import { outlineOf } from './outline.ts';
import { isClean, packIn } from './pack-pass.ts';
import { inParallel } from './parallel.ts';
import type { SourcePass } from './source-state.ts';

/** Files that are glanced at together, unless one directory has more: a save waits for no more than that. */
const partFiles = 700;

/** Takes the packs that are clean, and returns the other directories in their order, each with what a glance saw of it. */
export async function sweep(
  pass: SourcePass,
  dirs: readonly PackDir[],
): Promise<ReadonlyMap<PackDir, ObservedPack | undefined>> {
  const { options, source, pack } = pass;
  const left = new Map<PackDir, ObservedPack | undefined>();
  const glanceAt = async (part: readonly PackDir[]) => {
    options.signal?.throwIfAborted();
    const plain = part.filter((dir) => outlineOf(pack.rowsOf(dir)).outside.length === 0);
    const seen = await options.disk.glance(source, plain);
    for (const dir of part) {
      const observed = seen.get(dir);
      if (!observed || !takeClean(pass, observed)) left.set(dir, observed);
    }
  };
  await inParallel(1, [...partsOf(pass, dirs)], glanceAt, options.pause);
  return left;
}

/** Notes a look at a pack where nothing is to be done for it. */
export function takeClean(pass: SourcePass, observed: ObservedPack): boolean {
  const { dir } = observed;
  if (!isClean(pass.pack, observed)) return false;
  noteLook(pass, observed);
  const registered = packIn(pass.pack, dir);
  // A directory whose manifest is bad claims nothing, which keeps all that is registered of it, and is no sign of an empty root.
  pass.claimed.set(dir, registered?.status === 'active' ? registered.ref : null);
  pass.tally.clean(dir, registered?.workflows ?? 0, outlineOf(pass.pack.rowsOf(dir)));
  return true;
}

export function noteLook(pass: SourcePass, observed: ObservedPack): void {
  const { dir, compared, state } = observed;
  pass.looks.set(dir, observed);
  if (compared === 'changed' || (compared === 'first' && state === 'pack')) pass.tally.changed.add(dir);
}

/** Runs of directories, by the files that are registered of them. */
function* partsOf({ pack }: SourcePass, dirs: readonly PackDir[]): Generator<readonly PackDir[]> {
  let part: PackDir[] = [];
  let files = 0;
  for (const dir of dirs) {
    const count = pack.rowsOf(dir).size;
    if (part.length > 0 && files + count > partFiles) {
      yield part;
      part = [];
      files = 0;
    }
    part.push(dir);
    files += count;
  }
  if (part.length > 0) yield part;
}
