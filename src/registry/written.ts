// What a client wrote, beside what is registered → what is planned of it. Only rows that the write is about are looked at, so that
// nothing else of the pack is planned absent. Pure.
import type { Definition } from '../model/definition.ts';
import {
  apiSource,
  type PackDir,
  type PackPath,
  type PackRef,
  type Ref,
  type SourceName,
} from '../model/pack.ts';
import type { DesiredPack, FileRow, RegisteredDefinition, RegisteredState } from '../model/state.ts';
import { defineCompanion } from './define.ts';

/** Who a ref belongs to now. */
export type Holder =
  | { readonly kind: 'nobody' }
  /** A workflow of the API; `path` is the file of the upload that it came in, null when it was written by itself. */
  | { readonly kind: 'api'; readonly path: PackPath | null }
  /** Something that is changed by its file alone: another source's, or what an uploaded action file names. */
  | { readonly kind: 'file'; readonly source: SourceName; readonly path: PackPath | null };

export function holderOf(registered: RegisteredState, ref: Ref): Holder {
  const [workflow, action] = [registered.workflows.get(ref), registered.actions.get(ref)].map((row) =>
    row?.status === 'retired' ? undefined : row,
  );
  const foreign = [workflow, action].find((row) => row && row.source !== apiSource);
  if (foreign) return { kind: 'file', source: foreign.source, path: foreign.sourcePath };
  if (action && action.sourcePath !== workflow?.sourcePath)
    return { kind: 'file', source: apiSource, path: action.sourcePath };
  return workflow ? { kind: 'api', path: workflow.sourcePath } : { kind: 'nobody' };
}

/** True when a workflow of the ref is served, whoever holds it. */
export function isServed(registered: RegisteredState, ref: Ref): boolean {
  const row = registered.workflows.get(ref);
  return row !== undefined && row.status !== 'retired';
}

/** The pack as one written definition wants it; without one its ref is to be retired. `file`: of the upload it came in. */
export function desiredOf(
  packRef: PackRef,
  definition: Definition | undefined,
  file: FileRow | undefined,
): DesiredPack {
  return {
    ...nothingOf(packRef, 'guest'),
    workflows: new Map(definition ? [[definition.ref, { same: false, definition }]] : []),
    actions: new Map(
      definition ? [[definition.ref, { same: false, action: defineCompanion(definition) }]] : [],
    ),
    files: new Map(file ? [[file.path, file]] : []),
  };
}

/** A pack that nothing is left of. */
export function nothingOf(packRef: PackRef, pack: 'guest' | 'gone'): DesiredPack {
  const dir = packRef as string as PackDir;
  return {
    ...{ source: apiSource, dir, packRef, pack, kept: [], conflicts: [], complete: true },
    workflows: new Map(),
    actions: new Map(),
    files: new Map(),
  };
}

/** Of what is registered, the rows of one ref and of the file it came in. */
export function onlyRef(registered: RegisteredState, ref: Ref, path: PackPath | null): RegisteredState {
  const only = <Key, Row>(rows: ReadonlyMap<Key, Row>, key: Key): ReadonlyMap<Key, Row> => {
    const row = rows.get(key);
    return new Map(row === undefined ? [] : [[key, row]]);
  };
  return {
    pack: registered.pack,
    workflows: only(registered.workflows, ref),
    actions: only(registered.actions, ref),
    files: path === null ? new Map() : only(registered.files, path),
  };
}

/** Of what is registered, everything but the definitions that were written by themselves. */
export function withoutSingles(registered: RegisteredState): RegisteredState {
  const workflows = new Map([...registered.workflows].filter(([, row]) => !isSingle(row)));
  const actions = new Map([...registered.actions].filter(([, row]) => !isSingle(row)));
  return { ...registered, workflows, actions };
}

/** Served, and written by itself: no upload brought it. */
export function isSingle({ source, status, sourcePath }: RegisteredDefinition): boolean {
  return source === apiSource && status !== 'retired' && sourcePath === null;
}
