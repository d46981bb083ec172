// A look that is begun before it is known what it has to see is taken for that only where it saw all of it.
import { describe, expect, it } from 'vitest';
import type { ObservedPack } from '../../src/model/listing.ts';
import type { PackDir, PackPath } from '../../src/model/pack.ts';
import type { Begun, ToldLinks } from '../../src/reconcile/ahead.ts';
import { beginLook } from '../../src/reconcile/early-look.ts';
import type { Disk } from '../../src/reconcile/ports.ts';
import { here, observeTexts } from '../support/pure-pass.ts';

const [ops, web] = ['ops', 'web'] as readonly string[] as readonly [PackDir, PackDir];
const [g, h] = ['ops/graphs/g.yaml', 'ops/graphs/h.yaml'] as readonly string[] as readonly [
  PackPath,
  PackPath,
];

function ground(early: PackDir | undefined, told: ToldLinks = new Map()) {
  const calls: string[] = [];
  const changed: PackDir[] = [];
  const looks: ObservedPack[] = [];
  const ready = { failing: false, compared: 'same' as ObservedPack['compared'] };
  const disk = {
    async observe(_: unknown, dir: PackDir, extra: readonly PackPath[]) {
      calls.push(`look ${dir} ${extra.join()}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      calls.push(`seen ${dir}`);
      if (ready.failing) throw new Error('cannot be looked at');
      looks.push({ ...observeTexts({}), dir, compared: ready.compared });
      return looks.at(-1);
    },
    release: (_: unknown, dir: PackDir) => calls.push(`release ${dir}`),
    async stands({ dir }: ObservedPack) {
      calls.push(`stands ${dir}`);
      return true;
    },
  } as unknown as Disk;
  const options = { disk, source: here, told, insists: () => false, timed: <T>(work: () => T) => work() };
  const begin = (ahead?: Begun) =>
    beginLook({ ...options, onChanged: (dir) => changed.push(dir) }, early, ahead);
  return { begin, calls, changed, looks, ready, told };
}

describe('a look that is begun early', () => {
  it('is the look, once', async () => {
    const { begin, calls, looks } = ground(ops);
    const { look, end } = begin();
    expect(await look(ops, [], undefined)).toBe(looks[0]);
    expect(await look(ops, [], undefined)).toBe(looks[1]);
    await end();
    expect(calls).toEqual(['look ops ', 'seen ops', 'look ops ', 'seen ops']);
  });

  it('is begun by the links that the look before was told of, in any order', async () => {
    const { begin, calls, told } = ground(ops);
    await begin().look(ops, [g, h], undefined);
    calls.length = 0;
    await begin().look(ops, [h, g], undefined);
    expect(calls).toEqual([`look ops ${g},${h}`, 'seen ops']);
    await begin().look(ops, [], undefined);
    expect(told.size).toBe(0);
  });

  it.each([
    ['more', [], [g]],
    ['fewer', [g], []],
    ['others', [g], [h]],
  ])('is over and thrown away before another, where there are %s links', async (_, before, wanted) => {
    const { begin, calls, changed, looks, ready } = ground(ops, new Map([[`${here}/ops`, before]]));
    ready.compared = 'changed';
    expect(await begin().look(ops, wanted, undefined)).toBe(looks[1]);
    expect(calls).toEqual([
      ...[`look ops ${before.join()}`, 'seen ops', 'release ops'],
      ...[`look ops ${wanted.join()}`, 'seen ops'],
    ]);
    expect(changed).toEqual([ops]);
  });

  it('is no look at another directory, and leaves nothing behind', async () => {
    const { begin, calls } = ground(ops);
    const { look, end } = begin();
    expect((await look(web, [], undefined)).dir).toBe(web);
    await end();
    expect(calls.filter((call) => call !== 'look web ' && call !== 'seen web')).toEqual([
      ...['look ops ', 'seen ops', 'release ops'],
    ]);
  });

  it('fails for whoever asks for it, and for nobody else', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { begin, ready } = ground(ops);
    ready.failing = true;
    await begin().end();
    await expect(begin().look(ops, [], undefined)).rejects.toThrow('cannot be looked at');
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  const begunAhead = (extra: readonly PackPath[], seen: ObservedPack | undefined, isAsSeen = true) => ({
    ...{ extra, look: Promise.resolve(seen), reading: Promise.resolve(undefined), drop: () => undefined },
    isAsSeen: async () => isAsSeen,
  });

  it('is the one that was made ahead, seen again once for whoever asks whether it stands', async () => {
    const { begin, calls } = ground(ops);
    const seen = { ...observeTexts({}), dir: ops };
    const { look, stands } = begin(begunAhead([], seen, false));
    expect(await look(ops, [], undefined)).toBe(seen);
    expect([await stands(seen), calls]).toEqual([false, []]);
    expect([await stands(seen), calls]).toEqual([true, ['stands ops']]);
  });

  it('leaves nothing under way of what was seen ahead, nor fails for nobody', async () => {
    const { begin } = ground(ops);
    const seen = { ...observeTexts({}), dir: ops };
    let isOver = false;
    const isAsSeen = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      isOver = true;
      throw new Error('cannot be seen again');
    };
    const { look, end } = begin({ ...begunAhead([], seen), isAsSeen });
    await look(ops, [], undefined);
    await end();
    expect(isOver).toBe(true);
  });

  it('is another one where that was not made, or saw other links', async () => {
    const { begin, calls, looks } = ground(ops);
    const none = begin(begunAhead([], undefined));
    expect(await none.look(ops, [], undefined)).toBe(looks[0]);
    expect([await none.stands(looks[0] as ObservedPack), calls.at(-1)]).toEqual([true, 'stands ops']);
    calls.length = 0;
    const other = begin(begunAhead([h], { ...observeTexts({}), dir: ops }));
    expect(await other.look(ops, [g], undefined)).toBe(looks[1]);
    expect(calls).toEqual(['release ops', `look ops ${g}`, 'seen ops']);
  });

  it('is none where there is no directory to begin with', async () => {
    const { begin, calls } = ground(undefined);
    await begin().end();
    expect(calls).toEqual([]);
  });
});
