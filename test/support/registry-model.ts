// The registry in memory: what apply_pack (sql/) does to rows, as plain maps, so that laws of the core can be tested by the
// thousand. Keeps no history and no text.
import type { ActionDefinition, Definition, PackDefinition } from '../../src/model/definition.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../../src/model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../../src/model/plan.ts';
import type {
  DefinitionStatus,
  FileRow,
  PendingBatch,
  RegisteredAction,
  RegisteredPackSummary,
  RegisteredSource,
  RegisteredState,
  RegisteredWorkflow,
} from '../../src/model/state.ts';
import type { Registry } from '../../src/reconcile/ports.ts';
import { packDirOf } from '../../src/registry/discover.ts';

type PackRecord = {
  source: SourceName;
  dir: PackDir | null;
  status: DefinitionStatus;
  revision: string | null;
  generation: number;
  applied: number;
};
type WorkflowRecord = RegisteredWorkflow & { readonly definition: Definition | undefined };
type Batch = {
  id: string;
  source: SourceName;
  reason: PendingBatch['reason'];
  state: PendingBatch['state'];
  refs: readonly Ref[];
};
type Recent = {
  readonly ref: Ref;
  readonly verb: string;
  readonly batch: string | undefined;
  /** The plan it belongs to, or all that was forgotten at once. */
  readonly plan: Pick<RegistrationPlan, 'source'>;
};
type ActionRecord = RegisteredAction & { readonly action: ActionDefinition | undefined };

export type RegistryModel = Registry & {
  readonly packs: Map<PackRef, PackRecord>;
  readonly workflows: Map<Ref, WorkflowRecord>;
  readonly actions: Map<Ref, ActionRecord>;
  /** By source and path, joined by a space. */
  readonly files: Map<string, FileRow>;
  readonly batches: Batch[];
  /** What came and went in the guard's window, in order. */
  readonly recent: Recent[];
  /** A person decides about a batch. */
  decide(id: string, state: 'approved' | 'rejected'): void;
  /** A person protects a definition, or does so no more. */
  protect(ref: string, isProtected: boolean): void;
  /** Serves another revision of a definition, pinned over the one on disk. */
  pin(ref: string, revision: string): void;
  /** Plans that were applied, in order. */
  readonly applied: RegistrationPlan[];
  /** Refs that are served with their revision and status. */
  served(): Record<string, { readonly revision: string | null; readonly status: DefinitionStatus }>;
  row(source: SourceName, path: string): FileRow | undefined;
  state(source: SourceName, packRef: string, dir: string): RegisteredState;
  applyPlan(plan: RegistrationPlan): ApplyResult;
  /** Somebody changes the rows of a ref by hand. */
  drift(ref: string): void;
  /** Gives up all that a source has, as `forget_source` does. */
  forget(source: SourceName): void;
  /** A definition written through the API. */
  addApiDefinition(ref: string): void;
  copy(): RegistryModel;
};

