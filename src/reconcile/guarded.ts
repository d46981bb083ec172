// Removals that two looks have proven → applied, or held for a person where they are too many (contract §5.4).
import type { Ref } from '../model/pack.ts';
import type { PendingBatch } from '../model/state.ts';
import { removalsToHold } from '../registry/guard.ts';
import { applyAnew, applyDeferred } from './apply-decided.ts';
import type { Deferred, SourcePass } from './source-state.ts';

/** Applies proven plans; refs that are held stay out of them, and hold nothing else of their packs. */
export async function applyGuarded(pass: SourcePass, proven: readonly Deferred[]): Promise<void> {
  const held = new Set(await holdTooMany(pass, proven));
  for (const one of proven) {
    if (removalsOf(one).some((ref) => held.has(ref))) await applyAnew(pass, one);
    else await applyDeferred(pass, one);
    pass.options.disk.release(pass.source, one.decided.observed.dir);
  }
}

async function holdTooMany(pass: SourcePass, proven: readonly Deferred[]): Promise<readonly Ref[]> {
  const { options, source, rules } = pass;
  const approved = new Set(rules.approved.keys());
  const removals = [...new Set(proven.flatMap(removalsOf))];
  if (removals.every((ref) => approved.has(ref))) return [];
  const recent = await options.registry.readRemovals(source);
  const { pruneMaxPercent } = options;
  const held = removalsToHold({ removals, approved, recent, pruneMaxPercent });
  if (held.length > 0) await hold(pass, 'threshold', held, recent.highest);
  return held;
}

function removalsOf({ decided: { plan } }: Deferred): readonly Ref[] {
  return [...plan.retire, ...plan.retireActions];
}

/** Writes the batch before anything else: a ref is marked in the registry only once its batch is there. */
async function hold(
  pass: SourcePass,
  reason: PendingBatch['reason'],
  refs: readonly Ref[],
  of: number,
): Promise<void> {
  if (!pass.options.dryRun) await pass.options.registry.hold(pass.source, reason, refs, of);
  // failpoint: removals.held
  pass.batches.push({ id: '', reason, state: 'open', refs });
  if (reason === 'threshold') for (const ref of refs) pass.rules.spared.set(ref, 'held');
}

/**
 * True: not one pack is left under a root that had some, as under a volume that is not mounted, and nobody agreed that it is to be
 * so. Everything that is served and not protected is held as one batch, and nothing is written.
 */
export async function holdEmptyRoot(pass: SourcePass, isSuddenlyEmpty: boolean): Promise<boolean> {
  const { options, source, rules } = pass;
  const batches = pass.batches.filter(({ reason }) => reason === 'root_empty');
  if (!isSuddenlyEmpty) {
    // A pack is there again: what is missing now is judged by how much it is.
    if (batches.length > 0 && pass.claimed.size > 0 && !options.dryRun)
      await options.registry.expire(source, 'root_empty');
    return false;
  }
  const agreed = batches.filter(({ state }) => state === 'approved');
  for (const { id, refs } of agreed) for (const ref of refs) rules.approved.set(ref, id);
  if (agreed.length > 0) return false;
  if (batches.some(({ state }) => state === 'rejected')) return true;
  const removable = await options.registry.readRemovable(source);
  const asked = new Set(batches.flatMap(({ refs }) => refs));
  const refs = removable.filter((ref) => !rules.spared.has(ref) && !asked.has(ref));
  const served = [...pass.overview.packs.values()].reduce((total, { live }) => total + live, 0);
  if (refs.length > 0) await hold(pass, 'root_empty', refs, served);
  return true;
}
