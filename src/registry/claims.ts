// Facts of a pack's files → who claims which ref (contract §5.1.2 to §5.1.4); `settle-ref.ts` says who gets it. Pure.
import { type Diagnostic, hasError } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import type { PackPath, PackRef, Ref } from '../model/pack.ts';
import type { RegisteredState } from '../model/state.ts';
import { nameOf, packDirOf, placeInPack } from './discover.ts';
import { type FileFacts, inFile, isRefOf, locateFinding } from './facts.ts';
import { undeclaredParameters } from './link-parameters.ts';
import { registeredAt } from './registered-at.ts';

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
  /** What linking finds in files, errors and warnings, beside what their own check says. */
  readonly found: ReadonlyMap<PackPath, readonly Diagnostic[]>;
  /** The ref a file is listed under. */
  readonly refs: ReadonlyMap<PackPath, string>;
  /** Files that were not looked into although linking finds fault with them: where it stands takes their text. */
  readonly unsure: ReadonlySet<PackPath>;
};

type Context = {
  readonly packRef: PackRef;
  readonly facts: ReadonlyMap<PackPath, FileFacts>;
  readonly registered: RegisteredState;
  readonly found: Map<PackPath, Diagnostic[]>;
  readonly refs: Map<PackPath, string>;
  readonly claims: Claim[];
  readonly unsure: Set<PackPath>;
};

/** Every claim of a pack's files, with the problems that only show when files are put beside each other. */
export function collectClaims(
  packRef: PackRef,
  facts: ReadonlyMap<PackPath, FileFacts>,
  registered: RegisteredState,
): Claims {
  const context: Context = {
    packRef,
    facts,
    registered,
    found: new Map(),
    refs: new Map(),
    claims: [],
    unsure: new Set(),
  };
  const linkers = new Map<PackPath, FileFacts[]>();
  for (const action of ofRole(facts, 'action')) {
    for (const target of linksOf(action, registered))
      linkers.set(target, [...(linkers.get(target) ?? []), action]);
  }
  for (const [target, actions] of linkers) {
    checkDeclaredRef(context, target, actions);
    checkParameters(context, target, actions);
  }
  for (const action of ofRole(facts, 'action')) claimOfAction(context, action);
  for (const workflow of ofRole(facts, 'workflow')) {
    const actions = linkers.get(workflow.path);
    if (!actions) claimOfWorkflow(context, workflow);
    else if (actions.length === 1) {
      const ref = context.refs.get((actions[0] as FileFacts).path);
      if (ref !== undefined) context.refs.set(workflow.path, ref);
    }
  }
  const { claims, found, refs, unsure } = context;
  return { claims, found, refs, unsure };
}

/**
 * The graphs an action names. One that is too broken to tell still has those it was registered with: otherwise its graph would
 * stand alone, and take the ref over without the action's schemas.
 */
export function linksOf(
  action: Pick<FileFacts, 'path' | 'state' | 'links'>,
  registered: Pick<RegisteredState, 'actions' | 'workflows'>,
): readonly PackPath[] {
  if (action.state === 'valid' || action.links.length > 0) return action.links;
  const links = new Set<PackPath>();
  for (const ref of registeredAt(registered.actions, action.path)) {
    const graph = registered.workflows.get(ref);
    if (graph?.status === 'retired' || !graph?.sourcePath) continue;
    links.add(`${packDirOf(action.path)}${placeInPack(graph.sourcePath)}` as PackPath);
  }
  return [...links];
}

/** A `ref` in a graph file that actions name must be one of theirs. */
function checkDeclaredRef(context: Context, target: PackPath, actions: readonly FileFacts[]): void {
  const graph = context.facts.get(target);
  if (!graph?.checked || !graph.ref) return;
  const theirs = actions.flatMap((action) =>
    action.state === 'valid' ? [action.ref as string] : [...keptRefs(context, action).refs],
  );
  if (theirs.includes(graph.ref)) return;
  const named = [...new Set(theirs)].sort().join(', ');
  const message = `the ref ${JSON.stringify(graph.ref)} is not that of an action that names this file (${named})`;
  const finding = locateFinding(graph.checked, ['ref'], {
    code: 'REF_DIFFERS',
    message,
    help: 'remove the ref here: it comes from the action',
  });
  report(context, graph.path, inFile(graph.path, [finding]));
}

