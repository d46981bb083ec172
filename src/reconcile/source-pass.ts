// One source in a pass: look at the root, look at the packs in scope, apply what differs, tell both sides of a conflict;
// removals last.
import type { SourceScope } from '../model/change.ts';
import type { ObservedPack } from '../model/listing.ts';
import type { PackDir, PackRef, SourceName } from '../model/pack.ts';
import type { FileRow, PendingBatch } from '../model/state.ts';
import { inFile } from '../registry/facts.ts';
import type { Begun } from './ahead.ts';
import { decideAndApply } from './apply-decided.ts';
import { decidePack, decideRefused } from './decide.ts';
import { beginLook } from './early-look.ts';
import { observeDir, packIn } from './pack-pass.ts';
import { inParallel } from './parallel.ts';
import { concerned, passOn } from './pass-on.ts';
import type { SeenRoot } from './ports.ts';
import { lostPacks, remove } from './removal.ts';
import { dirsInScope, type ListedRoot, registeredDirs, strangers } from './scope.ts';
import { openSourcePass, type SourcePass, type SourcePassOptions } from './source-state.ts';
import { noteLook, sweep, takeClean } from './sweep.ts';
import { createTally, type Tally } from './tally.ts';

export type SourceResult = Pick<Tally, 'packs' | 'again' | 'waiting' | 'refused'> & {
  /** Removals that wait for a person. */
  readonly held: readonly PendingBatch[];
  /** Why the root could not be listed. */
  readonly unhealthy: string | undefined;
  readonly unchanged: number;
  readonly problems: readonly FileRow[];
  readonly seen: SeenRoot;
};

/** Brings one source's registered packs in step with its root. Throws `AppError` when the database cannot be used. */
export async function passSource(
  options: SourcePassOptions,
  source: SourceName,
  scope: SourceScope,
): Promise<SourceResult> {
  const passed = options.ahead?.passing(source);
  try {
    return await passBegun(options, source, scope);
  } finally {
    passed?.();
  }
}

async function passBegun(
  options: SourcePassOptions,
  source: SourceName,
  scope: SourceScope,
): Promise<SourceResult> {
  const root = await options.disk.scanRoot(source);
  // failpoint: root.scanned
  if (root.state !== 'listed')
    return resultOf(createTally(), { ...nothingSeen, identity: undefined }, [], root.reason);
  let pass: SourcePass | undefined;
  const only = onlyOne(scope, root);
  const ahead = takeAhead(options, source, scope, only);
  const early = beginLook(
    {
      ...{ disk: options.disk, source, told: options.told },
      timed: (work) => options.stopwatch.time('load', work),
      insists: (dir) => options.patience.isOver(source, dir),
      onChanged: (dir) => pass?.tally.changed.add(dir),
    },
    only,
    ahead,
  );
  try {
    const read = () => options.registry.readSource(source, scope === 'all' ? 'all' : [...scope]);
    const reading = ahead
      ? options.stopwatch.time('plan', () => ahead.reading.then((seen) => seen ?? read()))
      : read();
    const overview = await (options.pause?.during(reading) ?? reading);
    // failpoint: source.read
    pass = openSourcePass(options, source, root, overview, early);
    return await passListed(pass, scope);
  } finally {
    await early.end();
  }
}

/** What was begun ahead, for a pass that an event was the cause of: who asks for one wants what there was when they asked. */
function takeAhead(
  { ahead, cause, dryRun, patience }: SourcePassOptions,
  source: SourceName,
  scope: SourceScope,
  only: PackDir | undefined,
): Begun | undefined {
  let taken: Begun | undefined;
  for (const dir of scope === 'all' ? [] : scope) {
    const begun = ahead?.take(source, dir);
    if (dir === only && cause === 'watch' && !dryRun && !patience.isOver(source, dir)) taken = begun;
    else begun?.drop();
  }
  return taken;
}

/** The directory that alone is to be looked at, where it is there. */
function onlyOne(scope: SourceScope, root: ListedRoot): PackDir | undefined {
  if (scope === 'all' || scope.size !== 1) return undefined;
  const [dir] = scope;
  return dir !== undefined && root.dirs.includes(dir) ? dir : undefined;
}

async function passListed(pass: SourcePass, scope: SourceScope): Promise<SourceResult> {
  const { options, source, root, overview } = pass;
  const dirs = dirsInScope(scope, root, overview);
  if (scope === 'all') {
    const left = await sweep(pass, dirs);
    await lookAt(pass, [...left.keys()], left);
  } else {
    await lookAt(pass, dirs);
    if (!(await pass.early.isSeenAgain())) for (const dir of dirs) pass.tally.again.add(dir);
  }
  if (scope !== 'all' && isTooNarrow(pass)) {
    pass.overview = await options.registry.readSource(source, 'all');
    // What else is gone counts with what this pass would take away, whoever was told of it.
    const gone = [...registeredDirs(pass.overview)].filter((dir) => !root.dirs.includes(dir));
    const more = new Set([...strangers(root, pass.overview), ...concerned(pass), ...gone]);
    await lookAt(
      pass,
      [...more].sort().filter((dir) => !pass.looks.has(dir) && !pass.tally.again.has(dir)),
    );
  }
  await passOn(pass);
  await tellHolders(pass);
  await tellRefused(pass, scope);
  await remove(pass);
  const parts = [...pass.looks].filter(([, { complete }]) => !complete);
  const seen = {
    identity: root.identity,
    isFull: scope === 'all',
    looked: new Set([...pass.looks.keys(), ...refusedIn(root.refused, scope)]),
    unlisted: new Map(parts.map(([dir, { trouble }]) => [dir, trouble.join('; ')])),
  };
  return resultOf(pass.tally, seen, await openBatches(pass), undefined);
}