export function createRegistryModel(from?: RegistryModel): RegistryModel {
  const packs = new Map([...(from?.packs ?? [])].map(([ref, row]) => [ref, { ...row }]));
  const workflows = new Map(from?.workflows ?? []);
  const actions = new Map(from?.actions ?? []);
  const files = new Map(from?.files ?? []);
  const applied: RegistrationPlan[] = [];
  const batches = (from?.batches ?? []).map((batch) => ({ ...batch }));
  const recent = [...(from?.recent ?? [])];
  const model: RegistryModel = {
    ...{ packs, workflows, actions, files, applied, batches, recent },
    served() {
      const rows = [...workflows, ...actions].filter(([, row]) => row.status !== 'retired');
      return Object.fromEntries(
        rows.map(([ref, { revision, status }]) => [ref, { revision, status }]).sort(),
      );
    },
    row: (source, path) => files.get(`${source} ${path}`),
    state: (source, packRef, dir) => readState(model, source, packRef as PackRef, dir as PackDir),
    applyPlan(plan) {
      const result = applyPlan(model, plan);
      if (result.outcome === 'applied') applied.push(plan);
      return result;
    },
    drift(ref) {
      const workflow = workflows.get(ref as Ref);
      const action = actions.get(ref as Ref);
      if (workflow) workflows.set(ref as Ref, { ...workflow, drifted: true });
      else if (action) actions.set(ref as Ref, { ...action, drifted: true });
      const pack = packs.get(ref.slice(0, ref.indexOf('.')) as PackRef);
      if (pack) pack.generation += 1;
    },
    forget: (source) => forgetSource(model, source),
    addApiDefinition(ref) {
      const row = {
        source: 'api' as SourceName,
        status: 'active',
        sourcePath: null,
        drifted: false,
      } as const;
      const overlay = { pinned: null, isProtected: false };
      const revision = 'api' as Definition['revision'];
      workflows.set(ref as Ref, { ...row, ...overlay, revision, fileDigest: null, definition: undefined });
      actions.set(ref as Ref, { ...row, revision, isWorkflow: true, action: undefined });
    },
    decide(id, state) {
      const batch = batches.find((one) => one.id === id && one.state === 'open');
      if (!batch) throw new Error(`no open batch ${id}`);
      batch.state = state;
    },
    protect(ref, isProtected) {
      const row = workflows.get(ref as Ref);
      const packRef = ref.slice(0, ref.indexOf('.')) as PackRef;
      const pack = packs.get(packRef);
      if (!row || !pack) throw new Error(`no definition ${ref}`);
      workflows.set(ref as Ref, { ...row, isProtected });
      settleBatches(model, row.source, packRef);
      // What is protected no more may have to go.
      if (!isProtected) pack.generation += 1;
    },
    pin(ref, revision) {
      const row = workflows.get(ref as Ref);
      const pack = packs.get(ref.slice(0, ref.indexOf('.')) as PackRef);
      if (!row || !pack) throw new Error(`no definition ${ref}`);
      workflows.set(ref as Ref, { ...row, pinned: revision as Definition['revision'], fileDigest: null });
      pack.generation += 1;
    },
    copy: () => createRegistryModel(model),
    readSource: async (source, dirs) => readSource(model, source, dirs),
    readPack: async (source, packRef, dir) => readState(model, source, packRef, dir),
    apply: async (plan) => model.applyPlan(plan),
    readRemovals: async (source) => {
      const own = recent.filter(({ plan }) => plan.source === source);
      const latest = new Map(own.map((one) => [one.ref, one]));
      const lost = [...latest.values()].filter(
        ({ verb, batch }) => verb === 'retired' && batch === undefined,
      );
      let live = liveRefs(model, source).length;
      let highest = live;
      // How many there were before each plan, reckoned backwards from now.
      for (const [index, { verb, plan }] of [...own.entries()].reverse()) {
        live += verb === 'registered' ? -1 : 1;
        if (own[index - 1]?.plan !== plan) highest = Math.max(highest, live);
      }
      return { retired: lost.length, highest };
    },
    readRemovable: async (source) => liveRefs(model, source).filter((ref) => mayGo(model, source, ref)),
    hold: async (source, reason, refs) => {
      const open = batches.find(
        (one) => one.source === source && one.reason === reason && one.state === 'open',
      );
      const all = [...new Set([...(open?.refs ?? []), ...refs])].sort();
      if (open) batches.splice(batches.indexOf(open), 1);
      batches.push({ id: all.join('+'), source, reason, state: 'open', refs: all });
    },
    expire: async (source, reason) => {
      for (const batch of [...batches])
        if (batch.source === source && batch.reason === reason) batches.splice(batches.indexOf(batch), 1);
    },
  };
  return model;
}

function readState(model: RegistryModel, source: SourceName, ref: PackRef, dir: PackDir): RegisteredState {
  const pack = model.packs.get(ref);
  const ofPack = <Row>(rows: ReadonlyMap<Ref, Row>) =>
    new Map([...rows].filter(([one]) => one.startsWith(`${ref}.`)));
  return {
    pack: pack && { ...pack, drifted: pack.generation !== pack.applied },
    workflows: ofPack(model.workflows),
    actions: ofPack(model.actions),
    files: rowsOf(model, source, (row) => packDirOf(row.path) === dir),
  };
}

function rowsOf(model: RegistryModel, source: SourceName, isWanted: (row: FileRow) => boolean) {
  const rows = [...model.files].filter(([key, row]) => key.startsWith(`${source} `) && isWanted(row));
  return new Map(rows.map(([, row]) => [row.path, row]));
}

function byDir(rows: ReadonlyMap<PackPath, FileRow>): RegisteredSource['files'] {
  const dirs = new Map<PackDir, Map<PackPath, FileRow>>();
  for (const [path, row] of rows) {
    const dir = packDirOf(path);
    dirs.set(dir, (dirs.get(dir) ?? new Map<PackPath, FileRow>()).set(path, row));
  }
  return dirs;
}

