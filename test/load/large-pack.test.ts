// Of a large pack a look brings what is other than at the look before: after any change it tells what a first look tells.
import { chmod, link, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileIndex } from '../../src/load/file-index.ts';
import { type Listed, unlessKnown } from '../../src/load/fingerprints.ts';
import type { ListedFile } from '../../src/load/inspect.ts';
import { createLoader, type Loader } from '../../src/load/load.ts';
import type { PackListing } from '../../src/load/scan.ts';
import type { ObservedPack } from '../../src/model/listing.ts';
import type { Digest, PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { workflowText } from '../support/pack-text.ts';

const source = 'root:main' as SourceName;
const ops = 'ops' as PackDir;
const count = 560;
let base: string;
const loaders: Loader[] = [];
const at = (path: string) => join(base, 'root/ops', path);
const workflow = (index: number) => at(`workflows/w${index}.yaml`);
const newLoader = (concurrency: number) => {
  const limits = { maxFileBytes: 1 << 20, cacheBytes: 1 << 20, strict: false };
  const loader = createLoader({ roots: [{ source, path: join(base, 'root') }], ...limits, concurrency });
  loaders.push(loader);
  return loader;
};
const extra = ['ops/graphs/g.yaml' as PackPath];
const told = ({ compared: _, ...pack }: ObservedPack) => ({ ...pack, files: [...pack.files] });

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'large-'));
  for (const dir of ['actions/workflows', 'workflows', 'graphs']) await mkdir(at(dir), { recursive: true });
  await writeFile(at('pack.yaml'), 'ref: ops\nversion: 1.0.0\n');
  for (let index = 0; index < count; index += 1) await writeFile(workflow(index), workflowText({ x: index }));
  await sleep(2_100); // as long as a clock of the file system may hide a write
});
afterAll(async () => {
  await Promise.all(loaders.map((loader) => loader.close()));
  await rm(base, { recursive: true, force: true });
});

const edits: Readonly<Record<string, () => Promise<unknown>>> = {
  nothing: async () => undefined,
  'an edit in place': () => writeFile(workflow(7), workflowText({ x: 'a' })),
  'another edit of it at once': () => writeFile(workflow(7), workflowText({ x: 'b' })),
  'an edit that keeps size and mtime': async () => {
    await writeFile(workflow(8), workflowText({ x: 9 }));
    await utimes(workflow(8), 1, 1);
  },
  'a file that takes the place of another': async () => {
    await writeFile(at('next'), workflowText({ x: 'c' }));
    await rename(at('next'), workflow(559));
  },
  'the first file and the last': async () => {
    await writeFile(at('actions/a.yaml'), 'entry_point: a.sh\n');
    await writeFile(at('workflows/z.yaml'), workflowText());
  },
  'both gone': async () => {
    await rm(at('actions/a.yaml'));
    await rm(at('workflows/z.yaml'));
  },
  'several in a row gone, and one between them new': async () => {
    for (const index of [10, 100, 101, 102]) await rm(workflow(index));
    await writeFile(at('workflows/w1005.yaml'), workflowText());
  },
  'a file with another name': () => rename(workflow(20), at('workflows/v20.yaml')),
  'a further name': () => link(workflow(21), at('workflows/v21.yaml')),
  'names that are no usual ones': async () => {
    for (const name of ['a\nb.yaml', 'é.yaml', '\u{1F600}.yaml', '\ufb00.yaml'])
      await writeFile(at(`workflows/${name}`), workflowText());
  },
  'an edit of one of them': () => writeFile(at('workflows/a\nb.yaml'), workflowText({ x: 3 })),
  'a link that leads nowhere': () => symlink('nowhere.yaml', at('workflows/d.yaml')),
  'a link out of the root': () => symlink('/etc/hostname', at('workflows/e.yaml')),
  'a directory in place of a file': async () => {
    await rm(workflow(30));
    await mkdir(workflow(30));
  },
  'a linked graph': () => writeFile(at('graphs/g.yaml'), workflowText()),
  'no linked graph': () => rm(at('graphs/g.yaml')),
  'a file too large': () => writeFile(workflow(31), 'x'.repeat((1 << 20) + 1)),
  'a hundred files': async () => {
    for (let index = 200; index < 300; index += 1) await writeFile(workflow(index), workflowText({ x: 'd' }));
  },
  'a directory that is closed': () => chmod(at('workflows'), 0o000),
  'and open again': () => chmod(at('workflows'), 0o755),
  'so many gone that it is no large pack': async () => {
    for (let index = 300; index < 550; index += 1) await rm(workflow(index));
  },
  'and back': async () => {
    for (let index = 300; index < 550; index += 1) await writeFile(workflow(index), workflowText());
  },
  'no manifest': () => rm(at('pack.yaml')),
  'nothing at all': () => rm(at(''), { recursive: true }),
};

