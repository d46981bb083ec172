// Time that stands still but for sleeps, which take no time at all.
import type { Clock } from '../../src/reconcile/ports.ts';

export type ManualClock = Clock & {
  readonly sleeps: number[];
  /** Called when somebody sleeps, before the time has passed: what happens meanwhile. */
  onSleep: ((ms: number) => void | Promise<void>) | undefined;
  advance(ms: number): void;
};

export function createManualClock(): ManualClock {
  let now = 1_000;
  const clock: ManualClock = {
    sleeps: [],
    onSleep: undefined,
    nowMs: () => now,
    advance(ms) {
      now += ms;
    },
    async sleep(ms) {
      clock.sleeps.push(ms);
      await clock.onSleep?.(ms);
      now += ms;
    },
  };
  return clock;
}
