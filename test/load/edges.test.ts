// The loader at its edges: links that lead nowhere, files that vanish, how often a file is read, workers that give up.
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckerOptions } from '../../src/load/checker.ts';
import { createChecker } from '../../src/load/checker.ts';
import { direct, pooled } from '../../src/load/file-access.ts';
import { createFileIndex } from '../../src/load/file-index.ts';
import { createLoader, type Loader } from '../../src/load/load.ts';
import { createParseCache } from '../../src/load/parse-cache.ts';
import * as reading from '../../src/load/read.ts';
import { scanPack, scanRoot } from '../../src/load/scan.ts';
import type { CheckedFile } from '../../src/model/file.ts';
import type { Digest, PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { flow } from '../support/pure-pass.ts';
import { measureTurns } from '../support/turn-cpu.ts';
import { until } from '../support/wait.ts';

vi.mock('../../src/load/read.ts', async (original) => {
  const real = await original<typeof reading>();
  return { ...real, readListed: vi.fn(real.readListed) };
});

const source = 'root:test' as SourceName;
const ops = 'ops' as PackDir;
const read = vi.mocked(reading.readListed);

let base: string;
let root: string;
let loader: Loader;

const place = () => ({ source, path: root });
const create = () =>
  createLoader({
    roots: [place()],
    maxFileBytes: 1 << 20,
    cacheBytes: 1 << 24,
    concurrency: 2,
    strict: false,
  });

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pw-edges-'));
  root = join(base, 'root');
  await put('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
  await put('ops/workflows/a.yaml', flow(1));
  await put('ops/workflows/b.yaml', flow(2));
  loader = create();
  read.mockClear();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await loader.close();
  await rm(base, { recursive: true, force: true });
});

/** By the pool of threads, and by the calls of the threads for much at once. */
const accesses = [
  ['through the pool', pooled],
  ['at once', direct],
] as const;

describe.each(accesses)('a link that leads nowhere, looked at %s', (_, access) => {
  it('proves nothing absent: neither the pack behind it', async () => {
    await rename(join(root, 'ops'), join(base, 'away'));
    await symlink(join(root, 'not-there'), join(root, 'ops'));
    expect((await scanRoot(access, place())) as object).toMatchObject({ state: 'listed', dirs: ['ops'] });
    expect(await scanPack(access, place(), ops, [])).toMatchObject({ state: 'pack', complete: false });
    // Null control: without the link the pack is gone.
    await rm(join(root, 'ops'));
    expect(await scanPack(access, place(), ops, [])).toMatchObject({ state: 'absent', complete: true });
  });

  it('nor the workflows behind it', async () => {
    await rename(join(root, 'ops/workflows'), join(base, 'away'));
    await symlink('..data/workflows', join(root, 'ops/workflows'));
    expect(await scanPack(access, place(), ops, [])).toMatchObject({ state: 'pack', complete: false });
    await rm(join(root, 'ops/workflows'));
    expect(await scanPack(access, place(), ops, [])).toMatchObject({ state: 'pack', complete: true });
  });

  it('stands still when it is a file’s', async () => {
    await symlink('nowhere.yaml', join(root, 'ops/workflows/c.yaml'));
    expect(await loader.observe(source, ops, [])).toMatchObject({ complete: true, settled: true });
  });
});

describe('a volume that is swapped by a link', () => {
  it('is read through the link and never by its own name', async () => {
    await rename(join(root, 'ops'), join(base, 'content'));
    await mkdir(join(root, 'ops/..2031'), { recursive: true });
    await rename(join(base, 'content', 'workflows'), join(root, 'ops/..2031/workflows'));
    await rename(join(base, 'content', 'pack.yaml'), join(root, 'ops/..2031/pack.yaml'));
    await symlink('..2031', join(root, 'ops/..data'));
    await symlink('..data/workflows', join(root, 'ops/workflows'));
    await symlink('..data/pack.yaml', join(root, 'ops/pack.yaml'));
    const { files, complete } = await loader.observe(source, ops, []);
    expect([[...files.keys()], complete]).toEqual([
      ['ops/pack.yaml', 'ops/workflows/a.yaml', 'ops/workflows/b.yaml'],
      true,
    ]);
  });
});

