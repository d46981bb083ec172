// What the API answers beyond the rows of the catalogue, as clients read it (contract §6). Keys go over the wire as they are.
import type { Timestamp } from './catalog.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { JsonObject } from './pack.ts';

/** A revision in the list of a workflow's history. */
export type RevisionRow = {
  /** From 1, never used again. */
  readonly number: number;
  readonly revision: string;
  readonly version: string;
  readonly created: Timestamp;
  /** What brought it: a file, a rollback, … */
  readonly cause: string;
  /** Executors get this one. */
  readonly served: boolean;
  readonly pinned: boolean;
};

/** A revision whole: its canonical form, and the text as written. */
export type RevisionDetail = RevisionRow & {
  readonly definition: JsonObject;
  readonly source_text: string;
};

/** Removals that wait, or waited, for a person. */
export type HeldBatch = {
  readonly batch: string | number;
  readonly source: string;
  readonly reason: 'threshold' | 'root_empty';
  readonly refs: readonly string[];
  readonly count: number;
  /** Of this many that were active. */
  readonly of: number;
  readonly created: Timestamp;
  readonly state: 'open' | 'approved' | 'rejected' | 'expired';
};

/** A source that the registry knows: led, or left behind. */
export type SourceRow = {
  readonly source: string;
  /** Holder of the lease; null where nobody leads it. */
  readonly leader: string | null;
  readonly epoch: number | null;
  readonly expires_at: Timestamp | null;
  readonly packs: number;
  /** Not retired: what forgetting it would retire. */
  readonly definitions: number;
  readonly problems: number;
  readonly held: number;
};

/** Why a file is registered or not, in the order in which it is decided. */
export type Explanation = {
  readonly steps: readonly {
    readonly step: string;
    /** Null: does not apply, or is not known. */
    readonly ok: boolean | null;
    readonly message: string;
  }[];
  readonly state: string;
  readonly diagnostics: readonly Diagnostic[];
};

/** A watched root as the daemon that answers sees it. */
export type RootState = {
  readonly source: string;
  readonly path: string;
  readonly role: 'leader' | 'standby' | null;
  /** Who leads it when we do not. */
  readonly leader: string | null;
  readonly healthy: boolean;
  readonly reason: string | null;
  readonly watch: string | null;
  readonly held: number;
  readonly unlisted: readonly { readonly pack: string; readonly reason: string }[];
};

/** What a daemon says of itself. */
export type DaemonState = {
  readonly version: string;
  readonly started: Timestamp;
  readonly database: string;
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly roots: readonly RootState[];
  /** Number of definitions by status. */
  readonly definitions: Readonly<Record<string, number>>;
  readonly files: number;
  readonly catalog_version: number;
  readonly last_pass: {
    readonly at: Timestamp | null;
    readonly cause: string;
    readonly duration_ms: number;
    readonly parsed: number;
    readonly written: number;
    readonly unchanged: number;
    readonly problems: number;
  } | null;
};
