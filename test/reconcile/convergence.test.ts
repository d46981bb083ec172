// Whatever happens to a root, and whatever of it a pass is told: in the end the registry holds what lies there.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { action, badFlow, flow } from '../support/pure-pass.ts';

const dir = fc.constantFrom('a', 'b', 'c');
const ref = fc.constantFrom('pp', 'qq');
const name = fc.constantFrom('one', 'two');

type Event =
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'remove' | 'pass'; readonly path: string }
  | { readonly do: 'rename'; readonly path: string; readonly to: string }
  | { readonly do: 'full' };

const write = fc.oneof(
  fc.record({ dir, ref }).map(({ dir, ref }) => ({ path: `${dir}/pack.yaml`, text: packText(ref) })),
  dir.map((dir) => ({ path: `${dir}/pack.yaml`, text: 'ref: [' })),
  fc
    .record({ dir, name, text: fc.constantFrom(flow(1), flow(2), badFlow) })
    .map(({ dir, name, text }) => ({ path: `${dir}/workflows/${name}.yaml`, text })),
  fc
    .record({ dir, name, graph: fc.constantFrom('../workflows/one.yaml', '../graphs/g.yaml') })
    .map(({ dir, name, graph }) => ({ path: `${dir}/actions/${name}.yaml`, text: action({ graph }) })),
  dir.map((dir) => ({ path: `${dir}/graphs/g.yaml`, text: flow(3) })),
);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: write.map((one) => ({ do: 'write' as const, ...one })) },
  { weight: 1, arbitrary: dir.map((path) => ({ do: 'remove' as const, path })) },
  {
    weight: 1,
    arbitrary: fc.record({ dir, name }).map(({ dir, name }) => ({
      do: 'remove' as const,
      path: `${dir}/workflows/${name}.yaml`,
    })),
  },
  { weight: 1, arbitrary: fc.tuple(dir, dir).map(([path, to]) => ({ do: 'rename' as const, path, to })) },
  { weight: 3, arbitrary: dir.map((path) => ({ do: 'pass' as const, path })) },
  { weight: 1, arbitrary: fc.constant({ do: 'full' as const }) },
);

const packs = {
  'a/pack.yaml': packText('pp'),
  'a/workflows/one.yaml': flow(1),
  'stays/pack.yaml': packText('stays'),
  'stays/workflows/x.yaml': flow(9),
};

async function play(events: readonly Event[]) {
  const pass = createMemoryPass(packs);
  for (const one of events) {
    if (one.do === 'write') pass.disk.write({ [one.path]: one.text });
    else if (one.do === 'remove') pass.disk.remove(one.path);
    else if (one.do === 'rename') {
      pass.disk.remove(one.to);
      pass.disk.rename(one.path, one.to);
    } else if (one.do === 'pass') await pass.only(one.path);
    else await pass.full();
  }
  return pass;
}

describe('passes over a root that changes at random', () => {
  it('come to an end where nothing is parsed and nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
        const pass = await play(events);
        await pass.settle();
        await pass.settle();
        expect(await pass.full()).toMatchObject({ parsed: 0, written: 0, refused: [] });
        for (const one of ['a', 'b', 'c', 'stays'])
          expect(await pass.only(one)).toMatchObject({ parsed: 0, written: 0 });
      }),
      { numRuns: 150 },
    );
  });

  it('serve what a first pass would, where no claim is contested and nothing is broken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
        const pass = await play(events);
        await pass.settle();
        await pass.settle();
        const fresh = createMemoryPass();
        for (const [path, text] of pass.disk.files) fresh.disk.files.set(path, text);
        await fresh.settle();
        const rows = [...pass.registry.files.values(), ...fresh.registry.files.values()];
        if (rows.some((row) => row.state !== 'valid')) return;
        expect(pass.registry.served()).toEqual(fresh.registry.served());
      }),
      { numRuns: 150 },
    );
  });
});
