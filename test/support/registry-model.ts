// The registry in memory: what apply_pack (sql/) does to rows, as plain maps, so that laws of the core can be tested by the
// thousand. Keeps no history and no text.
import type { ActionDefinition, Definition, PackDefinition } from '../../src/model/definition.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../../src/model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../../src/model/plan.ts';
import type {
  DefinitionStatus,
  FileRow,
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
type ActionRecord = RegisteredAction & { readonly action: ActionDefinition | undefined };

export type RegistryModel = Registry & {
  readonly packs: Map<PackRef, PackRecord>;
  readonly workflows: Map<Ref, WorkflowRecord>;
  readonly actions: Map<Ref, ActionRecord>;
  /** By source and path, joined by a space. */
  readonly files: Map<string, FileRow>;
  /** Plans that were applied, in order. */
  readonly applied: RegistrationPlan[];
  /** Refs that are served with their revision and status. */
  served(): Record<string, { readonly revision: string | null; readonly status: DefinitionStatus }>;
  row(source: SourceName, path: string): FileRow | undefined;
  state(source: SourceName, packRef: string, dir: string): RegisteredState;
  applyPlan(plan: RegistrationPlan): ApplyResult;
  /** Somebody changes the rows of a ref by hand. */
  drift(ref: string): void;
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
  const model: RegistryModel = {
    ...{ packs, workflows, actions, files, applied },
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
    addApiDefinition(ref) {
      const row = {
        source: 'api' as SourceName,
        status: 'active',
        sourcePath: null,
        drifted: false,
      } as const;
      const revision = 'api' as Definition['revision'];
      workflows.set(ref as Ref, { ...row, revision, fileDigest: null, definition: undefined });
      actions.set(ref as Ref, { ...row, revision, isWorkflow: true, action: undefined });
    },
    copy: () => createRegistryModel(model),
    readSource: async (source, dirs) => readSource(model, source, dirs),
    readPack: async (source, packRef, dir) => readState(model, source, packRef, dir),
    apply: async (plan) => model.applyPlan(plan),
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

function readSource(
  model: RegistryModel,
  source: SourceName,
  dirs: readonly PackDir[] | 'all',
): RegisteredSource {
  const isWanted = (dir: PackDir | null) => dirs === 'all' || (dir !== null && dirs.includes(dir));
  const packs = new Map<PackRef, RegisteredPackSummary>();
  for (const [ref, pack] of model.packs) {
    if (pack.source !== source || !isWanted(pack.dir)) continue;
    const count = (rows: ReadonlyMap<Ref, RegisteredWorkflow | RegisteredAction>) =>
      [...rows].filter(
        ([one, row]) => one.startsWith(`${ref}.`) && row.source === source && row.status !== 'retired',
      ).length;
    packs.set(ref, {
      ...{ ref, dir: pack.dir, status: pack.status, drifted: pack.generation !== pack.applied },
      live: count(model.actions),
      workflows: count(model.workflows),
    });
  }
  return { packs, files: rowsOf(model, source, (row) => isWanted(packDirOf(row.path))) };
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
    write(model.workflows, ref, { ...row, definition });
  }
  for (const definition of plan.touch) {
    const { ref, sourcePath, fileDigest } = definition;
    const row = model.workflows.get(ref);
    if (row?.source === source) write(model.workflows, ref, { ...row, sourcePath, fileDigest, definition });
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
  for (const path of plan.removedFiles) if (model.files.delete(`${source} ${path}`)) written += 1;
  for (const row of plan.files) write(model.files, `${source} ${row.path}`, row);
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
    return row?.generation !== plan.generation || isForeign;
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

function closePack(model: RegistryModel, plan: RegistrationPlan, written: number): number {
  const row = plan.packRef === null ? undefined : model.packs.get(plan.packRef);
  if (!row) return 0;
  const isSame = written === 0 && !plan.pack && !plan.packStatus && row.generation === row.applied;
  if (isSame && plan.generation !== null) return 0;
  Object.assign(row, plan.pack ? packColumns(plan.pack) : {});
  row.source = plan.source;
  row.status = plan.packStatus ?? row.status;
  row.generation += 1;
  row.applied = row.generation;
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
