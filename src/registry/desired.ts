// Facts of a pack's files → what the pack should be, complete: definitions, actions, what is kept, and every file's verdict. Pure.

import type { Definition, PackDefinition } from '../model/definition.ts';
import { type Diagnostic, hasError, maxDiagnosticsPerFile } from '../model/diagnostic.ts';
import type { ValidFile } from '../model/file.ts';
import type { Digest, PackDir, PackPath, PackRef, Ref, SourceName } from '../model/pack.ts';
import type {
  Conflict,
  DesiredAction,
  DesiredPack,
  DesiredWorkflow,
  FileRow,
  FileState,
  Kept,
  RegisteredState,
} from '../model/state.ts';
import { type Claim, type Claims, collectClaims } from './claims.ts';
import { defineAction, defineCompanion, defineWorkflow, type Revise } from './define.ts';
import { type FileFacts, inFile } from './facts.ts';
import { groupByRef, settleRef } from './settle-ref.ts';

export type DesiredInput = {
  readonly source: SourceName;
  readonly dir: PackDir;
  readonly packRef: PackRef;
  /** `same`: the manifest's bytes are as registered. */
  readonly pack: PackDefinition | 'same';
  /** Every file of the pack, the manifest among them. */
  readonly facts: ReadonlyMap<PackPath, FileFacts>;
  readonly complete: boolean;
  readonly checkedBy: string;
  readonly registered: RegisteredState;
  /** Manifests of other directories of the source that claim this pack's ref in vain. */
  readonly rivals: readonly PackPath[];
  /** @default the digest of the canonical form */
  readonly revise?: Revise;
};

/** The whole pack as its files want it; the order of the files does not matter. */
export function desiredPack(input: DesiredInput): DesiredPack {
  const steps = desiredInSteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, stopping after each definition: of a pack of thousands they take longer than an event loop may be held. */
export function* desiredInSteps(input: DesiredInput): Generator<undefined, DesiredPack> {
  const claims = collectClaims(input.packRef, input.facts, input.registered);
  const workflows = new Map<Ref, DesiredWorkflow>();
  const actions = new Map<Ref, DesiredAction>();
  const kept: Kept[] = [];
  const conflicts: Conflict[] = [];
  for (const [ref, group] of groupByRef(claims.claims)) {
    const { winner, incumbent, challengers } = settleRef(ref, group, input.source, input.registered);
    if (challengers.length > 0)
      conflicts.push({ ref, incumbent, challengers: challengers.map((claim) => claim.path) });
    if (winner?.valid) define(input, winner, workflows, actions);
    else if (winner && isLive(input.registered, ref))
      kept.push({ ref, reason: reasonOf(input, winner), path: winner.fault });
    yield;
  }
  const files = fileRows(input, claims, conflicts);
  const { source, dir, packRef, pack, complete } = input;
  return { source, dir, packRef, pack, workflows, actions, kept, conflicts, files, complete };
}

function isLive(registered: RegisteredState, ref: Ref): boolean {
  return [registered.workflows.get(ref), registered.actions.get(ref)].some(
    (row) => row && row.status !== 'retired',
  );
}

function reasonOf({ facts }: DesiredInput, claim: Claim): Kept['reason'] {
  return (facts.get(claim.fault) as FileFacts).state === 'unreadable' ? 'unreadable' : 'invalid';
}

function define(
  input: DesiredInput,
  { ref, path, workflowPath }: Claim,
  workflows: Map<Ref, DesiredWorkflow>,
  actions: Map<Ref, DesiredAction>,
): void {
  const { packRef, revise } = input;
  const named = contentAt(input, path);
  const graph = contentAt(input, workflowPath ?? path);
  // Linked files are looked into together (see `missingChecks`), so one that was not stands for both.
  if (!named || !graph) {
    if (workflowPath !== undefined) workflows.set(ref, { same: true, sourcePath: workflowPath });
    actions.set(ref, { same: true, sourcePath: path, isWorkflow: workflowPath !== undefined });
    return;
  }
  const action = named.file.role === 'action' ? named.file : undefined;
  const definition =
    graph.file.role === 'workflow'
      ? defineWorkflow({ ...graph, ref, packRef, file: graph.file, action }, revise)
      : undefined;
  if (definition) workflows.set(ref, { same: false, definition });
  // A claim has a graph or an action file, or both.
  const row = action
    ? defineAction({ ref, packRef, path, file: action }, definition, revise)
    : defineCompanion(definition as Definition, revise);
  actions.set(ref, { same: false, action: row });
}

/** What a file of a valid claim says; undefined where its row was believed and nobody looked. */
function contentAt({ facts }: DesiredInput, path: PackPath) {
  const { digest, checked } = facts.get(path) as FileFacts;
  return checked && { path, digest: digest as Digest, text: checked.text, file: checked.file as ValidFile };
}

/** The verdict on every file: its own check, linking, conflicts. */
function fileRows(
  input: DesiredInput,
  claims: Claims,
  conflicts: readonly Conflict[],
): Map<PackPath, FileRow> {
  const { rivals } = input;
  const manifest = [...input.facts.values()].find((one) => one.role === 'manifest' && one.state === 'valid');
  const ofPack: readonly Conflict[] =
    rivals.length > 0 && manifest
      ? [{ ref: input.packRef, incumbent: manifest.path, challengers: rivals }]
      : [];
  const conflicting = conflictDiagnostics([...conflicts, ...ofPack]);
  const rows = new Map<PackPath, FileRow>();
  for (const facts of input.facts.values()) {
    const found = claims.found.get(facts.path) ?? [];
    const conflict = conflicting.get(facts.path) ?? [];
    let state: FileState = facts.state;
    if (hasError(found)) state = 'invalid';
    else if (state === 'valid' && conflict.length > 0) state = 'conflict';
    rows.set(facts.path, {
      path: facts.path,
      role: facts.role,
      ref: facts.role === 'manifest' ? input.packRef : (claims.refs.get(facts.path) ?? null),
      links: facts.links,
      digest: facts.digest,
      checkedBy: input.checkedBy,
      state,
      diagnostics: boundDiagnostics([...facts.diagnostics, ...found, ...conflict]),
    });
  }
  return rows;
}

/** Both files of a conflict are told, each naming the other; an incumbent that is no file of the pack is told in vain. */
function conflictDiagnostics(conflicts: readonly Conflict[]): Map<PackPath, Diagnostic[]> {
  const told = new Map<PackPath, Diagnostic[]>();
  const help = 'rename or remove one of the two';
  const tell = (path: PackPath, message: string) => {
    const finding = { code: 'REF_CONFLICT', severity: 'error', message, line: 1, column: 1, help } as const;
    told.set(path, [...(told.get(path) ?? []), ...inFile(path, [finding])]);
  };
  for (const { ref, incumbent, challengers } of conflicts) {
    for (const path of challengers)
      tell(path, `${ref} is already claimed by ${incumbent}, which goes on serving`);
    const others = challengers.join(', ');
    tell(incumbent as PackPath, `${ref} is also claimed by ${others}; this file goes on serving`);
  }
  return told;
}

/** Sorted by position. Of too many the errors stay: they are why the file is not registered. */
export function boundDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const gravest = [...diagnostics].sort((a, b) => rank(a) - rank(b) || byPosition(a, b));
  return gravest.slice(0, maxDiagnosticsPerFile).sort(byPosition);
}

function rank({ severity }: Diagnostic): number {
  return severity === 'error' ? 0 : 1;
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}
