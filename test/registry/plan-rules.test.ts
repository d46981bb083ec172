// What people and settings have said, against what the files say: held, rejected, protected, approved, pinned, changed by hand.
import { describe, expect, it } from 'vitest';
import type { PackPath, Ref } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { DesiredPack, FileRow, RegisteredState } from '../../src/model/state.ts';
import { isEmptyPlan, planPack } from '../../src/registry/plan.ts';
import { noRules, type PlanRules } from '../../src/registry/plan-rules.ts';
import { unreadable } from '../support/memory-disk.ts';
import {
  action,
  badFlow,
  emptyState,
  flow,
  here,
  purePass,
  runPass,
  type Texts,
} from '../support/pure-pass.ts';
import { createRegistryModel, type RegistryModel } from '../support/registry-model.ts';

const [w, run] = ['ops/workflows/deploy.yaml', 'ops/actions/run.yaml'];
const deploy = 'ops.deploy' as Ref;
const full: Texts = { [w]: flow(), [run]: action() };

function registered(texts: Texts = full): RegistryModel {
  const model = createRegistryModel();
  runPass(texts, model);
  return model;
}
const planOf = (model: RegistryModel, texts: Texts, rules: Partial<PlanRules> = {}): RegistrationPlan =>
  planPack(purePass(texts, model).desired, model.state(here, 'ops', 'ops'), { ...noRules, ...rules });
const told = (plan: RegistrationPlan) =>
  plan.changes.map(({ ref, verb, reason }) => `${verb} ${ref}: ${reason}`);
const spared = (...entries: readonly (readonly [string, 'held' | 'rejected'])[]) => ({
  spared: new Map(entries.map(([ref, why]) => [ref as Ref, why])),
});

describe('a definition whose file is gone', () => {
  it.each(['held', 'rejected'] as const)(
    'is degraded once while its removal is %s, and nothing else is',
    (why) => {
      const model = registered();
      const rules = spared(['ops.deploy', why]);
      const plan = planOf(model, { [run]: action() }, rules);
      expect([plan.retire, plan.retireActions, plan.degrade]).toEqual([[], [], ['ops.deploy']]);
      const inWords = { held: 'the removal waits for a decision', rejected: 'the removal was rejected' };
      expect(told(plan)).toEqual([`degraded ops.deploy: ${w} is gone; ${inWords[why]}`]);
      expect(plan.held).toEqual(why === 'held' ? ['ops.deploy'] : []);
      expect(plan.kept).toEqual(why === 'held' ? [] : [{ ref: 'ops.deploy', reason: why, path: w }]);
      model.applyPlan(plan);
      const again = planOf(model, { [run]: action() }, rules);
      expect([isEmptyPlan(again), told(again), again.held]).toEqual([true, [], plan.held]);
      expect(told(planOf(model, full, rules))).toEqual(['recovered ops.deploy: its file is valid again']);
    },
  );

  it('goes beside one that is held', () => {
    const plan = planOf(registered(), {}, spared(['ops.run', 'held']));
    expect([plan.retire, plan.retireActions, plan.degrade]).toEqual([
      ['ops.deploy'],
      ['ops.deploy'],
      ['ops.run'],
    ]);
    expect(told(plan)).toEqual([
      'retired ops.deploy: its file is gone',
      `degraded ops.run: ${run} is gone; the removal waits for a decision`,
    ]);
  });

  it('stays when it is protected, also where somebody agreed that it goes', () => {
    const model = registered();
    model.protect('ops.deploy', true);
    const approved = new Map([[deploy, 'b1']]);
    const plan = planOf(model, { [run]: action() }, { approved, ...spared(['ops.deploy', 'held']) });
    expect([plan.retire, plan.degrade, plan.held]).toEqual([[], ['ops.deploy'], []]);
    expect(told(plan)).toEqual([`degraded ops.deploy: ${w} is gone; the definition is protected`]);
  });

  it('goes with the batch by which a person agreed, and without one where nobody was asked', () => {
    const plan = planOf(registered(), {}, { approved: new Map([[deploy, 'b1']]) });
    expect(plan.changes).toEqual([
      { ref: 'ops.deploy', path: w, verb: 'retired', reason: 'its file is gone', batch: 'b1' },
      { ref: 'ops.run', path: run, verb: 'retired', reason: 'its file is gone' },
    ]);
  });

  it('is told why: its pack is gone, or its file is there and names it no more', () => {
    const model = registered();
    const { desired } = purePass({}, model);
    const gone: DesiredPack = { ...desired, pack: 'gone', files: new Map() };
    expect(told(planPack(gone, model.state(here, 'ops', 'ops')))).toEqual([
      'retired ops.deploy: its pack is gone',
      'retired ops.run: its pack is gone',
    ]);
    const graph = 'ops/actions/workflows/deploy.yaml';
    const linked = registered({ [graph]: flow(), 'ops/actions/other.yaml': action() });
    const plan = planOf(linked, {
      [graph]: flow(),
      'ops/actions/other.yaml': action({ graph: 'workflows/deploy.yaml' }),
    });
    expect(told(plan)).toContain('retired ops.deploy: its file names it no more');
  });

  it('is known by its directory where no row tells a path', () => {
    const model = registered();
    for (const rows of [model.workflows, model.actions])
      for (const [ref, row] of rows) rows.set(ref, { ...row, sourcePath: null } as never);
    expect(planOf(model, {}).changes.map(({ path }) => path)).toEqual(['ops', 'ops']);
  });

  it('is kept under a manifest that is gone itself, told of by its own file', () => {
    const model = registered();
    const kept: DesiredPack = { ...purePass({}, model).desired, pack: 'kept', files: new Map() };
    const plan = planPack(kept, model.state(here, 'ops', 'ops'));
    expect(plan.kept).toEqual([
      { ref: 'ops.deploy', reason: 'manifest', path: w },
      { ref: 'ops.run', reason: 'manifest', path: run },
    ]);
    expect([plan.packStatus, told(plan)]).toEqual(['degraded', []]);
  });
});

