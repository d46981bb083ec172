import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '../../src/model/diagnostic.ts';
import type { PackPath, Ref, SourceName } from '../../src/model/pack.ts';
import { unreadable } from '../support/memory-disk.ts';
import { action, badFlow, flow, purePass, runPass, type Texts } from '../support/pure-pass.ts';
import { createRegistryModel } from '../support/registry-model.ts';

/** `code line:column` of every finding of a file. */
function findings(texts: Texts, path: string, before: readonly Texts[] = []): readonly string[] {
  const model = createRegistryModel();
  for (const one of before) runPass(one, model);
  const row = purePass(texts, model).desired.files.get(path as PackPath);
  return (row?.diagnostics ?? []).map(({ code, line, column }) => `${code} ${line}:${column}`);
}

function codesOf(texts: Texts, path: string): readonly DiagnosticCode[] {
  const row = purePass(texts, createRegistryModel()).desired.files.get(path as PackPath);
  return (row?.diagnostics ?? []).map((diagnostic) => diagnostic.code);
}

/** Refs that are desired, each with the file that names it and the one that holds its graph. */
function winners(texts: Texts, before: readonly Texts[] = [], source?: SourceName) {
  const model = createRegistryModel();
  for (const one of before) runPass(one, model);
  const { desired } = purePass(texts, model, source ? { source, distrustAll: true } : { distrustAll: true });
  return Object.fromEntries(
    [...desired.actions].map(([ref, one]) => {
      const workflow = desired.workflows.get(ref);
      const graph = workflow && !workflow.same ? workflow.definition.sourcePath : null;
      return [ref, one.same ? 'same' : `${one.action.sourcePath} ${graph}`];
    }),
  );
}

const w = 'ops/workflows/deploy.yaml';
const linked = 'ops/actions/workflows/deploy.workflow.yaml';
const a = 'ops/actions/deploy.yaml';
const link = 'workflows/deploy.workflow.yaml';

describe('the ref of a file', () => {
  it('comes from the file name, of a workflow and of an action', () => {
    expect(winners({ [w]: flow(), 'ops/actions/run.yml': action() })).toEqual({
      'ops.deploy': `${w} ${w}`,
      'ops.run': 'ops/actions/run.yml null',
    });
  });

  it('may be written in the workflow when it is the same', () => {
    expect(findings({ [w]: flow(1, 'ref: ops.deploy\n') }, w)).toEqual([]);
  });

  it('is refused where it differs, at the ref', () => {
    expect(findings({ [w]: flow(1, 'label: Deploy\nref: ops.other\n') }, w)).toEqual(['REF_DIFFERS 2:6']);
  });

  it('may be any of the pack in an action', () => {
    expect(winners({ [a]: action({ ref: 'ops.other' }) })).toEqual({ 'ops.other': `${a} null` });
  });

  it.each([
    ['core.deploy', 'of another pack'],
    ['ops.De-ploy', 'with upper case'],
    ['ops.a.b', 'with two dots'],
    ['ops.', 'without a name'],
    ['deploy', 'without a pack'],
  ])('is refused in an action as %j, %s', (ref) => {
    expect(findings({ [a]: action({ ref }) }, a)).toContain('REF_FORM 1:6');
  });

  it('is refused in an action by its length alone when it is too long for any ref', () => {
    const ref = `ops.${'x'.repeat(252)}`;
    expect(findings({ [a]: action({ ref }) }, a)).toEqual(['SCHEMA_LENGTH 1:6']);
  });

  it('is never that of another pack where the file says so: it keeps what its name says', () => {
    const files = { [a]: action({ ref: 'core.deploy' }), 'ops/actions/cut.yaml': 'ref: core.cut\nlabel: [' };
    const { desired } = purePass(files, createRegistryModel());
    const listed = [...desired.files.values()].filter(({ role }) => role === 'action');
    expect(listed.map(({ ref }) => ref).sort()).toEqual(['ops.cut', 'ops.deploy']);
  });

  it('may have 255 characters', () => {
    const ref = `ops.${'x'.repeat(251)}`;
    expect(Object.keys(winners({ [a]: action({ ref }) }))).toEqual([ref]);
  });

  it.each(['ops/workflows/Deploy.yaml', 'ops/workflows/a.b.yaml', 'ops/workflows/-x.yaml'])(
    'is refused by the file name %s',
    (path) => {
      expect(findings({ [path]: flow() }, path)).toEqual(['REF_FORM 1:1']);
    },
  );

  it('is refused by the file name of an action that writes none', () => {
    expect(codesOf({ 'ops/actions/Run.yaml': action() }, 'ops/actions/Run.yaml')).toEqual(['REF_FORM']);
  });
});

