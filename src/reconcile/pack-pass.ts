// What a pass sees of one pack directory: its files, its manifest, the facts of each file. `decide.ts` makes a plan of it.
import type { Judged, ObservedPack, RootListing } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef, SourceName } from '../model/pack.ts';
import type { FileRow, RegisteredPackSummary, RegisteredState } from '../model/state.ts';
import { findRest, type Rest, wake } from '../registry/at-rest.ts';
import { completeFacts, missingChecks } from '../registry/checks.ts';
import { type FileFacts, factsOfChecked } from '../registry/facts.ts';
import { type ManifestVerdict, manifestOf, manifestVerdict, trustedManifest } from '../registry/manifest.ts';
import type { PlanRules } from '../registry/plan-rules.ts';
import type { Look } from './early-look.ts';
import type { Heirs } from './heirs.ts';
import { areAsRows, linksOutside, outlineOf, packsAt } from './outline.ts';
import type { Disk, Registry } from './ports.ts';
import type { Stopwatch } from './stopwatch.ts';

export type PackPass = {
  readonly source: SourceName;
  readonly disk: Disk;
  readonly registry: Registry;
  /** Digest of the rules and of the settings that change a verdict. */
  readonly checkedBy: string;
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** What was decided by people and settings; it grows when the guard holds something. */
  readonly rules: PlanRules;
  readonly root: RootListing;
  /** The packs registered for the source, as the pass began. */
  readonly packs: ReadonlyMap<PackRef, RegisteredPackSummary>;
  readonly stopwatch?: Stopwatch;
  /** Runs steps to their end, letting the event loop turn between them. */
  inTurns<Result>(steps: Generator<undefined, Result>): Promise<Result>;
  /** Looks at a directory; `extra`: linked paths outside the usual directories. */
  readonly observe: Look;
  /** A pack by its ref; what was read along with the source is given out once, for whoever asks again wants to know better. */
  readPack(packRef: PackRef, dir: PackDir): Promise<RegisteredState>;
  /** The rows of the files of a directory. */
  rowsOf(dir: PackDir): ReadonlyMap<PackPath, FileRow>;
  /** True when the file of a ref of the pack is gone and nothing says that it stays: the pack is not as it should be. */
  hasStrays(packRef: PackRef): boolean;
  /** True for a directory that was waited for long enough: what does not stand still in it is taken as it is. */
  insists(dir: PackDir): boolean;
  /** Whether a pack that was looked at is still as it was; a pass that applies nothing says so without a look. */
  stands(observed: ObservedPack): Promise<boolean>;
  readonly heirs: Heirs;
  /**
   * Tells which ref a directory claims; resolves when all directories before it have told theirs. Returns the one that claimed
   * the same ref first in this pass, undefined when this one does or holds the ref already.
   */
  claim(dir: PackDir, packRef: PackRef | null): Promise<PackDir | undefined>;
};

type Links = Iterable<{ readonly links: readonly PackPath[] }>;

/** Looks at a directory; what actions link outside the usual directories, by the rows and by `more`, is looked at too. */
export function observeDir(pass: PackPass, dir: PackDir, more: Links = []): Promise<ObservedPack> {
  const extra = [...outlineOf(pass.rowsOf(dir)).outside, ...linksOutside(more)];
  return pass.observe(dir, [...new Set(extra)], judgedIn(pass, dir));
}

/** Undefined where a bad manifest keeps the other files from being looked into, so that nothing is said of them. */
function judgedIn({ checkedBy, ...pass }: PackPass, dir: PackDir): Judged | undefined {
  const rows = pass.rowsOf(dir);
  const isNamed = [...rows.values()].some(({ role, state }) => role === 'manifest' && state === 'valid');
  if (rows.size > 0 && !isNamed) return undefined;
  return (path) => {
    const row = rows.get(path);
    return row?.checkedBy === checkedBy ? (row.digest ?? undefined) : undefined;
  };
}

