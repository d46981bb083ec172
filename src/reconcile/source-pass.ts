// One source in a pass: look at the root, look at the packs in scope, apply what differs; removals last and only after a
// second look that saw the same.
import type { Cause, SourceScope } from '../model/change.ts';
import { AppError } from '../model/errors.ts';
import type { ObservedPack, RootListing } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../model/plan.ts';
import type { FileRow, RegisteredSource } from '../model/state.ts';
import { packDirOf } from '../registry/discover.ts';
import { inFile } from '../registry/facts.ts';
import { isEmptyPlan } from '../registry/plan.ts';
import {
  type Decided,
  decideGone,
  decidePack,
  isClean,
  linksOutside,
  observeDir,
  type PackPass,
} from './pack-pass.ts';
import type { Clock, Disk, PackReport, Registry, SeenRoot } from './ports.ts';

export type SourcePassOptions = {
  readonly disk: Disk;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly checkedBy: string;
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** Packs worked on at once, ≥ 1. */
  readonly concurrency: number;
  /** True: plan only, write nothing. */
  readonly dryRun: boolean;
  readonly cause: Cause;
  readonly signal: AbortSignal | undefined;
  /** Called as soon as a pack is done, before the pass is. */
  onPack(report: PackReport): void;
};

export type SourceResult = {
  readonly packs: readonly PackReport[];
  readonly unhealthy: string | undefined;
  readonly unchanged: number;
  readonly problems: readonly FileRow[];
  readonly again: ReadonlySet<PackDir>;
  readonly refused: readonly { readonly dir: PackDir; readonly error: unknown }[];
  readonly seen: SeenRoot;
};

/** At least this long between the two looks that a removal needs. */
const secondLookMs = 200;
/** Plans made anew when somebody else wrote the pack meanwhile. */
const staleRetries = 5;

/** Brings one source's registered packs in step with its root. Throws `AppError` when the database cannot be used. */
export async function passSource(
  options: SourcePassOptions,
  source: SourceName,
  scope: SourceScope,
): Promise<SourceResult> {
  const root = await options.disk.scanRoot(source);
  const state = createState();
  if (root.state !== 'listed')
    return { ...state, unhealthy: root.reason, seen: { identity: undefined, linked: state.linked } };
  const { overview, dirs } = await widenScope(options, source, scope, root);
  const pass = createPackPass(options, source, root, overview, dirs);
  const absent: ObservedPack[] = [];
  const deferred: Deferred[] = [];
  const claimed = new Map<PackDir, PackRef | null>();
  pass.onClaim = (dir, packRef) => claimed.set(dir, packRef);
  await inParallel(options.concurrency, dirs, async (dir, index) => {
    options.signal?.throwIfAborted();
    try {
      const observed = await observeDir(pass, dir);
      if (!observed.settled) state.again.add(dir);
      else if (observed.state !== 'pack') absent.push(observed);
      else if (isClean(pass, observed)) noteClean(state, pass, overview, dir, claimed);
      else await decideAndApply(options, state, deferred, () => decidePack(pass, observed), dir);
    } finally {
      pass.done(index);
      options.disk.release(source, dir);
    }
  });
  await refuseEntries(options, state, pass, root, overview);
  const gone = goneOf(overview, dirs, claimed, absent, state.again);
  if (isSuddenlyEmpty(root, overview, state, claimed)) holdAll(state, source, gone, overview);
  else {
    for (const { packRef, observed } of gone) {
      await decideAndApply(options, state, deferred, () => decideGone(pass, packRef, observed), observed.dir);
    }
    await applyAfterSecondLook(options, state, pass, root, deferred);
  }
  return { ...state, unhealthy: undefined, seen: { identity: root.identity, linked: state.linked } };
}

type State = {
  readonly packs: PackReport[];
  readonly problems: FileRow[];
  readonly again: Set<PackDir>;
  readonly refused: { dir: PackDir; error: unknown }[];
  readonly linked: Map<PackDir, readonly string[]>;
  unchanged: number;
};

function createState(): State {
  return { packs: [], problems: [], again: new Set(), refused: [], linked: new Map(), unchanged: 0 };
}

type Deferred = {
  readonly decided: Decided;
  readonly decide: () => Promise<Decided | undefined>;
  readonly seenAtMs: number;
};