describe('a graph that an action names', () => {
  it('is registered under the ref of the action alone', () => {
    expect(winners({ [a]: action({ ref: 'ops.go', graph: link }), [linked]: flow() })).toEqual({
      'ops.go': `${a} ${linked}`,
    });
  });

  it('is registered once for each action that names it', () => {
    const both = { [a]: action({ graph: link }), 'ops/actions/again.yaml': action({ graph: link }) };
    expect(winners({ ...both, [linked]: flow() })).toEqual({
      'ops.deploy': `${a} ${linked}`,
      'ops.again': `ops/actions/again.yaml ${linked}`,
    });
  });

  it('may name the ref of one of them', () => {
    const texts = { [a]: action({ ref: 'ops.go', graph: link }), [linked]: flow(1, 'ref: ops.go\n') };
    expect(findings(texts, linked)).toEqual([]);
  });

  it('is refused with a ref that is not theirs, and none of them is registered', () => {
    const texts = { [a]: action({ ref: 'ops.go', graph: link }), [linked]: flow(1, 'ref: ops.deploy\n') };
    expect(findings(texts, linked)).toEqual(['REF_DIFFERS 1:6']);
    expect(winners(texts)).toEqual({});
  });

  it('stands alone when no action names it', () => {
    expect(winners({ [linked]: flow() })).toEqual({ 'ops.deploy': `${linked} ${linked}` });
  });

  it('may lie in any directory of the pack', () => {
    const texts = { [a]: action({ graph: '../graphs/d.yaml' }), 'ops/graphs/d.yaml': flow() };
    expect(winners(texts)).toEqual({ 'ops.deploy': `${a} ops/graphs/d.yaml` });
  });

  it('is missed at the place that names it', () => {
    expect(findings({ [a]: action({ graph: link }) }, a)).toEqual(['REF_LINK_MISSING 1:16']);
  });

  it('must be a workflow', () => {
    const texts = { [a]: action({ graph: 'other.yaml' }), 'ops/actions/other.yaml': action() };
    expect(findings(texts, a)).toEqual(['REF_LINK_MISSING 1:16']);
    expect(findings({ [a]: action({ graph: '../pack.yaml' }) }, a)).toEqual(['REF_LINK_MISSING 1:16']);
  });

  it('must lie in the pack', () => {
    const texts = { [a]: action({ ref: 'ops.deploy', graph: '../../core/workflows/x.yaml' }) };
    expect(findings(texts, a)).toEqual(['REF_LINK_OUTSIDE_PACK 2:16']);
  });

  it('is still the action’s when the action is too broken to name it', () => {
    const before = { [a]: action({ ref: 'ops.go', graph: link }), [linked]: flow() };
    for (const broken of ['', '{', 'ref: [', '\tref: x']) {
      const model = createRegistryModel();
      runPass(before, model);
      const { plan } = runPass({ ...before, [a]: broken }, model);
      expect([plan.workflows, plan.actions, plan.retire]).toEqual([[], [], []]);
      expect(plan.degrade).toEqual(['ops.go']);
      expect(purePass({ ...before, [a]: broken }, model).plan.changes).toEqual([]);
    }
  });

  it('is let go when the action names another one, and does not take its ref', () => {
    const before = { [a]: action({ graph: link }), [linked]: flow() };
    const two = 'ops/actions/workflows/two.yaml';
    const after = { ...before, [a]: action({ graph: 'workflows/two.yaml' }), [two]: flow(2) };
    expect(winners(after, [before])).toEqual({ 'ops.deploy': `${a} ${two}` });
    expect(findings(after, linked, [before])).toEqual(['REF_CONFLICT 1:1']);
  });
});

