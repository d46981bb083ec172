// One pack directory, seen → the plan for it. What is decided is applied by `apply-decided.ts`.
import type { ObservedPack } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef } from '../model/pack.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { DesiredPack, FileRow, RegisteredState } from '../model/state.ts';
import { rowsAtRest, workflowsAtRest } from '../registry/at-rest.ts';
import { boundDiagnostics, type DesiredInput, desiredInSteps } from '../registry/desired.ts';
import { type FileFacts, inFile } from '../registry/facts.ts';
import { type ManifestVerdict, manifestOf, trustedManifest } from '../registry/manifest.ts';
import { planPack } from '../registry/plan.ts';
import { checkManifest, gatherFacts, observeDir, type PackPass, packIn, readManifest } from './pack-pass.ts';

export type Decided = {
  readonly plan: RegistrationPlan;
  readonly observed: ObservedPack;
  /** The verdict on every file of the directory that was decided about. */
  readonly rows: readonly FileRow[];
  /** Whether the pack was still as it was observed a moment after its last file was read; undefined: nobody has asked yet. */
  readonly stood?: Promise<boolean>;
  /** The directory of this root that holds the pack ref which this one claims in vain. */
  readonly lostTo?: PackDir;
  /** The directory that the pack was registered from until now. */
  readonly movedFrom?: PackDir;
};

type NamedManifest = Extract<ManifestVerdict, { state: 'named' }>;

/** Nothing is decided: another pass has to look again, or this one decides when it knows all who claim the pack. */
export type Undecided = 'again' | 'put-off';

/**
 * Decides what one pack directory needs. `again`: its files moved under our eyes; look again after a quiet time.
 * `rivals`: manifests of other directories that claim its ref in vain.
 */
export async function decidePack(
  pass: PackPass,
  first: ObservedPack,
  rivals: readonly PackPath[] = [],
): Promise<Decided | Undecided> {
  const manifest = await readManifest(pass, first);
  if (!manifest) return 'again';
  if (manifest.state === 'bad') {
    await pass.claim(first.dir, null);
    return decideKept(pass, first, manifest);
  }
  const { packRef } = manifest;
  const earlier = await pass.claim(first.dir, packRef);
  const registered = await pass.readPack(packRef, first.dir);
  const owner = await ownerOf(pass, first.dir, registered, packRef);
  if (owner === 'put-off') return 'put-off';
  const holder = owner ?? (earlier && { dir: earlier });
  if (holder && holder !== 'own') return decideConflict(pass, first, manifest, holder);
  return decideOwn(pass, first, manifest, registered, rivals);
}

async function decideOwn(
  pass: PackPass,
  first: ObservedPack,
  manifest: NamedManifest,
  registered: RegisteredState,
  rivals: readonly PackPath[],
): Promise<Decided | 'again'> {
  const { packRef } = manifest;
  const { source, checkedBy } = pass;
  const isOwn =
    registered.pack?.source === source &&
    registered.pack.dir === first.dir &&
    registered.pack.status !== 'retired';
  // The row may be older than the manifest's last verdict, or changed by hand: then the manifest is read after all.
  const mustRead = manifest.pack === 'same' && (!isOwn || registered.pack?.revision === null);
  const named = mustRead ? await checkManifest(pass, first) : manifest;
  if (named?.state !== 'named') return 'again';
  const manifestRow = registered.files.get(manifestOf(first)?.path ?? ('' as PackPath));
  // The rows of the other files say what they are under the ref that the manifest had when they were written.
  const isOther = !isOwn || manifestRow?.ref !== packRef;
  const gathered = await gatherFacts(pass, first, packRef, registered, isOther);
  if (!gathered) return 'again';
  const { observed, rest } = gathered;
  // All files are read: the look that proves that they lay there together takes its time while the plan is made.
  const stood = pass.stands(observed);
  // Nobody waits for it when planning fails, or when the apply is put off: its failure must not be one that nobody handles.
  stood.catch(() => undefined);
  const { dir, complete } = observed;
  const facts = new Map([...named.facts.map((fact) => [fact.path, fact] as const), ...gathered.facts]);
  const { pack } = named;
  const apart = rest.part.registered;
  const input = { source, dir, packRef, pack, facts, complete, checkedBy, registered: apart, rivals };
  return timed(pass, async () => {
    const desired = await pass.inTurns(desiredInSteps(input));
    const decided = planPack(desired, withRowsLeft(pass, input), pass.rules);
    const plan = { ...decided, unchanged: decided.unchanged + workflowsAtRest(rest) };
    const rows = [...desired.files.values(), ...rowsAtRest(rest)];
    return { plan, observed, stood, rows, ...movedFrom(input) };
  });
}

