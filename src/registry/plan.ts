// (desired, registered) → plan: the only place that decides what is written. Pure, sorted, and empty when nothing differs.
import type { ActionDefinition, Definition } from '../model/definition.ts';
import type { PackPath, Ref } from '../model/pack.ts';
import type { ChangeVerb, PlannedChange, RegistrationPlan } from '../model/plan.ts';
import type {
  DefinitionStatus,
  DesiredPack,
  FileRow,
  Kept,
  RegisteredDefinition,
  RegisteredState,
} from '../model/state.ts';
import { diffFiles } from './diff-files.ts';

type Draft = {
  readonly workflows: Definition[];
  readonly actions: ActionDefinition[];
  readonly touch: Definition[];
  readonly degrade: Ref[];
  readonly recover: Ref[];
  readonly retire: Ref[];
  readonly retireActions: Ref[];
  readonly changes: PlannedChange[];
  unchanged: number;
};

/** What has to be written so that the registry holds what the files of one pack say. */
export function planPack(desired: DesiredPack, registered: RegisteredState): RegistrationPlan {
  const draft: Draft = {
    workflows: [],
    actions: [],
    touch: [],
    degrade: [],
    recover: [],
    retire: [],
    retireActions: [],
    changes: [],
    unchanged: 0,
  };
  const kept = [...desired.kept];
  for (const ref of sortedRefs(desired.workflows, desired.actions))
    planDesired(draft, desired, registered, ref);
  planAbsent(draft, desired, registered, kept);
  planKept(draft, kept, registered);
  const { files, removedFiles } = diffFiles(desired, registered);
  planRejected(draft, files, registered);
  const packStatus = statusOfPack(desired, registered, kept);
  return {
    source: desired.source,
    dir: desired.dir,
    packRef: desired.packRef,
    generation: registered.pack?.generation ?? null,
    pack: changedPack(desired, registered),
    packStatus: desired.packRef === null || registered.pack?.status === packStatus ? undefined : packStatus,
    acknowledge: registered.pack?.drifted ?? false,
    workflows: draft.workflows,
    actions: draft.actions,
    touch: draft.touch,
    degrade: draft.degrade,
    recover: draft.recover,
    retire: draft.retire,
    retireActions: draft.retireActions,
    files,
    removedFiles,
    changes: draft.changes.sort((a, b) => (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0)),
    held: [],
    kept,
    conflicts: desired.conflicts,
    unchanged: draft.unchanged,
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
      plan.degrade,
      plan.recover,
      plan.retire,
      plan.retireActions,
      plan.files,
      plan.removedFiles,
    ].every((list) => list.length === 0)
  );
}