describe('two files that claim one ref', () => {
  const all = {
    'ops/actions/deploy.yml': action(),
    'ops/workflows/deploy.yml': flow(3),
    [w]: flow(2),
    [linked]: flow(1),
  };

  it('are settled by place when nobody was there before: actions/workflows/, workflows/, then byte order', () => {
    const order = [linked, w, 'ops/workflows/deploy.yml', 'ops/actions/deploy.yml'];
    const left: Record<string, string> = { ...all };
    for (const first of order) {
      expect(winners(left)['ops.deploy']?.split(' ')[0]).toBe(first);
      delete left[first];
    }
  });

  it('are both told, and named', () => {
    const { desired } = purePass(all, createRegistryModel());
    expect([...desired.files.values()].filter((row) => row.state === 'conflict')).toHaveLength(4);
    const challengers = [w, 'ops/workflows/deploy.yml', 'ops/actions/deploy.yml'];
    expect(desired.conflicts).toEqual([{ ref: 'ops.deploy', incumbent: linked, challengers }]);
    const told = desired.files.get(linked as PackPath)?.diagnostics[0]?.message ?? '';
    for (const path of challengers) expect(told).toContain(path);
  });

  it('leave the ref to the one that served it, and its own edits go on', () => {
    const before = { 'ops/workflows/deploy.yml': flow(3) };
    expect(winners({ ...all, 'ops/workflows/deploy.yml': flow(4) }, [before])).toEqual({
      'ops.deploy': 'ops/workflows/deploy.yml ops/workflows/deploy.yml',
    });
  });

  it('leave it to the incumbent when that is invalid: it keeps serving what it was', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow(1) }, model);
    const before = model.served();
    const { desired, plan } = runPass({ [w]: badFlow, [linked]: flow(2) }, model);
    expect(desired.kept).toEqual([{ ref: 'ops.deploy', reason: 'invalid', path: w }]);
    expect(desired.files.get(linked as PackPath)?.state).toBe('conflict');
    expect([plan.workflows, plan.retire]).toEqual([[], []]);
    expect(model.served()['ops.deploy']?.revision).toBe(before['ops.deploy']?.revision);
  });

  it('leave it to the one that names the graph that is served, where somebody wrote another path by hand', () => {
    const model = createRegistryModel();
    const texts = { [a]: action({ graph: link }), [linked]: flow(1) };
    runPass(texts, model);
    const ref = 'ops.deploy' as Ref;
    const row = model.actions.get(ref);
    if (!row) throw new Error('it was registered');
    model.actions.set(ref, { ...row, sourcePath: 'x/y' as PackPath, drifted: true });
    const { desired } = runPass({ ...texts, [w]: flow(2) }, model);
    expect(desired.conflicts).toEqual([{ ref, incumbent: a, challengers: [w] }]);
  });

  it('give a valid file the ref that an invalid one never had', () => {
    expect(winners({ [linked]: badFlow, [w]: flow() })).toEqual({ 'ops.deploy': `${w} ${w}` });
  });

  it('are settled when one of them goes', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow(1) }, model);
    runPass({ [w]: flow(1), [linked]: flow(2) }, model);
    const { desired, plan } = runPass({ [linked]: flow(2) }, model);
    expect(desired.conflicts).toEqual([]);
    expect(plan.changes.map((change) => change.verb)).toEqual(['updated']);
    expect(purePass({ [linked]: flow(2) }, model).plan.files).toEqual([]);
  });

  it('are an action and a workflow: the one that serves goes on', () => {
    const run = 'ops/actions/deploy.yaml';
    expect(winners({ [run]: action(), [w]: flow() }, [{ [run]: action() }])).toEqual({
      'ops.deploy': `${run} null`,
    });
  });
});

describe('a ref of another owner', () => {
  it('stays the API’s, and every file that claims it is in conflict', () => {
    const model = createRegistryModel();
    runPass({}, model);
    model.addApiDefinition('ops.deploy');
    const { desired, plan } = runPass({ [w]: flow(), [linked]: badFlow }, model);
    expect(desired.conflicts).toEqual([
      { ref: 'ops.deploy', incumbent: 'the api definition', challengers: [w] },
    ]);
    expect(desired.files.get(w as PackPath)?.state).toBe('conflict');
    expect([plan.workflows, plan.actions, plan.retire, plan.degrade]).toEqual([[], [], [], []]);
    expect(model.served()['ops.deploy']).toEqual({ revision: 'api', status: 'active' });
  });

  it('may be taken once it is retired', () => {
    const model = createRegistryModel();
    runPass({}, model);
    model.addApiDefinition('ops.deploy');
    for (const rows of [model.workflows, model.actions] as Map<string, { status: string }>[])
      rows.set('ops.deploy', { ...(rows.get('ops.deploy') as object), status: 'retired' });
    const { plan } = runPass({ [w]: flow() }, model);
    expect(plan.changes.map((change) => change.verb)).toEqual(['registered']);
  });
});

