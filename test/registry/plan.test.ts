import { describe, expect, it } from 'vitest';
import type { PackPath, SourceName } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { DesiredPack, RegisteredState } from '../../src/model/state.ts';
import { isEmptyPlan, planPack } from '../../src/registry/plan.ts';
import { unreadable } from '../support/memory-disk.ts';
import {
  action,
  badFlow,
  emptyState,
  flow,
  here,
  type PureOptions,
  purePass,
  runPass,
  type Texts,
} from '../support/pure-pass.ts';
import { createRegistryModel, type RegistryModel } from '../support/registry-model.ts';

const w = 'ops/workflows/deploy.yaml';
const a = 'ops/actions/deploy.yaml';
const g = 'ops/actions/workflows/deploy.workflow.yaml';
const graph = 'workflows/deploy.workflow.yaml';
const behind = (head = '') => ({ [a]: action({ graph, head }), [g]: flow() });

const verbs = (plan: RegistrationPlan) => plan.changes.map(({ ref, verb }) => `${verb} ${ref}`);

/** What a plan writes, by list; empty ones left out. */
function writes(plan: RegistrationPlan): Record<string, readonly string[]> {
  const lists = {
    workflows: plan.workflows.map((one) => one.ref),
    actions: plan.actions.map((one) => one.ref),
    touch: plan.touch.map((one) => one.ref),
    degrade: plan.degrade,
    recover: plan.recover,
    retire: plan.retire,
    retireActions: plan.retireActions,
  };
  return Object.fromEntries(Object.entries(lists).filter(([, refs]) => refs.length > 0));
}

const both = { workflows: ['ops.deploy'], actions: ['ops.deploy'] };

type Row = {
  readonly name: string;
  /** Passes before. */
  readonly before: readonly Texts[];
  readonly after: Texts;
  readonly options?: PureOptions;
  readonly meanwhile?: (model: RegistryModel) => void;
  readonly verbs: readonly string[];
  readonly writes: Record<string, readonly string[]>;
};

