// What a file wants → what has to be written for it: a row, its text alone, a pinned revision restored, or nothing. Pure.
import type { ActionDefinition, Definition } from '../model/definition.ts';
import type { PackPath, Ref } from '../model/pack.ts';
import type { ChangeVerb } from '../model/plan.ts';
import type {
  DesiredAction,
  DesiredPack,
  DesiredWorkflow,
  RegisteredAction,
  RegisteredDefinition,
  RegisteredState,
  RegisteredWorkflow,
} from '../model/state.ts';
import type { Draft } from './plan-draft.ts';
import type { PlanRules } from './plan-rules.ts';

type Decision = {
  readonly write: 'row' | 'text' | 'pinned' | 'nothing';
  /** In the order they are told. */
  readonly verbs: readonly ChangeVerb[];
  readonly reason: string;
};

const nothing: Decision = { write: 'nothing', verbs: [], reason: '' };

/** Puts into `draft` what the files want of one ref. */
export function planDesired(
  draft: Draft,
  desired: DesiredPack,
  registered: RegisteredState,
  ref: Ref,
  rules: PlanRules,
): void {
  const workflow = desired.workflows.get(ref);
  const action = desired.actions.get(ref);
  const workflowRow = registered.workflows.get(ref);
  const actionRow = registered.actions.get(ref);
  const ofWorkflow = workflow && !workflow.same ? workflow.definition : undefined;
  const ofAction = action && !action.same ? action.action : undefined;
  const isLeft = (row: RegisteredDefinition | undefined) =>
    rules.drift === 'report' &&
    row?.drifted === true &&
    row.status !== 'retired' &&
    isUntouched(desired, registered, [ofWorkflow?.sourcePath, ofAction?.sourcePath]);
  const decisions: Decision[] = [];
  if (ofWorkflow && isLeft(workflowRow)) draft.drifted.push(ref);
  else if (ofWorkflow) decisions.push(writeWorkflow(draft, ofWorkflow, workflowRow, rules));
  if (ofAction && isLeft(actionRow)) draft.drifted.push(ref);
  else if (ofAction) {
    const decision = writeAction(draft, ofAction, actionRow);
    if (decisions.every(({ verbs }) => verbs.length === 0)) decisions.push(decision);
  }
  const path = pathOf((workflow ?? action) as DesiredWorkflow | DesiredAction);
  tell(draft, ref, decisions, path, [workflowRow, actionRow]);
  const isSteady = decisions.every(({ verbs }) => verbs.length === 0) && !draft.recover.includes(ref);
  if (workflow && isSteady) draft.unchanged += 1;
}

/** Empty where no file holds it. */
function pathOf(one: DesiredWorkflow | DesiredAction): PackPath {
  if (one.same) return one.sourcePath;
  return ('definition' in one ? one.definition : one.action).sourcePath ?? ('' as PackPath);
}

function tell(
  draft: Draft,
  ref: Ref,
  decisions: readonly Decision[],
  path: PackPath,
  rows: readonly (RegisteredDefinition | undefined)[],
): void {
  const verbs = decisions.flatMap((decision) =>
    decision.verbs.map((verb) => ({ verb, reason: decision.reason })),
  );
  for (const { verb, reason } of verbs) draft.changes.push({ ref, path, verb, reason });
  // A whole row that is written is active again; where only the status differs it is set.
  if (!rows.some((row) => row?.status === 'degraded')) return;
  draft.recover.push(ref);
  if (!verbs.some(({ verb }) => verb === 'registered'))
    draft.changes.push({ ref, path, verb: 'recovered', reason: 'its file is valid again' });
}

/** True when the files lie on disk just as the last pass saw them. */
function isUntouched(
  desired: DesiredPack,
  registered: RegisteredState,
  paths: readonly (PackPath | null | undefined)[],
): boolean {
  return paths.every((path) => {
    if (path == null) return true;
    const digest = registered.files.get(path)?.digest;
    return digest != null && digest === desired.files.get(path)?.digest;
  });
}

function writeWorkflow(
  draft: Draft,
  definition: Definition,
  row: RegisteredWorkflow | undefined,
  rules: PlanRules,
): Decision {
  const endsPin = rules.pins === 'end';
  const decision =
    row?.pinned != null
      ? comparePinned(definition, row, row.pinned, endsPin)
      : compareWorkflow(definition, row);
  const { ref, sourcePath } = definition;
  if (decision.write === 'row') draft.workflows.push(definition);
  if (decision.write === 'text') draft.touch.push(definition);
  if (decision.write === 'pinned') draft.restore.push({ ref, sourcePath });
  return decision;
}

function compareWorkflow(definition: Definition, row: RegisteredWorkflow | undefined): Decision {
  const decision = compareRow(definition, row);
  if (decision.write === 'row' && !decision.verbs.includes('moved')) return decision;
  if (row?.sourcePath !== definition.sourcePath)
    return { write: 'text', verbs: ['moved'], reason: `moved from ${row?.sourcePath}` };
  if (row.fileDigest !== definition.fileDigest)
    return { write: 'text', verbs: ['touched'], reason: 'only text or comments changed' };
  return nothing;
}

/** A pin holds until the file is another than the one it was set over; the row's `revision` is that one. */
function comparePinned(
  definition: Definition,
  row: RegisteredWorkflow,
  pinned: string,
  endsPin: boolean,
): Decision {
  if (endsPin || definition.revision !== row.revision) {
    const verbs: ChangeVerb[] = row.status === 'retired' ? ['registered', 'unpinned'] : ['unpinned'];
    if (row.status !== 'retired' && definition.revision !== pinned) verbs.push('updated');
    const what = endsPin ? 'it was written through the API' : 'its file changed';
    return { write: 'row', verbs, reason: `${what}, which ends the pin` };
  }
  if (row.status === 'retired')
    return { write: 'pinned', verbs: ['registered'], reason: 'it came back, as it is pinned' };
  if (row.drifted) return { write: 'pinned', verbs: ['updated'], reason: 'its row was changed by hand' };
  if (row.sourcePath !== definition.sourcePath)
    return { write: 'text', verbs: ['moved'], reason: `moved from ${row.sourcePath}` };
  return nothing;
}

function writeAction(draft: Draft, action: ActionDefinition, row: RegisteredAction | undefined): Decision {
  const decision = compareAction(action, row);
  if (decision.write === 'row') draft.actions.push(action);
  return decision;
}

function compareAction(action: ActionDefinition, row: RegisteredAction | undefined): Decision {
  const decision = compareRow(action, row);
  return decision.write === 'nothing' && row && row.isWorkflow !== action.isWorkflow
    ? { write: 'row', verbs: ['updated'], reason: 'its definition changed' }
    : decision;
}

function compareRow(
  wanted: { readonly revision: string; readonly sourcePath: PackPath | null },
  row: RegisteredDefinition | undefined,
): Decision {
  const written = (verb: ChangeVerb, reason: string): Decision => ({ write: 'row', verbs: [verb], reason });
  if (!row) return written('registered', 'new');
  if (row.status === 'retired') return written('registered', 'it came back');
  if (row.drifted) return written('updated', 'its row was changed by hand');
  if (row.revision !== wanted.revision) return written('updated', 'its definition changed');
  if (row.sourcePath !== wanted.sourcePath) return written('moved', `moved from ${row.sourcePath}`);
  return nothing;
}