function movedFrom({ registered, dir }: DesiredInput): Pick<Decided, 'movedFrom'> {
  const row = registered.pack;
  return row && row.status !== 'retired' && row.dir !== null && row.dir !== dir ? { movedFrom: row.dir } : {};
}

/** A pack takes along what it left behind: the rows of files in the directory it had, where that is gone. */
function withRowsLeft({ root, rowsOf }: PackPass, input: DesiredInput): RegisteredState {
  const { registered } = input;
  const { movedFrom: left } = movedFrom(input);
  if (left === undefined || root.state !== 'listed' || root.dirs.includes(left)) return registered;
  return { ...registered, files: new Map([...rowsOf(left), ...registered.files]) };
}

/** Who holds a pack ref instead: another source, or another directory of this root. */
type Owner = { readonly dir: PackDir } | { readonly source: string };

/** `own`: the directory holds the pack, or is to have it. Undefined: nobody holds it. */
async function ownerOf(
  pass: PackPass,
  dir: PackDir,
  registered: RegisteredState,
  packRef: PackRef,
): Promise<Owner | 'own' | 'put-off' | undefined> {
  const row = registered.pack;
  if (!row || row.status === 'retired') return undefined;
  if (row.source !== pass.source) return { source: row.source };
  if (row.dir === null) return undefined;
  if (row.dir === dir) return 'own';
  if (await holds(pass, row.dir, packRef)) return { dir: row.dir };
  const heir = pass.heirs.heirOf(packRef, row.dir, dir);
  if (heir === undefined) return 'put-off';
  return heir === dir ? 'own' : { dir: heir };
}

/** A directory gives its ref up when it is gone, or by a good manifest with another one; a bad manifest keeps it. */
async function holds(pass: PackPass, dir: PackDir, packRef: PackRef): Promise<boolean> {
  if (pass.root.state !== 'listed' || !pass.root.dirs.includes(dir)) return false;
  const observed = await observeDir(pass, dir);
  try {
    if (observed.state !== 'pack') return false;
    const known = pass.rowsOf(dir);
    // A pass over a few directories has not read the rows of this one.
    const rows = known.size > 0 ? known : (await pass.registry.readPack(pass.source, packRef, dir)).files;
    const trusted = trustedManifest(observed, rows, pass.checkedBy);
    const verdict = trusted ?? (await checkManifest(pass, observed));
    return verdict?.state !== 'named' || verdict.packRef === packRef;
  } finally {
    pass.disk.release(pass.source, dir);
  }
}

