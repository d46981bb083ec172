// Why a file is (not) registered: what is asked, what the tables know about it, and the answer step by step.
import type { BatchState } from './decisions.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { FileRole } from './pack.ts';
import type { DefinitionStatus, FileState } from './state.ts';

/** A file by its path below a root, or a ref, whatever files stand behind it. */
export type ExplainQuestion =
  | { readonly about: 'path'; readonly source: string; readonly path: string }
  | { readonly about: 'ref'; readonly ref: string; readonly source: string | undefined };

/** A row of `pack_file`. */
export type ExplainedFile = {
  readonly source: string;
  readonly path: string;
  readonly role: FileRole;
  readonly ref: string | null;
  readonly pack_ref: string | null;
  readonly links: readonly string[];
  readonly digest: string | null;
  readonly state: FileState;
  /** ISO 8601 in UTC. */
  readonly since: string;
  readonly diagnostics: readonly Diagnostic[];
};

/** A workflow definition, or an action that is none. */
export type ExplainedDefinition = {
  readonly kind: 'workflow' | 'action';
  readonly id: number;
  readonly ref: string;
  readonly source: string;
  readonly source_path: string | null;
  readonly status: DefinitionStatus;
  readonly retired_at: string | null;
  readonly drifted: boolean;
  readonly enabled: boolean;
  readonly protected: boolean;
  /** Number of the revision served; null for an action. */
  readonly number: number | null;
  /** Likewise. */
  readonly revision: string | null;
  readonly file_digest: string | null;
  /** Numbers of the pinned revision, and of the one on disk that it was pinned over. */
  readonly pinned: number | null;
  readonly pinned_over: number | null;
};

export type ExplainedPack = {
  readonly ref: string;
  readonly source: string;
  readonly source_path: string | null;
  readonly status: DefinitionStatus;
};

export type ExplainedBatch = {
  readonly batch: string;
  readonly state: BatchState;
  readonly reason: 'threshold' | 'root_empty';
  /** Refs that wait in it. */
  readonly count: number;
  /** Of the refs asked for, those that are in it. */
  readonly refs: readonly string[];
};

/** All of one snapshot; each list in byte order of path or ref. */
export type ExplainFacts = {
  /** What is asked for: the file of the path, or every file that claims the ref or is registered for it. */
  readonly files: readonly ExplainedFile[];
  /** Manifests of the directories they lie in. */
  readonly manifests: readonly ExplainedFile[];
  /** Actions that name one of the files as their graph, and graphs that one of them names. */
  readonly linked: readonly ExplainedFile[];
  /** Other files that claim a ref of these. */
  readonly rivals: readonly ExplainedFile[];
  readonly packs: readonly ExplainedPack[];
  readonly definitions: readonly ExplainedDefinition[];
  readonly batches: readonly ExplainedBatch[];
};

/** How the root of a source is, as far as this daemon can tell. */
export type RootHealth =
  /** `unlisted`: pack directories that could not be listed whole, and why. */
  | { readonly state: 'healthy'; readonly unlisted: ReadonlyMap<string, string> }
  | { readonly state: 'unhealthy'; readonly reason: string }
  /** No pass of this daemon has looked at it yet. */
  | { readonly state: 'unseen' }
  /** Another daemon looks at it; `leader` as `nameHolder` says it, where it is known. */
  | { readonly state: 'standby'; readonly leader: string | null }
  /** Nobody looks at it, and this daemon does not take over; why not. */
  | { readonly state: 'unled'; readonly reason: string }
  /** Not among the roots of this daemon. */
  | { readonly state: 'unknown' };

export type ExplainStepName =
  | 'root'
  | 'file'
  | 'pack'
  | 'role'
  | 'valid'
  | 'ref'
  | 'conflict'
  | 'links'
  | 'registered'
  | 'served';

export type ExplainStep = {
  readonly step: ExplainStepName;
  /** Null: it does not matter here, or cannot be told. */
  readonly ok: boolean | null;
  /** One plain sentence without a full stop. */
  readonly message: string;
};

export type ExplainState =
  | 'served'
  /** An older revision than the file's is served. */
  | 'served_older'
  | 'not_registered'
  /** Its removal waits for a person, was refused by one, or must not happen. */
  | 'held'
  | 'rejected'
  | 'protected'
  | 'pinned'
  | 'disabled'
  | 'drifted'
  | 'retired'
  /** Nothing was ever seen of it. */
  | 'unknown';

export type Explanation = {
  readonly steps: readonly ExplainStep[];
  readonly state: ExplainState;
  /** Of the files that decide it. */
  readonly diagnostics: readonly Diagnostic[];
};
