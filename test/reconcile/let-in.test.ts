// Saves during a rescan: let in between two packs, alone, and never forgotten.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { ChangeSet } from '../../src/model/change.ts';
import { AppError } from '../../src/model/errors.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { createLetIn } from '../../src/reconcile/let-in.ts';
import { createLoop } from '../../src/reconcile/loop.ts';
import { inParallel, type Pause } from '../../src/reconcile/parallel.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import { createManualClock } from '../support/manual-clock.ts';

const source = 'root:a' as SourceName;
const saved = (...dirs: string[]): ChangeSet => ({
  scopes: new Map([[source, new Set(dirs as PackDir[])]]),
  cause: 'watch',
  oldestSeenAtMs: 0,
});
const rescan = fullChange([source], 'rescan', 0);
const scopeOf = ({ scopes }: ChangeSet) => {
  const scope = scopes.get(source);
  return scope === 'all' || scope === undefined ? scope : [...scope].sort().join();
};
const report = {
  ...{ cause: 'watch', startedAtMs: 0, oldestSeenAtMs: 0, durationMs: 1, stages: {}, packs: [] },
  ...{ held: new Map(), unhealthy: [], refused: [], roots: new Map(), parsed: 0, written: 0, unchanged: 0 },
  ...{ invalid: [], again: new Map(), waiting: new Map() },
} satisfies PassReport;

/** A loop whose full passes look at `packs` packs; `onPack` is called for each, `told` lists what is begun and ended. */
function openLoop(packs: number, onPack: (at: number) => void, fails = 0) {
  const told: string[] = [];
  let left = fails;
  let inside = 0;
  const loop = createLoop({
    ...{ sources: [source], clock: createManualClock(), rescanMs: 3_600_000, againMs: 1, random: () => 0.5 },
    ...{ prepare: async () => undefined, writable: () => [source] },
    async reconcile(change, _signal, pause) {
      const scope = scopeOf(change);
      if (scope !== 'all') {
        expect(inside).toBe(0);
        told.push(`save ${scope}`);
        if (left-- > 0) throw new AppError('database_unreachable', 'gone', { retryable: true });
        return report;
      }
      told.push(`${change.cause} begins`);
      await inParallel(
        4,
        Array.from({ length: packs }, (_, at) => at),
        async (at) => {
          inside += 1;
          onPack(at);
          await nextTurn();
          inside -= 1;
        },
        pause,
      );
      told.push(`${change.cause} ends`);
      return report;
    },
    onPass: () => undefined,
    onFailure: () => told.push('failure'),
    onFatal: (error) => told.push(String(error)),
  });
  return { loop, told };
}

describe('a rescan', () => {
  it('lets saves in between two packs, while none is worked on', async () => {
    const { loop, told } = openLoop(40, (at) => {
      if (at === 9) for (const dir of ['x', 'y']) loop.push(saved(dir));
      if (at === 30) loop.push(saved('z'));
    });
    loop.push(rescan);
    await vi.waitFor(() => expect(told.at(-1)).toBe('rescan ends'));
    expect(told).toEqual(['rescan begins', 'save x,y', 'save z', 'rescan ends']);
    await loop.stop(0);
  });

  it('leaves what comes at its end to the next pass', async () => {
    const { loop, told } = openLoop(8, (at) => at === 7 && loop.push(saved('late')));
    loop.push(rescan);
    await vi.waitFor(() => expect(told).toContain('save late'));
    expect(told).toEqual(['rescan begins', 'rescan ends', 'save late']);
    await loop.stop(0);
  });

  it('fails with a save that fails, and both are tried again', async () => {
    let isFirst = true;
    const { loop, told } = openLoop(
      40,
      (at) => {
        if (at !== 9 || !isFirst) return;
        isFirst = false;
        loop.push(saved('x'));
      },
      1,
    );
    loop.push(rescan);
    await vi.waitFor(() => expect(told).toContain('failure'));
    loop.wake();
    await vi.waitFor(() => expect(told.at(-1)).toMatch(/ends/));
    // A union with what the disk spoke of is told by its cause.
    expect(told).toEqual(['rescan begins', 'save x', 'failure', 'watch begins', 'watch ends']);
    await loop.stop(0);
  });

  it('keeps everything but saves for afterwards', async () => {
    let isFirst = true;
    const { loop, told } = openLoop(20, (at) => {
      if (at !== 3 || !isFirst) return;
      isFirst = false;
      loop.push(fullChange([source], 'request', 0));
    });
    loop.push(rescan);
    await vi.waitFor(() => expect(told.at(-1)).toBe('request ends'));
    expect(told).toEqual(['rescan begins', 'rescan ends', 'request begins', 'request ends']);
    await loop.stop(0);
  });
});

