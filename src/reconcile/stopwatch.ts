// How long the stages of a pass took: the ports, wrapped so that each call is timed.
import type { Clock, Disk, Registry } from './ports.ts';

export type Stage = 'scan' | 'load' | 'check' | 'plan' | 'apply';

export type Stopwatch = {
  /** Runs the work and adds what it took to the stage. */
  time<Result>(stage: Stage, work: () => Result): Result;
  /** Milliseconds so far; stages that never ran are 0. */
  stages(): Readonly<Record<Stage, number>>;
};

export function createStopwatch(clock: Clock): Stopwatch {
  const stages: Record<Stage, number> = { scan: 0, load: 0, check: 0, plan: 0, apply: 0 };
  return {
    time(stage, work) {
      const startMs = clock.nowMs();
      const add = () => {
        stages[stage] += clock.nowMs() - startMs;
      };
      const result = work();
      if (result instanceof Promise) result.then(add, add);
      else add();
      return result;
    },
    stages: () => ({ ...stages }),
  };
}

/** The disk with its stages timed: `scan` lists the root, `load` lists and reads packs, `check` parses and validates. */
export function timedDisk(disk: Disk, { time }: Stopwatch): Disk {
  return {
    scanRoot: (source) => time('scan', () => disk.scanRoot(source)),
    observe: (...look) => time('load', () => disk.observe(...look)),
    glance: (source, dirs) => time('load', () => disk.glance(source, dirs)),
    stands: (observed) => time('load', () => disk.stands(observed)),
    check: (source, file) => time('check', () => disk.check(source, file)),
    release: (source, dir) => disk.release(source, dir),
    parsedCount: () => disk.parsedCount(),
  };
}

/** The registry with its stages timed: reading what is registered belongs to `plan`, writing is `apply`. */
export function timedRegistry(registry: Registry, { time }: Stopwatch): Registry {
  return {
    readSource: (source, dirs) => time('plan', () => registry.readSource(source, dirs)),
    readPack: (source, packRef, dir) => time('plan', () => registry.readPack(source, packRef, dir)),
    apply: (plan, cause) => time('apply', () => registry.apply(plan, cause)),
    readRemovals: (source) => time('plan', () => registry.readRemovals(source)),
    readRemovable: (source) => time('plan', () => registry.readRemovable(source)),
    hold: (source, reason, refs, of) => time('apply', () => registry.hold(source, reason, refs, of)),
    expire: (source, reason) => time('apply', () => registry.expire(source, reason)),
  };
}