function readSource(
  model: RegistryModel,
  source: SourceName,
  dirs: readonly PackDir[] | 'all',
): RegisteredSource {
  const isWanted = (dir: PackDir | null) => dirs === 'all' || (dir !== null && dirs.includes(dir));
  const packs = new Map<PackRef, RegisteredPackSummary>();
  for (const [ref, pack] of model.packs) {
    if (pack.source !== source || !isWanted(pack.dir)) continue;
    const refs = liveRefs(model, source).filter((one) => one.startsWith(`${ref}.`));
    const isLiveWorkflow = (one: Ref) => {
      const row = model.workflows.get(one);
      return row?.source === source && row.status !== 'retired';
    };
    packs.set(ref, {
      ...{ ref, dir: pack.dir, status: pack.status, drifted: isDrifted(model, source, ref) },
      live: refs.length,
      workflows: refs.filter(isLiveWorkflow).length,
    });
  }
  const strays = liveRefs(model, source).filter((ref) => {
    const isDegraded = [model.workflows.get(ref), model.actions.get(ref)].some(
      (row) => row?.status === 'degraded',
    );
    return isDegraded && mayGo(model, source, ref) && !hasFile(model, source, ref);
  });
  const batches = model.batches.filter((batch) => batch.source === source && batch.refs.length > 0);
  return {
    packs,
    files: byDir(rowsOf(model, source, (row) => isWanted(packDirOf(row.path)))),
    batches: batches.map(({ id, reason, state, refs }) => ({ id, reason, state, refs })),
    strays,
  };
}

function isDrifted(model: RegistryModel, source: SourceName, ref: PackRef): boolean {
  const pack = model.packs.get(ref);
  const rows = [...model.workflows, ...model.actions].filter(([one]) => one.startsWith(`${ref}.`));
  return pack?.generation !== pack?.applied || rows.some(([, row]) => row.source === source && row.drifted);
}

function isLive(model: RegistryModel, source: SourceName, ref: Ref): boolean {
  return [model.workflows.get(ref), model.actions.get(ref)].some(
    (row) => row?.source === source && row.status !== 'retired',
  );
}

function forgetSource(model: RegistryModel, source: SourceName): void {
  const plan = { source };
  for (const ref of liveRefs(model, source)) {
    model.recent.push({ ref, verb: 'retired', batch: 'forget', plan });
    for (const rows of [model.workflows, model.actions] as Map<Ref, RegisteredWorkflow>[]) {
      const row = rows.get(ref);
      if (row?.source === source) rows.set(ref, { ...row, status: 'retired' });
    }
  }
  for (const [ref, pack] of model.packs) {
    if (pack.source !== source || pack.status === 'retired') continue;
    const rows = [...model.workflows].filter(([one]) => one.startsWith(`${ref}.`));
    const hasGuests = rows.some(([, { status }]) => status !== 'retired');
    if (hasGuests) Object.assign(pack, { source: 'api', dir: null, status: 'active' });
    else pack.status = 'retired';
    pack.generation += 1;
    pack.applied = pack.generation;
  }
  for (const key of [...model.files.keys()]) if (key.startsWith(`${source} `)) model.files.delete(key);
  for (const batch of [...model.batches])
    if (batch.source === source) model.batches.splice(model.batches.indexOf(batch), 1);
}

/** True for what is served and not protected. */
function mayGo(model: RegistryModel, source: SourceName, ref: Ref): boolean {
  const workflow = model.workflows.get(ref);
  const action = model.actions.get(ref);
  const isOurs = (row: RegisteredWorkflow | RegisteredAction | undefined) =>
    row?.source === source && row.status !== 'retired';
  return (
    (isOurs(workflow) && workflow?.isProtected === false) || (isOurs(action) && action?.isWorkflow === false)
  );
}

function liveRefs(model: RegistryModel, source: SourceName): readonly Ref[] {
  const refs = [...new Set([...model.workflows.keys(), ...model.actions.keys()])].sort();
  return refs.filter((ref) => isLive(model, source, ref));
}

function hasFile(model: RegistryModel, source: SourceName, ref: Ref): boolean {
  return [...model.files].some(([key, row]) => key.startsWith(`${source} `) && row.ref === ref);
}

/** What of a pack came back, is gone or is protected is no business of its batch any more. */
function settleBatches(model: RegistryModel, source: SourceName, packRef: PackRef): void {
  for (const batch of [...model.batches]) {
    if (batch.source !== source) continue;
    batch.refs = batch.refs.filter(
      (ref) =>
        !ref.startsWith(`${packRef}.`) ||
        (mayGo(model, source, ref) && (batch.reason === 'root_empty' || !hasFile(model, source, ref))),
    );
    if (batch.refs.length === 0) model.batches.splice(model.batches.indexOf(batch), 1);
    else batch.id = batch.refs.join('+');
  }
}