/** True when every file is as its row says and the pack's rows are as they were left: nothing to do. */
export function isClean(pass: PackPass, observed: ObservedPack): boolean {
  if (!observed.complete || observed.state !== 'pack') return false;
  const rows = pass.rowsOf(observed.dir);
  const manifest = trustedManifest(observed, rows, pass.checkedBy);
  const summary = packIn(pass, observed.dir);
  if (!manifest || summary?.drifted || (summary && pass.hasStrays(summary.ref))) return false;
  if (manifest.state === 'bad')
    return summary === undefined ? rows.size === 1 : summary.status === 'degraded';
  if (summary?.ref !== manifest.packRef || summary.status !== 'active') return false;
  return areAsRows(observed.files, rows, pass.checkedBy);
}

/** The pack that is registered for a directory and not retired. */
export function packIn(pass: PackPass, dir: PackDir): RegisteredPackSummary | undefined {
  const found = packsAt(pass.packs, dir);
  if (found.length < 2) return found[0];
  // One that left its directory to another ref is still there while its removal is held.
  const manifest = [...pass.rowsOf(dir).values()].find((row) => row.role === 'manifest');
  return found.find(({ ref }) => ref === manifest?.ref) ?? found[0];
}

/** The manifest's verdict, from its row where that still stands. Undefined: its bytes are no longer those observed. */
export async function readManifest(
  pass: PackPass,
  observed: ObservedPack,
): Promise<ManifestVerdict | undefined> {
  return (
    trustedManifest(observed, pass.rowsOf(observed.dir), pass.checkedBy) ?? checkManifest(pass, observed)
  );
}

/** Undefined: the manifest's bytes are no longer those observed. */
export async function checkManifest(
  pass: PackPass,
  observed: ObservedPack,
): Promise<ManifestVerdict | undefined> {
  const file = manifestOf(observed);
  if (!file || file.digest === null) return manifestVerdict(observed, undefined, pass.strict);
  const checked = await pass.disk.check(pass.source, file);
  return checked && manifestVerdict(observed, checked, pass.strict);
}

export type Gathered = {
  /** Of every action and workflow file that something has to be decided about. */
  readonly facts: ReadonlyMap<PackPath, FileFacts>;
  readonly rest: Rest;
  /** With the files outside the usual directories that links led to. */
  readonly observed: ObservedPack;
};

/**
 * Facts of every action and workflow file that is not at rest; only those are checked that `missingChecks` names. Undefined: a file
 * changed.
 */
export async function gatherFacts(
  pass: PackPass,
  first: ObservedPack,
  packRef: PackRef,
  registered: RegisteredState,
  distrustAll: boolean,
): Promise<Gathered | undefined> {
  const { checkedBy, source } = pass;
  const facts = new Map<PackPath, FileFacts>();
  const asked = new Set<PackPath>(linksOutside(registered.files.values()));
  const common = { packRef, checkedBy, distrustAll };
  let observed = first;
  let rest = findRest({ ...common, observed, registered });
  for (;;) {
    rest = wake(rest, { ...common, observed, registered }, facts);
    const { part } = rest;
    const apart = { observed: { source, files: part.files }, registered: part.registered, facts };
    const missing = missingChecks({ ...common, ...apart });
    const found = await checkAll(pass, observed, packRef, missing);
    if (!found) return undefined;
    for (const one of found) facts.set(one.path, one);
    const links = linksOutside(facts.values()).filter((path) => !asked.has(path));
    if (links.length === 0 && missing.length === 0) return { facts: completeFacts(apart), rest, observed };
    if (links.length === 0) continue;
    for (const path of links) asked.add(path);
    const { dir } = observed;
    const insists = pass.insists(dir);
    const wider = await pass.disk.observe(pass.source, dir, [...asked], insists, judgedIn(pass, dir));
    if (!wider.settled) return undefined;
    // The files that were looked into have to be those of the wider look.
    for (const one of facts.values()) if (wider.files.get(one.path)?.digest !== one.digest) return undefined;
    observed = wider;
    rest = findRest({ ...common, observed, registered });
  }
}

async function checkAll(
  pass: PackPass,
  observed: ObservedPack,
  packRef: PackRef,
  paths: readonly PackPath[],
): Promise<readonly FileFacts[] | undefined> {
  const facts = await Promise.all(
    paths.map(async (path) => {
      const file = observed.files.get(path);
      const checked = file && (await pass.disk.check(pass.source, file));
      return checked && factsOfChecked(file, checked, observed.dir, packRef);
    }),
  );
  const found = facts.filter((one) => one !== undefined);
  return found.length === paths.length ? found : undefined;
}
