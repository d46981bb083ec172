import { describe, expect, it } from 'vitest';
import type { PackPath } from '../../src/model/pack.ts';
import { completeFacts } from '../../src/registry/checks.ts';
import { isEmptyPlan } from '../../src/registry/plan.ts';
import { unreadable } from '../support/memory-disk.ts';
import {
  action,
  badFlow,
  flow,
  here,
  observeTexts,
  purePass,
  runPass,
  type Texts,
} from '../support/pure-pass.ts';
import { createRegistryModel } from '../support/registry-model.ts';

const w = 'ops/workflows/deploy.yaml';
const other = 'ops/workflows/other.yaml';
const a = 'ops/actions/run.yaml';
const b = 'ops/actions/again.yaml';
const g = 'ops/actions/workflows/run.workflow.yaml';
const graph = 'workflows/run.workflow.yaml';

/** Files that are looked into when `after` follows on the passes before. */
function checkedAfter(before: readonly Texts[], after: Texts): readonly string[] {
  const model = createRegistryModel();
  for (const texts of before) runPass(texts, model);
  return runPass(after, model).checked;
}

describe('missingChecks', () => {
  it('names every file of a new pack', () => {
    const texts = { [w]: flow(), [a]: action({ graph }), [g]: flow() };
    expect(checkedAfter([], texts)).toEqual([a, g, w].sort());
  });

  it('names one changed file and none of its pack mates', () => {
    const texts = { [w]: flow(), [other]: flow(), [a]: action() };
    expect(checkedAfter([texts], { ...texts, [w]: flow(2) })).toEqual([w]);
  });

  it('names nothing when nothing changed, whatever the files are', () => {
    const dead = { 'ops/actions/dead.yaml': action({ graph: 'workflows/none.yaml' }) };
    const mixed: Record<string, Texts> = {
      valid: { [w]: flow(), [a]: action({ graph }), [g]: flow() },
      broken: { [w]: badFlow, [other]: flow() },
      'broken, once valid': { [w]: badFlow },
      'a broken graph behind a good action': { [a]: action({ graph }), [g]: badFlow },
      'a graph that cannot be read': { [a]: action({ graph }), [g]: unreadable, [w]: flow() },
      'an action that cannot be read': { [a]: unreadable, [g]: flow() },
      'a graph of two actions': { [a]: action({ graph }), [b]: action({ graph }), [g]: flow() },
      'a link to nothing': dead,
      'a conflict': { [w]: flow(), 'ops/workflows/deploy.yml': flow(2) },
      'a conflict of action and graph': { [w]: flow(), 'ops/actions/deploy.yaml': action() },
    };
    for (const [name, texts] of Object.entries(mixed)) {
      for (const first of [[texts], [{ [w]: flow(), [a]: action({ graph }), [g]: flow() }, texts]]) {
        const model = createRegistryModel();
        for (const one of first) runPass(one, model);
        const again = purePass(texts, model);
        expect({ name, checked: again.checked }).toEqual({ name, checked: [] });
        expect({ name, empty: isEmptyPlan(again.plan) }).toEqual({ name, empty: true });
      }
    }
  });

  it('names a conflict’s files no more once it stands, also with a broken incumbent', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow() }, model);
    const texts = { [w]: badFlow, 'ops/workflows/deploy.yml': flow(2) };
    runPass(texts, model);
    expect(purePass(texts, model).checked).toEqual([]);
  });

  it('names an action with the graph that changed, and a graph with its action', () => {
    const texts = { [a]: action({ graph }), [g]: flow(), [w]: flow() };
    expect(checkedAfter([texts], { ...texts, [g]: flow(2) })).toEqual([a, g].sort());
    expect(checkedAfter([texts], { ...texts, [a]: action({ graph, head: 'label: R\n' }) })).toEqual(
      [a, g].sort(),
    );
  });

  it('names all who share a graph', () => {
    const texts = { [a]: action({ graph }), [b]: action({ graph }), [g]: flow() };
    expect(checkedAfter([texts], { ...texts, [a]: action({ graph, head: 'label: R\n' }) })).toEqual(
      [a, b, g].sort(),
    );
  });

  it('names an action whose graph is gone, or is there at last', () => {
    const whole = { [a]: action({ graph }), [g]: flow() };
    const half = { [a]: action({ graph }) };
    expect(checkedAfter([whole], half)).toEqual([a]);
    expect(checkedAfter([half], whole)).toEqual([a, g].sort());
  });

  it('names a graph that its action let go, or whose action is gone', () => {
    const whole = { [a]: action({ graph }), [g]: flow() };
    expect(checkedAfter([whole], { ...whole, [a]: action() })).toEqual([a, g].sort());
    expect(checkedAfter([whole], { [g]: flow() })).toEqual([g]);
  });

  it('names a graph whose action is gone that was too broken to name it', () => {
    const whole = { [a]: action({ graph }), [g]: flow() };
    const broken = { [a]: action({ graph: '../../x.yaml' }), [g]: `ref: ops.other\n${flow()}` };
    expect(checkedAfter([whole, broken], { [g]: broken[g] as string })).toEqual([g]);
  });

  it('names a graph whose action is there again, but cannot be read', () => {
    const whole = { [b]: action({ graph }), [g]: flow() };
    const alone = { [g]: `ref: ops.again\n${flow()}` };
    expect(checkedAfter([whole, alone], { ...alone, [b]: unreadable })).toEqual([g]);
  });

  it('names the file that inherits a ref, which was in conflict before', () => {
    const conflict = { [w]: flow(), 'ops/workflows/deploy.yml': flow(2) };
    expect(checkedAfter([{ [w]: flow() }, conflict], { 'ops/workflows/deploy.yml': flow(2) })).toEqual([
      'ops/workflows/deploy.yml',
    ]);
  });

  it('names the file that inherits a ref from one that now claims another', () => {
    const incumbent = 'ops/actions/run.yaml';
    const before = { [incumbent]: action({ ref: 'ops.deploy' }) };
    const conflict = { ...before, [w]: flow() };
    const model = createRegistryModel();
    runPass(before, model);
    runPass(conflict, model);
    const { checked, plan } = runPass({ ...conflict, [incumbent]: action({ ref: 'ops.run' }) }, model);
    expect(checked).toEqual([incumbent, w].sort());
    expect(plan.changes.map(({ ref, verb }) => `${verb} ${ref}`)).toEqual([
      'registered ops.deploy',
      'registered ops.run',
    ]);
    expect(model.workflows.get('ops.deploy' as never)?.sourcePath).toBe(w);
  });

  it('names a file whose row was changed by hand', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow(), [other]: flow() }, model);
    model.drift('ops.deploy');
    expect(runPass({ [w]: flow(), [other]: flow() }, model).checked).toEqual([w]);
  });

  it('names every file when the rules are others, and when the rows are not to be trusted', () => {
    const model = createRegistryModel();
    const texts = { [w]: flow(), [other]: badFlow };
    runPass(texts, model);
    expect(purePass(texts, model, { checkedBy: 'newer' }).checked).toEqual([w, other]);
    expect(purePass(texts, model, { distrustAll: true }).checked).toEqual([w, other]);
  });

  it.each(['READ_TOO_SLOW', 'READ_NOT_JUDGED'] as const)(
    'names a file again whose check came to no end: %s',
    (code) => {
      const model = createRegistryModel();
      runPass({ [w]: badFlow }, model);
      const row = model.row(here, w);
      if (row)
        model.files.set(`${here} ${w}`, {
          ...row,
          diagnostics: row.diagnostics.map((one) => ({ ...one, code })),
        });
      expect(purePass({ [w]: badFlow }, model).checked).toEqual([w]);
    },
  );
});