function applyPlan(model: RegistryModel, plan: RegistrationPlan): ApplyResult {
  const { source } = plan;
  const refusal = openPack(model, plan);
  if (refusal) return { outcome: 'stale' };
  let written = 0;
  const write = <Key, Row>(rows: Map<Key, Row>, key: Key, row: Row) => {
    rows.set(key, row);
    written += 1;
  };
  for (const definition of plan.workflows) {
    const { ref, revision, sourcePath, fileDigest } = definition;
    refuseForeign(model.workflows.get(ref), source, ref);
    const row = { source, status: 'active', drifted: false, revision, sourcePath, fileDigest } as const;
    const isProtected = model.workflows.get(ref)?.isProtected ?? false;
    write(model.workflows, ref, { ...row, pinned: null, isProtected, definition });
  }
  for (const definition of plan.touch) {
    const { ref, sourcePath, fileDigest } = definition;
    const row = model.workflows.get(ref);
    const text = row?.pinned === null ? { fileDigest, definition } : {};
    if (row?.source === source) write(model.workflows, ref, { ...row, sourcePath, ...text });
  }
  for (const { ref, sourcePath } of plan.restore) {
    const row = model.workflows.get(ref);
    if (!row) throw new Error(`nothing to restore for ${ref}`);
    refuseForeign(row, source, ref);
    write(model.workflows, ref, { ...row, source, sourcePath, status: 'active', drifted: false });
  }
  for (const action of plan.actions) {
    const { ref, revision, sourcePath, isWorkflow } = action;
    refuseForeign(model.actions.get(ref), source, ref);
    const row = { source, status: 'active', drifted: false, revision, sourcePath, isWorkflow } as const;
    write(model.actions, ref, { ...row, action });
  }
  const setStatus = <Row extends RegisteredWorkflow | RegisteredAction>(
    rows: Map<Ref, Row>,
    refs: readonly Ref[],
    from: readonly DefinitionStatus[],
    status: DefinitionStatus,
  ) => {
    for (const ref of refs) {
      const row = rows.get(ref);
      if (row?.source === source && from.includes(row.status)) write(rows, ref, { ...row, status });
    }
  };
  for (const rows of [model.workflows, model.actions] as Map<Ref, RegisteredWorkflow>[]) {
    setStatus(rows, plan.degrade, ['active'], 'degraded');
    setStatus(rows, plan.recover, ['degraded'], 'active');
  }
  setStatus(model.workflows, plan.retire, ['active', 'degraded'], 'retired');
  setStatus(model.actions, plan.retireActions, ['active', 'degraded'], 'retired');
  for (const { ref, verb, batch } of plan.changes)
    if (verb === 'registered' || verb === 'retired') model.recent.push({ ref, verb, batch, plan });
  for (const path of plan.removedFiles) if (model.files.delete(`${source} ${path}`)) written += 1;
  for (const row of plan.files) write(model.files, `${source} ${row.path}`, row);
  if (plan.packRef !== null) settleBatches(model, source, plan.packRef);
  written += closePack(model, plan, written);
  return { outcome: 'applied', written, version: written === 0 ? null : model.applied.length + 1 };
}

/** True: the plan was made from another generation. */
function openPack(model: RegistryModel, plan: RegistrationPlan): boolean {
  const { packRef, source } = plan;
  if (packRef === null) return false;
  const row = model.packs.get(packRef);
  if (plan.generation !== null) {
    const isForeign = row !== undefined && row.source !== source && row.status !== 'retired';
    return row?.generation !== plan.generation || (isForeign && !isGuest(row, plan));
  }
  if (row) return true;
  if (!plan.pack) throw new Error(`not-null violation: no pack for ${packRef}`);
  model.packs.set(packRef, {
    ...packColumns(plan.pack),
    source,
    status: 'active',
    generation: 0,
    applied: 0,
  });
  return false;
}

/** Definitions of the API may live in a pack of a root, whose row stays the root's. */
function isGuest(row: PackRecord, { source, pack, packStatus }: RegistrationPlan): boolean {
  const isOfRoot = row.source !== 'api' && row.status !== 'retired';
  return source === 'api' && isOfRoot && pack === undefined && packStatus === undefined;
}

function closePack(model: RegistryModel, plan: RegistrationPlan, written: number): number {
  const row = plan.packRef === null ? undefined : model.packs.get(plan.packRef);
  if (!row) return 0;
  const isSame = written === 0 && !plan.pack && !plan.packStatus && row.generation === row.applied;
  if (isSame && plan.generation !== null) return 0;
  Object.assign(row, plan.pack ? packColumns(plan.pack) : {});
  const guest = isGuest(row, plan);
  const isSeen = !guest || row.generation === row.applied;
  if (!guest) row.source = plan.source;
  row.status = plan.packStatus ?? row.status;
  row.generation += 1;
  // A guest has not looked at what was changed by hand: that stays to be seen.
  row.applied = isSeen ? row.generation : row.applied;
  return 1;
}

function packColumns({ dir, revision }: PackDefinition) {
  return { dir, revision };
}

function refuseForeign(
  row: RegisteredWorkflow | RegisteredAction | undefined,
  source: SourceName,
  ref: Ref,
): void {
  if (row && row.source !== source && row.status !== 'retired')
    throw new Error(`${ref} belongs to another source than ${source}`);
}

export function pathOf(text: string): PackPath {
  return text as PackPath;
}