describe.each(accesses)('a root, looked at %s', (_, access) => {
  it('is told apart when it is missing, a file, or another directory than before', async () => {
    const first = await scanRoot(access, place());
    expect((await scanRoot(access, { source, path: join(root, 'none') })).state).toBe('missing');
    expect((await scanRoot(access, { source, path: join(root, 'ops/pack.yaml') })).state).toBe(
      'not_directory',
    );
    await rename(root, join(base, 'old'));
    await mkdir(root);
    const second = await scanRoot(access, place());
    expect(first.state === 'listed' && second.state === 'listed' && first.identity !== second.identity).toBe(
      true,
    );
  });

  it('that is a link is resolved anew at each scan', async () => {
    await rename(root, join(base, 'one'));
    await symlink('one', root);
    expect(await scanRoot(access, place())).toMatchObject({ state: 'listed', dirs: ['ops'] });
    await mkdir(join(base, 'two/web'), { recursive: true });
    await rm(root);
    await symlink('two', root);
    expect(await scanRoot(access, place())).toMatchObject({ state: 'listed', dirs: ['web'] });
  });

  it('ends with two links that lead to each other', async () => {
    await symlink('y', join(root, 'x'));
    await symlink('x', join(root, 'y'));
    expect(await scanPack(access, place(), 'x' as PackDir, [])).toMatchObject({ complete: false });
  });
});

describe('reload one', () => {
  it('reads and parses the changed file, and none of its pack mates', async () => {
    // Written long ago, for the index: what was written a moment ago could be written once more unseen.
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000);
    const checkAll = async () => {
      const { files } = await loader.observe(source, ops, []);
      for (const file of files.values()) await loader.check(source, file);
    };
    await checkAll();
    expect([read.mock.calls.length, loader.parsedCount()]).toEqual([3, 3]);
    await put('ops/workflows/a.yaml', flow(9));
    await checkAll();
    expect(read.mock.calls.slice(3).map(([, path]) => path.split('/').at(-1))).toEqual(['a.yaml']);
    expect(loader.parsedCount()).toBe(4);
  });

  it('reads a file again that was written a moment before it was read', async () => {
    await loader.observe(source, ops, []);
    await loader.observe(source, ops, []);
    expect(read).toHaveBeenCalledTimes(6);
  });

  it('calls a pack unsettled while a file in it changes, and when one vanishes', async () => {
    read.mockResolvedValueOnce({ state: 'changing' });
    expect((await loader.observe(source, ops, [])).settled).toBe(false);
    expect((await loader.observe(source, ops, [])).settled).toBe(true);
    expect(await reading.readListed(pooled, join(root, 'ops/none.yaml'), 100)).toEqual({ state: 'changing' });
  });

  it('finds a file that is written again while it waits to be checked', async () => {
    const { files } = await loader.observe(source, ops, []);
    const file = files.get('ops/workflows/a.yaml' as PackPath);
    loader.release(source, ops);
    await put('ops/workflows/a.yaml', flow(7));
    expect(file && (await loader.check(source, file))).toBeUndefined();
  });
});

describe('the file index', () => {
  const stats = (ctimeNs: bigint, size = 5n) => ({ dev: 1n, ino: 2n, size, mtimeNs: 3n, ctimeNs }) as never;
  const path = 'ops/workflows/a.yaml' as PackPath;
  const digest = 'd' as Digest;
  const second = 1_000_000_000n;

  it('believes an entry whose file had stood still for two seconds', () => {
    const index = createFileIndex();
    index.record(source, path, stats(0n), digest, 2n * second);
    expect(index.lookUp(source, path, stats(0n))).toBe(digest);
    expect(index.lookUp(source, path, stats(1n))).toBeUndefined();
    expect(index.lookUp(source, path, stats(0n, 6n))).toBeUndefined();
    index.record(source, path, stats(0n), digest, 2n * second - 1n);
    expect(index.lookUp(source, path, stats(0n))).toBeUndefined();
  });

  it('forgets what is not listed any more', () => {
    const index = createFileIndex();
    index.record(source, path, stats(0n), digest, 9n * second);
    index.retain(source, 'web', new Set());
    expect(index.size()).toBe(1);
    index.retain(source, 'ops', new Set());
    expect(index.size()).toBe(0);
  });
});

