// What is at rest is set apart, and nothing is decided otherwise for it: on small packs at random, whatever became of their rows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest, PackPath, Ref, Revision, SourceName } from '../../src/model/pack.ts';
import type {
  FileRow,
  RegisteredAction,
  RegisteredDefinition,
  RegisteredWorkflow,
} from '../../src/model/state.ts';
import { findRest, wake } from '../../src/registry/at-rest.ts';
import { factsOfChecked } from '../../src/registry/facts.ts';
import type { PlanRules } from '../../src/registry/plan-rules.ts';
import { checkText, unreadable } from '../support/memory-disk.ts';
import {
  action,
  badFlow,
  flow,
  here,
  manifest,
  observeTexts,
  ops,
  purePass,
  runPass,
  type Texts,
} from '../support/pure-pass.ts';
import { history, pack, paths } from '../support/random-packs.ts';
import { createRegistryModel, type RegistryModel } from '../support/registry-model.ts';

const other = 'f'.repeat(64) as Digest;

/** What somebody may do to the row of a definition. */
const ofDefinition: readonly Partial<RegisteredDefinition>[] = [
  { drifted: true },
  { status: 'degraded' },
  { status: 'retired' },
  { source: 'api' as SourceName },
  { sourcePath: 'ops/workflows/a.yaml' as PackPath },
  { sourcePath: 'ops/workflows/q.yaml' as PackPath },
  { sourcePath: 'ops/actions/s.yaml' as PackPath },
  { sourcePath: 'old/workflows/a.yaml' as PackPath },
  { sourcePath: null },
];
const ofAction: readonly Partial<RegisteredAction>[] = [
  ...ofDefinition,
  { isWorkflow: false },
  { isWorkflow: true },
];
const ofWorkflow: readonly Partial<RegisteredWorkflow>[] = [
  ...ofDefinition,
  { fileDigest: other },
  { pinned: other as string as Revision, fileDigest: null },
  { pinned: other as string as Revision },
  { isProtected: true },
];
const warning = { code: 'PACK_DIR', severity: 'warning', message: 'm', path: 'x', column: 1 } as const;
const ofFile = [
  { ref: 'ops.a' },
  { ref: 'ops.z' },
  { ref: null },
  { links: ['ops/workflows/q.yaml'] },
  { links: ['ops/actions/workflows/r.yaml'] },
  { links: [] },
  { digest: other },
  { checkedBy: 'others' },
  { state: 'conflict' },
  { state: 'invalid' },
  { role: 'action' },
  {
    diagnostics: [
      { ...warning, line: 1 },
      { ...warning, line: 2 },
    ],
  },
  {
    diagnostics: [
      { ...warning, line: 2 },
      { ...warning, line: 1 },
    ],
  },
  { diagnostics: [{ ...warning, line: 1, code: 'REF_CONFLICT' }] },
  { diagnostics: [{ ...warning, line: 1, code: 'READ_TOO_SLOW' }] },
] as unknown as readonly Partial<FileRow>[];

type Edit = (model: RegistryModel) => void;
function editOf<Row>(rowsOf: (model: RegistryModel) => Map<string, Row>, changes: readonly Partial<Row>[]) {
  return fc.tuple(fc.nat(), fc.constantFrom(undefined, ...changes)).map(
    ([at, change]): Edit =>
      (model) => {
        const rows = rowsOf(model);
        const [key, row] = [...rows][at % rows.size] ?? [];
        if (key === undefined || row === undefined) return;
        if (change === undefined) rows.delete(key);
        else rows.set(key, { ...row, ...change });
      },
  );
}
/** All rows of one definition come to stand for another ref; or a definition appears that no file was registered for. */
const renamed = fc.constantFrom('ops.a', 'ops.q', 'ops.s', 'ops.r').map(
  (from): Edit =>
    ({ actions, workflows, files }) => {
      for (const rows of [actions, workflows] as Map<Ref, never>[]) {
        const row = rows.get(from as Ref);
        rows.delete(from as Ref);
        if (row) rows.set('ops.other' as Ref, row);
      }
      for (const [key, row] of files) if (row.ref === from) files.set(key, { ...row, ref: 'ops.other' });
    },
);
const doubled = fc.constantFrom('ops.a', 'ops.q', 'ops.r').map(
  (from): Edit =>
    ({ workflows }) => {
      const row = workflows.get(from as Ref);
      if (row) workflows.set('ops.s' as Ref, row);
    },
);
const edits = fc.array(
  fc.oneof(
    editOf((model) => model.workflows, ofWorkflow),
    editOf((model) => model.actions, ofAction),
    editOf((model) => model.files, ofFile),
    renamed,
    doubled,
  ),
  { maxLength: 2 },
);
const rules = fc
  .tuple(fc.constantFrom<'heal' | 'report'>('heal', 'report'), fc.constantFrom(undefined, 'held', 'rejected'))
  .map(([drift, spared]): PlanRules => {
    const refs = ['ops.a', 'ops.b', 'ops.c'] as readonly string[] as readonly Ref[];
    return { drift, approved: new Map(), spared: new Map(spared ? refs.map((ref) => [ref, spared]) : []) };
  });
