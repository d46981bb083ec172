// (desired, registered) → plan: the only place that decides what is written. Pure, sorted, and empty when nothing differs.
import type { RegistrationPlan } from '../model/plan.ts';
import type { DefinitionStatus, DesiredPack, Kept, RegisteredState } from '../model/state.ts';
import { diffFiles } from './diff-files.ts';
import { planAbsent, planKept, planRejected } from './plan-absent.ts';
import { planDesired } from './plan-desired.ts';
import { createDraft, sortedRefs } from './plan-draft.ts';
import { noRules, type PlanRules } from './plan-rules.ts';

/** What has to be written so that the registry holds what the files of one pack say. */
export function planPack(
  desired: DesiredPack,
  registered: RegisteredState,
  rules: PlanRules = noRules,
): RegistrationPlan {
  const draft = createDraft();
  const kept = [...desired.kept];
  for (const ref of sortedRefs(desired.workflows, desired.actions))
    planDesired(draft, desired, registered, ref, rules);
  planAbsent(draft, desired, registered, kept, rules);
  planKept(draft, kept, registered);
  const { files, removedFiles } = diffFiles(desired, registered);
  planRejected(draft, files, registered);
  const packStatus = statusOfPack(desired, registered, kept);
  const { changes, unchanged, ...lists } = draft;
  return {
    ...lists,
    source: desired.source,
    dir: desired.dir,
    packRef: desired.packRef,
    generation: registered.pack?.generation ?? null,
    pack: changedPack(desired, registered),
    packStatus: desired.packRef === null || registered.pack?.status === packStatus ? undefined : packStatus,
    acknowledge: desired.pack !== 'guest' && (registered.pack?.drifted ?? false),
    files,
    removedFiles,
    changes: changes.sort((a, b) => (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0)),
    held: kept.filter(({ reason }) => reason === 'held').map(({ ref }) => ref),
    kept: kept.filter(({ reason }) => reason !== 'held'),
    conflicts: desired.conflicts,
    unchanged,
  };
}

/** True when applying the plan would write nothing. */
export function isEmptyPlan(plan: RegistrationPlan): boolean {
  return (
    plan.pack === undefined &&
    plan.packStatus === undefined &&
    !plan.acknowledge &&
    [
      plan.workflows,
      plan.actions,
      plan.touch,
      plan.restore,
      plan.degrade,
      plan.recover,
      plan.retire,
      plan.retireActions,
      plan.files,
      plan.removedFiles,
    ].every((list) => list.length === 0)
  );
}

function changedPack(desired: DesiredPack, registered: RegisteredState) {
  const pack = desired.pack;
  if (typeof pack === 'string') return undefined;
  const row = registered.pack;
  const isSame = row?.source === desired.source && row.revision === pack.revision && row.dir === pack.dir;
  return isSame ? undefined : pack;
}

/** Undefined: the pack has no row, nor will it have one. */
function statusOfPack(
  desired: DesiredPack,
  registered: RegisteredState,
  kept: readonly Kept[],
): DefinitionStatus | undefined {
  switch (desired.pack) {
    case 'kept':
      return 'degraded';
    case 'guest':
      return registered.pack?.status;
    case 'gone': {
      // A definition that stays (another source's, or one that is kept) keeps its pack's row alive.
      const others = [...registered.workflows.values(), ...registered.actions.values()];
      const isNeeded =
        kept.length > 0 || others.some((row) => row.source !== desired.source && row.status !== 'retired');
      return isNeeded ? registered.pack?.status : 'retired';
    }
    default:
      return 'active';
  }
}
