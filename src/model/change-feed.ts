// What changed in the registry, version by version, for those who follow it; and what a daemon that watches is doing.
import type { Timestamp } from './answers.ts';
import type { OverlayVerb } from './decisions.ts';
import type { ChangeVerb } from './plan.ts';

/** A row of `catalog_change` as the API prints it. */
export type ChangeRow = {
  readonly version: number;
  readonly at: Timestamp;
  /** `root:<name>` or `api`. */
  readonly source: string;
  readonly pack_ref: string | null;
  readonly ref: string;
  readonly verb: ChangeVerb | OverlayVerb | 'pinned';
  /** Of the revision served after the change; null for a plain action or a file that was never valid. */
  readonly number: number | null;
};

/** What came after a version: whole versions, in order. */
export type ChangePage = {
  readonly kind: 'page';
  readonly rows: readonly ChangeRow[];
  /** Everything up to it was told; the number to go on from. */
  readonly version: number;
  /** False: there is more already. */
  readonly complete: boolean;
};

/**
 * `forgotten`: changes after the number given were deleted, or the database may have lost some of them. `ahead`: this registry never had
 * that number.
 */
export type ChangesGone = {
  readonly kind: 'gone';
  readonly reason: 'forgotten' | 'ahead';
  /** The newest version. */
  readonly version: number;
  readonly forgotten: number;
};

/** One who follows from a page on. It holds no more than its place. */
export type ChangeFollower = {
  /**
   * The next page, which has rows or a higher version: at once where there is one, else when it comes. Undefined when the signal
   * aborts. Rejects with `AppError` when the database fails; the follower is of no use then. One call at a time.
   */
  next(signal: AbortSignal): Promise<ChangePage | ChangesGone | undefined>;
  close(): void;
};

export type ChangeFeed = {
  /** Asks the database. Undefined: nothing yet, from the newest version on. */
  read(since: number | undefined): Promise<ChangePage | ChangesGone>;
  /** Whoever follows shares one reading of each change with all others. */
  follow(from: ChangePage): ChangeFollower;
};

/** Steps of the pipeline before a commit; only the daemon that watches the root knows of them. */
export type ActivityEvent = {
  /** `seen`: a hint that something changed; `settled`: quiet long enough to be looked at; `parsed`: a file was checked anew. */
  readonly step: 'seen' | 'settled' | 'parsed';
  readonly source: string;
  /** Relative to the root; of `settled`, directories of packs. */
  readonly paths: readonly string[];
  /** Paths that are left out of the list. */
  readonly more: number;
  /** The root as a whole, or a place that cannot be told. */
  readonly whole: boolean;
};

export type Activity = {
  /** Returns how to stop. Nothing is gathered while nobody asks. */
  subscribe(tell: (event: ActivityEvent) => void): () => void;
};