describe('a pack that is gone', () => {
  const goneOf = (model: RegistryModel, rules: Partial<PlanRules> = {}) =>
    planPack(
      { ...purePass({}, model).desired, pack: 'gone', files: new Map() },
      model.state(here, 'ops', 'ops'),
      {
        ...noRules,
        ...rules,
      },
    );

  it('keeps its row while one of its definitions is held', () => {
    expect(goneOf(registered()).packStatus).toBe('retired');
    expect(goneOf(registered(), spared(['ops.run', 'held'])).packStatus).toBeUndefined();
  });

  it('keeps its row for nothing that is retired or its own', () => {
    const model = registered();
    model.addApiDefinition('ops.theirs');
    expect(goneOf(model).packStatus).toBeUndefined();
    for (const rows of [model.workflows, model.actions])
      rows.set('ops.theirs' as Ref, { ...rows.get('ops.theirs' as Ref), status: 'retired' } as never);
    expect(goneOf(model).packStatus).toBe('retired');
  });
});

describe('a file that is no good', () => {
  it.each([
    [badFlow, 'invalid', 'is invalid; the last good revision goes on'],
    [unreadable, 'unreadable', 'is unreadable; the last good revision goes on'],
  ] as const)('degrades its definition once (%#)', (text, reason, inWords) => {
    const model = registered();
    const texts = { ...full, [w]: text };
    const plan = planOf(model, texts);
    expect(told(plan)).toEqual([`degraded ops.deploy: ${w} ${inWords}`]);
    expect([plan.kept, plan.degrade]).toEqual([[{ ref: 'ops.deploy', reason, path: w }], ['ops.deploy']]);
    model.applyPlan(plan);
    expect(isEmptyPlan(planOf(model, texts))).toBe(true);
    const mended = planOf(model, full);
    expect([mended.recover, told(mended)]).toEqual([
      ['ops.deploy'],
      ['recovered ops.deploy: its file is valid again'],
    ]);
    expect(told(planOf(model, { ...full, [w]: flow(2) }))).toEqual([
      'updated ops.deploy: its definition changed',
      'recovered ops.deploy: its file is valid again',
    ]);
  });

  it('is told as registered alone where its row was deleted meanwhile', () => {
    const model = registered();
    model.applyPlan(planOf(model, { ...full, [w]: badFlow }));
    model.workflows.delete(deploy);
    const plan = planOf(model, full);
    expect([told(plan), plan.recover]).toEqual([['registered ops.deploy: new'], ['ops.deploy']]);
    model.applyPlan(plan);
    expect(isEmptyPlan(planOf(model, full))).toBe(true);
  });

  it('recovers where one of its two rows alone is degraded', () => {
    for (const rows of ['workflows', 'actions'] as const) {
      const model = registered();
      model[rows].set(deploy, { ...model[rows].get(deploy), status: 'degraded' } as never);
      const plan = planOf(model, full);
      expect([plan.recover, told(plan)]).toEqual([
        ['ops.deploy'],
        ['recovered ops.deploy: its file is valid again'],
      ]);
    }
  });

  it('degrades a definition of which the action alone is active', () => {
    const model = registered();
    const row = model.workflows.get(deploy);
    if (row) model.workflows.set(deploy, { ...row, status: 'degraded' });
    expect(planOf(model, { ...full, [w]: badFlow }).degrade).toEqual(['ops.deploy']);
  });

  it('says once that it was refused, and again for other bytes or another verdict', () => {
    const model = createRegistryModel();
    const refused = (texts: Texts) => told(runPass(texts, model).plan).map((line) => line.split(':')[0]);
    expect(refused({ [w]: badFlow })).toEqual(['rejected ops.deploy']);
    expect(refused({ [w]: badFlow })).toEqual([]);
    expect(refused({ [w]: `${badFlow}# other\n` })).toEqual(['rejected ops.deploy']);
    expect(refused({ [w]: unreadable })).toEqual(['rejected ops.deploy']);
  });

  const row = (state: FileRow['state'], more: Partial<FileRow> = {}): FileRow => ({
    ...{ path: w as PackPath, role: 'workflow', ref: 'ops.deploy', links: [], digest: null },
    ...{ checkedBy: 'rules', state, diagnostics: [], ...more },
  });
  const finding = { code: 'YAML_SYNTAX', message: 'said', line: 1, column: 1, path: w as PackPath } as const;
  it.each([
    [
      'its first error',
      row('invalid', {
        diagnostics: [
          { ...finding, severity: 'warning', message: 'no' },
          { ...finding, severity: 'error' },
        ],
      }),
      ['said'],
    ],
    [
      'its state where no error is told',
      row('conflict', { diagnostics: [{ ...finding, severity: 'warning' }] }),
      ['conflict'],
    ],
    ['nothing of a file that claims no ref', row('invalid', { ref: null }), []],
    ['nothing of a manifest', row('invalid', { role: 'manifest' }), []],
    ['nothing of a file that is ignored', row('ignored'), []],
    ['nothing of a file that is valid', row('valid'), []],
  ])('is refused with %s', (_, file, reasons) => {
    const { desired } = purePass({}, createRegistryModel());
    const plan = planPack({ ...desired, files: new Map([[file.path, file]]) }, emptyState());
    expect(plan.changes.map(({ verb, reason }) => `${verb} ${reason}`)).toEqual(
      reasons.map((one) => `rejected ${one}`),
    );
  });

  it('is told once for two files that claim one ref', () => {
    const { desired } = purePass({}, createRegistryModel());
    const other = 'ops/workflows/deploy.yml' as PackPath;
    const files = new Map([row('invalid'), row('invalid', { path: other })].map((file) => [file.path, file]));
    expect(planPack({ ...desired, files }, emptyState()).changes).toHaveLength(1);
  });
});

