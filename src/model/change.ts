// Hints that something changed, and the scope they add up to.
import type { PackDir, PackPath, SourceName } from './pack.ts';

/** Why a pass runs; a label of metrics and logs. */
export type Cause = 'start' | 'watch' | 'rescan' | 'request' | 'retry';

/** What led to a revision: a pass and why it ran, or a client that wrote it. */
export type RevisionCause = Cause | 'api';

/** A hint from the watcher: something under this path may differ. Never acted on without looking at the disk. */
export type FileEvent = {
  readonly source: SourceName;
  /** Undefined: the root itself, or a place that cannot be told. */
  readonly path: PackPath | undefined;
  readonly seenAtMs: number;
};

/** The packs of one source that a pass should look at. */
export type SourceScope = 'all' | ReadonlySet<PackDir>;

/** What a pass should look at. Sources that are not named are not touched. */
export type ChangeSet = {
  readonly scopes: ReadonlyMap<SourceName, SourceScope>;
  readonly cause: Cause;
  /** First hint that led to this set, from the monotonic clock; for `save_to_live_seconds`. */
  readonly oldestSeenAtMs: number;
};