const table: readonly Row[] = [
  {
    name: 'a new workflow',
    before: [],
    after: { [w]: flow() },
    verbs: ['registered ops.deploy'],
    writes: both,
  },
  {
    name: 'a new plain action',
    before: [],
    after: { [a]: action() },
    verbs: ['registered ops.deploy'],
    writes: { actions: ['ops.deploy'] },
  },
  { name: 'nothing new', before: [{ [w]: flow() }], after: { [w]: flow() }, verbs: [], writes: {} },
  {
    name: 'another body: the callable side is the same',
    before: [{ [w]: flow(1) }],
    after: { [w]: flow(2) },
    verbs: ['updated ops.deploy'],
    writes: { workflows: ['ops.deploy'] },
  },
  {
    name: 'another label: both sides change',
    before: [{ [w]: flow() }],
    after: { [w]: flow(1, 'label: D\n') },
    verbs: ['updated ops.deploy'],
    writes: both,
  },
  {
    name: 'another comment',
    before: [{ [w]: flow() }],
    after: { [w]: `# said\n${flow()}` },
    verbs: ['touched ops.deploy'],
    writes: { touch: ['ops.deploy'] },
  },
  {
    name: 'another path',
    before: [{ [w]: flow() }],
    after: { [g]: flow() },
    verbs: ['moved ops.deploy'],
    writes: { touch: ['ops.deploy'], actions: ['ops.deploy'] },
  },
  {
    name: 'another path and another body',
    before: [{ [w]: flow() }],
    after: { [g]: flow(2) },
    verbs: ['updated ops.deploy'],
    writes: both,
  },
  {
    name: 'the path of a plain action',
    before: [{ [a]: action() }],
    after: { 'ops/actions/deploy.yml': action() },
    verbs: ['moved ops.deploy'],
    writes: { actions: ['ops.deploy'] },
  },
  {
    name: 'the action’s file behind a graph that stays',
    before: [behind()],
    after: { 'ops/actions/deploy.yml': action({ graph }), [g]: flow() },
    verbs: ['moved ops.deploy'],
    writes: { actions: ['ops.deploy'] },
  },
  {
    name: 'the action’s timeout alone',
    before: [behind()],
    after: behind('timeout_seconds: 5\n'),
    verbs: ['updated ops.deploy'],
    writes: { actions: ['ops.deploy'] },
  },
  {
    name: 'a file that is gone',
    before: [{ [w]: flow() }],
    after: {},
    verbs: ['retired ops.deploy'],
    writes: { retire: ['ops.deploy'], retireActions: ['ops.deploy'] },
  },
  {
    name: 'a plain action that is gone',
    before: [{ [a]: action() }],
    after: {},
    verbs: ['retired ops.deploy'],
    writes: { retireActions: ['ops.deploy'] },
  },
  {
    name: 'a file that came back',
    before: [{ [w]: flow() }, {}],
    after: { [w]: flow() },
    verbs: ['registered ops.deploy'],
    writes: both,
  },
  {
    name: 'a file that broke',
    before: [{ [w]: flow() }],
    after: { [w]: badFlow },
    verbs: ['degraded ops.deploy'],
    writes: { degrade: ['ops.deploy'] },
  },
  {
    name: 'a file that cannot be read',
    before: [{ [w]: flow() }],
    after: { [w]: unreadable },
    verbs: ['degraded ops.deploy'],
    writes: { degrade: ['ops.deploy'] },
  },
  {
    name: 'a broken file that broke in another way',
    before: [{ [w]: flow() }, { [w]: badFlow }],
    after: { [w]: `${badFlow}\n` },
    verbs: ['rejected ops.deploy'],
    writes: {},
  },
  {
    name: 'a file that stays broken',
    before: [{ [w]: flow() }, { [w]: badFlow }],
    after: { [w]: badFlow },
    verbs: [],
    writes: {},
  },
  {
    name: 'a file that never was any good',
    before: [],
    after: { [w]: badFlow },
    verbs: ['rejected ops.deploy'],
    writes: {},
  },
  {
    name: 'a broken file that is as it was',
    before: [{ [w]: flow() }, { [w]: badFlow }],
    after: { [w]: flow() },
    verbs: ['recovered ops.deploy'],
    writes: { recover: ['ops.deploy'] },
  },
  {
    name: 'a broken file that is mended by another body',
    before: [{ [w]: flow() }, { [w]: badFlow }],
    after: { [w]: flow(2) },
    verbs: ['updated ops.deploy', 'recovered ops.deploy'],
    writes: { workflows: ['ops.deploy'], recover: ['ops.deploy'] },
  },
  {
    name: 'a broken file that is gone',
    before: [{ [w]: flow() }, { [w]: badFlow }],
    after: {},
    verbs: ['retired ops.deploy'],
    writes: { retire: ['ops.deploy'], retireActions: ['ops.deploy'] },
  },
  {
    name: 'a file that is gone, in a listing that is not complete',
    before: [{ [w]: flow() }],
    after: {},
    options: { complete: false },
    verbs: [],
    writes: {},
  },
  {
    name: 'a row that was changed by hand',
    before: [{ [w]: flow() }],
    after: { [w]: flow() },
    meanwhile: (model) => model.drift('ops.deploy'),
    verbs: ['updated ops.deploy'],
    writes: { workflows: ['ops.deploy'] },
  },
  {
    name: 'an action’s row that was removed by hand',
    before: [{ [w]: flow() }],
    after: { [w]: flow() },
    meanwhile: (model) => {
      for (const ref of model.actions.keys()) model.actions.delete(ref);
    },
    verbs: ['registered ops.deploy'],
    writes: { actions: ['ops.deploy'] },
  },
  {
    name: 'an action that lets its graph go',
    before: [behind()],
    after: { [a]: action() },
    verbs: ['retired ops.deploy', 'updated ops.deploy'],
    writes: { actions: ['ops.deploy'], retire: ['ops.deploy'] },
  },
];

describe('planPack', () => {
  it.each(table)('decides about $name', ({ before, after, options = {}, meanwhile, ...wanted }) => {
    const model = createRegistryModel();
    for (const texts of before) runPass(texts, model);
    meanwhile?.(model);
    const { plan } = runPass(after, model, options);
    expect([...verbs(plan)].sort()).toEqual([...wanted.verbs].sort());
    expect(writes(plan)).toEqual(wanted.writes);
    expect(plan.packStatus).toBe(before.length === 0 ? 'active' : undefined);
    expect(isEmptyPlan(purePass(after, model, options).plan)).toBe(true);
  });

  it('sorts what it writes and tells by ref', () => {
    const texts = Object.fromEntries(['c', 'a', 'b'].map((name) => [`ops/workflows/${name}.yaml`, flow()]));
    const { plan } = purePass(texts, createRegistryModel());
    const refs = ['ops.a', 'ops.b', 'ops.c'];
    expect([writes(plan).workflows, writes(plan).actions]).toEqual([refs, refs]);
    expect(plan.changes.map((one) => one.ref)).toEqual(refs);
    expect(plan.files.map((one) => one.path)).toEqual([...plan.files.map((one) => one.path)].sort());
  });

  it('says where a definition came from and why', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow() }, model);
    expect(purePass({ [g]: flow() }, model).plan.changes[0]).toEqual({
      ref: 'ops.deploy',
      path: g,
      verb: 'moved',
      reason: `moved from ${w}`,
    });
  });

  it('takes note of rows changed by hand even when it heals nothing', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow() }, model);
    const pack = [...model.packs.values()][0];
    if (pack) pack.generation += 1;
    const { plan } = runPass({ [w]: flow() }, model);
    expect([plan.acknowledge, isEmptyPlan(plan), writes(plan)]).toEqual([true, false, {}]);
    expect(isEmptyPlan(purePass({ [w]: flow() }, model).plan)).toBe(true);
  });

  it('counts the workflows that are as they should be', () => {
    const model = createRegistryModel();
    const texts = { [w]: flow(), 'ops/workflows/b.yaml': flow(), 'ops/actions/run.yaml': action() };
    runPass(texts, model);
    expect(purePass({ ...texts, [w]: flow(2) }, model).plan.unchanged).toBe(1);
  });

  it('removes no file’s row while the listing is not complete', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow() }, model);
    const { plan } = runPass({}, model, { complete: false });
    expect(plan.removedFiles).toEqual([]);
    expect(plan.kept).toEqual([{ ref: 'ops.deploy', reason: 'incomplete', path: w }]);
    expect(purePass({}, model).plan.removedFiles).toEqual([w]);
  });
});