describe('a rescan that waits for the database', () => {
  function openRead() {
    let resolve: (told: string) => void = () => undefined;
    let reject: (error: Error) => void = () => undefined;
    const promise = new Promise<string>((onRead, onError) => {
      resolve = onRead;
      reject = onError;
    });
    return { promise, resolve: (told: string) => resolve(told), reject: (error: Error) => reject(error) };
  }

  /** `read` is what it waits for; `told` lists the saves, which fail at the names given. */
  function openRescan(read: Promise<string>, failing: readonly string[] = []) {
    const told: string[] = [];
    const letIn = createLetIn(async (change, pause) => {
      const scope = scopeOf(change);
      if (scope === 'all') told.push((await pause?.during(read)) ?? 'no pause');
      else if (failing.includes(scope ?? '')) throw new Error(`save ${scope}`);
      else {
        if (scope === 'slow') {
          told.push('slow save');
          await sleep(50);
        }
        told.push(`save ${scope}`);
      }
      return report;
    });
    const left: ChangeSet[] = [];
    return { letIn, told, left, ended: letIn.rescan(rescan, (change) => left.push(change)) };
  }

  it('lets saves in at once, each time', async () => {
    const read = openRead();
    const { letIn, told, ended } = openRescan(read.promise);
    for (const dir of ['x', 'y']) {
      expect(letIn.takes(saved(dir))).toBe(true);
      await vi.waitFor(() => expect(told).toContain(`save ${dir}`));
    }
    read.resolve('read');
    await ended;
    expect(told).toEqual(['save x', 'save y', 'read']);
  });

  it('goes on when a save that was let in is over', async () => {
    const read = openRead();
    const { letIn, told, ended } = openRescan(read.promise);
    letIn.takes(saved('slow'));
    await vi.waitFor(() => expect(told).toEqual(['slow save']));
    read.resolve('read');
    await ended;
    expect(told).toEqual(['slow save', 'save slow', 'read']);
  });

  it('fails as the database does', async () => {
    const read = openRead();
    const { letIn, told, ended } = openRescan(read.promise);
    letIn.takes(saved('x'));
    await vi.waitFor(() => expect(told).toEqual(['save x']));
    read.reject(new Error('gone'));
    await expect(ended).rejects.toThrow('gone');
  });

  it("fails with a save that fails, which is kept, and whatever the database says then is nobody's concern", async () => {
    const read = openRead();
    const { letIn, ended, left } = openRescan(read.promise, ['x']);
    letIn.takes(saved('x'));
    await expect(ended).rejects.toThrow('save x');
    expect(left.map(scopeOf)).toEqual(['x']);
    read.reject(new Error('gone'));
    await nextTurn();
  });
});

describe('inParallel with a pause', () => {
  const countdown = (times: number, run: () => Promise<void>): Pause => {
    let left = times;
    return {
      isWanted: () => left > 0,
      run: async () => {
        left -= 1;
        await run();
      },
      during: (work) => work,
    };
  };

  it('works on every item once, however often it pauses', async () => {
    const done: number[] = [];
    const items = Array.from({ length: 50 }, (_, at) => at);
    const pause = countdown(20, () => nextTurn());
    await inParallel(4, items, async (at) => void done.push(at), pause);
    expect(done.sort((a, b) => a - b)).toEqual(items);
    expect(pause.isWanted()).toBe(false);
  });

  it('ends when the pause fails, and begins nothing more', async () => {
    let begun = 0;
    const pause = countdown(1, () => Promise.reject(new Error('pause')));
    const work = async () => {
      begun += 1;
    };
    await expect(inParallel(4, [1, 2, 3, 4, 5, 6], work, pause)).rejects.toThrow('pause');
    expect(begun).toBe(0);
  });
});
