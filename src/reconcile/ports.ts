// What a pass needs from the edges. `daemon.ts` hands them in; nothing here knows files, Postgres or timers.
import type { Cause } from '../model/change.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import type { Judged, ObservedFile, ObservedPack, RootListing } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../model/pack.ts';
import type { ApplyResult, RegistrationPlan, ToldPlan } from '../model/plan.ts';
import type { PendingBatch, RegisteredSource, RegisteredState } from '../model/state.ts';
import type { RecentRemovals } from '../registry/guard.ts';

/** The disk. */
export type Disk = {
  scanRoot(source: SourceName): Promise<RootListing>;
  /** `insists`: what does not stand still is taken as it is. `judged`: what is not will be asked for. */
  observe(
    source: SourceName,
    dir: PackDir,
    extra: readonly PackPath[],
    insists?: boolean,
    judged?: Judged,
  ): Promise<ObservedPack>;
  /** Those of many directories that are found as they were when they were observed last, which costs less than to observe them. */
  glance(source: SourceName, dirs: readonly PackDir[]): Promise<ReadonlyMap<PackDir, ObservedPack>>;
  /** False: the pack is not as it was observed any more, or somebody is switching it just now. */
  stands(observed: ObservedPack): Promise<boolean>;
  /** Undefined: the bytes are no longer those that were observed. */
  check(source: SourceName, file: ObservedFile): Promise<CheckedFile | undefined>;
  release(source: SourceName, dir: PackDir): void;
  parsedCount(): number;
};

/** The registry. Throws `AppError` when the database cannot be used; every call carries its own deadline. */
export type Registry = {
  /** The packs of a source and its files' rows; only those of `dirs` unless it is `all`. */
  readSource(source: SourceName, dirs: readonly PackDir[] | 'all'): Promise<RegisteredSource>;
  /** A pack by its ref, with the files of `dir`. */
  readPack(source: SourceName, packRef: PackRef, dir: PackDir): Promise<RegisteredState>;
  /** One statement: all of the plan or nothing of it. */
  apply(plan: RegistrationPlan, cause: Cause): Promise<ApplyResult>;
  /** What the guard measures removals against. */
  readRemovals(source: SourceName): Promise<RecentRemovals>;
  /** Every definition and plain action of a source that is served and not protected, sorted. */
  readRemovable(source: SourceName): Promise<readonly Ref[]>;
  /** Adds refs to the source's open batch; nothing when the lease is gone, as then nothing else is written either. */
  hold(source: SourceName, reason: PendingBatch['reason'], refs: readonly Ref[], of: number): Promise<void>;
  /** Ends what is pending of a source's batches of one reason. */
  expire(source: SourceName, reason: PendingBatch['reason']): Promise<void>;
};

/** Time, so that tests can hold it. */
export type Clock = {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** What came of one pack in a pass that changed or could not change something. */
export type PackReport = {
  readonly source: SourceName;
  readonly dir: PackDir;
  readonly plan: ToldPlan;
  /** Undefined: planned only. */
  readonly result: ApplyResult | undefined;
  /** Diagnostics of files whose verdict is new in this pass. */
  readonly diagnostics: readonly Diagnostic[];
};

export type SeenRoot = {
  /** Which directory it is; undefined: the root could not be listed. */
  readonly identity: string | undefined;
  /** The whole root was in scope. */
  readonly isFull: boolean;
  /** Directories that were looked at and stood still, and links that lead out of the root. */
  readonly looked: ReadonlySet<PackDir>;
  /** Those of them whose files are others than when this process last looked; a pack that is new to it among them. */
  readonly changed: ReadonlySet<PackDir>;
  /** Packs of which a part could not be listed, with the reason: what is registered of it is kept. */
  readonly unlisted: ReadonlyMap<PackDir, string>;
  /** For each pack that was looked at: directories beyond the usual ones that hold linked files, relative to the root. */
  readonly linked: ReadonlyMap<PackDir, readonly string[]>;
};

/** What a pass did; the input of logs, metrics, `sync` and `dev`. */
export type PassReport = {
  readonly cause: Cause;
  /** Monotonic. */
  readonly startedAtMs: number;
  /** Monotonic time of the first hint; equals the start where there was none. */
  readonly oldestSeenAtMs: number;
  readonly durationMs: number;
  /** Milliseconds by stage, summed over packs. Packs are worked on in parallel, so the sum may exceed `durationMs`. */
  readonly stages: Readonly<Record<string, number>>;
  readonly packs: readonly PackReport[];
  readonly unhealthy: readonly { readonly source: SourceName; readonly reason: string }[];
  /** Removals that wait for a person when the pass is over, of each source that was looked at. */
  readonly held: ReadonlyMap<SourceName, readonly PendingBatch[]>;
  /** Packs that the database refused for good: a defect of ours, which must not stop the other packs. */
  readonly refused: readonly {
    readonly source: SourceName;
    readonly dir: PackDir;
    readonly error: unknown;
  }[];
  /** What was seen of the roots, for the watcher. */
  readonly roots: ReadonlyMap<SourceName, SeenRoot>;
  readonly parsed: number;
  readonly written: number;
  readonly unchanged: number;
  /** Every file with a problem in the packs that were looked at. */
  readonly invalid: readonly {
    readonly source: SourceName;
    readonly path: PackPath;
    readonly ref: string | null;
    readonly diagnostics: readonly Diagnostic[];
  }[];
  /** Packs that were being written while they were read, or lost a race: look again soon. */
  readonly again: ReadonlyMap<SourceName, ReadonlySet<PackDir>>;
  /** Packs of which something would be removed, left alone because their root has just become another directory. */
  readonly waiting: ReadonlyMap<SourceName, ReadonlySet<PackDir>>;
};