type Listed = Extract<RootListing, { state: 'listed' }>;

/**
 * A directory that is gone may have been renamed: then its new name has to be in the same pass, or the pack would be
 * retired and registered again. So a removal widens the scope to the directories that hold no registered pack.
 */
async function widenScope(
  options: SourcePassOptions,
  source: SourceName,
  scope: SourceScope,
  root: Listed,
): Promise<{ readonly overview: RegisteredSource; readonly dirs: readonly PackDir[] }> {
  const present = new Set(root.dirs);
  if (scope !== 'all' && [...scope].every((dir) => present.has(dir))) {
    const dirs = [...scope].sort();
    return { overview: await options.registry.readSource(source, dirs), dirs };
  }
  const overview = await options.registry.readSource(source, 'all');
  const registered = new Set<PackDir>();
  for (const pack of overview.packs.values())
    if (pack.dir !== null && pack.status !== 'retired') registered.add(pack.dir);
  const known = new Set([...registered, ...[...overview.files.keys()].map(packDirOf)]);
  const refused = new Set(root.refused.map((entry) => entry.path as string));
  const all = [...root.dirs, ...[...known].filter((dir) => !refused.has(dir))];
  const dirs = scope === 'all' ? all : [...scope, ...root.dirs.filter((dir) => !registered.has(dir))];
  return { overview, dirs: [...new Set(dirs)].sort() };
}

type OpenPackPass = PackPass & {
  /** The directory at this index needs no more of its claim. */
  done(index: number): void;
  onClaim: (dir: PackDir, packRef: PackRef | null) => void;
};

function createPackPass(
  options: SourcePassOptions,
  source: SourceName,
  root: RootListing,
  overview: RegisteredSource,
  dirs: readonly PackDir[],
): OpenPackPass {
  const rows = new Map<PackDir, Map<PackPath, FileRow>>();
  for (const [path, row] of overview.files) {
    const dir = packDirOf(path);
    const known = rows.get(dir) ?? new Map<PackPath, FileRow>();
    rows.set(dir, known.set(path, row));
  }
  const turns = dirs.map(() => createTurn());
  const indexes = new Map(dirs.map((dir, index) => [dir, index]));
  const pass: OpenPackPass = {
    source,
    disk: options.disk,
    registry: options.registry,
    checkedBy: options.checkedBy,
    strict: options.strict,
    root,
    packs: overview.packs,
    rowsOf: (dir) => rows.get(dir) ?? new Map(),
    // Directories run in parallel, yet of two that claim one new ref the first in byte order must win every time: each tells its
    // claim, and waits for those before it that claim the same. They only ever wait for earlier ones, so nobody waits for ever.
    async claim(dir, packRef) {
      const own = indexes.get(dir) ?? 0;
      turns[own]?.tell(packRef);
      pass.onClaim(dir, packRef);
      if (packRef === null || overview.packs.get(packRef)?.dir === dir) return;
      for (const turn of turns.slice(0, own)) if ((await turn.told) === packRef) await turn.finished;
    },
    done(index) {
      turns[index]?.tell(null);
      turns[index]?.finish();
    },
    onClaim: () => undefined,
  };
  return pass;
}

