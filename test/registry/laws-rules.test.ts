// Laws of the core beside what people and settings say, on small packs at random: held, rejected, protected, approved, pinned, drifted.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ref } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import { isEmptyPlan, planPack } from '../../src/registry/plan.ts';
import type { PlanRules } from '../../src/registry/plan-rules.ts';
import { action, badFlow, flow, here, purePass, runPass, type Texts } from '../support/pure-pass.ts';
import { createRegistryModel, type RegistryModel } from '../support/registry-model.ts';

const stems = ['a', 'b', 'c', 'd'] as const;
const text = fc.constantFrom(undefined, flow(1), flow(2), `# said\n${flow(1)}`, badFlow);
const pack: fc.Arbitrary<Texts> = fc
  .tuple(...stems.map(() => text), fc.constantFrom(undefined, action()))
  .map((texts) => {
    const paths = [...stems.map((stem) => `ops/workflows/${stem}.yaml`), 'ops/actions/e.yaml'];
    const entries = paths.map((path, at) => [path, texts[at]] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined)) as Texts;
  });
const refs = [...stems, 'e'].map((stem) => `ops.${stem}` as Ref);

/** Per ref: nothing, or what was said about it. */
const said = fc.tuple(
  ...refs.map(() =>
    fc.constantFrom('nothing', 'held', 'rejected', 'approved', 'protected', 'pinned', 'drifted'),
  ),
);
const drift = fc.constantFrom<'heal' | 'report'>('heal', 'report');

type Given = {
  readonly model: RegistryModel;
  readonly rules: PlanRules;
  readonly of: ReadonlyMap<Ref, string>;
};

/** A registry that followed these packs, with what was said about it then. */
function follow(before: readonly Texts[], saying: readonly string[], mode: PlanRules['drift']): Given {
  const model = createRegistryModel();
  for (const texts of before) runPass(texts, model);
  const of = new Map(refs.map((ref, at) => [ref, saying[at] ?? 'nothing']));
  const spared = new Map<Ref, 'held' | 'rejected'>();
  const approved = new Map<Ref, string>();
  for (const [ref, what] of of) {
    if (what === 'held' || what === 'rejected') spared.set(ref, what);
    if (what === 'approved') approved.set(ref, 'b1');
    if (what === 'drifted') model.drift(ref);
    if (model.workflows.get(ref)?.status !== 'active') continue;
    if (what === 'protected') model.protect(ref, true);
    if (what === 'pinned') model.pin(ref, 'f'.repeat(64));
  }
  return { model, rules: { spared, approved, drift: mode }, of };
}
const planOf = ({ model, rules }: Given, texts: Texts): RegistrationPlan =>
  planPack(purePass(texts, model).desired, model.state(here, 'ops', 'ops'), rules);
const retired = (plan: RegistrationPlan) => new Set([...plan.retire, ...plan.retireActions]);

function holds(law: (given: Given, texts: Texts) => void): void {
  const before = fc.array(pack, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(before, pack, said, drift, (packs, texts, saying, mode) =>
      law(follow(packs, saying, mode), texts),
    ),
    { numRuns: 120 },
  );
}

describe('a plan beside what was said', () => {
  it('leaves nothing to plan once it is applied', () => {
    holds((given, texts) => {
      given.model.applyPlan(planOf(given, texts));
      expect(isEmptyPlan(planOf(given, texts))).toBe(true);
    });
  });

  it('never retires what is held, rejected or protected, nor what a bad file is registered for', () => {
    holds((given, texts) => {
      const isProtected = new Set(refs.filter((ref) => given.model.workflows.get(ref)?.isProtected));
      const plan = planOf(given, texts);
      for (const ref of retired(plan)) {
        expect(given.rules.spared.has(ref) || isProtected.has(ref)).toBe(false);
        expect(Object.keys(texts)).not.toContain(`ops/workflows/${ref.slice(4)}.yaml`);
      }
    });
  });

  it('says the batch of what a person agreed to, and of nothing else', () => {
    holds((given, texts) => {
      for (const { ref, verb, batch } of planOf(given, texts).changes)
        expect(batch).toBe(verb === 'retired' ? given.rules.approved.get(ref) : undefined);
    });
  });

  it('does to the other refs what it would do if nothing were held', () => {
    holds((given, texts) => {
      const { spared } = given.rules;
      const rest = (plan: RegistrationPlan) => ({
        changes: plan.changes.filter(({ ref }) => !spared.has(ref)),
        retired: [...retired(plan)].filter((ref) => !spared.has(ref)),
        written: [...plan.workflows, ...plan.actions, ...plan.touch, ...plan.restore].map(({ ref }) => ref),
        files: plan.files,
        removed: plan.removedFiles,
      });
      const free = { ...given, rules: { ...given.rules, spared: new Map() } };
      expect(rest(planOf(given, texts))).toEqual(rest(planOf(free, texts)));
    });
  });

  it('ends a pin only for a good file of another revision than it was set over', () => {
    holds((given, texts) => {
      const before = new Map([...given.model.workflows].filter(([, row]) => row.pinned !== null));
      const { desired } = purePass(texts, given.model);
      const ended = planOf(given, texts).changes.filter(({ verb }) => verb === 'unpinned');
      for (const { ref } of ended) {
        const wanted = desired.workflows.get(ref);
        expect(wanted && !wanted.same && wanted.definition.revision).not.toBe(before.get(ref)?.revision);
        expect(wanted).toBeDefined();
      }
      for (const [ref, row] of before) {
        const wanted = desired.workflows.get(ref);
        const isOther = wanted !== undefined && !wanted.same && wanted.definition.revision !== row.revision;
        expect(ended.some((one) => one.ref === ref)).toBe(isOther);
      }
    });
  });

  it('writes no row that was changed by hand where that is left, unless its file is another', () => {
    holds((given, texts) => {
      const plan = planOf(given, texts);
      const written = new Set([...plan.workflows, ...plan.restore, ...plan.actions].map(({ ref }) => ref));
      for (const ref of plan.drifted) {
        expect(given.rules.drift).toBe('report');
        expect(written.has(ref)).toBe(false);
      }
      if (given.rules.drift === 'heal') expect(plan.drifted).toEqual([]);
    });
  });

  it('ends the same after any detour, whatever passes saw of it', () => {
    fc.assert(
      fc.property(pack, fc.array(pack, { maxLength: 4 }), pack, said, (first, between, last, saying) => {
        // Nothing goes for good meanwhile: everything is held, so that what was on the way does not matter.
        const all = new Map(refs.map((ref) => [ref, 'held' as const]));
        const end = (packs: readonly Texts[]) => {
          const given = follow([first], saying, 'heal');
          const rules = { ...given.rules, spared: all };
          for (const texts of [...packs, last]) given.model.applyPlan(planOf({ ...given, rules }, texts));
          const plain = Object.entries(given.model.served()).filter(
            ([ref]) => first[`ops/workflows/${ref.slice(4)}.yaml`] !== undefined,
          );
          return plain.map(([ref]) => ref);
        };
        for (const ref of end([])) expect(end(between)).toContain(ref);
      }),
      { numRuns: 60 },
    );
  });
});
