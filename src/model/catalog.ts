// What the catalogue can be asked and what it answers: the rows of contract §6 as the API prints them, and the port
// that reads them. Keys of rows are snake_case because they go out as they are; everything else is camelCase.
import type { BatchState } from './decisions.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ExplainFacts, ExplainQuestion } from './explain.ts';
import type { Json, JsonObject } from './pack.ts';
import type { DefinitionStatus, FileState } from './state.ts';
import type { Tag } from './tag.ts';

/** Timestamps are ISO 8601 in UTC with milliseconds, `2031-05-04T10:20:30.400Z`. */
export type Timestamp = string;

/** Which slice of a list: both are whole numbers, `page` ≥ 1, 1 ≤ `pageSize` ≤ 100, checked by the caller. */
export type PageRequest = {
  readonly page: number;
  readonly pageSize: number;
};

/** A slice of a list. A page past the end has no items and the true total. */
export type Page<Row> = {
  readonly items: readonly Row[];
  /** Rows that match the filter on all pages. */
  readonly totalItems: number;
};

/** A slice with the tag of everything that is listed: it changes with rows of other pages, too. */
export type TaggedPage<Row> = Page<Row> & { readonly tag: Tag };

export type WorkflowSort = 'ref' | 'label' | 'updated' | '-updated';

/** Filters are joined by *and*; an undefined or empty one does not filter, `statuses` is never empty. */
export type WorkflowFilter = PageRequest & {
  /** Exact pack ref. */
  readonly pack: string | undefined;
  /** All of these tags, compared exactly. */
  readonly tags: readonly string[];
  /** At least one of these tags. */
  readonly tagsAny: readonly string[];
  readonly statuses: readonly DefinitionStatus[];
  readonly enabled: boolean | undefined;
  /** `root:<name>` or `api`. */
  readonly source: string | undefined;
  /**
   * Words that all must match by prefix, in ref, label, description, tags, task names or actions. 1 to 200 characters,
   * without NUL, otherwise free text: it must never be an error of the query language.
   */
  readonly q: string | undefined;
  /** Undefined: by rank with an exact ref first when `q` is given, else by ref. Ties are broken by ref. */
  readonly sort: WorkflowSort | undefined;
};

/** Sorted by ref. */
export type PackFilter = PageRequest & {
  readonly statuses: readonly DefinitionStatus[];
  readonly source: string | undefined;
};

/** States that are a problem; a `valid` or `ignored` file is listed only when it is not served as it stands. */
export type ProblemFilter = PageRequest & {
  readonly source: string | undefined;
  readonly pack: string | undefined;
  /** Empty: all. */
  readonly states: readonly FileState[];
};

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

/** What stands behind a ref. */
export type WorkflowLookup =
  /** `sourceText` is the served revision as written. */
  | {
      readonly kind: 'found';
      readonly workflow: WorkflowDetail;
      readonly sourceText: string;
      readonly tag: Tag;
    }
  | { readonly kind: 'retired'; readonly retiredAt: Timestamp }
  /** Never registered, but files claim the ref: why they are refused. */
  | { readonly kind: 'not_registered'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'not_found' };

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

export type FoundPack = { readonly pack: PackRow; readonly tag: Tag };

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

/** What stands behind a ref and a number. */
export type RevisionLookup =
  | { readonly kind: 'found'; readonly revision: RevisionDetail; readonly tag: Tag }
  /** `newest`: the highest number there is. */
  | { readonly kind: 'revision_not_found'; readonly newest: number }
  | { readonly kind: 'not_found' };

export type HeldFilter = PageRequest & {
  /** Never empty. */
  readonly states: readonly BatchState[];
  readonly source: string | undefined;
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

/**
 * The read side of the registry. Every call carries its own deadline: it answers, or throws
 * `AppError('database_unreachable')`; it never hangs. Strings are compared as they are, never interpreted.
 */
export type CatalogQueries = {
  listWorkflows(filter: WorkflowFilter): Promise<TaggedPage<WorkflowSummary>>;
  /** `ref` may be any string; one that cannot be a ref is `not_found`. */
  getWorkflow(ref: string): Promise<WorkflowLookup>;
  /** Of the workflow that `getWorkflow` would find, without reading it. */
  workflowTag(ref: string): Promise<Tag | undefined>;
  listPacks(filter: PackFilter): Promise<TaggedPage<PackRow>>;
  /** Also when retired; undefined when there is no such row. */
  getPack(ref: string): Promise<FoundPack | undefined>;
  /** Of a pack that is not retired; another one with each generation. */
  packTag(ref: string): Promise<Tag | undefined>;
  /** Of whatever can be listed here but held batches and sources. */
  catalogTag(): Promise<Tag>;
  /** Sorted by source, then path in byte order. */
  listProblems(filter: ProblemFilter): Promise<TaggedPage<Problem>>;
  /** Newest first, also of what is retired; undefined when nothing of this ref was ever registered. */
  listRevisions(ref: string, page: PageRequest): Promise<Page<RevisionRow> | undefined>;
  /** `number` is a whole number from 1. */
  getRevision(ref: string, number: number): Promise<RevisionLookup>;
  revisionTag(ref: string, number: number): Promise<Tag | undefined>;
  /** Open ones first, then the newest. */
  listHeld(filter: HeldFilter): Promise<Page<HeldBatch>>;
  getHeld(batch: string): Promise<HeldBatch | undefined>;
  /** Sorted by source. Roots that somebody leads, or that something is left of; `api` is none. */
  listSources(page: PageRequest): Promise<Page<SourceRow>>;
  /** What the tables know about a path or a ref, for `registry/explain.ts`. */
  readFacts(question: ExplainQuestion): Promise<ExplainFacts>;
};
