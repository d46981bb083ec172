// A pack that was put off goes to one of the directories that claim it, when all of them were looked at (see `heirs.ts`).
import type { PackDir, PackPath, PackRef } from '../model/pack.ts';
import { packDirOf } from '../registry/discover.ts';
import { decideAndApply } from './apply-decided.ts';
import { decidePack } from './decide.ts';
import type { Legacy } from './heirs.ts';
import { registeredDirs } from './scope.ts';
import type { SourcePass } from './source-state.ts';

/**
 * Who is to be looked at before a pack that was put off goes to one of them: the directories that claimed it when they were looked at
 * last, and the one that has left it. The overview has to be that of the whole source.
 */
export function concerned({ pack, overview, root }: SourcePass): readonly PackDir[] {
  const legacies = pack.heirs.legacies();
  const rows = [...overview.files.values()].flatMap((files) => [...files.values()]);
  const manifests = rows.filter(({ role }) => role === 'manifest');
  const claimants = manifests.flatMap(({ path, ref }) =>
    legacies.has(ref as PackRef) ? [packDirOf(path)] : [],
  );
  const left = [...legacies.values()].map((one) => one.left);
  return [...left, ...claimants.filter((dir) => root.dirs.includes(dir))];
}

/** Gives each pack that was put off to its heir, and tells the others. Called when all who may claim one were looked at. */
export async function passOn(pass: SourcePass): Promise<void> {
  const { heirs } = pass.pack;
  for (const [packRef, legacy] of [...heirs.legacies()].sort()) {
    const { left, claimants } = legacy;
    // Listed, and gone when it was looked at: what it is called now is for the next pass to see.
    const hasJustGone = pass.looks.get(left)?.state === 'absent' && pass.root.dirs.includes(left);
    if (hasJustGone || mayHoldMoved(pass)) {
      for (const dir of claimants) pass.tally.again.add(dir);
      continue;
    }
    const heir = chooseHeir(pass, legacy);
    heirs.settle(packRef, heir);
    const others = [...claimants].filter((dir) => dir !== heir).sort();
    for (const dir of [heir, ...others]) await decideLate(pass, dir);
  }
}

async function decideLate(pass: SourcePass, dir: PackDir): Promise<void> {
  const observed = pass.looks.get(dir);
  if (observed) await decideAndApply(pass, dir, () => decidePack(pass.pack, observed));
  pass.options.disk.release(pass.source, dir);
}

/** A new directory that is still being written may turn out to be a lost pack under another name. */
export function mayHoldMoved({ tally, overview }: SourcePass): boolean {
  const registered = registeredDirs(overview);
  return [...tally.again].some((dir) => !registered.has(dir));
}

/** The one with most files of the directory that is gone, for that one was renamed; else the first by byte order. */
function chooseHeir(pass: SourcePass, { left, claimants }: Legacy): PackDir {
  const counted = [...claimants].sort().map((dir) => ({ dir, count: countShared(pass, left, dir) }));
  const most = Math.max(...counted.map(({ count }) => count));
  return counted.find(({ count }) => count === most)?.dir ?? left;
}

/** Files that a directory has at the same place and with the same bytes as one that is gone. */
function countShared({ root, pack, looks }: SourcePass, left: PackDir, dir: PackDir): number {
  const observed = looks.get(dir);
  if (!observed || root.dirs.includes(left)) return 0;
  const rows = [...pack.rowsOf(left).values()];
  return rows.filter(({ path, digest }) => {
    const file = observed.files.get(`${dir}${path.slice(left.length)}` as PackPath);
    return digest !== null && file?.digest === digest;
  }).length;
}