/** Files that most passes leave alone, and others that want what they have. */
const company: Texts = {
  'ops/workflows/q.yaml': flow(1),
  'ops/actions/r.yaml': action({ graph: 'workflows/r.yaml' }),
  'ops/actions/workflows/r.yaml': flow(2),
  'ops/actions/s.yaml': action(),
  'ops/workflows/warned.yaml': flow(3, 'no_such_key: 1\n'),
};
const wanted = fc
  .tuple(
    fc.constantFrom(undefined, 'ops.q', 'ops.r', 'ops.s'),
    fc.constantFrom(undefined, 'workflows/r.yaml', '../workflows/q.yaml', '../graphs/q.yaml'),
  )
  .map(([ref, graph]) => action({ ...(ref && { ref }), ...(graph && { graph }) }));
const intruders = fc.dictionary(
  fc.constantFrom('ops/actions/t.yaml', 'ops/actions/q.yaml', 'ops/workflows/q.yml', 'ops/workflows/r.yaml'),
  fc.oneof(wanted, fc.constantFrom(flow(4), badFlow, unreadable, '')),
  { maxKeys: 2 },
);
/** The files of a pass: those of the one before, but for a few. */
const change = fc.tuple(
  fc.dictionary(
    fc.constantFrom(...paths, ...Object.keys(company)),
    fc.oneof(wanted, fc.constantFrom(undefined, flow(5), badFlow, unreadable)),
    { maxKeys: 2 },
  ),
  intruders,
);
function after(
  last: Texts,
  [others, more]: readonly [Record<string, unknown>, Record<string, unknown>],
): Texts {
  const all = Object.entries({ ...last, ...others, ...more }).filter(([, text]) => text !== undefined);
  return Object.fromEntries(all) as Texts;
}

describe('what is at rest', () => {
  it('leaves the plan, and what has to be checked for it, as they are', () => {
    let resting = 0;
    fc.assert(
      fc.property(
        history,
        pack,
        change,
        edits,
        rules,
        fc.boolean(),
        (before, last, next, hands, said, complete) => {
          const model = createRegistryModel();
          for (const texts of [...before, { ...last, ...company }]) runPass(texts, model);
          for (const edit of hands) edit(model);
          const texts = after({ ...last, ...company }, next);
          const options = { rules: said, complete };
          const whole = purePass(texts, model, options);
          const apart = purePass(texts, model, { ...options, apart: true });
          expect(apart.plan).toEqual(whole.plan);
          expect(apart.checked).toEqual(whole.checked);
          expect(
            apart.plan.changes.map(({ ref }) => ref).filter((ref) => apart.resting.includes(ref)),
          ).toEqual([]);
          resting += apart.resting.length;
        },
      ),
      { numRuns: 800 },
    );
    expect(resting).toBeGreaterThan(800);
  });

  const a = 'ops/actions/a.yaml';
  const g = 'ops/actions/workflows/g.yaml';
  const graph = 'workflows/g.yaml';
  const many: Texts = {
    ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`ops/workflows/w${at}.yaml`, flow(at)])),
    ...{ [a]: action({ graph }), [g]: flow(1), 'ops/actions/plain.yaml': action() },
  };
  const restingAfter = (change: Texts) => {
    const model = createRegistryModel();
    runPass(many, model);
    return purePass({ ...many, ...change }, model, { apart: true }).resting;
  };

  it('is all but what an edit touches', () => {
    expect(restingAfter({})).toHaveLength(22);
    expect(restingAfter({ 'ops/workflows/w3.yaml': flow(99) })).toHaveLength(21);
    const both = restingAfter({ [g]: flow(2) });
    expect([both.length, both.includes('ops.a' as Ref)]).toEqual([21, false]);
  });

  it('is not what a new file claims, or links', () => {
    const claims = { 'ops/actions/x.yaml': action({ ref: 'ops.w4' }) };
    expect(restingAfter(claims)).not.toContain('ops.w4');
    expect(restingAfter({ 'ops/workflows/w5.yml': flow(1) })).not.toContain('ops.w5');
    expect(restingAfter({ 'ops/actions/y.yaml': action({ graph: '../workflows/w6.yaml' }) })).not.toContain(
      'ops.w6',
    );
    expect(restingAfter({ 'ops/actions/z.yaml': action({ graph }) })).not.toContain('ops.a');
  });

  it('is never what was looked into', () => {
    const model = createRegistryModel();
    runPass(many, model);
    const observed = observeTexts({ ...many, 'ops/pack.yaml': manifest });
    const input = {
      ...{ observed, packRef: ops, registered: model.state(here, 'ops', 'ops') },
      ...{ checkedBy: 'rules', distrustAll: false },
    };
    const [path, file] = [...observed.files].find(([one]) => one.endsWith('w3.yaml')) ?? [];
    if (path === undefined || file === undefined) throw new Error('no such file');
    const facts = factsOfChecked(file, checkText('workflow', flow(3)), observed.dir, ops);
    const rest = findRest(input);
    expect(rest.part.files.has(path)).toBe(false);
    const { part } = wake(rest, input, new Map([[path, facts]]));
    expect([part.files.has(path), part.registered.files.has(path)]).toEqual([true, true]);
    expect([...part.registered.workflows.keys()]).toEqual(['ops.w3']);
  });

  it('is nothing under other rules', () => {
    const model = createRegistryModel();
    runPass(many, model);
    expect(purePass(many, model, { apart: true, checkedBy: 'others' }).resting).toEqual([]);
    expect(purePass(many, model, { apart: true, source: 'root:there' as typeof here }).resting).toEqual([]);
  });
});
