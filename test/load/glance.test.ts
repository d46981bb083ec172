// A glance tells of a pack that it is as it was only where a whole look would tell the same.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { direct } from '../../src/load/file-access.ts';
import { unlessKnown } from '../../src/load/fingerprints.ts';
import { glanceAt } from '../../src/load/glance.ts';
import { createListingMark } from '../../src/load/listing-mark.ts';
import { createLoader, type Loader } from '../../src/load/load.ts';
import { scanPack } from '../../src/load/scan.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { actionText, manifestText, workflowText } from '../support/pack-text.ts';
import { until } from '../support/wait.ts';

const source = 'root:main' as SourceName;
let base: string;
let root: string;

const at = (path: string) => join(root, path);
const put = async (path: string, text: string) => {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
};
const putPack = async (dir: string) => {
  await put(`${dir}/pack.yaml`, manifestText(dir));
  for (const name of ['a', 'b', 'é', '𝒳', '\uff5a'])
    await put(`${dir}/workflows/${name}.yaml`, workflowText());
  await put(`${dir}/actions/z.yml`, actionText(`${dir}.z`));
  await put(`${dir}/actions/workflows/w.yaml`, workflowText());
  await put(`${dir}/README.md`, 'x');
};
const listed = async (dir: string) =>
  unlessKnown(await scanPack(direct, { source, path: root }, dir as PackDir, []), undefined).listed?.mark;
const glance = (dir: string) => glanceAt(root, dir as PackDir);

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'glance-'));
  root = join(base, 'root');
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('the mark of a glance', () => {
  const twists: Readonly<Record<string, (dir: string) => Promise<unknown>>> = {
    'a link to a file': (dir) => symlink('a.yaml', at(`${dir}/workflows/l.yaml`)),
    'a link that leads nowhere': (dir) => symlink('nowhere', at(`${dir}/workflows/l.yaml`)),
    'a directory with the name of a file': (dir) => mkdir(at(`${dir}/workflows/d.yaml`)),
    'a pipe': async (dir) => execFileSync('mkfifo', [at(`${dir}/workflows/p.yaml`)]),
    'a name that is no UTF-8': (dir) =>
      writeFile(
        Buffer.concat([Buffer.from(at(`${dir}/workflows/`)), Buffer.from([0xff]), Buffer.from('.yaml')]),
        'x',
      ),
    'a directory behind a link': async (dir) => {
      await rename(at(`${dir}/workflows`), at(`${dir}/elsewhere`));
      await symlink('elsewhere', at(`${dir}/workflows`));
    },
    'a pack behind a link': async (dir) => {
      await rename(at(dir), at(`.${dir}`));
      await symlink(`.${dir}`, at(dir));
    },
    'a file in the place of a directory': async (dir) => {
      await rm(at(`${dir}/workflows`), { recursive: true });
      await put(`${dir}/workflows`, 'x');
    },
    'no sign of a pack': async (dir) => {
      for (const name of ['pack.yaml', 'workflows', 'actions'])
        await rm(at(`${dir}/${name}`), { recursive: true });
    },
    'no pack at all': (dir) => rm(at(dir), { recursive: true }),
  };

  it('is that of the whole listing where there is nothing but plain files', async () => {
    await putPack('plain');
    await put('other/pack.yml', manifestText('other'));
    await put('bare/workflows/a.yaml', workflowText());
    await mkdir(at('empty/workflows'), { recursive: true });
    for (const dir of ['plain', 'other', 'bare', 'empty']) expect(glance(dir), dir).toBe(await listed(dir));
  });

  it('is another after any change of a file, and the same after none', async () => {
    await putPack('edited');
    const file = at('edited/workflows/a.yaml');
    const marks = [glance('edited')];
    for (const edit of [
      () => writeFile(file, workflowText({ x: 22 })),
      () => utimes(file, 1_700_000_000, 1_700_000_000),
      () => chmod(file, 0o600),
      () => rename(file, at('edited/workflows/A.yaml')),
    ]) {
      await sleep(20); // more than a tick of the file system's clock
      await edit();
      marks.push(glance('edited'));
    }
    expect(new Set(marks).size).toBe(5);
    expect(marks).not.toContain(undefined);
    await put('edited/README.md', 'y');
    expect(glance('edited')).toBe(marks[4]);
  });

  it.each(Object.keys(twists))('is not there for %s', async (name) => {
    const dir = `twist_${Object.keys(twists).indexOf(name)}`;
    await putPack(dir);
    expect(glance(dir)).toBe(await listed(dir));
    await twists[name]?.(dir);
    expect(glance(dir)).toBeUndefined();
  });

  it('tells inodes apart that no number of a glance is exact for', () => {
    const mark = createListingMark();
    const stats = { dev: 1, ino: 2 ** 53, size: 1, mtimeMs: 1, ctimeMs: 1 };
    expect(mark.round('a', stats)).toBe(false);
    const exact = (ino: bigint) => {
      mark.exact('a', { dev: 1n, ino, size: 1n, mtimeNs: 1n, ctimeNs: 1n });
      return mark.end('');
    };
    expect(exact(2n ** 53n)).not.toBe(exact(2n ** 53n + 1n));
  });
});

