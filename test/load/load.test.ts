// The loader on real files: what it lists, what it reads, what it parses, and what it refuses.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoader, type Loader } from '../../src/load/load.ts';
import type { ObservedPack } from '../../src/model/listing.ts';
import type { PackDir, PackPath, SourceName } from '../../src/model/pack.ts';

const source = 'root:test' as SourceName;
const ops = 'ops' as PackDir;
const maxFileBytes = 1024 * 1024;
const workflow = (label: string) =>
  `label: ${label}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.noop\n`;

let base: string;
let root: string;
let loader: Loader;

const create = (path = root) =>
  createLoader({
    roots: [{ source, path }],
    maxFileBytes,
    cacheBytes: 1 << 24,
    concurrency: 2,
    strict: false,
  });

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

const pathsOf = (observed: ObservedPack) => [...observed.files.keys()];
const fileOf = (observed: ObservedPack, path: string) => {
  const file = observed.files.get(path as PackPath);
  if (!file) throw new Error(`${path} was not observed`);
  return file;
};
const codeOf = (observed: ObservedPack, path: string) => fileOf(observed, path).findings[0]?.code;

async function checkAll(observed: ObservedPack) {
  return Promise.all([...observed.files.values()].map((file) => loader.check(source, file)));
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pw-load-'));
  root = join(base, 'root');
  await put('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
  await put('ops/workflows/a.yaml', workflow('A'));
  await put('ops/workflows/b.yml', workflow('B'));
  await put('ops/actions/act.yaml', 'ref: ops.act\nlabel: Act\nrunner_type: shell\nentry_point: act.sh\n');
  await put('ops/actions/workflows/c.workflow.yaml', workflow('C'));
  loader = create();
});

afterEach(async () => {
  await loader.close();
  await rm(base, { recursive: true, force: true });
});

describe('pack scan', () => {
  it('lists directories that may be packs in byte order, hidden ones and node_modules left out', async () => {
    for (const dir of ['zeta', 'Alpha', '.git', 'node_modules']) await mkdir(join(root, dir));
    await put('notes.txt', 'no pack');
    const listing = await loader.scanRoot(source);
    expect(listing).toMatchObject({ state: 'listed', dirs: ['Alpha', 'ops', 'zeta'] });
  });

  it.each([
    ['missing', async () => rm(root, { recursive: true })],
    [
      'not_directory',
      async () => {
        await rm(root, { recursive: true });
        await writeFile(root, '');
      },
    ],
  ])('tells a root that is %s apart from an empty one', async (state, act) => {
    await act();
    expect((await loader.scanRoot(source)).state).toBe(state);
  });

  it('follows a pack directory that is a link inside the root and refuses one that leads out', async () => {
    await symlink(join(root, 'ops'), join(root, 'alias'));
    await mkdir(join(base, 'elsewhere'));
    await symlink(join(base, 'elsewhere'), join(root, 'outside'));
    const listing = await loader.scanRoot(source);
    if (listing.state !== 'listed') throw new Error(listing.reason);
    expect(listing.dirs).toEqual(['alias', 'ops']);
    expect(listing.refused).toMatchObject([{ path: 'outside', finding: { code: 'READ_OUTSIDE_ROOT' } }]);
  });

  it('tells an absent pack, another directory and a pack apart', async () => {
    await mkdir(join(root, 'docs'));
    await mkdir(join(root, 'bare', 'workflows'), { recursive: true });
    const stateOf = async (dir: string) => (await loader.observe(source, dir as PackDir, [])).state;
    expect(await Promise.all(['gone', 'docs', 'bare', 'ops'].map(stateOf))).toEqual([
      'absent',
      'other',
      'pack',
      'pack',
    ]);
  });
});

describe('file scan', () => {
  it('finds manifest, actions and workflows by their place, and no editor file', async () => {
    for (const name of ['.a.yaml.swp', 'a.yaml~', '#a.yaml#', '.#a.yaml', '4913', 'x.yaml.tmp', '.x.yaml'])
      await put(`ops/workflows/${name}`, 'x');
    await put('ops/rules/r.yaml', 'not: ours');
    expect(pathsOf(await loader.observe(source, ops, []))).toEqual([
      'ops/actions/act.yaml',
      'ops/actions/workflows/c.workflow.yaml',
      'ops/pack.yaml',
      'ops/workflows/a.yaml',
      'ops/workflows/b.yml',
    ]);
  });

  it('refuses what is no plain file inside the root, each with its code, and ends', async () => {
    const at = (name: string) => join(root, 'ops/workflows', name);
    execFileSync('mkfifo', [at('fifo.yaml')]);
    await mkdir(at('directory.yaml'));
    await symlink('loop.yaml', at('loop.yaml'));
    await symlink('nowhere.yaml', at('dangling.yaml'));
    await writeFile(join(base, 'secret.yaml'), workflow('Secret'));
    await symlink(join(base, 'secret.yaml'), at('outside.yaml'));
    await symlink(at('a.yaml'), at('inside.yaml'));
    const observed = await loader.observe(source, ops, []);
    const codes = Object.fromEntries(
      ['fifo', 'directory', 'loop', 'dangling', 'outside', 'inside'].map((name) => [
        name,
        codeOf(observed, `ops/workflows/${name}.yaml`),
      ]),
    );
    expect(codes).toEqual({
      fifo: 'READ_NOT_REGULAR',
      directory: 'READ_NOT_REGULAR',
      loop: 'READ_LINK_LOOP',
      dangling: 'READ_FAILED',
      outside: 'READ_OUTSIDE_ROOT',
      inside: undefined,
    });
  });

  it('shows a name that is no UTF-8 percent-encoded instead of losing it', async () => {
    await writeFile(
      Buffer.concat([Buffer.from(`${root}/ops/workflows/bad`), Buffer.from([0xff]), Buffer.from('.yaml')]),
      workflow('Bad'),
    );
    expect(codeOf(await loader.observe(source, ops, []), 'ops/workflows/bad%FF.yaml')).toBe('READ_BAD_NAME');
  });

  it('lists each real directory once', async () => {
    await rm(join(root, 'ops/actions/workflows'), { recursive: true });
    await symlink(join(root, 'ops/workflows'), join(root, 'ops/actions/workflows'));
    const paths = pathsOf(await loader.observe(source, ops, []));
    expect(paths.filter((path) => path.endsWith('/a.yaml'))).toHaveLength(1);
  });

  it('lists a directory at its own place, whatever links to it', async () => {
    await rm(join(root, 'ops/actions'), { recursive: true });
    const before = pathsOf(await loader.observe(source, ops, []));
    for (const target of ['workflows', '.']) {
      await symlink(target, join(root, 'ops/actions'));
      expect(pathsOf(await loader.observe(source, ops, []))).toEqual(before);
      await rm(join(root, 'ops/actions'));
    }
  });

  it.runIf(process.getuid?.() !== 0)(
    'calls a listing incomplete when a directory cannot be read',
    async () => {
      await chmod(join(root, 'ops/workflows'), 0);
      const observed = await loader.observe(source, ops, []);
      await chmod(join(root, 'ops/workflows'), 0o755);
      expect(observed.complete).toBe(false);
    },
  );
});