function createTurn() {
  let tell: (packRef: PackRef | null) => void = () => undefined;
  let finish: () => void = () => undefined;
  const told = new Promise<PackRef | null>((resolve) => {
    tell = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { tell, finish, told, finished };
}

async function inParallel<Item>(
  width: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as Item, index);
  };
  const workers = Array.from({ length: Math.min(width, items.length) }, worker);
  // All end before an error is told: nothing goes on writing behind a pass that has failed.
  const results = await Promise.allSettled(workers);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function noteClean(
  state: State,
  pass: PackPass,
  overview: RegisteredSource,
  dir: PackDir,
  claimed: Map<PackDir, PackRef | null>,
): void {
  for (const [ref, summary] of overview.packs) {
    if (summary.dir !== dir || summary.status === 'retired') continue;
    state.unchanged += summary.workflows;
    claimed.set(dir, ref);
  }
  const rows = [...pass.rowsOf(dir).values()];
  state.problems.push(...rows.filter(isProblem));
  noteLinks(state, dir, rows);
}

function noteLinks(state: State, dir: PackDir, rows: readonly FileRow[]): void {
  const outside = linksOutside(rows).map((path) => path.slice(0, path.lastIndexOf('/')));
  state.linked.set(dir, [...new Set(outside)]);
}

function isProblem(row: FileRow): boolean {
  return row.state === 'invalid' || row.state === 'unreadable' || row.state === 'conflict';
}

async function decideAndApply(
  options: SourcePassOptions,
  state: State,
  deferred: Deferred[],
  decide: () => Promise<Decided | undefined>,
  dir: PackDir,
): Promise<void> {
  const seenAtMs = options.clock.nowMs();
  const decided = await decide();
  if (!decided) {
    state.again.add(dir);
    return;
  }
  const { plan } = decided;
  const removes = plan.retire.length > 0 || plan.retireActions.length > 0;
  if (removes && !options.dryRun) deferred.push({ decided, decide, seenAtMs });
  else await applyDecided(options, state, decided, decide);
}

async function applyDecided(
  options: SourcePassOptions,
  state: State,
  first: Decided,
  decide: () => Promise<Decided | undefined>,
): Promise<void> {
  try {
    await applyUntilFresh(options, state, first, decide);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'database_refused')) throw error;
    state.refused.push({ dir: first.observed.dir, error });
  }
}

async function applyUntilFresh(
  options: SourcePassOptions,
  state: State,
  first: Decided,
  decide: () => Promise<Decided | undefined>,
): Promise<void> {
  let decided = first;
  let result: ApplyResult | undefined;
  for (let attempt = 0; !options.dryRun && !isEmptyPlan(decided.plan); attempt += 1) {
    options.signal?.throwIfAborted();
    result = await options.registry.apply(decided.plan, options.cause);
    if (result.outcome !== 'stale') break;
    // Somebody else wrote the pack since it was read: what they left is the new starting point.
    const anew = attempt < staleRetries ? await decide() : undefined;
    if (!anew) {
      state.again.add(decided.observed.dir);
      return;
    }
    decided = anew;
  }
  note(options, state, decided, result);
}

function note(
  options: SourcePassOptions,
  state: State,
  decided: Decided,
  result: ApplyResult | undefined,
): void {
  const { plan } = decided;
  state.unchanged += plan.unchanged;
  state.problems.push(...decided.rows.filter(isProblem));
  noteLinks(state, plan.dir, decided.rows);
  const diagnostics = plan.files.flatMap((row) => row.diagnostics);
  const report: PackReport = { source: plan.source, dir: plan.dir, plan, result, diagnostics };
  state.packs.push(report);
  if (!isEmptyPlan(plan)) options.onPack(report);
}

type Gone = { readonly packRef: PackRef; readonly observed: ObservedPack };

/** Registered packs whose directory is gone or claims another ref, and directories of which only rows are left. */
function goneOf(
  overview: RegisteredSource,
  dirs: readonly PackDir[],
  claimed: ReadonlyMap<PackDir, PackRef | null>,
  absent: readonly ObservedPack[],
  again: ReadonlySet<PackDir>,
): readonly Gone[] {
  const looked = new Set(dirs);
  const missing = new Map(absent.map((observed) => [observed.dir, observed]));
  const gone: Gone[] = [];
  const told = new Set<PackDir>();
  for (const [packRef, summary] of overview.packs) {
    const { dir } = summary;
    if (dir === null || summary.status === 'retired' || !looked.has(dir) || again.has(dir)) continue;
    const observed = missing.get(dir);
    if (observed) told.add(dir);
    // A bad manifest (null) keeps the pack; another valid ref gives this one up.
    const other = claimed.get(dir);
    if (observed) gone.push({ packRef, observed });
    else if (other !== undefined && other !== null && other !== packRef)
      gone.push({ packRef, observed: emptyPack(overview, dir) });
  }
  for (const path of overview.files.keys()) {
    const observed = missing.get(packDirOf(path));
    if (!observed || told.has(observed.dir)) continue;
    told.add(observed.dir);
    gone.push({ packRef: '' as PackRef, observed });
  }
  return gone;
}

/** A directory that is there but is the pack no more: its files belong to the pack it now is. */
function emptyPack(_overview: RegisteredSource, dir: PackDir): ObservedPack {
  return {
    source: '' as SourceName,
    dir,
    state: 'pack',
    files: new Map(),
    complete: true,
    settled: true,
    trouble: [],
    fingerprint: 'renamed',
  };
}