/** A pack ref that another owner holds: nothing of the directory is registered, and its manifest says so. */
function decideConflict(
  pass: PackPass,
  observed: ObservedPack,
  manifest: NamedManifest,
  owner: Owner,
): Decided {
  const path = manifestOf(observed)?.path ?? (`${observed.dir}/pack.yaml` as PackPath);
  const { packRef } = manifest;
  const incumbent = 'dir' in owner ? owner.dir : owner.source;
  const finding = {
    code: 'REF_CONFLICT',
    severity: 'error',
    message: `the pack ref ${packRef} belongs to ${incumbent}, which goes on serving`,
    line: 1,
    column: 1,
    help: 'give this pack another ref, or remove one of the two',
  } as const;
  const [own, ...others] = manifest.facts.map((fact) => rowOf(pass, fact));
  const diagnostics = boundDiagnostics([...(own?.diagnostics ?? []), ...inFile(path, [finding])]);
  const rows = own ? [{ ...own, state: 'conflict', diagnostics } as const, ...others] : others;
  const desired = {
    ...bareDesired(pass, observed, null, rows),
    // Rows of its other files are of the pack that it was before: a removal of that one must not take them for files that came back.
    pack: 'gone' as const,
    conflicts: [{ ref: packRef, incumbent, challengers: [path] }],
  };
  const plan = planPack(desired, rowsOnly(pass.rowsOf(observed.dir)));
  return 'dir' in owner ? { plan, observed, rows, lostTo: owner.dir } : { plan, observed, rows };
}

/** A bad or missing manifest keeps the whole pack as it is registered; its own row says why. */
async function decideKept(
  pass: PackPass,
  observed: ObservedPack,
  manifest: ManifestVerdict,
): Promise<Decided> {
  const summary = packIn(pass, observed.dir);
  const registered = summary && (await pass.registry.readPack(pass.source, summary.ref, observed.dir));
  const isOwn = registered?.pack?.source === pass.source && registered.pack.dir === observed.dir;
  const packRef = isOwn && summary ? summary.ref : null;
  const rows = manifest.facts.map((fact) => rowOf(pass, { ...fact, ref: fact.ref ?? packRef }));
  const before = isOwn ? registered : rowsOnly(registered?.files ?? pass.rowsOf(observed.dir));
  const plan = timed(pass, () => planPack(bareDesired(pass, observed, packRef, rows), before));
  return { plan, observed, rows };
}

/**
 * A pack whose directory is gone, or whose manifest took another ref (`hasLeft`): everything it had is absent.
 * `packRef` null: of the directory only rows are left.
 */
export async function decideGone(
  pass: PackPass,
  packRef: PackRef | null,
  observed: ObservedPack,
  hasLeft: boolean,
): Promise<Decided> {
  const registered =
    packRef === null
      ? rowsOnly(pass.rowsOf(observed.dir))
      : await pass.registry.readPack(pass.source, packRef, observed.dir);
  const isOwn = registered.pack?.source === pass.source && registered.pack.dir === observed.dir;
  const desired: DesiredPack = {
    ...bareDesired(pass, observed, isOwn ? packRef : null, []),
    pack: 'gone',
    // The files of a directory that has taken another ref belong to the pack it now is.
    files: hasLeft ? registered.files : new Map(),
    complete: true,
  };
  const plan = planPack(desired, isOwn ? registered : rowsOnly(registered.files), pass.rules);
  return { plan, observed, rows: [] };
}

/** The row of an entry of the root that cannot be entered; the pack that may be registered for it stays as it is. */
export function decideRefused(pass: PackPass, fact: FileFacts, dir: PackDir): Decided {
  const rows = [rowOf(pass, fact)];
  const observed = {
    source: pass.source,
    dir,
    state: 'other',
    files: new Map(),
    complete: false,
    settled: true,
    trouble: [],
    fingerprint: '',
    compared: 'same',
  } as const;
  const plan = planPack(bareDesired(pass, observed, null, rows), rowsOnly(pass.rowsOf(dir)));
  return { plan, observed, rows };
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

function rowsOnly(files: ReadonlyMap<PackPath, FileRow>): RegisteredState {
  return { pack: undefined, workflows: new Map(), actions: new Map(), files };
}

function rowOf(pass: PackPass, facts: FileFacts): FileRow {
  const { path, role, ref, links, digest, state, diagnostics } = facts;
  const { checkedBy } = pass;
  return { path, role, ref, links, digest, checkedBy, state, diagnostics: boundDiagnostics(diagnostics) };
}

function timed<Result>(pass: PackPass, work: () => Result): Result {
  return pass.stopwatch ? pass.stopwatch.time('plan', work) : work();
}