/** A lost pack may lie under another name, or be what another directory waits for; and all who claim a ref are to be named. */
function isTooNarrow(pass: SourcePass): boolean {
  const { challenged, contested, pack } = pass;
  return lostPacks(pass).length > 0 || challenged.size + contested.size + pack.heirs.legacies().size > 0;
}

function refusedIn(refused: SourcePass['root']['refused'], scope: SourceScope): readonly PackDir[] {
  const dirs = refused.map(({ path }) => path as string as PackDir);
  return dirs.filter((dir) => scope === 'all' || scope.has(dir));
}

/** As they are after the pass: each apply may have taken refs out of them. */
async function openBatches({ options, source, batches }: SourcePass): Promise<readonly PendingBatch[]> {
  const isCurrent = batches.length === 0 || options.dryRun;
  const pending = isCurrent ? batches : (await options.registry.readSource(source, [])).batches;
  return pending.filter(({ state }) => state === 'open');
}

const nothingSeen = { isFull: false, looked: new Set<PackDir>(), unlisted: new Map<PackDir, string>() };

function resultOf(
  tally: Tally,
  root: Omit<SeenRoot, 'linked' | 'changed'>,
  held: readonly PendingBatch[],
  unhealthy: string | undefined,
): SourceResult {
  const { packs, again, waiting, refused, linked, changed } = tally;
  const seen = { ...root, linked, changed };
  const unchanged = tally.unchanged();
  return { packs, again, waiting, refused, held, unhealthy, unchanged, problems: tally.problems(), seen };
}

/** `seen`: what is known of some by a look that was just made. */
async function lookAt(
  pass: SourcePass,
  dirs: readonly PackDir[],
  seen: ReadonlyMap<PackDir, ObservedPack | undefined> = new Map(),
): Promise<void> {
  const { options, source, turns } = pass;
  turns.join(dirs);
  const lookAtDir = async (dir: PackDir) => {
    try {
      options.signal?.throwIfAborted();
      await lookAtOne(pass, dir, seen.get(dir));
    } finally {
      turns.finish(dir);
      options.disk.release(source, dir);
    }
  };
  await inParallel(options.concurrency, dirs, lookAtDir, options.pause);
}

async function lookAtOne(pass: SourcePass, dir: PackDir, seen: ObservedPack | undefined): Promise<void> {
  const observed = seen ?? (await observeDir(pass.pack, dir));
  // failpoint: pack.observed
  if (!observed.settled) {
    pass.tally.again.add(dir);
    return;
  }
  noteLook(pass, observed);
  const registered = packIn(pass.pack, dir);
  // A directory without any sign of a pack is none, unless it was one: what it held is kept while the directory is there.
  if (observed.state === 'absent' || (observed.state === 'other' && !registered)) return;
  if (takeClean(pass, observed)) return;
  const rows = [...pass.pack.rowsOf(dir).values()];
  if (registered && isContested(rows, registered.ref)) pass.contested.add(dir);
  else await decideAndApply(pass, dir, () => decidePack(pass.pack, observed));
}

/** True for the holder of a ref that others claim, false for one of those, which may still be there as another pack. */
function isContested(rows: readonly FileRow[], packRef: PackRef): boolean {
  return rows.some(({ role, state, ref }) => role === 'manifest' && state === 'conflict' && ref === packRef);
}

/** The holder of a pack ref that others claim is told of them, as they are of it; and that they are gone. */
async function tellHolders(pass: SourcePass): Promise<void> {
  const { options, tally } = pass;
  const busy = new Set([
    ...tally.again,
    ...tally.refused.map((one) => one.dir),
    ...pass.deferred.map((one) => one.decided.observed.dir),
  ]);
  for (const dir of [...new Set([...pass.contested, ...pass.challenged.keys()])].sort()) {
    // A plan only: the holder's own report was given, and nothing was written that the file's row could follow.
    if (busy.has(dir) || (options.dryRun && !pass.contested.has(dir))) continue;
    const observed = pass.looks.get(dir) ?? (await observeDir(pass.pack, dir));
    const rivals = [...(pass.challenged.get(dir) ?? [])].sort();
    if (!observed.settled) tally.again.add(dir);
    else await decideAndApply(pass, dir, () => decidePack(pass.pack, observed, rivals));
    options.disk.release(pass.source, dir);
  }
}

/** Entries of the root that were refused (a link out of it) are told like files that cannot be read. */
async function tellRefused(pass: SourcePass, scope: SourceScope): Promise<void> {
  const wanted = new Set(refusedIn(pass.root.refused, scope));
  for (const { path, finding } of pass.root.refused) {
    const dir = path as string as PackDir;
    if (!wanted.has(dir)) continue;
    const fact = {
      ...({ path, role: 'manifest', ref: null, links: [], digest: null, state: 'unreadable' } as const),
      diagnostics: inFile(path, [finding]),
      checked: undefined,
    };
    await decideAndApply(pass, dir, async () => decideRefused(pass.pack, fact, dir));
  }
}
