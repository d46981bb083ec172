// Whether a pack is still as it was read, and whether it is another one than at the look before.
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pooled } from '../../src/load/file-access.ts';
import { createLoader, type Loader } from '../../src/load/load.ts';
import { createRootAccesses } from '../../src/load/root-access.ts';
import type { PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { workflowText } from '../support/pack-text.ts';

const source = 'root:main' as SourceName;
const ops = 'ops' as PackDir;
let base: string;
let root: string;
let loader: Loader;

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const look = (extra: readonly string[] = [], insists = false) =>
  loader.observe(source, ops, extra as PackPath[], insists);

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'stands-'));
  root = join(base, 'root');
  await put('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
  await put('ops/workflows/a.yaml', workflowText());
  await put('ops/graphs/g.yaml', workflowText());
  loader = createLoader({
    ...{ roots: [{ source, path: root }], maxFileBytes: 1 << 20, cacheBytes: 1 << 20 },
    ...{ concurrency: 2, strict: false },
  });
});
afterEach(async () => {
  await loader.close();
  await rm(base, { recursive: true, force: true });
});

const edits: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['an edit in place', () => put('ops/workflows/a.yaml', workflowText({ x: 2 }))],
  [
    'an edit that keeps size and mtime',
    async () => {
      const at = new Date(1_700_000_000_000);
      await put('ops/workflows/a.yaml', workflowText({ x: 2 }));
      await utimes(join(root, 'ops/workflows/a.yaml'), at, at);
    },
  ],
  [
    'a file that was renamed over it',
    async () => {
      await put('../next', workflowText({ x: 2 }));
      await rename(join(base, 'next'), join(root, 'ops/workflows/a.yaml'));
    },
  ],
  ['a new file', () => put('ops/workflows/b.yaml', workflowText())],
  ['a file that is gone', () => rm(join(root, 'ops/workflows/a.yaml'))],
  ['a directory that is gone', () => rm(join(root, 'ops/workflows'), { recursive: true })],
  ['a pack that is gone', () => rm(join(root, 'ops'), { recursive: true })],
  ['another manifest', () => put('ops/pack.yml', 'ref: ops\n')],
];

describe('a pack that was looked at', () => {
  it('stands while nothing of it changes', async () => {
    const seen = await look();
    await put('ops/README.md', 'nothing of ours');
    expect(await loader.stands(seen)).toBe(true);
  });

  it.each(edits)('does not stand after %s', async (_, act) => {
    const seen = await look();
    await act();
    expect(await loader.stands(seen)).toBe(false);
  });

  it('stands or falls with the files that actions link', async () => {
    const [narrow, wide] = [await look(), await look(['ops/graphs/g.yaml'])];
    expect(await loader.stands(wide)).toBe(true);
    await put('ops/graphs/g.yaml', workflowText({ x: 2 }));
    expect([await loader.stands(narrow), await loader.stands(wide)]).toEqual([true, false]);
  });

  it('does not stand while its work tree is being switched', async () => {
    await mkdir(join(base, '.git'));
    const seen = await look();
    expect(await loader.stands(seen)).toBe(true);
    await writeFile(join(base, '.git', 'index.lock'), '');
    expect(await loader.stands(seen)).toBe(false);
    expect(await loader.stands(await look([], true))).toBe(false);
  });

  it('is not taken as it is by a look that a tool was at work under', async () => {
    await mkdir(join(base, '.git'));
    await writeFile(join(base, '.git', 'index.lock'), '');
    const seen = await look([], true);
    await rm(join(base, '.git', 'index.lock'));
    await put('ops/workflows/a.yaml', workflowText({ x: 2 }));
    expect(await loader.stands(seen)).toBe(false);
  });

  it('does not stand when its root is gone', async () => {
    const seen = await look();
    await rm(root, { recursive: true });
    expect(await loader.stands(seen)).toBe(false);
  });

  it('is taken as it is by a look that insists', async () => {
    const seen = await look([], true);
    await put('ops/workflows/a.yaml', workflowText({ x: 2 }));
    expect(await loader.stands(seen)).toBe(true);
  });
});