describe('load one', () => {
  it('reads and parses the one file that is asked for', async () => {
    const observed = await loader.observe(source, ops, []);
    const checked = await loader.check(source, fileOf(observed, 'ops/workflows/a.yaml'));
    expect(checked?.file).toMatchObject({ role: 'workflow', label: 'A' });
    expect(loader.parsedCount()).toBe(1);
  });

  it('gives nothing for bytes that are no longer those that were observed', async () => {
    const observed = await loader.observe(source, ops, []);
    loader.release(source, ops);
    await put('ops/workflows/a.yaml', workflow('Another'));
    expect(await loader.check(source, fileOf(observed, 'ops/workflows/a.yaml'))).toBeUndefined();
  });
});

describe('load all', () => {
  it('parses each file once, and none of them a second time', async () => {
    await checkAll(await loader.observe(source, ops, []));
    expect(loader.parsedCount()).toBe(5);
    await checkAll(await loader.observe(source, ops, []));
    expect(loader.parsedCount()).toBe(5);
    expect(loader.fileCount()).toBe(5);
  });
});

describe('reload one', () => {
  it('parses the changed file and leaves its pack mates alone', async () => {
    await checkAll(await loader.observe(source, ops, []));
    await put('ops/workflows/b.yml', workflow('B again'));
    const checked = await checkAll(await loader.observe(source, ops, []));
    expect(loader.parsedCount()).toBe(6);
    expect(checked.map((one) => one?.file && 'label' in one.file && one.file.label)).toContain('B again');
  });

  it.each(['in place', 'by rename'])('finds an edit %s that keeps size and mtime', async (how) => {
    const path = join(root, 'ops/workflows/a.yaml');
    const before = fileOf(await loader.observe(source, ops, []), 'ops/workflows/a.yaml').digest;
    const { mtime, atime } = await import('node:fs/promises').then((fs) => fs.stat(path));
    const text = (await readFile(path, 'utf8')).replace('label: A', 'label: Z');
    if (how === 'in place') await writeFile(path, text);
    else {
      await writeFile(join(base, 'temp'), text);
      await rename(join(base, 'temp'), path);
    }
    await utimes(path, atime, mtime);
    expect(fileOf(await loader.observe(source, ops, []), 'ops/workflows/a.yaml').digest).not.toBe(before);
  });

  it('sees the same twice where nothing changed', async () => {
    const first = await loader.observe(source, ops, []);
    expect((await loader.observe(source, ops, [])).fingerprint).toBe(first.fingerprint);
    await rm(join(root, 'ops/workflows/a.yaml'));
    expect((await loader.observe(source, ops, [])).fingerprint).not.toBe(first.fingerprint);
  });
});

describe('size limit', () => {
  const padded = (bytes: number) =>
    workflow('Big')
      .padEnd(bytes - 1, '#')
      .concat('\n');

  it('takes exactly the limit and refuses one byte more, unread', async () => {
    await put('ops/workflows/exact.yaml', padded(maxFileBytes));
    await put('ops/workflows/over.yaml', padded(maxFileBytes + 1));
    const observed = await loader.observe(source, ops, []);
    expect(codeOf(observed, 'ops/workflows/over.yaml')).toBe('READ_TOO_BIG');
    const exact = fileOf(observed, 'ops/workflows/exact.yaml');
    expect(exact.findings).toEqual([]);
    expect((await loader.check(source, exact))?.file).toMatchObject({ label: 'Big' });
  });

  it('checks a large file without blocking the event loop for as long as it takes', async () => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `  k${index}: 1`).join('\n');
    await put('ops/workflows/keys.yaml', `version: 1.0.0\nvars:\n${keys}\ntasks: []\n`);
    const observed = await loader.observe(source, ops, []);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const checked = await loader.check(source, fileOf(observed, 'ops/workflows/keys.yaml'));
    delay.disable();
    expect(checked?.findings[0]?.code).toBe('YAML_NODE_LIMIT');
    console.log(`longest block while a file of 700 kB was checked: ${(delay.max / 1e6).toFixed(0)} ms`);
  });
});
