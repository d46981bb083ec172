// What is registered and no file wants any more, or only a file that is no good: retired where the listing proves it and nobody
// said otherwise, kept in all other cases. Pure.
import type { PackPath, Ref } from '../model/pack.ts';
import type {
  DesiredPack,
  FileRow,
  Kept,
  RegisteredDefinition,
  RegisteredState,
  RegisteredWorkflow,
} from '../model/state.ts';
import { type Draft, sortedRefs } from './plan-draft.ts';
import type { PlanRules } from './plan-rules.ts';

/** Puts every ref that no file yields into `draft` to be retired, or into `kept`. */
export function planAbsent(
  draft: Draft,
  desired: DesiredPack,
  registered: RegisteredState,
  kept: Kept[],
  rules: PlanRules,
): void {
  const spared = new Set(desired.kept.map((keep) => keep.ref));
  const isOurs = (row: RegisteredDefinition | undefined) =>
    row !== undefined && row.source === desired.source && row.status !== 'retired';
  for (const ref of sortedRefs(registered.workflows, registered.actions)) {
    const workflow = registered.workflows.get(ref);
    const action = registered.actions.get(ref);
    const loseWorkflow = isOurs(workflow) && !desired.workflows.has(ref);
    const loseAction = isOurs(action) && !desired.actions.has(ref);
    if (spared.has(ref) || (!loseWorkflow && !loseAction)) continue;
    const path = (workflow?.sourcePath ?? action?.sourcePath ?? desired.dir) as PackPath;
    const keep = reasonToKeep(ref, workflow, desired, rules);
    if (keep !== undefined) {
      const fault = keep === 'manifest' ? (manifestOf(desired) ?? path) : path;
      kept.push({ ref, reason: keep, path: fault });
      continue;
    }
    if (loseWorkflow) draft.retire.push(ref);
    if (loseAction) draft.retireActions.push(ref);
    const batch = rules.approved.get(ref);
    const change = { ref, path, verb: 'retired', reason: whyRetired(desired, path) } as const;
    draft.changes.push(batch === undefined ? change : { ...change, batch });
  }
}

function reasonToKeep(
  ref: Ref,
  workflow: RegisteredWorkflow | undefined,
  desired: DesiredPack,
  rules: PlanRules,
): Kept['reason'] | undefined {
  if (desired.pack === 'kept') return 'manifest';
  if (!desired.complete) return 'incomplete';
  return workflow?.isProtected ? 'protected' : rules.spared.get(ref);
}

function whyRetired(desired: DesiredPack, path: PackPath): string {
  if (desired.pack === 'gone') return 'its pack is gone';
  if (desired.pack === 'guest') return 'it was deleted';
  return desired.files.has(path) ? 'its file names it no more' : 'its file is gone';
}

function manifestOf(desired: DesiredPack): PackPath | undefined {
  return [...desired.files.values()].find((row) => row.role === 'manifest')?.path;
}

/** Why a definition that is kept is degraded; nothing for those whose file was not seen to be at fault. */
const faults: Readonly<Partial<Record<Kept['reason'], string>>> = {
  invalid: 'is invalid; the last good revision goes on',
  unreadable: 'is unreadable; the last good revision goes on',
  held: 'is gone; the removal waits for a decision',
  rejected: 'is gone; the removal was rejected',
  protected: 'is gone; the definition is protected',
};

/** What is kept because of its file is degraded, once. */
export function planKept(draft: Draft, kept: readonly Kept[], registered: RegisteredState): void {
  for (const { ref, reason, path } of kept) {
    const fault = faults[reason];
    if (fault === undefined) continue;
    const rows = [registered.workflows.get(ref), registered.actions.get(ref)];
    if (!rows.some((row) => row?.status === 'active')) continue;
    draft.degrade.push(ref);
    draft.changes.push({ ref, path, verb: 'degraded', reason: `${path} ${fault}` });
  }
}

/** A file that was refused says so in the change log, unless its ref has already been told as degraded. */
export function planRejected(draft: Draft, files: readonly FileRow[], registered: RegisteredState): void {
  const told = new Set(draft.changes.map((change) => change.ref as string));
  for (const row of files) {
    const before = registered.files.get(row.path);
    const isNews = before?.state !== row.state || before.digest !== row.digest;
    const isFine = row.state === 'valid' || row.state === 'ignored' || row.role === 'manifest';
    if (isFine || row.ref === null || !isNews || told.has(row.ref)) continue;
    told.add(row.ref);
    const reason =
      row.diagnostics.find((diagnostic) => diagnostic.severity === 'error')?.message ?? row.state;
    draft.changes.push({ ref: row.ref as Ref, path: row.path, verb: 'rejected', reason });
  }
}
