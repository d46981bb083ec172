// Contract 5.4: which removals wait for a person, and what becomes of those that do.
import { isRefLive, liveRefs } from './world.mjs';

/** So few are never too many. */
const few = 3;

/** All of these removals, which nobody agreed to, or none. */
export function tooMany({ registered, pruneMaxPercent }, refs) {
  if (refs.length === 0 || pruneMaxPercent === 100) return [];
  if (pruneMaxPercent === 0) return refs;
  const lost = new Set([...registered.lost].filter((ref) => !isRefLive(registered, ref)));
  const count = lost.size + refs.length;
  const highest = Math.max(registered.highest, liveRefs(registered).length);
  return count > few && count / highest > pruneMaxPercent / 100 ? refs : [];
}

/** Refs come into the open batch of this reason; another set is another batch. */
export function hold(registered, reason, refs) {
  const open = registered.batches.find(
    (one) => one.reason === reason && one.state === 'open' && one.pending.length > 0,
  );
  const pending = [...new Set([...(open?.pending ?? []), ...refs])].sort();
  if (open && open.pending.join() === pending.join()) return;
  if (open) end(open);
  registered.batches.push({ reason, state: 'open', refs: pending, pending });
}

/** Nothing of it is pending any more. */
export function end(batch) {
  if (batch.state !== 'approved') batch.state = 'expired';
  batch.pending = [];
}

/** Something lies under the root again: what is missing now is judged by how much it is. */
export function expireEmpty({ batches }) {
  for (const batch of batches) if (batch.reason === 'root_empty' && batch.pending.length > 0) end(batch);
}

/** A ref that is gone, is protected, or whose file is there again, good or not, is no business of its batch any more. */
export function settleBatches(registered) {
  const claimed = new Set([...registered.files.values()].map(({ ref }) => ref));
  for (const batch of [...registered.batches]) {
    const { reason, state, pending } = batch;
    const remaining = pending.filter(
      (ref) =>
        isRefLive(registered, ref) &&
        registered.flows.get(ref)?.isProtected !== true &&
        (reason === 'root_empty' || !claimed.has(ref)),
    );
    if (remaining.length === pending.length) continue;
    if (state === 'approved') batch.pending = remaining;
    else {
      end(batch);
      if (remaining.length > 0)
        registered.batches.push({ reason, state, refs: remaining, pending: remaining });
    }
  }
}
