// What the steps of a pass over one source share: how it was asked for, what was seen, claimed and put off so far.
import type { Cause } from '../model/change.ts';
import type { ObservedPack } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../model/pack.ts';
import type { PendingBatch, RegisteredSource } from '../model/state.ts';
import type { PlanRules } from '../registry/plan-rules.ts';
import type { Ahead, ToldLinks } from './ahead.ts';
import type { Decided, Undecided } from './decide.ts';
import type { EarlyLook } from './early-look.ts';
import { createHeirs } from './heirs.ts';
import type { PackPass } from './pack-pass.ts';
import type { Pause } from './parallel.ts';
import type { Patience } from './patience.ts';
import type { Clock, Disk, PackReport, Registry } from './ports.ts';
import type { RootAge } from './root-age.ts';
import type { ListedRoot } from './scope.ts';
import { inTurns } from './slices.ts';
import type { Stopwatch } from './stopwatch.ts';
import { createTally, type Tally } from './tally.ts';
import { createTurns, type Turns } from './turns.ts';

export type SourcePassOptions = {
  readonly disk: Disk;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly patience: Patience;
  readonly rootAge: RootAge;
  readonly told: ToldLinks;
  /** Looks that events have begun; undefined: there are none. */
  readonly ahead?: Pick<Ahead, 'passing' | 'take'> | undefined;
  readonly checkedBy: string;
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** Packs worked on at once, ≥ 1. */
  readonly concurrency: number;
  /** Removals above this share of what was active are held; 0 holds every one, 100 none. */
  readonly pruneMaxPercent: number;
  /** What happens to rows that were changed by hand. */
  readonly drift: 'heal' | 'report';
  /** True: plan only, write nothing. */
  readonly dryRun: boolean;
  readonly cause: Cause;
  readonly signal: AbortSignal | undefined;
  /** What may come between two packs of a long look. */
  readonly pause: Pause | undefined;
  /** Called as soon as a pack is done, before the pass is. */
  onPack(report: PackReport): void;
};

/** Decides from what the registry holds at the time of the call. */
export type Decide = () => Promise<Decided | Undecided>;

/** A plan that retires something, and waits for a second look that sees the same. */
export type Deferred = {
  readonly decided: Decided;
  readonly decide: Decide;
  readonly seenAtMs: number;
};

/** What the steps of a pass over one source share. */
export type SourcePass = {
  readonly options: SourcePassOptions;
  readonly source: SourceName;
  readonly root: ListedRoot;
  /** It has become another directory a short time ago: nothing is removed yet. */
  readonly isYoungRoot: boolean;
  readonly pack: PackPass;
  readonly early: Pick<EarlyLook, 'isSeenAgain'>;
  readonly tally: Tally;
  readonly turns: Turns;
  /** What is registered: of the directories in scope, or of the whole source once the look was widened. */
  overview: RegisteredSource;
  /** The first look at each directory, where its files stood still. */
  readonly looks: Map<PackDir, ObservedPack>;
  /** The ref that each directory's manifest claims; null for a bad one. */
  readonly claimed: Map<PackDir, PackRef | null>;
  /** For each directory that holds a contested ref, the manifests that claim it in vain. */
  readonly challenged: Map<PackDir, ReadonlySet<PackPath>>;
  /** Holders of a contested ref, to be decided about when all challengers are known. */
  readonly contested: Set<PackDir>;
  readonly deferred: Deferred[];
  /** Removals of the source that wait for a person, or were decided and are not done yet; `rules` says the same by ref. */
  readonly batches: PendingBatch[];
  readonly rules: SourceRules;
};

/** The rules of the plans of a pass, growing while the guard holds something. */
export type SourceRules = PlanRules & {
  readonly spared: Map<Ref, 'held' | 'rejected'>;
  readonly approved: Map<Ref, string>;
};

/** The state at the beginning; `overview` is that of the directories in scope. */
export function openSourcePass(
  options: SourcePassOptions,
  source: SourceName,
  root: ListedRoot,
  overview: RegisteredSource,
  early: EarlyLook,
): SourcePass {
  const { disk, registry, checkedBy, strict, stopwatch, patience } = options;
  const turns = createTurns();
  const rules = rulesOf(overview, options.drift);
  const strays = straysByPack(overview, rules);
  let along = overview.along;
  const pack: PackPass = {
    ...{ source, disk, registry, checkedBy, strict, stopwatch, root, rules, observe: early.look },
    hasStrays: (packRef) => strays.has(packRef),
    get packs() {
      return pass.overview.packs;
    },
    async readPack(packRef, dir) {
      const read = along;
      along = undefined;
      return read?.packRef === packRef && read.dir === dir
        ? read.registered
        : registry.readPack(source, packRef, dir);
    },
    rowsOf: (dir) => pass.overview.files.get(dir) ?? new Map(),
    insists: (dir) => patience.isOver(source, dir),
    stands: async (observed) => options.dryRun || early.stands(observed),
    heirs: createHeirs(),
    inTurns: (steps) => inTurns(options.clock, steps),
    claim(dir, packRef) {
      pass.claimed.set(dir, packRef);
      const summary = packRef === null ? undefined : pass.overview.packs.get(packRef);
      return turns.claim(dir, packRef, summary?.dir === dir && summary.status !== 'retired');
    },
  };
  const pass: SourcePass = {
    ...{ options, source, root, pack, early, turns, overview, rules },
    isYoungRoot: options.rootAge.isYoung(source, root.identity),
    tally: createTally(),
    looks: new Map(),
    claimed: new Map(),
    challenged: new Map(),
    contested: new Set(),
    deferred: [],
    batches: [...overview.batches],
  };
  return pass;
}

/** An empty root is held as a whole (see `removal.ts`); what a batch of that reason spares is no business of its packs. */
function rulesOf(overview: RegisteredSource, drift: PlanRules['drift']): SourceRules {
  const spared = new Map<Ref, 'held' | 'rejected'>();
  const approved = new Map<Ref, string>();
  for (const { id, reason, state, refs } of overview.batches) {
    for (const ref of refs) {
      if (state === 'approved') approved.set(ref, id);
      else if (reason === 'threshold') spared.set(ref, state === 'open' ? 'held' : 'rejected');
    }
  }
  return { spared, approved, drift };
}

/** Packs with a served ref whose file is gone, and that nothing spares: an approved removal, or one that was interrupted. */
function straysByPack(overview: RegisteredSource, rules: PlanRules): ReadonlySet<string> {
  const loose = overview.strays.filter((ref) => !rules.spared.has(ref));
  return new Set(loose.map((ref) => ref.slice(0, ref.indexOf('.'))));
}
