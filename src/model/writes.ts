// What clients write through the API: definitions one by one, and packs by upload. The port that takes it, and its answers.
import type { Diagnostic } from './diagnostic.ts';
import type { Tag } from './tag.ts';

/** A definition as a client sent it. */
export type Submitted = {
  readonly bytes: Uint8Array;
  /** The pack the client named beside it, if it did. */
  readonly packRef?: string | undefined;
};

/** Tags of which what is replaced has to have one at that moment; undefined: no condition. */
export type Precondition = readonly Tag[] | undefined;

/** The registry holds what was sent. `changed` is false when it did so before, and nothing was written. */
export type Written = {
  readonly outcome: 'done';
  /** Of the definition or the pack. */
  readonly ref: string;
  /** Source that owns the pack. */
  readonly owner: string;
  readonly changed: boolean;
};

export type WriteRefusal =
  /** No workflow or pack of the ref, or only a retired one. */
  | { readonly reason: 'missing' }
  /** The pack of a new definition is not there, or retired. */
  | { readonly reason: 'pack_missing'; readonly packRef: string }
  /** The API holds it already. */
  | { readonly reason: 'exists'; readonly ref: string }
  /** A file holds it, or for a pack a root; `path` is null where it is not known. */
  | { readonly reason: 'owned'; readonly ref: string; readonly source: string; readonly path: string | null }
  /** Files of an upload claim what definitions hold that were written by themselves. */
  | { readonly reason: 'conflict'; readonly diagnostics: readonly Diagnostic[] }
  /** A person wants these served, so they are not retired. */
  | { readonly reason: 'protected'; readonly refs: readonly string[] }
  /** The precondition does not hold. */
  | { readonly reason: 'changed' }
  /** Others wrote the pack each time it was tried. */
  | { readonly reason: 'busy' }
  | { readonly reason: 'invalid'; readonly diagnostics: readonly Diagnostic[] }
  /** What was uploaded is no archive of a pack. */
  | { readonly reason: 'archive'; readonly message: string };

export type WriteResult = Written | ({ readonly outcome: 'refused' } & WriteRefusal);

export type Verdict = { readonly valid: boolean; readonly diagnostics: readonly Diagnostic[] };

/**
 * The writes of clients. Each is one transaction, fenced by the generation of its pack; a refusal is an answer and changes nothing.
 * What throws is `AppError('database_unreachable')`. Refs may be any string.
 */
export type Writes = {
  /** Asks no database. */
  validate(submitted: Submitted): Promise<Verdict>;
  createWorkflow(submitted: Submitted): Promise<WriteResult>;
  replaceWorkflow(ref: string, submitted: Submitted, precondition: Precondition): Promise<WriteResult>;
  retireWorkflow(ref: string, precondition: Precondition): Promise<WriteResult>;
  createPack(archive: Uint8Array): Promise<WriteResult>;
  replacePack(ref: string, archive: Uint8Array, precondition: Precondition): Promise<WriteResult>;
  retirePack(ref: string, precondition: Precondition): Promise<WriteResult>;
};