describe('planPack of a whole pack', () => {
  const registered = (): { model: RegistryModel; state: () => RegisteredState } => {
    const model = createRegistryModel();
    runPass({ [w]: flow(), 'ops/actions/run.yaml': action() }, model);
    return { model, state: () => model.state(here, 'ops', 'ops') };
  };
  const bare = (pack: 'kept' | 'gone', more: Partial<DesiredPack> = {}): DesiredPack => ({
    ...purePass({}, createRegistryModel()).desired,
    ...{ pack, workflows: new Map(), actions: new Map(), files: new Map() },
    ...more,
  });

  it('keeps everything under a bad manifest, and degrades the pack alone', () => {
    const { model, state } = registered();
    const row = { ...model.row(here, 'ops/pack.yaml'), state: 'invalid' } as NonNullable<
      ReturnType<typeof model.row>
    >;
    const plan = planPack(bare('kept', { files: new Map([[row.path, row]]) }), state());
    expect([writes(plan), plan.packStatus, plan.removedFiles]).toEqual([{}, 'degraded', []]);
    expect(plan.files.map((one) => one.path)).toEqual(['ops/pack.yaml']);
    expect(plan.kept).toEqual(
      ['ops.deploy', 'ops.run'].map((ref) => ({ ref, reason: 'manifest', path: 'ops/pack.yaml' })),
    );
    model.applyPlan(plan);
    expect(runPass({ [w]: flow(), 'ops/actions/run.yaml': action() }, model).plan.packStatus).toBe('active');
  });

  it('retires all of a pack that is gone, and the pack', () => {
    const { model, state } = registered();
    const plan = planPack(bare('gone'), state());
    expect(writes(plan)).toEqual({ retire: ['ops.deploy'], retireActions: ['ops.deploy', 'ops.run'] });
    expect([plan.packStatus, plan.removedFiles.length]).toEqual(['retired', 3]);
    model.applyPlan(plan);
    expect(isEmptyPlan(planPack(bare('gone'), state()))).toBe(true);
    const back = runPass({ [w]: flow() }, model).plan;
    expect([verbs(back), back.packStatus]).toEqual([['registered ops.deploy'], 'active']);
  });

  it('leaves a pack that holds a definition of another owner', () => {
    const { model, state } = registered();
    model.addApiDefinition('ops.theirs');
    const plan = planPack(bare('gone'), state());
    expect(plan.packStatus).toBeUndefined();
    expect(plan.retire).toEqual(['ops.deploy']);
  });

  it('writes the pack’s row for another manifest or another directory only', () => {
    const { model, state } = registered();
    const { desired } = purePass({}, model);
    const pack = desired.pack as Exclude<DesiredPack['pack'], string>;
    expect(planPack(desired, state()).pack).toBeUndefined();
    expect(
      planPack({ ...desired, pack: { ...pack, dir: 'other' as typeof pack.dir } }, state()).pack,
    ).toBeDefined();
    const other = 'root:other' as SourceName;
    expect(planPack({ ...desired, source: other }, state()).pack).toBeDefined();
    expect(planPack({ ...desired, pack: 'same' }, state()).pack).toBeUndefined();
  });

  it('writes no row of a pack for a directory that never told a ref', () => {
    const row = { ...purePass({}, createRegistryModel()).desired.files.get('ops/pack.yaml' as PackPath) };
    const files = new Map([
      ['ops/pack.yaml' as PackPath, { ...row, state: 'invalid' }],
    ]) as DesiredPack['files'];
    const plan = planPack(bare('kept', { packRef: null, files }), emptyState());
    expect([plan.packRef, plan.packStatus, plan.generation, plan.files.length]).toEqual([
      null,
      undefined,
      null,
      1,
    ]);
  });
});
