// Facts of a pack's files → who claims which ref, and who gets it (contract §5.1.2 to §5.1.5). Pure.
import type { Diagnostic } from '../model/diagnostic.ts';
import type { PackPath, PackRef, Ref } from '../model/pack.ts';
import type { RegisteredState } from '../model/state.ts';
import { nameOf } from './discover.ts';
import { type FileFacts, inFile, isRefOf, locateFinding } from './facts.ts';

/** One file's wish to be the definition of a ref. */
export type Claim = {
  readonly ref: Ref;
  /** The file that names the ref: the action's where there is one, else the workflow's. */
  readonly path: PackPath;
  /** The graph; undefined for a plain action. */
  readonly workflowPath: PackPath | undefined;
  /** False: it can only keep what it was registered for. `fault` is then the file to blame. */
  readonly valid: boolean;
  readonly fault: PackPath;
};

export type Claims = {
  readonly claims: readonly Claim[];
  /** Files that linking found fault with, beside what their own check says. */
  readonly found: ReadonlyMap<PackPath, readonly Diagnostic[]>;
  /** The ref a file is listed under. */
  readonly refs: ReadonlyMap<PackPath, string>;
};

type Context = {
  readonly packRef: PackRef;
  readonly facts: ReadonlyMap<PackPath, FileFacts>;
  readonly registered: RegisteredState;
  readonly found: Map<PackPath, Diagnostic[]>;
  readonly refs: Map<PackPath, string>;
  readonly claims: Claim[];
};

/** Every claim of a pack's files, with the problems that only show when files are put beside each other. */
export function collectClaims(
  packRef: PackRef,
  facts: ReadonlyMap<PackPath, FileFacts>,
  registered: RegisteredState,
): Claims {
  const context: Context = { packRef, facts, registered, found: new Map(), refs: new Map(), claims: [] };
  const linkers = new Map<PackPath, FileFacts[]>();
  for (const action of ofRole(facts, 'action')) {
    for (const target of action.links) linkers.set(target, [...(linkers.get(target) ?? []), action]);
  }
  for (const [target, actions] of linkers) checkDeclaredRef(context, target, actions);
  for (const action of ofRole(facts, 'action')) claimOfAction(context, action);
  for (const workflow of ofRole(facts, 'workflow')) {
    const actions = linkers.get(workflow.path);
    if (!actions) claimOfWorkflow(context, workflow);
    else if (actions.length === 1 && actions[0]?.ref) context.refs.set(workflow.path, actions[0].ref);
  }
  return { claims: context.claims, found: context.found, refs: context.refs };
}

/** A `ref` in a graph file that actions name must be one of theirs. */
function checkDeclaredRef(context: Context, target: PackPath, actions: readonly FileFacts[]): void {
  const graph = context.facts.get(target);
  if (!graph?.checked || !graph.ref || actions.some((action) => action.ref === graph.ref)) return;
  const theirs = actions.map((action) => action.ref ?? action.path).join(', ');
  const message = `the ref ${JSON.stringify(graph.ref)} is not that of an action that names this file (${theirs})`;
  const finding = locateFinding(graph.checked, ['ref'], {
    code: 'REF_DIFFERS',
    message,
    help: 'remove the ref here: it comes from the action',
  });
  report(context, graph.path, inFile(graph.path, [finding]));
}

function claimOfAction(context: Context, action: FileFacts): void {
  const [target] = action.links;
  if (action.state !== 'valid') {
    claimKept(context, action, action.path);
    return;
  }
  const ref = action.ref as Ref;
  context.refs.set(action.path, ref);
  if (target === undefined) {
    context.claims.push({ ref, path: action.path, workflowPath: undefined, valid: true, fault: action.path });
    return;
  }
  const graph = context.facts.get(target);
  if (graph?.role !== 'workflow') {
    if (action.checked) report(context, action.path, inFile(action.path, [linkMissing(action, target)]));
    claimKept(context, action, action.path);
    return;
  }
  const valid = graph.state === 'valid' && !context.found.has(target);
  context.claims.push({
    ref,
    path: action.path,
    workflowPath: target,
    valid,
    fault: valid ? action.path : target,
  });
}

function linkMissing(action: FileFacts, target: PackPath) {
  const message = `workflow_file names ${target}, which does not exist`;
  const problem = { code: 'REF_LINK_MISSING', message, help: 'the path is relative to actions/' } as const;
  return locateFinding(
    action.checked ?? {
      role: 'action',
      file: undefined,
      findings: [],
      claim: undefined,
      link: undefined,
      text: '',
    },
    ['workflow_file'],
    problem,
  );
}

