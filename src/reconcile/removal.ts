// What a pass takes away: packs whose directory is gone or is another pack now. Last of all, and only after a second look that
// saw the same: 200 ms later, or a rescan later where the root has become another directory. `guarded.ts` has the last word.
import type { ObservedPack } from '../model/listing.ts';
import type { PackRef } from '../model/pack.ts';
import { decideAndApply } from './apply-decided.ts';
import { type Decided, decideGone } from './decide.ts';
import { applyGuarded, holdEmptyRoot } from './guarded.ts';
import { observeDir, packIn } from './pack-pass.ts';
import { mayHoldMoved } from './pass-on.ts';
import type { Deferred, SourcePass } from './source-state.ts';

/** At least this long between the two looks that a removal needs. */
const secondLookMs = 200;

export type Lost = {
  /** Null: only rows of files are left of the directory. */
  readonly packRef: PackRef | null;
  readonly observed: ObservedPack;
  /** The directory is there, and is another pack. */
  readonly hasLeft: boolean;
};

/** Registered packs whose directory is gone or claims another ref, and gone directories of which only rows are left. */
export function lostPacks(pass: SourcePass): readonly Lost[] {
  const lost: Lost[] = [];
  // What was a pack's that goes to another directory says to which, and goes with it.
  const told = new Set([...pass.pack.heirs.legacies().values()].map(({ left }) => left));
  const claims = [...pass.claimed];
  for (const [packRef, { dir, status }] of pass.overview.packs) {
    const observed = dir === null ? undefined : pass.looks.get(dir);
    if (dir === null || status === 'retired' || !observed) continue;
    // A bad manifest (null) keeps the pack; another valid ref gives this one up.
    const claim = pass.claimed.get(dir);
    const hasLeft = claim !== undefined && claim !== null && claim !== packRef;
    if (observed.state !== 'absent' && !hasLeft) continue;
    // A directory that claims the ref has moved the pack, or will as soon as it can.
    if (claims.some(([other, ref]) => ref === packRef && other !== dir)) continue;
    if (!hasLeft) told.add(dir);
    lost.push({ packRef, observed, hasLeft });
  }
  for (const dir of pass.overview.files.keys()) {
    const observed = pass.looks.get(dir);
    if (!observed || observed.state === 'pack' || told.has(dir)) continue;
    if (observed.state === 'other' && packIn(pass.pack, dir)) continue;
    told.add(dir);
    lost.push({ packRef: null, observed, hasLeft: false });
  }
  return lost;
}

/** Takes away what is lost, then everything that was put off until a second look. */
export async function remove(pass: SourcePass): Promise<void> {
  const lost = lostPacks(pass);
  if (await holdEmptyRoot(pass, isSuddenlyEmpty(pass))) return;
  const maybeMoved = mayHoldMoved(pass);
  if (!pass.options.dryRun)
    for (const { packRef, observed, hasLeft } of lost) {
      // Listed, and gone when it was looked at: what else went meanwhile, perhaps everything, is for the next pass to see.
      const hasJustGone = observed.state === 'absent' && pass.root.dirs.includes(observed.dir);
      if (hasJustGone || (maybeMoved && packRef !== null)) pass.tally.again.add(observed.dir);
      else {
        const decide = () => decideGone(pass.pack, packRef, observed, hasLeft);
        await decideAndApply(pass, observed.dir, decide);
      }
    }
  // A plan says what would be, as far as one look can tell.
  const proven = pass.options.dryRun ? pass.deferred : await lookAgain(pass);
  await applyGuarded(pass, proven);
}

/** Absence is believed when two looks, some time apart, saw the same. */
async function lookAgain(pass: SourcePass): Promise<readonly Deferred[]> {
  const { root, source } = pass;
  const { clock, signal, disk } = pass.options;
  const deferred = pass.isYoungRoot ? believedOf(pass) : pass.deferred;
  if (deferred.length === 0) return [];
  const newest = Math.max(...deferred.map((one) => one.seenAtMs));
  await clock.sleep(Math.max(0, newest + secondLookMs - clock.nowMs()), signal);
  // failpoint: removal.waited
  signal?.throwIfAborted();
  const second = await disk.scanRoot(source);
  const isSameRoot = second.state === 'listed' && second.identity === root.identity;
  // A newcomer may be the lost pack under another name, a leaver the rest of a root that is just being emptied.
  const isRootSteady = second.state === 'listed' && second.dirs.join('/') === root.dirs.join('/');
  const proven: Deferred[] = [];
  for (const one of deferred) {
    const { dir } = one.decided.observed;
    const isProven = isSameRoot && (isRootSteady || !restsOnListing(one.decided));
    // failpoint: removal.proven
    if (isProven && (await isAlike(pass, one))) proven.push(one);
    else {
      pass.tally.again.add(dir);
      disk.release(source, dir);
    }
  }
  return proven;
}

/** Of what a young root lacks, that which was seen alike a rescan ago; the rest waits. */
function believedOf({ options, source, root, deferred, looks, tally }: SourcePass): readonly Deferred[] {
  const seenOf = ({ decided }: Deferred) => {
    const { fingerprint } = decided.observed;
    return restsOnListing(decided) ? `${fingerprint} ${root.dirs.join('/')}` : fingerprint;
  };
  const lacking = new Map(deferred.map((one) => [one.decided.observed.dir, seenOf(one)]));
  const believed = options.rootAge.believed(source, lacking, looks.keys());
  for (const dir of lacking.keys()) if (!believed.has(dir)) tally.waiting.add(dir);
  return deferred.filter((one) => believed.has(one.decided.observed.dir));
}

/** A directory was not seen: it may be on its way under another name, or back. So the root's listing belongs to what was seen. */
function restsOnListing({ observed, plan, movedFrom }: Decided): boolean {
  return observed.state === 'absent' || plan.packStatus === 'retired' || movedFrom !== undefined;
}

async function isAlike(pass: SourcePass, { decided }: Deferred): Promise<boolean> {
  const first = decided.observed;
  const look = await observeDir(pass.pack, first.dir, decided.rows);
  return look.settled && look.complete && look.fingerprint === first.fingerprint;
}

/** Not one pack is left under a root that had some: an unmounted volume looks like this. */
function isSuddenlyEmpty({ overview, root, claimed, tally }: SourcePass): boolean {
  if (claimed.size > 0 || tally.again.size > 0) return false;
  const live = [...overview.packs.values()].filter((pack) => pack.status !== 'retired' && pack.live > 0);
  return live.length > 0 && live.every((pack) => pack.dir === null || !root.dirs.includes(pack.dir));
}
