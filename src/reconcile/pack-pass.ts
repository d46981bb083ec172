// One pack directory in a pass: observe → trust or check → link → plan. What it decides is applied by `reconcile.ts`.
import type { CheckedFile } from '../model/file.ts';
import type { ObservedPack, RootListing } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef, SourceName } from '../model/pack.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { DesiredPack, FileRow, RegisteredPackSummary, RegisteredState } from '../model/state.ts';
import { missingChecks } from '../registry/checks.ts';
import { boundDiagnostics, desiredPack } from '../registry/desired.ts';
import { roleOf } from '../registry/discover.ts';
import {
  type FileFacts,
  factsFromRow,
  factsOfChecked,
  factsOfUnreadable,
  inFile,
  isTrusted,
} from '../registry/facts.ts';
import { type ManifestVerdict, manifestOf, manifestVerdict, trustedManifest } from '../registry/manifest.ts';
import { planPack } from '../registry/plan.ts';
import type { Disk, Registry } from './ports.ts';

export type PackPass = {
  readonly source: SourceName;
  readonly disk: Disk;
  readonly registry: Registry;
  /** Digest of the rules and of the settings that change a verdict. */
  readonly checkedBy: string;
  /** Warnings count as errors. */
  readonly strict: boolean;
  readonly root: RootListing;
  /** The packs registered for the source, as the pass began. */
  readonly packs: ReadonlyMap<PackRef, RegisteredPackSummary>;
  /** The rows of the files of a directory. */
  rowsOf(dir: PackDir): ReadonlyMap<PackPath, FileRow>;
  /** Tells which ref a directory claims; resolves when no directory before it claims the same one. */
  claim(dir: PackDir, packRef: PackRef | null): Promise<void>;
};

export type Decided = {
  readonly plan: RegistrationPlan;
  readonly observed: ObservedPack;
  readonly rows: readonly FileRow[];
};

/** Undefined: the files moved under our eyes; look again after a quiet time. */
export type PackOutcome = Decided | undefined;

/** Looks at a directory; links of registered actions outside the usual directories are looked at too. */
export function observeDir(pass: PackPass, dir: PackDir): Promise<ObservedPack> {
  return pass.disk.observe(pass.source, dir, linksOutside(pass.rowsOf(dir).values()));
}

/** Linked paths outside the directories that are listed anyway. */
export function linksOutside(rows: Iterable<{ readonly links: readonly PackPath[] }>): readonly PackPath[] {
  return [...rows].flatMap((row) => row.links).filter((path) => roleOf(path) === undefined);
}

/** True when every file is as its row says and the pack's rows are as they were left: nothing to do. */
export function isClean(pass: PackPass, observed: ObservedPack): boolean {
  if (!observed.complete || observed.state !== 'pack') return false;
  const rows = pass.rowsOf(observed.dir);
  const manifest = trustedManifest(observed, rows, pass.checkedBy);
  const summary = packIn(pass, observed.dir);
  if (!manifest || summary?.drifted) return false;
  if (manifest.state === 'bad')
    return summary === undefined ? rows.size === 1 : summary.status === 'degraded';
  if (summary?.ref !== manifest.packRef || summary.status !== 'active' || rows.size !== observed.files.size)
    return false;
  for (const file of observed.files.values()) {
    const row = rows.get(file.path);
    if (!isTrusted(row, file, pass.checkedBy) || row.state === 'conflict') return false;
  }
  return true;
}

function packIn(pass: PackPass, dir: PackDir): RegisteredPackSummary | undefined {
  for (const summary of pass.packs.values())
    if (summary.dir === dir && summary.status !== 'retired') return summary;
  return undefined;
}