describe('the parse cache', () => {
  const checked = (length: number): CheckedFile => ({
    role: 'workflow',
    ...{ file: undefined, findings: [], claim: undefined, link: undefined },
    text: 'x'.repeat(length),
  });
  const name = (index: number) => `digest ${index}` as Digest;

  it('drops what was not asked for longest when it is full, and never keeps what does not fit', async () => {
    const cache = createParseCache(30_000);
    for (let index = 0; index < 4; index += 1) {
      await cache.set('workflow', name(index), checked(1000));
      cache.get('workflow', name(0));
    }
    expect([0, 1, 2, 3].map((index) => cache.get('workflow', name(index)) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    await cache.set('workflow', name(9), checked(10_000));
    expect(cache.get('workflow', name(9))).toBeUndefined();
  });

  it('lets go of what nobody asks for, and keeps what is asked for', async () => {
    const cache = createParseCache(30_000, 700);
    await cache.set('workflow', name(0), checked(1000));
    const one = cache.bytes();
    await cache.set('workflow', name(1), checked(1000));
    await until(() => cache.get('workflow', name(0)) !== undefined && cache.bytes() === one);
    expect(cache.get('workflow', name(1))).toBeUndefined();
  });

  it('lets go of everything when it is left alone, each time', async () => {
    const cache = createParseCache(30_000, 20);
    for (const index of [0, 1]) {
      await cache.set('workflow', name(index), checked(1000));
      await until(() => cache.bytes() === 0);
    }
  });

  it('keeps the same bytes apart by role', async () => {
    const cache = createParseCache(30_000);
    await cache.set('workflow', name(0), checked(1));
    expect(cache.get('action', name(0))).toBeUndefined();
    expect(cache.get('workflow', name(0))).toBeDefined();
  });

  it('keeps nothing where it has no room at all', async () => {
    const cache = createParseCache(0);
    await cache.set('workflow', name(0), checked(1));
    expect([cache.get('workflow', name(0)), cache.bytes()]).toEqual([undefined, 0]);
  });
});

describe('the checker', () => {
  const large = (bytes: number) => Buffer.from(`${flow()}# ${'x'.repeat(bytes)}\n`);
  const withChecker = async (
    options: Partial<CheckerOptions>,
    work: (of: ReturnType<typeof createChecker>) => Promise<void>,
  ) => {
    const checker = createChecker({ strict: false, ...options });
    try {
      await work(checker);
    } finally {
      await checker.close();
    }
  };

  it('says of a large file on its worker what it says of it at once', () =>
    withChecker({}, async (checker) => {
      const checked = await checker.check('workflow', large(100_000));
      const { text, ...rest } = await checker.check('workflow', large(10));
      expect({ ...checked, text: '' }).toEqual({ ...rest, text: '' });
      expect(text.length).toBeLessThan(checked.text.length);
    }));

  it('gives up a file that takes too long, and goes on with the next', () =>
    withChecker({ limitMs: 1 }, async (checker) => {
      const [first, second] = await Promise.all([
        checker.check('workflow', large(900_000)),
        checker.check('workflow', large(10)),
      ]);
      expect(first.findings.map((one) => one.code)).toEqual(['READ_TOO_SLOW']);
      expect(second.findings).toEqual([]);
    }));

  it('gives up a file that takes too much memory, and lives', () =>
    withChecker({ heapMb: 4 }, async (checker) => {
      const { findings } = await checker.check('workflow', large(900_000));
      expect(findings).toMatchObject([{ code: 'READ_TOO_SLOW' }]);
      expect(findings[0]?.message).toContain('4 MB');
    }));

  it.runIf(process.platform === 'linux')(
    'lets its worker go after a quiet time, and starts another for the next file',
    () =>
      withChecker({ idleMs: 200 }, async (checker) => {
        const threads = () => readdirSync('/proc/self/task').length;
        await checker.check('workflow', large(100_000));
        const busy = threads();
        await until(() => threads() < busy, { what: 'the worker ends' });
        expect((await checker.check('workflow', large(100_000))).findings).toEqual([]);
      }),
  );

  it('turns a file down that it was closed over', () =>
    withChecker({}, async (checker) => {
      const running = checker.check('workflow', large(900_000));
      const waiting = checker.check('workflow', large(900_000));
      const ended = Promise.allSettled([running, waiting]);
      await until(async () => true);
      await checker.close();
      for (const one of await ended)
        expect(one).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    }));
});

describe('load all', () => {
  it('holds the event loop for less than 100 ms at a time while 2,000 files are read and checked', async () => {
    const body = Array.from({ length: 12 }, (_, k) => `  - name: t${k}\n    action: core.noop\n`).join('');
    const write = (index: number) =>
      put(`ops/workflows/w${index}.yaml`, `version: 1.0.0\nvars:\n  x: ${index}\ntasks:\n${body}`);
    for (let index = 0; index < 2000; index += 50)
      await Promise.all(Array.from({ length: 50 }, (_, offset) => write(index + offset)));
    const turns = measureTurns();
    const { files } = await loader.observe(source, ops, []);
    await Promise.all([...files.values()].map((file) => loader.check(source, file)));
    const longestMs = turns.stop();
    console.log(`longest turn while 2,000 files were read and checked: ${longestMs.toFixed(0)} ms of CPU`);
    expect(loader.parsedCount()).toBe(2003);
    expect(longestMs).toBeLessThan(100);
  });
});

describe('size and time', () => {
  it('finds an edit that keeps both, by the time the file system keeps itself', async () => {
    const at = new Date(1_700_000_000_000);
    const file = join(root, 'ops/workflows/a.yaml');
    await utimes(file, at, at);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000);
    const first = await loader.observe(source, ops, []);
    expect(read).toHaveBeenCalledTimes(3);
    await writeFile(file, flow(8));
    await utimes(file, at, at);
    const second = await loader.observe(source, ops, []);
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });
});
