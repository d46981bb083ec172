// Claims of one ref → who gets it (contract §5.1.5). Pure.
import type { PackPath, Ref, SourceName } from '../model/pack.ts';
import type { RegisteredDefinition, RegisteredState } from '../model/state.ts';
import type { Claim } from './claims.ts';
import { placeInPack } from './discover.ts';

export type Settled = {
  /** Undefined: the ref belongs to another source, whose row goes on. */
  readonly winner: Claim | undefined;
  /** The winner's path, or whose the ref is, in words. */
  readonly incumbent: string;
  /** Valid claims that lost, by place. */
  readonly challengers: readonly Claim[];
};

/** Claims by the ref they are for, in ref order. No group is empty. */
export function groupByRef(claims: readonly Claim[]): readonly (readonly [Ref, readonly Claim[]])[] {
  const groups = new Map<Ref, Claim[]>();
  for (const claim of claims) {
    const group = groups.get(claim.ref);
    if (group) group.push(claim);
    else groups.set(claim.ref, [claim]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Who gets a ref: the incumbent and its own edits go on, else the first by place; a valid file before one that is no good. */
export function settleRef(
  ref: Ref,
  claims: readonly Claim[],
  source: SourceName,
  registered: RegisteredState,
): Settled {
  const action = liveRow(registered.actions.get(ref));
  const workflow = liveRow(registered.workflows.get(ref));
  const foreign = action && action.source !== source ? action : workflow;
  const isForeign = foreign !== undefined && foreign.source !== source;
  const [first] = claims;
  // Of thousands of refs nearly all are claimed by one file, whoever served them before.
  if (!isForeign && first && claims.length === 1)
    return { winner: first, incumbent: first.path, challengers: [] };
  const ordered = [...claims].sort(byPlace);
  const valid = ordered.filter((claim) => claim.valid);
  if (isForeign)
    return { winner: undefined, incumbent: `the ${foreign.source} definition`, challengers: valid };
  // By its place: a renamed directory makes no other file of it.
  const claimOf = (row: RegisteredDefinition | undefined) =>
    ordered.find((claim) => row?.sourcePath && placeInPack(claim.path) === placeInPack(row.sourcePath));
  // A path that somebody wrote by hand says nothing: whoever names the graph that is served is meant.
  const claimOfGraph = () =>
    ordered.find(
      ({ workflowPath }) =>
        workflowPath &&
        workflow?.sourcePath &&
        placeInPack(workflowPath) === placeInPack(workflow.sourcePath),
    );
  // The file that names the ref comes before its graph: a graph that an action has let go of does not take the action's ref.
  const incumbent = claimOf(action) ?? claimOf(workflow) ?? (action?.drifted ? claimOfGraph() : undefined);
  const winner = incumbent ?? valid[0] ?? (ordered[0] as Claim);
  return { winner, incumbent: winner.path, challengers: valid.filter((claim) => claim !== winner) };
}

function liveRow<Row extends { readonly status: string }>(row: Row | undefined): Row | undefined {
  return row?.status === 'retired' ? undefined : row;
}

/** Without an incumbent: `actions/workflows/`, then `workflows/`, then the rest, then byte order of the path. */
function byPlace(a: Claim, b: Claim): number {
  return place(a.path) - place(b.path) || (a.path < b.path ? -1 : 1);
}

function place(path: PackPath): number {
  const directory = path.slice(path.indexOf('/') + 1, path.lastIndexOf('/'));
  return directory === 'actions/workflows' ? 0 : directory === 'workflows' ? 1 : 2;
}