/** Decides what one pack directory needs. */
export async function decidePack(pass: PackPass, first: ObservedPack): Promise<PackOutcome> {
  const manifest = await readManifest(pass, first);
  if (!manifest) return undefined;
  if (manifest.state === 'bad') {
    await pass.claim(first.dir, null);
    return decideKept(pass, first, manifest);
  }
  const { packRef } = manifest;
  await pass.claim(first.dir, packRef);
  const registered = await pass.registry.readPack(pass.source, packRef, first.dir);
  const rival = await rivalOf(pass, first.dir, registered, packRef);
  if (rival !== undefined) return decideConflict(pass, first, manifest, registered, rival);
  const isOwn =
    registered.pack?.source === pass.source &&
    registered.pack.dir === first.dir &&
    registered.pack.status !== 'retired';
  // The row may be older than the manifest's last verdict, or changed by hand: then the manifest is read after all.
  const mustRead = manifest.pack === 'same' && (!isOwn || registered.pack?.revision === null);
  const named = mustRead ? await checkManifest(pass, first) : manifest;
  if (named?.state !== 'named') return undefined;
  const linked = await gatherFacts(pass, first, packRef, registered, !isOwn);
  if (!linked) return undefined;
  const facts = new Map([...named.facts.map((fact) => [fact.path, fact] as const), ...linked.facts]);
  const { observed } = linked;
  const desired = desiredPack({
    source: pass.source,
    dir: observed.dir,
    packRef,
    pack: named.pack,
    facts,
    complete: observed.complete,
    checkedBy: pass.checkedBy,
    registered,
  });
  return { plan: planPack(desired, registered), observed, rows: [...desired.files.values()] };
}

export async function readManifest(
  pass: PackPass,
  observed: ObservedPack,
): Promise<ManifestVerdict | undefined> {
  return (
    trustedManifest(observed, pass.rowsOf(observed.dir), pass.checkedBy) ?? checkManifest(pass, observed)
  );
}

/** Undefined: the manifest's bytes are no longer those observed. */
async function checkManifest(pass: PackPass, observed: ObservedPack): Promise<ManifestVerdict | undefined> {
  const file = manifestOf(observed);
  if (!file || file.digest === null) return manifestVerdict(observed, undefined, pass.strict);
  const checked = await pass.disk.check(pass.source, file);
  return checked && manifestVerdict(observed, checked, pass.strict);
}

/** Who holds the pack's ref instead: another source, or another directory of this root that still claims it. */
async function rivalOf(
  pass: PackPass,
  dir: PackDir,
  registered: RegisteredState,
  packRef: PackRef,
): Promise<string | undefined> {
  const row = registered.pack;
  if (!row || row.status === 'retired') return undefined;
  if (row.source !== pass.source) return row.source;
  if (row.dir === dir || row.dir === null) return undefined;
  if (pass.root.state !== 'listed' || !pass.root.dirs.includes(row.dir)) return undefined;
  const other = await pass.disk.observe(pass.source, row.dir, []);
  if (other.state !== 'pack') return undefined;
  const file = manifestOf(other);
  const checked = file && file.digest !== null ? await pass.disk.check(pass.source, file) : undefined;
  const verdict = manifestVerdict(other, checked, pass.strict);
  return verdict.state === 'named' && verdict.packRef !== packRef ? undefined : row.dir;
}

/** A pack that another owner holds: nothing of it is registered, and its manifest says so. */
function decideConflict(
  pass: PackPass,
  observed: ObservedPack,
  manifest: ManifestVerdict,
  registered: RegisteredState,
  rival: string,
): Decided {
  const file = manifestOf(observed);
  const path = file?.path ?? (`${observed.dir}/pack.yaml` as PackPath);
  const packRef = manifest.state === 'named' ? manifest.packRef : null;
  const message = `the pack ref ${packRef} belongs to ${rival}, which goes on serving`;
  const finding = {
    code: 'REF_CONFLICT',
    severity: 'error',
    message,
    line: 1,
    column: 1,
    help: 'give this pack another ref, or remove one of the two',
  } as const;
  const row: FileRow = {
    ...rowOf(pass, manifest.facts[0] as FileFacts),
    state: 'conflict',
    diagnostics: boundDiagnostics([...(manifest.facts[0]?.diagnostics ?? []), ...inFile(path, [finding])]),
  };
  const desired = bareDesired(pass, observed, null, [row]);
  const others = new Map(registered.files);
  const plan = planPack(
    { ...desired, conflicts: [{ ref: packRef ?? observed.dir, incumbent: rival, challengers: [path] }] },
    { pack: undefined, workflows: new Map(), actions: new Map(), files: others },
  );
  return { plan, observed, rows: [row] };
}