describe('a look that was made ahead', () => {
  it('is as seen while nothing changes', async () => {
    const seen = await look();
    expect(await loader.isAsSeen(seen)).toBe(true);
  });

  it.each(edits)('is not as seen after %s', async (_, act) => {
    const seen = await look();
    await act();
    expect(await loader.isAsSeen(seen)).toBe(false);
  });

  it('is not as seen while its work tree is being switched, nor where it insisted', async () => {
    await mkdir(join(base, '.git'));
    const seen = await look();
    await writeFile(join(base, '.git', 'index.lock'), '');
    expect(await loader.isAsSeen(seen)).toBe(false);
    await rm(join(base, '.git', 'index.lock'));
    expect([await loader.isAsSeen(seen), await loader.isAsSeen(await look([], true))]).toEqual([true, false]);
  });

  it('is not as seen when a file was written once more within a tick of the clock', async () => {
    // As the file system shows it then: other bytes, everything else as before.
    const kept = new Map<string, Awaited<ReturnType<typeof pooled.lstat>>>();
    const paths = new Map<number, string>();
    const asBefore = async (path: string, now: Awaited<ReturnType<typeof pooled.lstat>>) => {
      if (!path.endsWith('a.yaml')) return now;
      kept.set(path, kept.get(path) ?? now);
      return kept.get(path) ?? now;
    };
    const access = {
      ...pooled,
      lstat: async (path: string) => asBefore(path, await pooled.lstat(path)),
      stat: async (path: string) => asBefore(path, await pooled.stat(path)),
      async open(path: string, flags: number) {
        const file = await pooled.open(path, flags);
        paths.set(file, path);
        return file;
      },
      fstat: async (file: number) => asBefore(paths.get(file) ?? '', await pooled.fstat(file)),
    };
    await loader.close();
    const roots = [{ source, path: root }];
    loader = createLoader({
      ...{ roots, accesses: createRootAccesses({ roots, access }), maxFileBytes: 1 << 20 },
      ...{ cacheBytes: 1 << 20, concurrency: 2, strict: false },
    });
    const seen = await look();
    expect(await loader.isAsSeen(seen)).toBe(true);
    await put('ops/workflows/a.yaml', workflowText({ x: 2 }));
    expect([await loader.stands(seen), await loader.isAsSeen(seen)]).toEqual([true, false]);
  });

  it('leaves its news to the next one when nobody makes use of it', async () => {
    await look();
    await put('ops/workflows/a.yaml', workflowText({ x: 2 }));
    loader.unseen(await look());
    expect([(await look()).compared, (await look()).compared]).toEqual(['changed', 'same']);
    loader.unseen(await look());
    expect((await look()).compared).toBe('same');
  });

  it('is worth it for directories that are known', async () => {
    expect(await loader.expect(source, ops)).toBe(false);
    await look();
    expect([await loader.expect(source, ops), await loader.expect(source, '.git' as PackDir)]).toEqual([
      true,
      false,
    ]);
  });
});

describe('a look beside the one before', () => {
  const compared = async (...extra: string[]) => (await look(extra)).compared;

  it('is the first, then the same', async () => {
    expect([await compared(), await compared(), await compared()]).toEqual(['first', 'same', 'same']);
  });

  it.each(edits)('shows %s as a change, once', async (what, act) => {
    await look();
    await act();
    // A manifest under its other name is a new file.
    expect([what, await compared()]).toEqual([what, 'changed']);
    expect(await compared()).not.toBe('changed');
  });

  it('is the same where no file can be read, and gone once the directory is', async () => {
    await rm(join(root, 'ops'), { recursive: true });
    await mkdir(join(root, 'ops/workflows'), { recursive: true });
    expect([await compared(), await compared(), await compared()]).toEqual(['first', 'same', 'same']);
    await put('ops/workflows/a.yaml', workflowText());
    expect([await compared(), await compared()]).toEqual(['changed', 'same']);
    await rm(join(root, 'ops'), { recursive: true });
    expect([await compared(), await compared()]).toEqual(['changed', 'first']);
  });

  it('does not show a touch, nor what a link led to for the first time', async () => {
    await look();
    await utimes(join(root, 'ops/workflows/a.yaml'), 1, 1);
    expect([await compared(), await compared('ops/graphs/g.yaml'), await compared()]).toEqual([
      'same',
      'same',
      'same',
    ]);
  });

  it('shows an edit of a linked file', async () => {
    await look(['ops/graphs/g.yaml']);
    await put('ops/graphs/g.yaml', workflowText({ x: 2 }));
    expect(await compared('ops/graphs/g.yaml')).toBe('changed');
  });

  it('keeps a change in mind until a look settles', async () => {
    await look();
    await put('ops/workflows/a.yaml', workflowText({ x: 2 }));
    await symlink('nowhere', join(root, 'ops/workflows/b.yaml'));
    const first = await look();
    await chmod(join(root, 'ops/workflows/a.yaml'), 0o600);
    expect([first.settled, first.compared, await compared()]).toEqual([true, 'changed', 'same']);
  });
});
