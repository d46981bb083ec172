// What passes find beside what events announced, and what follows for the mode of a root.
import { describe, expect, it } from 'vitest';
import type { PackDir } from '../../src/model/pack.ts';
import { createSelfTest, type SelfTestOptions } from '../../src/watch/self-test.ts';

const dirs = (...names: string[]) => new Set(names as PackDir[]);

function setUp(more: Partial<SelfTestOptions> = {}) {
  let now = 1000;
  let timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  const missed: string[][] = [];
  const switches: string[] = [];
  const test = createSelfTest({
    ...{ first: 'events', canSwitch: true, canClimb: true, nowMs: () => now },
    setTimer(fire, delayMs) {
      const timer = { atMs: now + delayMs, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    onMissed: (found) => missed.push([...found].sort()),
    onSwitch: (mode) => switches.push(mode),
    ...more,
  });
  return {
    ...{ test, missed, switches },
    /** Time passes; timers fire when they are due. */
    later(ms: number) {
      now += ms;
      const due = timers.filter((timer) => timer.atMs <= now);
      timers = timers.filter((timer) => timer.atMs > now);
      for (const { fire } of due) fire();
    },
    pass(changed: ReadonlySet<PackDir>, seen: Parameters<typeof test.passed>[0] | object = {}) {
      now += 10;
      test.passed({
        ...{ startedAtMs: now, looked: dirs('a', 'b', 'c'), changed, isFull: true, isBaseline: false },
        ...seen,
      });
      now += 10;
    },
    event: (dir: string | undefined) => test.announce(dir as PackDir | undefined),
    timers: () => timers.length,
  };
}

describe('a change that a pass finds', () => {
  it('was missed when no event came, also not a little later', () => {
    const { pass, later, missed, switches } = setUp();
    pass(dirs('a', 'b'));
    expect([missed, switches]).toEqual([[], []]);
    later(2000);
    expect([missed, switches]).toEqual([[['a', 'b']], ['poll']]);
  });

  it.each([
    ['the pack', 'a'],
    ['the root as a whole', undefined],
  ])('was announced by an event about %s before', (_, dir) => {
    const { pass, later, event, missed } = setUp();
    event(dir);
    pass(dirs('a'));
    later(5000);
    expect(missed).toEqual([]);
  });

  it('was announced by an event that came a little later', () => {
    const { pass, later, event, missed, switches } = setUp();
    pass(dirs('a', 'b'));
    later(100);
    event('a');
    later(1900);
    expect([missed, switches]).toEqual([[['b']], ['poll']]);
  });

  it.each([
    ['the pack', 'a'],
    ['the root as a whole', undefined],
  ])('was not announced by an event about %s that an earlier pass looked after', (_, dir) => {
    const { pass, later, event, missed } = setUp();
    event(dir);
    pass(dirs());
    pass(dirs('a'));
    later(2000);
    expect(missed).toEqual([['a']]);
  });

  it('is still announced after a pass that did not look at its pack', () => {
    const { pass, later, event, missed } = setUp();
    event('a');
    event(undefined);
    pass(dirs('b'), { looked: dirs('b'), isFull: false });
    pass(dirs('a', 'c'));
    later(2000);
    expect(missed).toEqual([]);
  });

  it('says nothing where there is nothing to compare with', () => {
    const { pass, later, missed, timers } = setUp();
    pass(dirs('a'), { isBaseline: true });
    later(2000);
    expect([missed, timers()]).toEqual([[], 0]);
  });

  it('is only counted where the mode is given', () => {
    const { pass, later, missed, switches } = setUp({ canSwitch: false });
    pass(dirs('a'));
    later(2000);
    pass(dirs('b'));
    later(2000);
    expect([missed, switches]).toEqual([[['a'], ['b']], []]);
  });
});

describe('a polled root', () => {
  const polled = () => {
    const all = setUp();
    all.pass(dirs('a'));
    all.later(2000);
    expect(all.test.mode()).toBe('poll');
    return all;
  };
  const announced = ({ event, pass }: ReturnType<typeof setUp>) => {
    event('b');
    pass(dirs('b'));
  };

  it('is watched by events again once they announced three changes', () => {
    const all = polled();
    announced(all);
    announced(all);
    expect(all.test.mode()).toBe('poll');
    announced(all);
    expect(all.switches).toEqual(['poll', 'events']);
  });

  it('begins anew after a miss', () => {
    const all = polled();
    announced(all);
    announced(all);
    all.pass(dirs('c'));
    all.later(2000);
    announced(all);
    announced(all);
    expect(all.test.mode()).toBe('poll');
    announced(all);
    expect(all.test.mode()).toBe('events');
  });

  it('asks for twice as much after each relapse', () => {
    const all = polled();
    for (let count = 0; count < 3; count += 1) announced(all);
    expect(all.test.mode()).toBe('events');
    all.pass(dirs('a'));
    all.later(2000);
    for (let count = 0; count < 5; count += 1) announced(all);
    expect(all.test.mode()).toBe('poll');
    announced(all);
    expect(all.test.mode()).toBe('events');
  });

  it('climbs back after ten minutes without a miss', () => {
    const all = polled();
    all.later(590_000);
    all.pass(dirs());
    expect(all.test.mode()).toBe('poll');
    all.later(10_000);
    all.pass(dirs());
    expect(all.test.mode()).toBe('events');
  });

  it('stays so where local events prove nothing', () => {
    const all = setUp({ first: 'poll', canClimb: false });
    for (let count = 0; count < 10; count += 1) announced(all);
    all.later(10 ** 9);
    all.pass(dirs());
    expect([all.test.mode(), all.switches]).toEqual(['poll', []]);
  });

  it('comes of directories that cannot be watched, and lasts as long as there are any', () => {
    const all = setUp();
    all.test.unwatched(0);
    expect(all.test.mode()).toBe('events');
    all.test.unwatched(7);
    expect(all.test.mode()).toBe('poll');
    for (let count = 0; count < 5; count += 1) announced(all);
    all.test.unwatched(1);
    expect(all.test.mode()).toBe('poll');
    all.test.unwatched(0);
    expect(all.test.mode()).toBe('events');
  });
});

it('keeps few packs in mind: beyond a thousand an event stands for all', () => {
  const { event, pass, later, missed } = setUp();
  for (let count = 0; count < 1001; count += 1) event(`p${count}`);
  pass(dirs('a', 'p3'));
  later(2000);
  expect(missed).toEqual([]);
});

it('leaves no timer when it is closed', () => {
  const { pass, test, timers } = setUp();
  pass(dirs('a'));
  expect(timers()).toBe(1);
  test.close();
  expect(timers()).toBe(0);
});
