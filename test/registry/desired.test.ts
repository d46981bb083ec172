// What a pack's files want, file by file: who gets a ref, what is taken as it was, and what each file's row says.
import { describe, expect, it } from 'vitest';
import type { PackPath, Ref } from '../../src/model/pack.ts';
import { isEmptyPlan, planPack } from '../../src/registry/plan.ts';
import { unreadable } from '../support/memory-disk.ts';
import { action, badFlow, flow, here, purePass, runPass, type Texts } from '../support/pure-pass.ts';
import { createRegistryModel, type RegistryModel } from '../support/registry-model.ts';

const [w, run] = ['ops/workflows/deploy.yaml', 'ops/actions/run.yaml'];
const [link, graph] = ['ops/actions/linked.yaml', 'ops/actions/workflows/linked.yaml'];
const deploy = 'ops.deploy' as Ref;
const full: Texts = {
  [w]: flow(),
  [run]: action(),
  [link]: action({ graph: 'workflows/linked.yaml' }),
  [graph]: flow(),
};

function registered(texts: Texts = full): RegistryModel {
  const model = createRegistryModel();
  runPass(texts, model);
  return model;
}
const setStatus = (
  model: RegistryModel,
  ref: Ref,
  status: string,
  which: readonly ('workflows' | 'actions')[],
) => {
  for (const name of which) model[name].set(ref, { ...model[name].get(ref), status } as never);
};

describe('desiredPack', () => {
  it('takes what was not looked into as it was, graph and action', () => {
    const { desired, checked } = purePass(full, registered());
    expect(checked).toEqual([]);
    expect(Object.fromEntries(desired.workflows)).toEqual({
      'ops.deploy': { same: true, sourcePath: w },
      'ops.linked': { same: true, sourcePath: graph },
    });
    expect(Object.fromEntries(desired.actions)).toEqual({
      'ops.deploy': { same: true, sourcePath: w, isWorkflow: true },
      'ops.linked': { same: true, sourcePath: link, isWorkflow: true },
      'ops.run': { same: true, sourcePath: run, isWorkflow: false },
    });
  });

  it('makes a workflow and the action it is called by of one file, with its text', () => {
    const { desired } = purePass({ [w]: flow(1, 'label: L\n') }, createRegistryModel());
    const workflow = desired.workflows.get(deploy);
    expect(workflow).toMatchObject({
      same: false,
      definition: { label: 'L', sourceText: flow(1, 'label: L\n') },
    });
    expect(desired.actions.get(deploy)).toMatchObject({ same: false, action: { isWorkflow: true } });
  });

  it.each([
    ['both its rows are live', [], [{ ref: 'ops.deploy', reason: 'invalid', path: w }]],
    ['its action alone is', ['workflows'], [{ ref: 'ops.deploy', reason: 'invalid', path: w }]],
    ['its workflow alone is', ['actions'], [{ ref: 'ops.deploy', reason: 'invalid', path: w }]],
    ['none is', ['workflows', 'actions'], []],
  ] as const)('keeps what a bad file is registered for where %s', (_, gone, kept) => {
    const model = registered();
    setStatus(model, deploy, 'retired', gone);
    expect(purePass({ ...full, [w]: badFlow }, model).desired.kept).toEqual(kept);
  });

  it('keeps nothing for a bad file that was never registered', () => {
    expect(purePass({ [w]: badFlow }, createRegistryModel()).desired.kept).toEqual([]);
  });

  it('keeps what it cannot read, in the order of refs', () => {
    const names = ['ops/workflows/c.yaml', 'ops/workflows/a.yaml', 'ops/workflows/b.yaml'];
    const model = registered(Object.fromEntries(names.map((name) => [name, flow()])));
    const { desired } = purePass(Object.fromEntries(names.map((name) => [name, unreadable])), model, {
      order: names,
    });
    expect(desired.kept.map(({ ref, reason }) => `${ref} ${reason}`)).toEqual([
      'ops.a unreadable',
      'ops.b unreadable',
      'ops.c unreadable',
    ]);
  });
});

