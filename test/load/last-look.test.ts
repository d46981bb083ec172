// A pack whose listing is as it was is not looked into again, and what is told of it is what a first look tells.
import { chmod, link, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLoader, type Loader } from '../../src/load/load.ts';
import type { ObservedPack } from '../../src/model/listing.ts';
import type { PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { workflowText } from '../support/pack-text.ts';

const source = 'root:main' as SourceName;
let base: string;
let root: string;

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const loaders: Loader[] = [];
const newLoader = (concurrency: number) => {
  const limits = { maxFileBytes: 1 << 20, cacheBytes: 1 << 20, strict: false };
  const loader = createLoader({ roots: [{ source, path: root }], ...limits, concurrency });
  loaders.push(loader);
  return loader;
};
/** All packs at once, so that threads are used where there are any. */
const lookAll = async (loader: Loader, extra = true) => {
  const linked = (dir: string) => (extra ? [`${dir}/graphs/g.yaml` as PackPath] : []);
  const all = await Promise.all(dirs.map((dir) => loader.observe(source, dir, linked(dir))));
  return new Map(all.map((pack) => [pack.dir as string, pack]));
};
/** What must be alike in any two looks. */
const told = ({ compared: _, ...pack }: ObservedPack) => pack;

const atRest = new Date(1_700_000_000_000);
const edits: Readonly<Record<string, (dir: string) => Promise<unknown>>> = {
  nothing: async () => undefined,
  'what is no file of ours': (dir) => put(`${dir}/README.md`, 'x'),
  'an edit in place': (dir) => put(`${dir}/workflows/a.yaml`, workflowText({ x: 2 })),
  'an edit that keeps size and mtime': async (dir) => {
    await put(`${dir}/workflows/a.yaml`, workflowText({ x: 2 }));
    await utimes(join(root, dir, 'workflows/a.yaml'), atRest, atRest);
  },
  'a file that takes its place': async (dir) => {
    await put(`${dir}/next`, workflowText({ x: 2 }));
    await rename(join(root, dir, 'next'), join(root, dir, 'workflows/a.yaml'));
  },
  'a further file': (dir) => put(`${dir}/workflows/b.yaml`, workflowText()),
  'a further name': (dir) => link(join(root, dir, 'workflows/a.yaml'), join(root, dir, 'workflows/b.yaml')),
  'a file that is gone': (dir) => rm(join(root, dir, 'workflows/a.yaml')),
  'a file with another name': (dir) =>
    rename(join(root, dir, 'workflows/a.yaml'), join(root, dir, 'workflows/c.yaml')),
  'a link that leads nowhere': (dir) => symlink('nowhere.yaml', join(root, dir, 'workflows/d.yaml')),
  'a linked graph': (dir) => put(`${dir}/graphs/g.yaml`, workflowText({ x: 3 })),
  'a directory that is gone': (dir) => rm(join(root, dir, 'workflows'), { recursive: true }),
  'a directory that is closed': (dir) => chmod(join(root, dir, 'workflows'), 0o000),
  'a pack that is gone': (dir) => rm(join(root, dir), { recursive: true }),
};
const names = Object.keys(edits);
const dirs = names.map((_, index) => `pack_${index}` as PackDir);

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'last-look-'));
  root = join(base, 'root');
  for (const dir of dirs) {
    await put(`${dir}/pack.yaml`, `ref: ${dir}\nversion: 1.0.0\n`);
    await put(`${dir}/workflows/a.yaml`, workflowText({ x: 1 }));
    await put(`${dir}/graphs/g.yaml`, workflowText());
    await utimes(join(root, dir, 'workflows/a.yaml'), atRest, atRest);
  }
});
afterAll(async () => {
  await Promise.all(loaders.map((loader) => loader.close()));
  for (const dir of dirs) await chmod(join(root, dir, 'workflows'), 0o700).catch(() => undefined);
  await rm(base, { recursive: true, force: true });
});

describe('a look at a pack that was looked at before', () => {
  const seen: { first: Map<string, ObservedPack>; second: Map<string, ObservedPack>; loader: Loader }[] = [];

  it('believes nothing of files that are as new as the look before', async () => {
    const loader = newLoader(1);
    const [first, second] = [await lookAll(loader), await lookAll(loader)];
    for (const dir of dirs) {
      expect(second.get(dir)?.files).not.toBe(first.get(dir)?.files);
      expect(told(second.get(dir) as ObservedPack)).toEqual(told(first.get(dir) as ObservedPack));
    }
  });

  it('is answered by the look before where the listing is as it was, by threads or without', async () => {
    const both = [newLoader(1), newLoader(2)];
    for (const loader of both) loader.prepare();
    await sleep(2_100); // as long as a clock of the file system may hide a write
    for (const loader of both) {
      const [first, second] = [await lookAll(loader), await lookAll(loader)];
      seen.push({ first, second, loader });
      for (const dir of dirs) {
        expect(second.get(dir)?.files).toBe(first.get(dir)?.files);
        expect(second.get(dir)).toEqual({ ...first.get(dir), compared: 'same' });
        expect(await loader.stands(second.get(dir) as ObservedPack)).toBe(true);
      }
    }
  });

  it('is another where the look knows of fewer files', async () => {
    const loader = newLoader(1);
    await lookAll(loader);
    const fewer = await lookAll(loader, false);
    for (const dir of dirs) expect([...(fewer.get(dir)?.files.keys() ?? [])]).toHaveLength(2);
    const all = await lookAll(loader);
    for (const dir of dirs) expect([...(all.get(dir)?.files.keys() ?? [])]).toHaveLength(3);
  });

  it('tells after any change what a first look tells', async () => {
    for (const [index, name] of names.entries()) await edits[name]?.(dirs[index] as string);
    const fresh = await lookAll(newLoader(1));
    for (const { loader, second } of seen) {
      const third = await lookAll(loader);
      const standing: string[] = [];
      for (const [index, name] of names.entries()) {
        const dir = dirs[index] as string;
        expect(told(third.get(dir) as ObservedPack), name).toEqual(told(fresh.get(dir) as ObservedPack));
        if (await loader.stands(second.get(dir) as ObservedPack)) standing.push(name);
      }
      const closed = process.getuid?.() === 0 ? ['a directory that is closed'] : [];
      expect(standing).toEqual(['nothing', 'what is no file of ours', ...closed]);
    }
  });
});