describe('a row changed by hand, where the settings leave it', () => {
  const report = { drift: 'report' } as const;
  function drifted(ref = 'ops.deploy', texts: Texts = full): RegistryModel {
    const model = registered(texts);
    model.drift(ref);
    return model;
  }

  it('is told and not written; null control: it is written where they heal', () => {
    const plan = planOf(drifted(), full, report);
    expect([plan.drifted, plan.workflows, plan.changes, plan.acknowledge]).toEqual([
      ['ops.deploy'],
      [],
      [],
      true,
    ]);
    expect(plan.unchanged).toBe(1);
    const healed = planOf(drifted(), full);
    expect([healed.drifted, told(healed)]).toEqual([[], ['updated ops.deploy: its row was changed by hand']]);
  });

  it('is told of an action too', () => {
    const plan = planOf(drifted('ops.run'), full, report);
    expect([plan.drifted, plan.actions, plan.changes]).toEqual([['ops.run'], [], []]);
    expect(told(planOf(drifted('ops.run'), full))).toEqual(['updated ops.run: its row was changed by hand']);
  });

  it('is written once its file is another, or was never seen', () => {
    expect(told(planOf(drifted(), { ...full, [w]: flow(2) }, report))).toEqual([
      'updated ops.deploy: its row was changed by hand',
    ]);
    const model = drifted();
    model.files.delete(`${here} ${w}`);
    expect(planOf(model, full, report).drifted).toEqual([]);
  });

  it('is written where the other file of its ref is another', () => {
    const [graph, link] = ['ops/actions/workflows/deploy.yaml', 'ops/actions/deploy.yaml'];
    const texts = { [graph]: flow(), [link]: action({ graph: 'workflows/deploy.yaml' }) };
    const model = drifted('ops.deploy', texts);
    expect(planOf(model, texts, report).drifted).toEqual(['ops.deploy']);
    const edited = { ...texts, [link]: action({ graph: 'workflows/deploy.yaml', head: 'label: other\n' }) };
    expect(planOf(model, edited, report).drifted).toEqual([]);
  });

  it('that is retired comes back as any other', () => {
    const model = registered();
    model.applyPlan(planOf(model, { [run]: action() }));
    model.drift('ops.deploy');
    const plan = planOf(model, full, report);
    expect([plan.drifted, told(plan)]).toEqual([[], ['registered ops.deploy: it came back']]);
  });
});