describe.runIf(process.platform === 'linux')('a glance at many packs', () => {
  const dirs = Array.from({ length: 10 }, (_, index) => `pack_${index}` as PackDir);
  const loaders: Loader[] = [];
  const loaderOf = (concurrency: number) => {
    const limits = { maxFileBytes: 1 << 20, cacheBytes: 1 << 20, strict: false };
    const loader = createLoader({ roots: [{ source, path: root }], ...limits, concurrency });
    loaders.push(loader);
    return loader;
  };
  const observe = (loader: Loader, dir: PackDir) => loader.observe(source, dir, []);
  const keysOf = async (loader: Loader) => [...(await loader.glance(source, dirs)).keys()];

  /** What threads answer from now on arrives when it is released. */
  const holdAnswers = () => {
    const held: (() => void)[] = [];
    const emit = Worker.prototype.emit;
    const spy = vi.spyOn(Worker.prototype, 'emit').mockImplementation(function (this: Worker, ...event) {
      if ((event[0] as string) !== 'message') return emit.apply(this, event);
      held.push(() => emit.apply(this, event));
      return true;
    });
    const release = () => {
      spy.mockRestore();
      for (const answer of held) answer();
    };
    return { release, count: () => held.length };
  };

  beforeAll(async () => {
    for (const dir of dirs) await putPack(dir);
  });
  afterAll(() => Promise.all(loaders.map((loader) => loader.close())));

  it('tells which are as they were, and of those what was seen then', async () => {
    const loader = loaderOf(2);
    expect(await keysOf(loader)).toEqual([]);
    for (const dir of dirs) await observe(loader, dir);
    expect(await keysOf(loader), 'files as new as the look are not believed').toEqual([]);
    await sleep(2_100); // as long as a clock of the file system may hide a write
    const looks = new Map<string, Awaited<ReturnType<typeof observe>>>();
    for (const dir of dirs) looks.set(dir, await observe(loader, dir));
    await writeFile(at('pack_3/workflows/a.yaml'), workflowText({ x: 2 }));
    await rm(at('pack_4/workflows/a.yaml'));
    await put('pack_5/workflows/new.yaml', workflowText());
    await symlink('a.yaml', at('pack_6/workflows/link.yaml'));
    await rm(at('pack_7'), { recursive: true });
    await put('pack_8/notes.txt', 'x');
    const seen = await loader.glance(source, dirs);
    expect([...seen.keys()]).toEqual(['pack_0', 'pack_1', 'pack_2', 'pack_8', 'pack_9']);
    for (const [dir, pack] of seen) {
      expect(pack).toEqual({ ...looks.get(dir), compared: 'same' });
      expect(pack.files).toBe(looks.get(dir)?.files);
      expect(await loader.stands(pack)).toBe(true);
    }
  });

  it('says nothing of a pack that was looked at meanwhile', async () => {
    const loader = loaderOf(2);
    for (const dir of dirs) await observe(loader, dir);
    await sleep(2_100);
    for (const dir of dirs) await observe(loader, dir);
    const before = await keysOf(loader);
    expect(before).toContain('pack_0');
    const answers = holdAnswers();
    const asked = loader.glance(source, dirs);
    await until(() => answers.count() > 0, { what: 'the thread has answered' });
    await writeFile(at('pack_0/workflows/b.yaml'), workflowText({ x: 3 }));
    await observe(loader, 'pack_0' as PackDir);
    answers.release();
    const after = [...(await asked).keys()];
    expect(after).toEqual(before.filter((dir) => dir !== 'pack_0'));
  });
});
