// Facts of a pack's files → what the pack should be, complete: definitions, actions, what is kept, and every file's verdict. Pure.

import type { PackDefinition } from '../model/definition.ts';
import { type Diagnostic, hasError, maxDiagnosticsPerFile } from '../model/diagnostic.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../model/pack.ts';
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
import { defineAction, defineCompanion, defineWorkflow } from './define.ts';
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
  readonly rivals?: readonly PackPath[];
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
    const { winner, challengers } = settleRef(ref, group, input.source, input.registered);
    if (challengers.length > 0) {
      const incumbent = winner?.path ?? `the ${ownerOf(input.registered, ref)} definition`;
      conflicts.push({ ref, incumbent, challengers: challengers.map((claim) => claim.path) });
    }
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

function ownerOf(registered: RegisteredState, ref: Ref): string {
  return registered.workflows.get(ref)?.source ?? registered.actions.get(ref)?.source ?? 'other';
}

function reasonOf(input: DesiredInput, claim: Claim): Kept['reason'] {
  return input.facts.get(claim.fault)?.state === 'unreadable' ? 'unreadable' : 'invalid';
}

function define(
  input: DesiredInput,
  claim: Claim,
  workflows: Map<Ref, DesiredWorkflow>,
  actions: Map<Ref, DesiredAction>,
): void {
  const { ref, path, workflowPath } = claim;
  const named = input.facts.get(path);
  const graph = workflowPath === undefined ? undefined : input.facts.get(workflowPath);
  const action = named?.role === 'action' ? named : undefined;
  if ((action && !action.checked) || (graph && !graph.checked)) {
    // Linked files are looked into together (see `missingChecks`), so one that was not stands for both.
    if (workflowPath !== undefined) workflows.set(ref, { same: true, sourcePath: workflowPath });
    actions.set(ref, { same: true, sourcePath: path, isWorkflow: workflowPath !== undefined });
    return;
  }
  const actionFile = action?.checked?.file?.role === 'action' ? action.checked.file : undefined;
  const graphFile = graph?.checked?.file?.role === 'workflow' ? graph.checked.file : undefined;
  const definition =
    graph?.digest && graphFile
      ? defineWorkflow({
          ref,
          packRef: input.packRef,
          path: graph.path,
          digest: graph.digest,
          text: graph.checked?.text ?? '',
          file: graphFile,
          action: actionFile,
        })
      : undefined;
  if (definition) workflows.set(ref, { same: false, definition });
  if (actionFile) {
    const from = { ref, packRef: input.packRef, path, file: actionFile };
    actions.set(ref, { same: false, action: defineAction(from, definition) });
  } else if (definition) actions.set(ref, { same: false, action: defineCompanion(definition) });
}

/** The verdict on every file: its own check, linking, conflicts. */
function fileRows(
  input: DesiredInput,
  claims: Claims,
  conflicts: readonly Conflict[],
): Map<PackPath, FileRow> {
  const { rivals = [] } = input;
  const manifest = [...input.facts.values()].find((one) => one.role === 'manifest' && one.state === 'valid');
  const ofPack: readonly Conflict[] =
    rivals.length > 0 && manifest
      ? [{ ref: input.packRef, incumbent: manifest.path, challengers: rivals }]
      : [];
  const conflicting = conflictDiagnostics([...conflicts, ...ofPack], input.facts);
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

/** Both files of a conflict are told, each naming the other. */
function conflictDiagnostics(
  conflicts: readonly Conflict[],
  facts: ReadonlyMap<PackPath, FileFacts>,
): Map<PackPath, Diagnostic[]> {
  const told = new Map<PackPath, Diagnostic[]>();
  const tell = (path: PackPath, message: string, help: string) => {
    const finding = { code: 'REF_CONFLICT', severity: 'error', message, line: 1, column: 1, help } as const;
    told.set(path, [...(told.get(path) ?? []), ...inFile(path, [finding])]);
  };
  for (const { ref, incumbent, challengers } of conflicts) {
    for (const path of challengers) {
      tell(
        path,
        `${ref} is already claimed by ${incumbent}, which goes on serving`,
        'rename or remove one of the two',
      );
    }
    if (facts.has(incumbent as PackPath)) {
      tell(
        incumbent as PackPath,
        `${ref} is also claimed by ${challengers.join(', ')}; this file goes on serving`,
        'rename or remove one of the two',
      );
    }
  }
  return told;
}

/** Sorted by position, the first `maxDiagnosticsPerFile`. */
export function boundDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const kept = [...diagnostics];
  // Of too many the errors stay: they are why the file is not registered.
  if (kept.length > maxDiagnosticsPerFile)
    kept.sort((a, b) => rank(a) - rank(b) || byPosition(a, b)).splice(maxDiagnosticsPerFile);
  return kept.sort(byPosition);
}

function rank({ severity }: Diagnostic): number {
  return severity === 'error' ? 0 : 1;
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}