/** Not one pack is left under a root that had some: an unmounted volume looks like this. */
function isSuddenlyEmpty(
  root: Listed,
  overview: RegisteredSource,
  state: State,
  claimed: ReadonlyMap<PackDir, PackRef | null>,
): boolean {
  if (claimed.size > 0 || state.again.size > 0) return false;
  const live = [...overview.packs.values()].filter((pack) => pack.status !== 'retired' && pack.live > 0);
  const present = new Set(root.dirs);
  return live.length > 0 && live.every((pack) => pack.dir === null || !present.has(pack.dir));
}

function holdAll(state: State, source: SourceName, gone: readonly Gone[], overview: RegisteredSource): void {
  for (const { packRef, observed } of gone) {
    const refs = [...overview.files.values()].filter(
      (row) => row.role !== 'manifest' && packDirOf(row.path) === observed.dir && row.ref !== null,
    );
    const held = [...new Set(refs.map((row) => row.ref as Ref))].sort();
    if (held.length === 0) continue;
    state.packs.push({
      source,
      dir: observed.dir,
      plan: heldPlan(source, observed.dir, packRef, held),
      result: undefined,
      diagnostics: [],
    });
  }
}

function emptyPlan(source: SourceName, dir: PackDir): RegistrationPlan {
  return {
    source,
    dir,
    packRef: null,
    generation: null,
    pack: undefined,
    packStatus: undefined,
    acknowledge: false,
    workflows: [],
    actions: [],
    touch: [],
    degrade: [],
    recover: [],
    retire: [],
    retireActions: [],
    files: [],
    removedFiles: [],
    changes: [],
    held: [],
    kept: [],
    conflicts: [],
    unchanged: 0,
  };
}

function heldPlan(
  source: SourceName,
  dir: PackDir,
  packRef: PackRef,
  held: readonly Ref[],
): RegistrationPlan {
  return { ...emptyPlan(source, dir), packRef, held };
}

/** Entries of the root that were refused (a link out of it) are told like files that cannot be read. */
async function refuseEntries(
  options: SourcePassOptions,
  state: State,
  pass: PackPass,
  root: Listed,
  overview: RegisteredSource,
): Promise<void> {
  for (const { path, finding } of root.refused) {
    const diagnostics = inFile(path, [finding]);
    const row: FileRow = {
      path,
      role: 'manifest',
      ref: null,
      links: [],
      digest: null,
      checkedBy: pass.checkedBy,
      state: 'unreadable',
      diagnostics,
    };
    state.problems.push(row);
    if (overview.files.get(path)?.diagnostics[0]?.code === finding.code) continue;
    const plan = { ...emptyPlan(pass.source, path as string as PackDir), files: [row] };
    if (!options.dryRun) await options.registry.apply(plan, options.cause);
    const report: PackReport = { source: pass.source, dir: plan.dir, plan, result: undefined, diagnostics };
    state.packs.push(report);
    options.onPack(report);
  }
}

/** Absence is believed when two looks, some time apart, saw the same. */
async function applyAfterSecondLook(
  options: SourcePassOptions,
  state: State,
  pass: PackPass,
  root: Listed,
  deferred: readonly Deferred[],
): Promise<void> {
  if (deferred.length === 0) return;
  const newest = Math.max(...deferred.map((one) => one.seenAtMs));
  await options.clock.sleep(Math.max(0, newest + secondLookMs - options.clock.nowMs()), options.signal);
  options.signal?.throwIfAborted();
  const second = await options.disk.scanRoot(pass.source);
  for (const { decided, decide } of deferred) {
    const first = decided.observed;
    const sameRoot = second.state === 'listed' && second.identity === root.identity;
    const look = sameRoot && first.fingerprint !== 'renamed' ? await observeDir(pass, first.dir) : undefined;
    const isAlike =
      sameRoot &&
      (first.fingerprint === 'renamed' || (look?.settled && look.fingerprint === first.fingerprint));
    if (isAlike) await applyDecided(options, state, decided, decide);
    else state.again.add(first.dir);
    options.disk.release(pass.source, first.dir);
  }
}