describe('completeFacts', () => {
  it('has a graph outside the usual directories only while an action names it', () => {
    const elsewhere = 'ops/graphs/deploy.yaml';
    const whole = { [a]: action({ graph: '../graphs/deploy.yaml' }), [elsewhere]: flow() };
    const model = createRegistryModel();
    runPass(whole, model);
    const before = model.served()['ops.run']?.revision;
    const broken = { ...whole, [a]: 'x: [' };
    runPass(broken, model);
    expect(model.served()['ops.run']?.revision).toBe(before);
    expect(isEmptyPlan(purePass(broken, model).plan)).toBe(true);
    runPass(whole, model);
    expect(model.row(here, elsewhere)?.state).toBe('valid');
    runPass({ ...whole, [a]: action() }, model);
    expect(model.row(here, elsewhere)).toBeUndefined();
    expect(Object.keys(model.served())).toEqual(['ops.run']);
  });

  it('takes a file from its check, else from its row, and says what cannot be read', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow(), [other]: flow() }, model);
    const observed = observeTexts({ [w]: flow(), [other]: unreadable, 'ops/workflows/new.yaml': flow() });
    const facts = completeFacts({ observed, registered: model.state(here, 'ops', 'ops'), facts: new Map() });
    expect([...facts].map(([path, one]) => [path, one.state])).toEqual([
      [w, 'valid'],
      [other, 'unreadable'],
    ]);
    expect(facts.get(other as PackPath)?.ref).toBe('ops.other');
  });
});
