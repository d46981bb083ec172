// An uploaded pack beside what is registered: whether its refs are free for it, and what has to be written. Pure.
import { type Diagnostic, type Finding, hasError } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import { apiSource, type PackPath, type Ref } from '../model/pack.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { DesiredPack, RegisteredState } from '../model/state.ts';
import { boundDiagnostics } from './desired.ts';
import { inFile, locateFinding } from './facts.ts';
import { planPack } from './plan.ts';
import { isSingle, withoutSingles } from './written.ts';

/** Every problem of every file, by path; empty of errors: the pack can be registered as a whole. */
export function problemsOf(desired: DesiredPack): readonly Diagnostic[] {
  const files = [...desired.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return files.flatMap((row) => row.diagnostics);
}

export function isWhole(desired: DesiredPack): boolean {
  return [...desired.files.values()].every((row) => row.state === 'valid' && !hasError(row.diagnostics));
}

/** The manifest names another pack than the address. */
export function namesAnother(
  desired: DesiredPack,
  manifest: CheckedFile,
  ref: string,
): readonly Diagnostic[] {
  const row = [...desired.files.values()].find(({ role }) => role === 'manifest');
  const finding = locateFinding(manifest, ['ref'], {
    code: 'REF_DIFFERS',
    message: `the pack is ${JSON.stringify(desired.packRef)}, the address names ${JSON.stringify(ref)}`,
    help: 'send it to its own address',
  });
  return inFile(row?.path ?? (desired.dir as string as PackPath), [finding]);
}

/** Files whose refs are served already, and not by what the last upload brought. */
export function claimsInVain(desired: DesiredPack, registered: RegisteredState): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const ref of [...desired.actions.keys()].sort()) {
    const rows = [registered.workflows.get(ref), registered.actions.get(ref)];
    const holder = rows.find(
      (row) => row && row.status !== 'retired' && (row.source !== apiSource || isSingle(row)),
    );
    if (holder === undefined) continue;
    const by =
      holder.source === apiSource ? 'a definition that was written by itself' : `a file of ${holder.source}`;
    const finding: Finding = {
      code: 'REF_CONFLICT',
      severity: 'error',
      message: `${ref} is already held by ${by}, which goes on serving`,
      line: 1,
      column: 1,
      help: 'delete that one first, or leave this file out',
    };
    found.push(...inFile(pathOf(desired, ref), [finding]));
  }
  return boundDiagnostics(found);
}

function pathOf(desired: DesiredPack, ref: Ref): PackPath {
  const action = desired.actions.get(ref);
  const path = action === undefined ? null : action.same ? action.sourcePath : action.action.sourcePath;
  return path ?? (desired.dir as string as PackPath);
}

/** What the upload replaces is what the last one brought; definitions that were written by themselves are left alone. */
export function planUpload(desired: DesiredPack, registered: RegisteredState): RegistrationPlan {
  return planPack(desired, withoutSingles(registered));
}
