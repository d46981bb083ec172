// What the catalogue can be asked: filters, what may stand behind a ref, and the port that reads it. All but rows is camelCase.
import type {
  Callee,
  Caller,
  Facets,
  HeldBatch,
  PackRow,
  Problem,
  RevisionDetail,
  RevisionRow,
  SourceRow,
  Timestamp,
  WorkflowDetail,
  WorkflowSummary,
} from './answers.ts';
import type { CallFacts } from './calls.ts';
import type { BatchState } from './decisions.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ExplainFacts, ExplainQuestion } from './explain.ts';
import type { DefinitionStatus, FileState } from './state.ts';
import type { Mark, Tag } from './tag.ts';

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
  /** Counted for all that match, whatever the page. @default false */
  readonly facets?: boolean | undefined;
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

export type WorkflowPage = TaggedPage<WorkflowSummary> & { readonly facets?: Facets | undefined };

export type FoundPack = { readonly pack: PackRow; readonly tag: Tag };

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

/**
 * The read side of the registry. Every call carries its own deadline: it answers, or throws
 * `AppError('database_unreachable')`; it never hangs. Strings are compared as they are, never interpreted.
 */
export type CatalogQueries = {
  /** With `facets` where they are asked for. */
  listWorkflows(filter: WorkflowFilter): Promise<WorkflowPage>;
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
  /** Cheaper than any tag. Undefined: where it is read from cannot tell. */
  mark(): Promise<Mark | undefined>;
  /** Sorted by source, then path in byte order. */
  listProblems(filter: ProblemFilter): Promise<TaggedPage<Problem>>;
  /** Newest first, also of what is retired; undefined when nothing of this ref was ever registered. */
  listRevisions(ref: string, page: PageRequest): Promise<Page<RevisionRow> | undefined>;
  /** Sorted by ref, also of what is retired; undefined when nothing of this ref was ever registered. */
  listCallers(ref: string, page: PageRequest): Promise<TaggedPage<Caller> | undefined>;
  /** As `listCallers`. */
  listCallees(ref: string, page: PageRequest): Promise<TaggedPage<Callee> | undefined>;
  /** `number` is a whole number from 1. */
  getRevision(ref: string, number: number): Promise<RevisionLookup>;
  revisionTag(ref: string, number: number): Promise<Tag | undefined>;
  /** Open ones first, then the newest. */
  listHeld(filter: HeldFilter): Promise<Page<HeldBatch>>;
  getHeld(batch: string): Promise<HeldBatch | undefined>;
  /** Sorted by source. Roots that somebody leads, or that something is left of; `api` is none. */
  listSources(page: PageRequest): Promise<Page<SourceRow>>;
  /** Of a workflow that is not retired, for `registry/called.ts`. */
  readCallFacts(ref: string): Promise<CallFacts | undefined>;
  /** What the tables know about a path or a ref, for `registry/explain.ts`. */
  readFacts(question: ExplainQuestion): Promise<ExplainFacts>;
};
