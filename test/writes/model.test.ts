// Random files, passes and clients over one pack, beside a model of who holds what: outcomes, owners, ids, and the pack's own life.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packText } from '../support/memory-pass.ts';
import { flow } from '../support/pure-pass.ts';
import { bytesOf, createWrittenSite, outcomeOf } from '../support/written-site.ts';

const stems = ['a', 'b', 'c'];
const steps = 70;

let site: Awaited<ReturnType<typeof createWrittenSite>>;
beforeAll(async () => {
  // A root that becomes empty removes nothing.
  site = await createWrittenSite({ 'stays/pack.yaml': packText('stays') });
});
afterAll(() => site.test.drop());

/** Whole numbers below a bound, the same for the same seed. */
function createRandom(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

type Held = { readonly by: 'file' | 'api'; readonly x: number };

/** What should be, by the words of docs/api-definitions.md. Knows nothing of plans, generations or rows. */
function createModel() {
  const disk = new Map<string, number>();
  const held = new Map<string, Held>();
  let isOnDisk = false;
  let packStatus: 'none' | 'active' | 'retired' = 'none';
  const client = (stem: string, done: () => void, otherwise: string) => {
    const holder = held.get(stem);
    if (holder?.by !== 'api') return holder ? 'owned' : otherwise;
    done();
    return 'changed';
  };
  return {
    disk,
    held,
    status: () => packStatus,
    isOnDisk: () => isOnDisk,
    place(isThere: boolean) {
      isOnDisk = isThere;
    },
    pass() {
      for (const stem of stems) {
        const x = isOnDisk ? disk.get(stem) : undefined;
        const holder = held.get(stem);
        if (holder?.by === 'api') continue;
        if (x === undefined) held.delete(stem);
        else held.set(stem, { by: 'file', x });
      }
      if (isOnDisk) packStatus = 'active';
      else if (packStatus === 'active' && held.size === 0) packStatus = 'retired';
    },
    post(stem: string, x: number) {
      if (packStatus !== 'active') return 'pack_missing';
      const holder = held.get(stem);
      if (holder) return holder.by === 'api' ? 'exists' : 'owned';
      held.set(stem, { by: 'api', x });
      return 'changed';
    },
    put(stem: string, x: number) {
      const isSame = held.get(stem)?.x === x;
      const outcome = client(stem, () => held.set(stem, { by: 'api', x }), 'missing');
      return outcome === 'changed' && isSame ? 'same' : outcome;
    },
    drop: (stem: string) => client(stem, () => held.delete(stem), 'missing'),
  };
}

describe('files, passes and clients', () => {
  it.each([1, 2, 3])('agree with the model (seed %i)', async (seed) => {
    const random = createRandom(seed * 7919);
    const model = createModel();
    const pack = `chaos${seed}`;
    const ids = new Map<string, unknown>();
    const text = (stem: string, x: number) => bytesOf(flow(x, `ref: ${pack}.${stem}\n`));
    const place = (stem: string) => `${pack}/workflows/${stem}.yaml`;
    const writeAll = () => {
      site.disk.write({ [`${pack}/pack.yaml`]: packText(pack) });
      for (const [stem, x] of model.disk) site.disk.write({ [place(stem)]: flow(x) });
    };
    const deeds: readonly ((stem: string, x: number) => Promise<[string, string] | undefined>)[] = [
      async (stem, x) => {
        model.disk.set(stem, x);
        if (model.isOnDisk()) site.disk.write({ [place(stem)]: flow(x) });
        return undefined;
      },
      async (stem) => {
        if (model.disk.delete(stem) && model.isOnDisk()) site.disk.remove(place(stem));
        return undefined;
      },
      async () => {
        if (random(2) > 0) return undefined;
        model.place(!model.isOnDisk());
        if (model.isOnDisk()) writeAll();
        else site.disk.remove(pack);
        return undefined;
      },
      async (stem, x) => [outcomeOf(await site.writes.createWorkflow(text(stem, x))), model.post(stem, x)],
      async (stem, x) => {
        const done = await site.writes.replaceWorkflow(`${pack}.${stem}`, text(stem, x), undefined);
        return [outcomeOf(done), model.put(stem, x)];
      },
      async (stem) => [
        outcomeOf(await site.writes.retireWorkflow(`${pack}.${stem}`, undefined)),
        model.drop(stem),
      ],
    ];
    const done: string[] = [];
    for (let step = 0; step < steps; step += 1) {
      const [deed, stem, x] = [random(deeds.length), stems[random(stems.length)] as string, random(4)];
      done.push(`${deed} ${stem} ${x}`);
      const outcome = await deeds[deed]?.(stem, x);
      if (outcome) expect(outcome[0], done.join(', ')).toBe(outcome[1]);
      if (random(3) === 0) {
        await site.pass();
        model.pass();
        done.push('pass');
      }
      await compare(done.join(', '));
    }

    async function compare(story: string) {
      const rows = await site.test.query(
        `select split_part(ref, '.', 2) as stem, id, source, (definition -> 'vars' ->> 'x')::integer as x, status
         from workflow_definition where pack_ref = $1 order by ref`,
        [pack],
      );
      const live = rows.filter(({ status }) => status !== 'retired');
      expect(
        live.map(({ stem, source, x }) => `${stem} ${source === 'api' ? 'api' : 'file'} ${x}`),
        story,
      ).toEqual([...model.held].sort().map(([stem, { by, x }]) => `${stem} ${by} ${x}`));
      for (const { stem, id } of rows) expect(ids.get(String(stem)) ?? id, story).toBe(id);
      for (const { stem, id } of rows) ids.set(String(stem), id);
      expect((await site.packOf(pack))['status'] ?? 'none', story).toBe(model.status());
    }
  });
});
