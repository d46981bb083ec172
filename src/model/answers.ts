// What the API answers about the registry (contract §6): rows as the store gives them and clients read them. Keys are snake_case
// because they go out as they are.
import type { BatchState } from './decisions.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Json, JsonObject } from './pack.ts';
import type { DefinitionStatus, FileState } from './state.ts';

/** Timestamps are ISO 8601 in UTC with milliseconds, `2031-05-04T10:20:30.400Z`. */
export type Timestamp = string;

/** A workflow in a list. The definition column is never read for it. */
export type WorkflowSummary = {
  readonly id: number;
  readonly ref: string;
  readonly pack_ref: string;
  readonly label: string;
  readonly description: string | null;
  readonly version: string;
  readonly tags: readonly string[];
  readonly status: DefinitionStatus;
  readonly enabled: boolean;
  readonly protected: boolean;
  /** `root:<name>` or `api`. */
  readonly source: string;
  readonly source_path: string | null;
  readonly revision: string;
  /** Number of the revision served. */
  readonly number: number;
  readonly pinned: boolean;
  /** Diagnostics, of any severity, of the file on disk. */
  readonly problem_count: number;
  readonly created: Timestamp;
  readonly updated: Timestamp;
};

/** A workflow that calls another: some of its tasks, at any depth, have its ref for their action. */
export type Caller = Pick<
  WorkflowSummary,
  'ref' | 'pack_ref' | 'label' | 'status' | 'enabled' | 'source' | 'source_path'
> & {
  /** Names of these tasks, the outer ones first. */
  readonly tasks: readonly (string | null)[];
};

/** What a workflow calls. */
export type Callee = {
  readonly ref: string;
  /** Null: there is none of this ref. */
  readonly kind: 'workflow' | 'action' | null;
  /** `missing`: its pack is registered and has none of the name; `elsewhere`: its pack is not registered. */
  readonly state: 'served' | 'disabled' | 'retired' | 'missing' | 'elsewhere';
  readonly tasks: readonly (string | null)[];
};

/** How many of the workflows that match have a value; the most frequent first, ties by value. */
export type Facet<Value> = readonly { readonly value: Value; readonly count: number }[];

/** Of each at most 100 values. */
export type Facets = {
  readonly pack: Facet<string>;
  readonly tag: Facet<string>;
  readonly status: Facet<DefinitionStatus>;
  readonly source: Facet<string>;
  readonly enabled: Facet<boolean>;
};

/** One workflow, but for `tasks`, which the API derives from `definition`. */
export type WorkflowDetail = WorkflowSummary & {
  readonly param_schema: Json;
  readonly out_schema: Json;
  readonly definition: JsonObject;
  /** What executors read: digest of the bytes it was made from. */
  readonly served: { readonly revision: string; readonly number: number; readonly digest: string | null };
  /** What lies on disk; null for a definition of the API and for a file that is gone. */
  readonly on_disk: {
    readonly state: FileState;
    readonly digest: string | null;
    readonly since: Timestamp;
  } | null;
  /** Of the file on disk, also when an older revision is served. */
  readonly diagnostics: readonly Diagnostic[];
};

/** A pack: its columns and two counts. */
export type PackRow = {
  readonly id: number;
  readonly ref: string;
  readonly label: string;
  readonly description: string | null;
  readonly version: string;
  readonly conf_schema: JsonObject;
  readonly config: JsonObject;
  readonly meta: JsonObject;
  readonly tags: readonly string[];
  readonly runtime_deps: readonly string[];
  readonly dependencies: readonly string[];
  readonly is_standard: boolean;
  readonly installers: Json;
  readonly source_type: string | null;
  readonly source_url: string | null;
  readonly source_ref: string | null;
  readonly checksum: string | null;
  readonly checksum_verified: boolean | null;
  readonly installed_at: Timestamp | null;
  readonly installed_by: number | null;
  readonly installation_method: string | null;
  readonly storage_path: string | null;
  readonly source: string;
  /** Directory below the root. */
  readonly source_path: string | null;
  readonly status: DefinitionStatus;
  readonly generation: number;
  readonly created: Timestamp;
  readonly updated: Timestamp;
  /** Definitions that are not retired. */
  readonly workflow_count: number;
  /** Files of the pack that `/problems` lists. */
  readonly problem_count: number;
};

/** A file with an error, or one that is not served as it stands, and why. */
export type Problem = {
  readonly source: string;
  /** Relative to the root, POSIX. */
  readonly path: string;
  readonly pack_ref: string | null;
  readonly ref: string | null;
  readonly state: FileState;
  readonly since: Timestamp;
  /** Some revision of its ref is served. */
  readonly served: boolean;
  readonly digest: string | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** A revision that was served, without its content. */
export type RevisionRow = {
  /** 1, 2, 3 … in the order they were first served; never reused. */
  readonly number: number;
  readonly revision: string;
  readonly version: string;
  readonly created: Timestamp;
  /** What led to it: `start`, `watch`, `rescan`, `request` or `retry` of a pass; `api`: a client wrote it. */
  readonly cause: string;
  /** It is the one that the definition is served as; none is when that is retired. */
  readonly served: boolean;
  readonly pinned: boolean;
};

/** A revision as it was. */
export type RevisionDetail = RevisionRow & {
  readonly definition: JsonObject;
  /** The file as written when the revision was first served. */
  readonly source_text: string;
};

/** Removals that wait for a person, or waited. */
export type HeldBatch = {
  readonly batch: string;
  readonly source: string;
  /** `threshold`: too much would go at once; `root_empty`: nothing is left under the root. */
  readonly reason: 'threshold' | 'root_empty';
  /** Of an open batch, what it is about now; of a decided one, what it was about. */
  readonly refs: readonly string[];
  readonly count: number;
  /** How many definitions the count was measured against. */
  readonly of: number;
  readonly created: Timestamp;
  readonly state: BatchState;
};

/** A root as the registry knows it, whoever watches it. */
export type SourceRow = {
  readonly source: string;
  /** Host and process of the daemon that leads it; null when none does. */
  readonly leader: string | null;
  /** Goes up with every new leader. */
  readonly epoch: number;
  /** Since when it is led so; null when nobody leads it, or by an older program. */
  readonly since: Timestamp | null;
  /** Until when the lease is good unless it is renewed; null when none was taken or it was given back. */
  readonly expires_at: Timestamp | null;
  /** Packs that are not retired. */
  readonly packs: number;
  /** Refs that are not retired, plain actions among them: what forgetting the source would retire. */
  readonly definitions: number;
  /** Files that `/problems` lists. */
  readonly problems: number;
  /** Refs in open batches. */
  readonly held: number;
};