/** A bad manifest keeps the whole pack as it is registered; its own row says why. */
async function decideKept(
  pass: PackPass,
  observed: ObservedPack,
  manifest: ManifestVerdict,
): Promise<Decided> {
  const summary = packIn(pass, observed.dir);
  const rows = manifest.facts.map((fact) => rowOf(pass, fact));
  const registered = summary
    ? await pass.registry.readPack(pass.source, summary.ref, observed.dir)
    : { pack: undefined, workflows: new Map(), actions: new Map(), files: pass.rowsOf(observed.dir) };
  const packRef =
    registered.pack?.source === pass.source && registered.pack.dir === observed.dir
      ? (summary?.ref ?? null)
      : null;
  const own = rows.map((row) => (row.ref === null && packRef !== null ? { ...row, ref: packRef } : row));
  const desired = bareDesired(pass, observed, packRef, own);
  const plan = planPack(
    desired,
    packRef === null
      ? { ...registered, pack: undefined, workflows: new Map(), actions: new Map() }
      : registered,
  );
  return { plan, observed, rows: own };
}

function bareDesired(
  pass: PackPass,
  observed: ObservedPack,
  packRef: PackRef | null,
  rows: readonly FileRow[],
): DesiredPack {
  return {
    source: pass.source,
    dir: observed.dir,
    packRef,
    pack: 'kept',
    workflows: new Map(),
    actions: new Map(),
    kept: [],
    conflicts: [],
    files: new Map(rows.map((row) => [row.path, row])),
    complete: observed.complete,
  };
}

function rowOf(pass: PackPass, facts: FileFacts): FileRow {
  const { path, role, ref, links, digest, state } = facts;
  return {
    path,
    role,
    ref,
    links,
    digest,
    checkedBy: pass.checkedBy,
    state,
    diagnostics: boundDiagnostics(facts.diagnostics),
  };
}

/** Facts of every action and workflow file; only those are checked that `missingChecks` names. */
export async function gatherFacts(
  pass: PackPass,
  first: ObservedPack,
  packRef: PackRef,
  registered: RegisteredState,
  distrustAll: boolean,
): Promise<
  { readonly facts: ReadonlyMap<PackPath, FileFacts>; readonly observed: ObservedPack } | undefined
> {
  const facts = new Map<PackPath, FileFacts>();
  let observed = first;
  for (;;) {
    const missing = missingChecks({ observed, registered, checkedBy: pass.checkedBy, facts, distrustAll });
    const checks = await Promise.all(missing.map((path) => checkOne(pass, observed, path)));
    for (const [index, path] of missing.entries()) {
      const checked = checks[index];
      const file = observed.files.get(path);
      if (!checked || !file) return undefined;
      facts.set(path, factsOfChecked(file, checked, observed.dir, packRef));
    }
    const outside = linksOutside(facts.values()).filter((path) => !observed.files.has(path));
    const wider =
      outside.length > 0
        ? await pass.disk.observe(pass.source, observed.dir, [
            ...linksOutside(registered.files.values()),
            ...outside,
          ])
        : observed;
    if (wider.files.size === observed.files.size && missing.length === 0) break;
    observed = wider;
  }
  for (const file of observed.files.values()) {
    if (file.role === 'manifest' || facts.has(file.path)) continue;
    const row = registered.files.get(file.path);
    if (file.digest === null) facts.set(file.path, factsOfUnreadable(file, row));
    else if (row) facts.set(file.path, factsFromRow(row));
  }
  return { facts, observed };
}

async function checkOne(
  pass: PackPass,
  observed: ObservedPack,
  path: PackPath,
): Promise<CheckedFile | undefined> {
  const file = observed.files.get(path);
  return file && pass.disk.check(pass.source, file);
}

/** A pack whose directory is gone, or whose manifest took another ref: everything it had is absent. */
export async function decideGone(pass: PackPass, packRef: PackRef, observed: ObservedPack): Promise<Decided> {
  const registered = await pass.registry.readPack(pass.source, packRef, observed.dir);
  const isOurs = registered.pack?.source === pass.source && registered.pack.dir === observed.dir;
  const hasDirectory = observed.state === 'pack';
  const files = hasDirectory ? registered.files : new Map<PackPath, FileRow>();
  const base = bareDesired(pass, observed, isOurs ? packRef : null, []);
  const desired: DesiredPack = { ...base, pack: 'gone', files, complete: true };
  const plan = planPack(
    desired,
    isOurs
      ? registered
      : { pack: undefined, workflows: new Map(), actions: new Map(), files: registered.files },
  );
  return { plan, observed, rows: [] };
}