describe('a pin', () => {
  const other = 'f'.repeat(64);
  function pinned(texts: Texts = full): RegistryModel {
    const model = registered(texts);
    model.pin('ops.deploy', other);
    return model;
  }

  it('is not ended by a comment, by a move or by a file that is no good', () => {
    expect(told(planOf(pinned(), { ...full, [w]: `# said\n${flow()}` }))).toEqual([]);
    const moved = planOf(pinned(), { [run]: action(), 'ops/workflows/deploy.yml': flow() });
    expect(told(moved)).toEqual([`moved ops.deploy: moved from ${w}`]);
    expect([moved.touch.length, moved.workflows.length, moved.restore.length]).toEqual([1, 0, 0]);
    expect(told(planOf(pinned(), { ...full, [w]: badFlow }))).toEqual([
      `degraded ops.deploy: ${w} is invalid; the last good revision goes on`,
    ]);
  });

  it('ends with another definition, told as an update too unless that is the pinned one', () => {
    const plan = planOf(pinned(), { ...full, [w]: flow(2) });
    expect(told(plan)).toEqual([
      'unpinned ops.deploy: its file changed, which ends the pin',
      'updated ops.deploy: its file changed, which ends the pin',
    ]);
    expect(plan.workflows).toHaveLength(1);
    const model = registered();
    const two = registered({ ...full, [w]: flow(2) }).workflows.get(deploy)?.revision;
    model.pin('ops.deploy', two ?? '');
    expect(planOf(model, { ...full, [w]: flow(2) }).changes.map(({ verb }) => verb)).toEqual(['unpinned']);
  });

  it('outlives a removal, and ends with another definition that comes back', () => {
    const model = pinned();
    model.applyPlan(planOf(model, { [run]: action() }));
    const back = planOf(model, full);
    expect(told(back)).toEqual(['registered ops.deploy: it came back, as it is pinned']);
    expect(back.restore).toEqual([{ ref: 'ops.deploy', sourcePath: w }]);
    const ended = planOf(model, { ...full, [w]: flow(2) });
    expect(ended.changes.map(({ verb }) => verb)).toEqual(['registered', 'unpinned']);
    expect(ended.restore).toEqual([]);
  });

  it('is restored where its row was changed by hand', () => {
    const model = pinned();
    model.drift('ops.deploy');
    const plan = planOf(model, full);
    expect(told(plan)).toEqual(['updated ops.deploy: its row was changed by hand']);
    expect([plan.restore.length, plan.workflows.length]).toEqual([1, 0]);
  });
});

describe('what is told of a ref', () => {
  it('is told once where both its rows are written, and counts as unchanged only where none is', () => {
    const plan = planOf(registered(), { ...full, [w]: flow(1, 'label: D\n') });
    expect([plan.workflows.length, plan.actions.length]).toEqual([1, 1]);
    expect(told(plan)).toEqual(['updated ops.deploy: its definition changed']);
    expect(plan.unchanged).toBe(0);
    expect(planOf(registered(), full).unchanged).toBe(1);
    const model = registered();
    model.applyPlan(planOf(model, { ...full, [w]: badFlow }));
    expect(planOf(model, full).unchanged).toBe(0);
  });

  it('is told of an action that stands behind no workflow any more, whatever its revision', () => {
    const model = registered();
    const row = model.actions.get(deploy);
    if (row) model.actions.set(deploy, { ...row, isWorkflow: false });
    expect(told(planOf(model, full))).toEqual(['updated ops.deploy: its definition changed']);
  });

  it('is in the order of refs', () => {
    const names = ['c', 'a', 'b'].map((name) => `ops/workflows/${name}.yaml`);
    const model = registered(Object.fromEntries(names.map((name) => [name, flow()])));
    const plan = planOf(model, { 'ops/workflows/b.yaml': flow(2), 'ops/workflows/d.yaml': flow() });
    expect(plan.changes.map(({ ref }) => ref)).toEqual(['ops.a', 'ops.b', 'ops.c', 'ops.d']);
  });
});

describe('noRules', () => {
  it('spares and agrees to nothing, and heals', () => {
    expect([noRules.spared.size, noRules.approved.size, noRules.drift]).toEqual([0, 0, 'heal']);
    const state: RegisteredState = emptyState();
    expect(planPack(purePass(full, createRegistryModel()).desired, state)).toEqual(
      planPack(purePass(full, createRegistryModel()).desired, state, noRules),
    );
  });
});