function claimOfWorkflow(context: Context, workflow: FileFacts): void {
  const ref = `${context.packRef}.${nameOf(workflow.path)}`;
  const problem = workflow.checked && refProblem(context.packRef, workflow, ref);
  if (problem) report(context, workflow.path, inFile(workflow.path, [problem]));
  if (workflow.state !== 'valid' || problem) {
    claimKept(context, workflow, workflow.path);
    return;
  }
  context.refs.set(workflow.path, ref);
  context.claims.push({
    ref: ref as Ref,
    path: workflow.path,
    workflowPath: workflow.path,
    valid: true,
    fault: workflow.path,
  });
}

function refProblem(packRef: PackRef, workflow: FileFacts, ref: string) {
  const { checked } = workflow;
  if (!checked) return undefined;
  if (!isRefOf(packRef, ref)) {
    const message = `the file name gives the ref ${JSON.stringify(ref)}; a name is lower case letters, digits, "_" and "-", the ref at most 255 characters`;
    return locateFinding(checked, [], { code: 'REF_FORM', message, help: 'rename the file' });
  }
  if (!workflow.ref || workflow.ref === ref) return undefined;
  const message = `the ref ${JSON.stringify(workflow.ref)} differs from ${JSON.stringify(ref)}, which the file name gives`;
  return locateFinding(checked, ['ref'], {
    code: 'REF_DIFFERS',
    message,
    help: `write "ref: ${ref}", remove the line, or rename the file`,
  });
}

/** A file that is no good keeps the refs it was last registered for and the one it claims. */
function claimKept(context: Context, file: FileFacts, fault: PackPath): void {
  const refs = new Set<string>();
  for (const rows of [context.registered.actions, context.registered.workflows]) {
    for (const [ref, row] of rows)
      if (row.sourcePath === file.path && row.status !== 'retired') refs.add(ref);
  }
  if (file.role === 'workflow') refs.add(`${context.packRef}.${nameOf(file.path)}`);
  else if (file.ref) refs.add(file.ref);
  for (const ref of refs) {
    context.claims.push({ ref: ref as Ref, path: file.path, workflowPath: undefined, valid: false, fault });
  }
  const [first] = refs;
  if (first !== undefined) context.refs.set(file.path, first);
}

function report(context: Context, path: PackPath, diagnostics: readonly Diagnostic[]): void {
  context.found.set(path, [...(context.found.get(path) ?? []), ...diagnostics]);
}

function* ofRole(facts: ReadonlyMap<PackPath, FileFacts>, role: FileFacts['role']): Generator<FileFacts> {
  for (const file of facts.values()) if (file.role === role) yield file;
}

/** Without an incumbent: `actions/workflows/`, then `workflows/`, then the rest, then byte order of the path. */
function byPlace(a: Claim, b: Claim): number {
  return place(a.path) - place(b.path) || (a.path < b.path ? -1 : 1);
}

function place(path: PackPath): number {
  const directory = path.slice(path.indexOf('/') + 1, path.lastIndexOf('/'));
  return directory === 'actions/workflows' ? 0 : directory === 'workflows' ? 1 : 2;
}

export type Settled = {
  /** Undefined: the ref belongs to another source, whose row goes on. */
  readonly winner: Claim | undefined;
  /** Valid claims that lost. */
  readonly challengers: readonly Claim[];
};

/** Who gets a ref: the incumbent and its own edits go on, else the first by place; a valid file before one that is no good. */
export function settleRef(claims: readonly Claim[], source: string, registered: RegisteredState): Settled {
  const ref = claims[0]?.ref as Ref;
  const rows = [registered.actions.get(ref), registered.workflows.get(ref)].filter(
    (row) => row !== undefined && row.status !== 'retired',
  );
  const valid = claims.filter((claim) => claim.valid).sort(byPlace);
  if (rows.some((row) => row?.source !== source)) return { winner: undefined, challengers: valid };
  const paths = new Set(rows.map((row) => row?.sourcePath));
  const incumbents = claims
    .filter((claim) => paths.has(claim.path))
    .sort((a, b) => Number(b.valid) - Number(a.valid) || byPlace(a, b));
  // The action's file names a linked definition; its graph file alone is no second claim.
  const winner = incumbents[0] ?? valid[0] ?? [...claims].sort(byPlace)[0];
  return { winner, challengers: valid.filter((claim) => claim !== winner) };
}
