// Whether a listing goes to a thread: much at once does, and for a moment what follows it.
import { afterEach, expect, it, vi } from 'vitest';
import type { Bulk } from '../../src/load/bulk.ts';
import { createDisk } from '../../src/load/disk.ts';
import { createRootAccesses } from '../../src/load/root-access.ts';
import type { PackDir, Root, SourceName } from '../../src/model/pack.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function setUp() {
  const root: Root = { source: 'root:packs' as SourceName, path: '/nowhere' };
  const list = vi.fn<Bulk['list']>(async () => ({ listing: 'same' }));
  const bulk: Bulk = {
    prepare: () => undefined,
    isFree: () => true,
    isReady: () => true,
    list,
    glance: async () => undefined,
    read: async () => undefined,
    check: async () => undefined,
    close: async () => undefined,
  };
  const accesses = createRootAccesses({ roots: [root] });
  const disk = createDisk({
    bulk,
    queue: { add: (work) => work() },
    accesses,
    maxFileBytes: 1000,
    strict: false,
  });
  const nowMs = vi.spyOn(performance, 'now').mockReturnValue(1000);
  return { list, nowMs, look: () => disk.list(root, 'a' as PackDir, []) };
}

it('lists a single pack without a thread', async () => {
  const { list, look } = setUp();
  await look();
  expect(list).not.toHaveBeenCalled();
});

it('lists what follows much on a thread, until a moment has passed', async () => {
  const { list, look, nowMs } = setUp();
  await Promise.all([look(), look(), look()]);
  list.mockClear();
  nowMs.mockReturnValue(1200);
  await look();
  expect(list).toHaveBeenCalledTimes(1);
  nowMs.mockReturnValue(1300);
  await look();
  expect(list).toHaveBeenCalledTimes(1);
});