describe('a conflict', () => {
  const twin = 'ops/workflows/deploy.yml';
  it('is won by byte order of the path where nobody was first, and told on both files', () => {
    for (const order of [
      [w, twin],
      [twin, w],
    ]) {
      const { desired } = purePass({ [w]: flow(1), [twin]: flow(2) }, createRegistryModel(), { order });
      expect(desired.conflicts).toEqual([{ ref: 'ops.deploy', incumbent: w, challengers: [twin] }]);
      const said = (path: string) =>
        desired.files.get(path as PackPath)?.diagnostics.map(({ message, help }) => [message, help]);
      expect([said(w), said(twin)]).toEqual([
        [
          [
            `ops.deploy is also claimed by ${twin}; this file goes on serving`,
            'rename or remove one of the two',
          ],
        ],
        [[`ops.deploy is already claimed by ${w}, which goes on serving`, 'rename or remove one of the two']],
      ]);
      expect([...desired.files.values()].map(({ path, state }) => `${path} ${state}`).sort()).toEqual(
        ['ops/pack.yaml valid', `${w} conflict`, `${twin} conflict`].sort(),
      );
    }
  });

  it.each([['workflows', 'actions'], ['workflows'], ['actions']] as const)(
    'with a definition of the API is told on the file alone (%s %s)',
    (...which) => {
      const model = createRegistryModel();
      model.addApiDefinition('ops.deploy');
      for (const name of ['workflows', 'actions'] as const)
        if (!(which as readonly string[]).includes(name)) model[name].clear();
      const { desired } = purePass({ [w]: flow() }, model);
      expect(desired.conflicts).toEqual([
        { ref: 'ops.deploy', incumbent: 'the api definition', challengers: [w] },
      ]);
      expect(desired.files.get(w as PackPath)?.diagnostics.map(({ message }) => message)).toEqual([
        'ops.deploy is already claimed by the api definition, which goes on serving',
      ]);
      expect([desired.workflows.size, desired.actions.size]).toEqual([0, 0]);
    },
  );

  it('with an action of the API is told as such where a workflow of ours once was', () => {
    const model = registered({ [w]: flow() });
    setStatus(model, deploy, 'retired', ['workflows', 'actions']);
    const workflow = model.workflows.get(deploy);
    model.addApiDefinition('ops.deploy');
    model.workflows.set(deploy, workflow as never);
    expect(purePass({ [w]: flow(2) }, model).desired.conflicts).toEqual([
      { ref: 'ops.deploy', incumbent: 'the api definition', challengers: [w] },
    ]);
  });

  it('is told on an incumbent that is invalid as well, which stays that', () => {
    const { desired } = purePass({ [w]: badFlow, [twin]: flow() }, registered({ [w]: flow() }));
    const row = desired.files.get(w as PackPath);
    expect(row?.state).toBe('invalid');
    expect(row?.diagnostics.map(({ code }) => code)).toContain('REF_CONFLICT');
    expect(desired.files.get(twin as PackPath)?.state).toBe('conflict');
  });

  it('of three files names both that are not served', () => {
    const third = 'ops/workflows/deploy.workflow.yaml';
    const { desired } = purePass(
      { [w]: flow(1), [twin]: flow(2), [third]: flow(3) },
      registered({ [w]: flow(1) }),
    );
    expect(desired.files.get(w as PackPath)?.diagnostics.map(({ message }) => message)).toEqual([
      `ops.deploy is also claimed by ${third}, ${twin}; this file goes on serving`,
    ]);
  });

  it('leaves a file that is no good by itself invalid', () => {
    const { desired } = purePass({ [w]: flow(), [twin]: badFlow }, createRegistryModel());
    expect([desired.conflicts, desired.files.get(twin as PackPath)?.state]).toEqual([[], 'invalid']);
  });

  it('of two directories is told on the manifest that serves, naming the other', () => {
    const { desired } = purePass(full, registered(), { rivals: ['other/pack.yaml'] });
    expect(desired.files.get('ops/pack.yaml' as PackPath)).toMatchObject({ state: 'conflict', ref: 'ops' });
    expect(desired.files.get('ops/pack.yaml' as PackPath)?.diagnostics[0]?.message).toBe(
      'ops is also claimed by other/pack.yaml; this file goes on serving',
    );
    expect(desired.files.get(w as PackPath)?.state).toBe('valid');
    const two = { ...full, 'ops/pack.yml': 'ref: ops\nversion: 2.0.0\n' };
    const other = purePass(two, registered(), { rivals: ['other/pack.yaml'], reversed: true }).desired;
    expect(
      [...other.files.values()].flatMap(({ path, state }) => (state === 'valid' ? [] : [`${path} ${state}`])),
    ).toEqual(['ops/pack.yml invalid', 'ops/pack.yaml conflict']);
    expect(purePass(full, registered()).desired.files.get('ops/pack.yaml' as PackPath)?.state).toBe('valid');
  });
});

describe('isEmptyPlan', () => {
  it('is false for whatever has to be written', () => {
    const model = registered();
    const plan = planPack(purePass(full, model).desired, model.state(here, 'ops', 'ops'));
    expect(isEmptyPlan(plan)).toBe(true);
    const { desired } = purePass(full, createRegistryModel());
    const whole = planPack(desired, createRegistryModel().state(here, 'ops', 'ops'));
    expect(isEmptyPlan({ ...plan, pack: whole.pack })).toBe(false);
    expect(isEmptyPlan({ ...plan, packStatus: 'active' })).toBe(false);
    expect(isEmptyPlan({ ...plan, acknowledge: true })).toBe(false);
    for (const list of ['workflows', 'actions', 'files'] as const)
      expect(isEmptyPlan({ ...plan, [list]: whole[list] })).toBe(false);
    for (const list of [
      'touch',
      'restore',
      'degrade',
      'recover',
      'retire',
      'retireActions',
      'removedFiles',
    ] as const)
      expect(isEmptyPlan({ ...plan, [list]: [deploy] as never })).toBe(false);
  });
});