describe('a look at a large pack', () => {
  it('stands by a glance while nothing of it changes', async () => {
    const loader = newLoader(2);
    loader.prepare();
    const seen = await loader.observe(source, ops, []);
    expect((await loader.glance(source, [ops])).size).toBe(1);
    expect(await loader.stands(seen)).toBe(true);
    await writeFile(workflow(3), workflowText({ x: 'other' }));
    expect(await loader.stands(seen)).toBe(false);
    const again = await loader.observe(source, ops, []);
    await writeFile(at('workflows/new.yaml'), workflowText());
    expect(await loader.stands(again)).toBe(false);
    await rm(at('workflows/new.yaml'));
    expect(await loader.stands(again)).toBe(true);
  });

  it('tells after each change what a first look tells, by threads or without, and stands until the next', async () => {
    const threaded = newLoader(2);
    const both = [newLoader(1), threaded];
    threaded.prepare();
    for (const loader of both) await loader.observe(source, ops, extra);
    const unchanged: string[] = [];
    let before: readonly ObservedPack[] = [];
    for (const [name, act] of Object.entries(edits)) {
      await act();
      const first = told(await newLoader(1).observe(source, ops, extra));
      const isStanding = await Promise.all(before.map((pack, index) => both[index]?.stands(pack)));
      const isClosed = name.includes('closed') || name.includes('open');
      if (before.length > 0 && !(isClosed && process.getuid?.() === 0))
        expect([name, isStanding]).toEqual([name, before.map(() => name === 'nothing')]);
      before = await Promise.all(both.map((loader) => loader.observe(source, ops, extra)));
      for (const pack of before) {
        expect([name, told(pack)]).toEqual([name, first]);
      }
      if (before.every(({ compared }) => compared === 'same')) unchanged.push(name);
      // What was written a moment ago has to be read again, whatever a glance says.
      const glanced = await threaded.glance(source, [ops]);
      if (name === 'an edit in place') expect(glanced.size).toBe(0);
    }
    // What cannot be read, or is linked for the first time, no look tells as a change.
    expect(unchanged).toEqual([
      ...['nothing', 'a link that leads nowhere', 'a link out of the root', 'a directory in place of a file'],
      ...['a linked graph', 'no linked graph', 'a file too large'],
      ...['a directory that is closed', 'and open again'],
    ]);
  });
});

describe('what is kept of a look', () => {
  const keptOf = (files: number, racy: number) => {
    const index = createFileIndex();
    const listed = Array.from({ length: files }, (_, at) => fileAt(at, 1));
    const digest = 'd' as Digest;
    const seen = new Map(listed.map(({ path, role }) => [path, { path, role, digest, findings: [] }]));
    for (const [at, file] of listed.entries()) {
      if ('refused' in file) throw new Error('it is a file');
      // A write in the moment of the reading may leave the stats as they are.
      index.record(source, file.path, file.stats, digest, at < racy ? 1_000_000_000n : 9_000_000_000n);
    }
    const look = {
      source,
      dir: ops,
      state: 'pack',
      files: seen,
      listed: { mark: 'x', text: undefined },
      fingerprint: () => '',
    } as const;
    index.keep({ ...look, doubtful: index.doubtful(source, ops, listed, seen) });
    return index.last(source, ops)?.doubtful.length;
  };

  it('is all, but that what was written just before it is read again', () => {
    expect([keptOf(600, 0), keptOf(600, 3), keptOf(600, 64)]).toEqual([0, 3, 64]);
  });

  it('is nothing where too much of it is to be read again, or the pack is small', () => {
    expect([keptOf(600, 65), keptOf(400, 1), keptOf(400, 0)]).toEqual([undefined, undefined, 0]);
  });
});

const fileAt = (index: number, size: number) =>
  ({
    ...{ path: `ops/workflows/w${String(index).padStart(4, '0')}.yaml`, role: 'workflow', realPath: '' },
    stats: { dev: 1n, ino: BigInt(index), size: BigInt(size), mtimeNs: 0n, ctimeNs: 0n },
  }) as unknown as ListedFile;

describe('a listing beside one that is known', () => {
  const listingOf = (files: readonly ListedFile[], settled = true): PackListing => ({
    ...{ state: 'pack', files, complete: true, settled, trouble: [] },
  });
  const files = Array.from({ length: 1_000 }, (_, index) => fileAt(index, 1));
  const known = unlessKnown(listingOf(files), undefined).listed;
  const beside = (others: readonly ListedFile[], settled = true): Listed =>
    unlessKnown(listingOf(others, settled), known);

  it('comes back as what is other, and as nothing where nothing is', () => {
    expect(beside(files)).toEqual({ listing: 'same' });
    const others = files.map((file, index) => (index === 500 ? fileAt(500, 2) : file)).slice(1);
    expect(beside(others).listing).toEqual({
      state: 'changed',
      files: [fileAt(500, 2)],
      gone: [files[0]?.path],
    });
  });

  it('comes back as a whole where an entry was gone meanwhile, or the pack is not large', () => {
    expect(beside(files, false).listing).toMatchObject({ state: 'pack', files });
    expect(beside(files.slice(0, 400)).listing).toMatchObject({ state: 'pack', files: files.slice(0, 400) });
  });
});
