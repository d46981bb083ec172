// Laws of the core on small packs at random: what is decided must not depend on how one got there.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmptyPlan } from '../../src/registry/plan.ts';
import { here, purePass, runPass, type Texts } from '../support/pure-pass.ts';
import { broken, history, pack, paths } from '../support/random-packs.ts';
import { createRegistryModel, type RegistryModel } from '../support/registry-model.ts';

const runs = { numRuns: 300 };

function follow(packs: readonly Texts[]): RegistryModel {
  const model = createRegistryModel();
  for (const texts of packs) runPass(texts, model);
  return model;
}

/** What is served, without what its rows remember. */
function registered(model: RegistryModel) {
  const plain = (rows: ReadonlyMap<string, { readonly status: string }>) =>
    Object.fromEntries([...rows].filter(([, row]) => row.status !== 'retired').sort());
  return { workflows: plain(model.workflows), actions: plain(model.actions) };
}

describe('a plan', () => {
  it('yields what is desired once it is applied, and nothing is left to plan', () => {
    fc.assert(
      fc.property(history, pack, (before, texts) => {
        const model = follow(before);
        const { desired } = runPass(texts, model);
        for (const [one, workflow] of desired.workflows) {
          const row = model.workflows.get(one);
          expect(row?.status).toBe('active');
          if (workflow.same) expect(row?.sourcePath).toBe(workflow.sourcePath);
          else expect(row?.definition).toEqual(workflow.definition);
        }
        for (const [one, wanted] of desired.actions) {
          const row = model.actions.get(one);
          expect(row?.status).toBe('active');
          if (!wanted.same) expect(row?.action).toEqual(wanted.action);
        }
        const live = Object.keys(model.served());
        const kept = desired.kept.map((one) => one.ref);
        expect(live.sort()).toEqual([...new Set([...desired.actions.keys(), ...kept])].sort());
        const again = purePass(texts, model);
        expect(isEmptyPlan(again.plan)).toBe(true);
        expect(again.checked).toEqual([]);
      }),
      runs,
    );
  });

  it('does not depend on the order in which the files are listed', () => {
    fc.assert(
      fc.property(history, pack, fc.infiniteStream(fc.nat()), (before, texts, numbers) => {
        const model = follow(before);
        const order = Object.keys(texts)
          .map((path) => ({ path, at: numbers.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ path }) => path);
        const options = { order };
        expect(purePass(texts, model, options).plan).toEqual(purePass(texts, model).plan);
      }),
      runs,
    );
  });

  it('is the same whether only changed files are checked, or all', () => {
    fc.assert(
      fc.property(history, pack, (before, texts) => {
        const model = follow(before);
        const some = purePass(texts, model);
        const all = purePass(texts, model, { distrustAll: true });
        const counted = { unchanged: 0 };
        expect({ ...some.plan, ...counted }).toEqual({ ...all.plan, ...counted });
        for (const path of some.checked) expect(all.checked).toContain(path);
      }),
      runs,
    );
  });

  it('never retires what a file is registered for that is invalid or cannot be read', () => {
    fc.assert(
      fc.property(history, pack, fc.constantFrom(...paths), broken, (before, texts, path, bad) => {
        const model = follow([...before, texts]);
        const holds = [...model.actions, ...model.workflows].filter(
          ([, row]) => row.sourcePath === path && row.status !== 'retired',
        );
        const revisions = new Map(holds.map(([one]) => [one, model.served()[one]?.revision]));
        const { plan } = runPass({ ...texts, [path]: bad }, model);
        // An empty action file is a broken one, an empty workflow too: whatever the text, it must not be valid.
        const isBad = model.row(here, path)?.state !== 'valid' && model.row(here, path)?.state !== 'conflict';
        if (!isBad) return;
        for (const [one, revision] of revisions) {
          const namedBy = model.actions.get(one)?.sourcePath;
          if (namedBy !== path && texts[namedBy ?? ''] === undefined) continue;
          expect([...plan.retire, ...plan.retireActions]).not.toContain(one);
          expect(model.served()[one]?.revision).toBe(revision);
        }
      }),
      runs,
    );
  });

  it('ends where a first pass over the last files ends, in everything that no rule keeps', () => {
    fc.assert(
      fc.property(history, pack, (before, texts) => {
        const model = follow(before);
        const { desired } = runPass(texts, model);
        const fresh = createRegistryModel();
        const first = runPass(texts, fresh).desired;
        // What was there before decides between rivals and keeps the last good: only then may the ends differ.
        // So does a file that cannot be read: what it last said still counts.
        if ([...desired.files.values()].some((row) => row.state === 'unreadable')) return;
        if (desired.kept.length > 0 || desired.conflicts.length + first.conflicts.length > 0) return;
        expect(registered(model)).toEqual(registered(fresh));
      }),
      runs,
    );
  });
});