function sortedRefs(...maps: readonly ReadonlyMap<Ref, unknown>[]): readonly Ref[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
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

function planDesired(draft: Draft, desired: DesiredPack, registered: RegisteredState, ref: Ref): void {
  const workflow = desired.workflows.get(ref);
  const action = desired.actions.get(ref);
  const workflowRow = registered.workflows.get(ref);
  const actionRow = registered.actions.get(ref);
  const verbs = new Set<ChangeVerb>();
  let path = '' as PackPath;
  let reason = '';
  if (workflow && !workflow.same) {
    path = workflow.definition.sourcePath;
    const decision = compareWorkflow(workflow.definition, workflowRow);
    if (decision.write === 'row') draft.workflows.push(workflow.definition);
    if (decision.write === 'text') draft.touch.push(workflow.definition);
    if (decision.verb) verbs.add(decision.verb);
    reason = decision.reason;
  }
  if (action && !action.same) {
    if (path === '') path = action.action.sourcePath;
    const decision = compareAction(action.action, actionRow);
    if (decision.write === 'row') draft.actions.push(action.action);
    if (decision.verb && (!workflow || verbs.size === 0)) {
      verbs.add(decision.verb);
      reason = decision.reason;
    }
  }
  // A whole row that is written is active again; where only the status differs it is set.
  if ([workflowRow, actionRow].some((row) => row?.status === 'degraded')) {
    verbs.add('recovered');
    draft.recover.push(ref);
  }
  if (workflow && verbs.size === 0) draft.unchanged += 1;
  for (const verb of verbs) {
    if (verb === 'recovered') {
      const from = (path || (workflowRow ?? actionRow)?.sourcePath || desired.dir) as PackPath;
      if (verbs.has('registered')) continue;
      draft.changes.push({ ref, path: from, verb, reason: 'its file is valid again' });
    } else draft.changes.push({ ref, path, verb, reason });
  }
}

type Decision = {
  readonly write: 'row' | 'text' | 'nothing';
  readonly verb: ChangeVerb | undefined;
  readonly reason: string;
};

const nothing: Decision = { write: 'nothing', verb: undefined, reason: '' };

function compareWorkflow(
  definition: Definition,
  row: RegisteredState['workflows'] extends ReadonlyMap<Ref, infer Row> ? Row | undefined : never,
): Decision {
  const decision = compareRow(definition, row);
  if (decision.verb !== undefined && decision.verb !== 'moved') return decision;
  if (row?.sourcePath !== definition.sourcePath) {
    return { write: 'text', verb: 'moved', reason: `moved from ${row?.sourcePath}` };
  }
  if (row.fileDigest !== definition.fileDigest) {
    return { write: 'text', verb: 'touched', reason: 'only text or comments changed' };
  }
  return nothing;
}

function compareAction(action: ActionDefinition, row: RegisteredDefinition | undefined): Decision {
  const decision = compareRow(action, row);
  return decision.verb === undefined && row && 'isWorkflow' in row && row.isWorkflow !== action.isWorkflow
    ? { write: 'row', verb: 'updated', reason: 'its definition changed' }
    : decision;
}

function compareRow(
  wanted: { readonly revision: string; readonly sourcePath: PackPath },
  row: RegisteredDefinition | undefined,
): Decision {
  if (!row) return { write: 'row', verb: 'registered', reason: 'new' };
  if (row.status === 'retired') return { write: 'row', verb: 'registered', reason: 'it came back' };
  if (row.drifted) return { write: 'row', verb: 'updated', reason: 'its row was changed by hand' };
  if (row.revision !== wanted.revision)
    return { write: 'row', verb: 'updated', reason: 'its definition changed' };
  if (row.sourcePath !== wanted.sourcePath)
    return { write: 'row', verb: 'moved', reason: `moved from ${row.sourcePath}` };
  return nothing;
}

/** What is registered for this source and no file wants any more: retired where the listing proves it, kept otherwise. */
function planAbsent(draft: Draft, desired: DesiredPack, registered: RegisteredState, kept: Kept[]): void {
  const spared = new Set(desired.kept.map((keep) => keep.ref));
  for (const ref of sortedRefs(registered.workflows, registered.actions)) {
    const workflow = registered.workflows.get(ref);
    const action = registered.actions.get(ref);
    const isOurs = (row: RegisteredDefinition | undefined) =>
      row !== undefined && row.source === desired.source && row.status !== 'retired';
    const loseWorkflow = isOurs(workflow) && !desired.workflows.has(ref);
    const loseAction = isOurs(action) && !desired.actions.has(ref);
    if (spared.has(ref) || (!loseWorkflow && !loseAction)) continue;
    const path = (workflow?.sourcePath ?? action?.sourcePath ?? desired.dir) as PackPath;
    if (desired.pack === 'kept') kept.push({ ref, reason: 'manifest', path: manifestOf(desired) ?? path });
    else if (!desired.complete) kept.push({ ref, reason: 'incomplete', path });
    else {
      if (loseWorkflow) draft.retire.push(ref);
      if (loseAction) draft.retireActions.push(ref);
      draft.changes.push({ ref, path, verb: 'retired', reason: whyRetired(desired, path) });
    }
  }
}

function whyRetired(desired: DesiredPack, path: PackPath): string {
  if (desired.pack === 'gone') return 'its pack is gone';
  return desired.files.has(path) ? 'its file names it no more' : 'its file is gone';
}

function manifestOf(desired: DesiredPack): PackPath | undefined {
  return [...desired.files.values()].find((row) => row.role === 'manifest')?.path;
}

function planKept(draft: Draft, kept: readonly Kept[], registered: RegisteredState): void {
  for (const { ref, reason, path } of kept) {
    if (reason !== 'invalid' && reason !== 'unreadable') continue;
    const rows = [registered.workflows.get(ref), registered.actions.get(ref)];
    if (!rows.some((row) => row?.status === 'active')) continue;
    draft.degrade.push(ref);
    draft.changes.push({
      ref,
      path,
      verb: 'degraded',
      reason: `${path} is ${reason}; the last good revision goes on`,
    });
  }
}

/** A file that was refused says so in the change log, unless its ref has already been told as degraded. */
function planRejected(draft: Draft, files: readonly FileRow[], registered: RegisteredState): void {
  const told = new Set(draft.changes.map((change) => change.ref as string));
  for (const row of files) {
    const before = registered.files.get(row.path);
    const isNews = before?.state !== row.state || before.digest !== row.digest;
    if (
      row.state === 'valid' ||
      row.state === 'ignored' ||
      row.role === 'manifest' ||
      row.ref === null ||
      !isNews
    )
      continue;
    if (told.has(row.ref)) continue;
    told.add(row.ref);
    const reason =
      row.diagnostics.find((diagnostic) => diagnostic.severity === 'error')?.message ?? row.state;
    draft.changes.push({ ref: row.ref as Ref, path: row.path, verb: 'rejected', reason });
  }
}
