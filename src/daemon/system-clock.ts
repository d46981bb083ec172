// What each pass goes by: the time as the system has it, and how much is done at once. Apart from the engine, which loads the passes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../reconcile/ports.ts';

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  // An aborted sleep is over, not failed: the caller looks at the signal anyway.
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** Packs worked on at once: enough to keep disk, parser and database busy together. */
export const packConcurrency = 6;
