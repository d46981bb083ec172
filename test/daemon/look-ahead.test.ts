// Packs that are looked at before a pass does: what is found is what the pass finds, and a file written meanwhile is read anew.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLookAhead } from '../../src/daemon/look-ahead.ts';
import { packConcurrency } from '../../src/daemon/system-clock.ts';
import { createLoader, type Loader } from '../../src/load/load.ts';
import type { ObservedPack } from '../../src/model/listing.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { until } from '../support/wait.ts';

const source = 'root:test' as SourceName;
const dirs = Array.from({ length: 6 }, (_, index) => `pack_${index}` as PackDir);
const flow = (label: string) =>
  `version: 1.0.0\nlabel: ${label}\ntasks:\n  - name: a\n    action: core.noop\n`;
let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pw-ahead-'));
  for (const dir of dirs) {
    await mkdir(join(base, dir, 'workflows'), { recursive: true });
    await writeFile(join(base, dir, 'pack.yaml'), `ref: ${dir}\nversion: 1.0.0\n`);
    for (let index = 0; index < 70; index += 1)
      await writeFile(join(base, dir, `workflows/w${index}.yaml`), flow(`w${index} of ${dir}`));
  }
});
afterEach(() => rm(base, { recursive: true, force: true }));

const open = () =>
  createLoader({
    ...{ roots: [{ source, path: base }], maxFileBytes: 4000, cacheBytes: 1 << 24, strict: false },
    concurrency: 2,
  });

async function sayAll(loader: Loader) {
  const observed = await Promise.all(
    dirs.map((dir) => loader.observe(source, dir, [], false, () => undefined)),
  );
  const files = observed.flatMap((pack) => [...pack.files.values()]);
  return { files, checked: await Promise.all(files.map((file) => loader.check(source, file))) };
}

it('changes nothing of what a pass sees, whatever was written since', async () => {
  const [ahead, plain] = [open(), open()];
  try {
    ahead.prepare();
    const looking = createLookAhead(ahead, [source]);
    looking.begin();
    await until(() => ahead.fileCount() > 80, { what: 'the first packs were looked at' });
    await looking.end();
    const seen = ahead.fileCount();
    // Nothing counts as parsed before it is asked for.
    expect(ahead.parsedCount()).toBe(0);
    await writeFile(join(base, 'pack_0/workflows/w3.yaml'), flow('another'));
    await writeFile(join(base, 'pack_0/workflows/w4.yaml'), 'tasks: [');
    await rm(join(base, 'pack_0/workflows/w5.yaml'));
    const said = await sayAll(ahead);
    expect(said).toEqual(await sayAll(plain));
    expect(
      said.checked[said.files.findIndex(({ path }) => path === 'pack_0/workflows/w3.yaml')],
    ).toMatchObject({
      file: { label: 'another' },
    });
    expect(seen).toBeGreaterThan(80);
    expect(ahead.parsedCount()).toBe(said.files.length);
  } finally {
    await Promise.all([ahead.close(), plain.close()]);
  }
});

it('begins when it is told, ends with what is under way, and keeps what goes wrong for the pass', async () => {
  const looked: PackDir[] = [];
  const waiting: (() => void)[] = [];
  const fake = (dirsThere: readonly PackDir[] | Error): Pick<Loader, 'scanRoot' | 'observe'> => ({
    async scanRoot() {
      if (dirsThere instanceof Error) throw dirsThere;
      return { state: 'listed', source, identity: '', dirs: dirsThere, refused: [] };
    },
    observe(_, dir) {
      looked.push(dir);
      return new Promise((resolve) => waiting.push(() => resolve({} as ObservedPack)));
    },
  });
  const dirs = Array.from({ length: 2 * packConcurrency }, (_, index) => `pack_${index}` as PackDir);
  const idle = createLookAhead(fake(dirs), [source]);
  await idle.end();
  expect(looked).toEqual([]);
  const busy = createLookAhead(fake(dirs), [source]);
  busy.begin();
  await until(() => looked.length === packConcurrency, { what: 'a few are looked at' });
  let isOver = false;
  const ended = busy.end().then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  for (const finish of waiting) finish();
  await ended;
  expect(looked).toEqual(dirs.slice(0, packConcurrency));
  const broken = createLookAhead(fake(new Error('no')), [source]);
  broken.begin();
  await broken.end();
});