/** What a graph reads as parameters has to be declared by the actions that name it. */
function checkParameters(context: Context, target: PackPath, actions: readonly FileFacts[]): void {
  const checked = context.facts.get(target)?.checked;
  const findings = checked === undefined ? [] : undeclaredParameters(checked, actions);
  if (findings.length > 0) report(context, target, inFile(target, findings));
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
    if (action.checked) {
      report(context, action.path, inFile(action.path, [linkMissing(action.checked, target, graph)]));
    } else context.unsure.add(action.path);
    claimKept(context, action, action.path);
    return;
  }
  const { path } = action;
  if (graph.state === 'valid' && !hasError(context.found.get(target) ?? [])) {
    context.claims.push({ ref, path, workflowPath: target, valid: true, fault: path });
    return;
  }
  // An action that takes another ref gives up the old one when the new one can be served.
  for (const one of registeredFor(context, path).add(ref)) {
    context.claims.push({ ref: one as Ref, path, workflowPath: undefined, valid: false, fault: target });
  }
}

function linkMissing(action: CheckedFile, target: PackPath, found: FileFacts | undefined) {
  const what = found ? `which is not a workflow but the pack's ${found.role}` : 'which does not exist';
  return locateFinding(action, ['workflow_file'], {
    code: 'REF_LINK_MISSING',
    message: `workflow_file names ${target}, ${what}`,
    help: 'give the path of a .yaml or .yml file, relative to actions/',
  });
}

function claimOfWorkflow(context: Context, workflow: FileFacts): void {
  const ref = `${context.packRef}.${nameOf(workflow.path)}`;
  const problem = refProblem(context.packRef, workflow, ref);
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
  const { claim, refs } = keptRefs(context, file);
  context.refs.set(file.path, claim ?? lastListed(context, file, refs));
  for (const ref of refs) {
    context.claims.push({ ref: ref as Ref, path: file.path, workflowPath: undefined, valid: false, fault });
  }
}

/** Of several refs that a file is kept for, its row holds the one that it held, so that a pass over nothing new writes nothing. */
function lastListed(
  { registered, packRef }: Context,
  { path }: FileFacts,
  refs: ReadonlySet<string>,
): string {
  const before = registered.files.get(path)?.ref ?? '';
  const wanted = [before, `${packRef}.${nameOf(path)}`].find((ref) => refs.has(ref));
  return wanted ?? ([...refs].sort()[0] as string);
}

/**
 * A file too broken to tell its ref claims by its name only what nothing else says: the row holds one ref, so that a claim beside
 * those registered would be forgotten by the next pass.
 */
function keptRefs(context: Context, file: FileFacts) {
  const refs = registeredFor(context, file.path);
  const told = claimOf(context, file);
  const own = `${context.packRef}.`;
  // A file is never listed under a ref of another pack: a removal of that one would take it for a file that came back.
  const isOwn = told?.startsWith(own) === true;
  const claim = isOwn ? told : refs.size === 0 ? own + nameOf(file.path) : undefined;
  if (claim !== undefined) refs.add(claim);
  return { claim, refs };
}

function registeredFor({ registered }: Context, path: PackPath): Set<string> {
  return new Set([...registeredAt(registered.actions, path), ...registeredAt(registered.workflows, path)]);
}

/** The ref that a file's name or its content tells. */
function claimOf(context: Context, file: FileFacts): string | undefined {
  if (file.role === 'workflow') return `${context.packRef}.${nameOf(file.path)}`;
  return file.checked && file.state !== 'valid' ? file.checked.claim : (file.ref ?? undefined);
}

function report(context: Context, path: PackPath, diagnostics: readonly Diagnostic[]): void {
  context.found.set(path, [...(context.found.get(path) ?? []), ...diagnostics]);
}

function* ofRole(facts: ReadonlyMap<PackPath, FileFacts>, role: FileFacts['role']): Generator<FileFacts> {
  for (const file of facts.values()) if (file.role === role) yield file;
}