describe('a file that cannot be read', () => {
  it('keeps what it was registered for and claims nothing new', () => {
    const model = createRegistryModel();
    runPass({ [w]: flow() }, model);
    const { desired, plan } = runPass({ [w]: unreadable, 'ops/workflows/other.yaml': unreadable }, model);
    expect(desired.kept).toEqual([{ ref: 'ops.deploy', reason: 'unreadable', path: w }]);
    expect(plan.degrade).toEqual(['ops.deploy']);
  });

  it('keeps every ref that it was registered for, whoever named it', () => {
    const model = createRegistryModel();
    const named = (graph: string) => ({
      'ops/actions/one.yaml': action({ graph }),
      'ops/actions/two.yaml': action({ graph }),
    });
    runPass({ [linked]: flow(), ...named(link) }, model);
    const before = model.served();
    const { desired } = runPass({ [linked]: unreadable }, model);
    expect(desired.kept.map(({ ref }) => ref)).toEqual(['ops.one', 'ops.two']);
    expect(Object.keys(model.served())).toEqual(Object.keys(before));
  });

  it.each([
    [['ops.go', undefined], 'ops.deploy'],
    [[undefined, 'ops.go'], 'ops.go'],
  ] as const)('stays listed under the ref it had last, of several that it is kept for: %j', (refs, last) => {
    const model = createRegistryModel();
    // What could not be listed whole loses nothing, so both are served from the one file.
    for (const ref of refs) runPass({ [a]: action(ref ? { ref } : {}) }, model, { complete: false });
    const { desired } = runPass({ [a]: 'label: [' }, model);
    expect(desired.kept.map((kept) => kept.ref)).toEqual(['ops.deploy', 'ops.go']);
    expect(desired.files.get(a as PackPath)?.ref).toBe(last);
    expect(purePass({ [a]: '# again\nlabel: [' }, model).desired.files.get(a as PackPath)?.ref).toBe(last);
  });

  it('blames the graph, where the action is fine', () => {
    const model = createRegistryModel();
    const texts = { [a]: action({ graph: link }), [linked]: flow() };
    runPass(texts, model);
    const { desired } = runPass({ ...texts, [linked]: unreadable }, model);
    expect(desired.kept).toEqual([{ ref: 'ops.deploy', reason: 'unreadable', path: linked }]);
    expect(desired.files.get(a as PackPath)?.state).toBe('valid');
  });
});

describe('an action that takes another ref', () => {
  const before = { [a]: action({ graph: link }), [linked]: flow() };
  const after = { ...before, [a]: action({ ref: 'ops.go', graph: link }) };

  it('gives up the old one', () => {
    const model = createRegistryModel();
    runPass(before, model);
    runPass(after, model);
    expect(Object.keys(model.served())).toEqual(['ops.go']);
  });

  it('keeps the old one while its graph is broken, for the new one cannot be served', () => {
    const model = createRegistryModel();
    runPass(before, model);
    for (const graph of [badFlow, unreadable]) {
      const { plan } = runPass({ ...after, [linked]: graph }, model);
      expect([plan.retire, plan.retireActions]).toEqual([[], []]);
      expect(model.served()['ops.deploy']?.status).toBe('degraded');
    }
  });
});

describe('rivals of a pack', () => {
  it('are named at the manifest of the pack that goes on serving', () => {
    const { desired } = purePass({ [w]: flow() }, createRegistryModel(), { rivals: ['ops2/pack.yaml'] });
    const row = desired.files.get('ops/pack.yaml' as PackPath);
    expect(row?.state).toBe('conflict');
    expect(row?.diagnostics.map((one) => one.code)).toEqual(['REF_CONFLICT']);
    expect(row?.diagnostics[0]?.message).toContain('ops2/pack.yaml');
    expect([desired.conflicts, desired.workflows.size]).toEqual([[], 1]);
  });
});
