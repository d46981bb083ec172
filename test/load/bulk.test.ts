// Much at once: threads say what the event loop says, nobody depends on them, and they go when there is nothing to do.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkAsText } from '../../src/language/check-text.ts';
import { createBulk } from '../../src/load/bulk.ts';
import { pooled } from '../../src/load/file-access.ts';
import { createLoader, type Loader } from '../../src/load/load.ts';
import { digestOf, readListed, smallBytes } from '../../src/load/read.ts';
import { createRootAccesses } from '../../src/load/root-access.ts';
import type { Digest, PackDir, SourceName } from '../../src/model/pack.ts';
import { until } from '../support/wait.ts';

const source = 'root:test' as SourceName;
const packs = Array.from({ length: 8 }, (_, index) => `pack_${index}` as PackDir);
let base: string;

const flow = (text: string) => `version: 1.0.0\ntasks:\n  - name: a\n    action: core.noop\n${text}`;

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(base, path)), { recursive: true });
  await writeFile(join(base, path), content);
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pw-bulk-'));
  for (const dir of packs) {
    await put(`${dir}/pack.yaml`, `ref: ${dir}\nversion: 1.0.0\n`);
    await put(`${dir}/workflows/same.yaml`, flow('vars:\n  x: &a [1, {b: 2}]\n  y: *a\n'));
    await put(`${dir}/workflows/slip.yaml`, flow('  - name: [\n'));
    await put(`${dir}/workflows/shape.yaml`, flow('tags: 1\n'));
    await put(`${dir}/workflows/large.yaml`, 'x'.repeat(5000));
    await put(`${dir}/workflows/empty.yaml`, '');
    await symlink('nowhere.yaml', join(base, dir, 'workflows/lost.yaml'));
    for (let index = 0; index < 12; index += 1)
      await put(`${dir}/workflows/w${index}.yaml`, flow(`label: w${index} of ${dir}\n`));
  }
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function withLoader<Result>(
  concurrency: number,
  work: (of: Loader) => Promise<Result>,
): Promise<Result> {
  const loader = createLoader({
    ...{ roots: [{ source, path: base }], maxFileBytes: 4000, cacheBytes: 1 << 24, strict: false },
    concurrency,
  });
  try {
    return await work(loader);
  } finally {
    await loader.close();
  }
}

/** Everything that a loader says about the packs, looked at all together. */
async function sayAll(loader: Loader) {
  const observed = await Promise.all(packs.map((dir) => loader.observe(source, dir, [])));
  const files = observed.flatMap((pack) => [...pack.files.values()]);
  const checked = await Promise.all(files.map((file) => loader.check(source, file)));
  const stands = await Promise.all(observed.map((pack) => loader.stands(pack)));
  return { observed, checked, stands };
}

/** Of a job that reads without checking. */
const bare = { roles: undefined, options: { strict: false } };

const threads = () => readdirSync('/proc/self/task').length;

describe.runIf(process.platform === 'linux')('threads for much at once', () => {
  it('say what is said without them', async () => {
    const without = await withLoader(1, sayAll);
    const before = threads();
    const { first, second, busy } = await withLoader(2, async (loader) => {
      const first = await sayAll(loader);
      await until(() => threads() > before, { what: 'a thread is there' });
      return { first, second: await sayAll(loader), busy: threads() };
    });
    expect(busy).toBeGreaterThan(before);
    expect(first).toEqual(without);
    const compared = without.observed.map((pack) => ({ ...pack, compared: 'same' }));
    expect(second).toEqual({ ...without, observed: compared });
    expect(without.checked.filter((one) => one?.file).length).toBe(packs.length * 14);
  });

  it('are let go after a quiet time, and are there again', async () => {
    const before = threads();
    const bulk = createBulk({ threads: 1, idleMs: 400 });
    try {
      for (let round = 0; round < 2; round += 1) {
        bulk.prepare();
        await until(() => bulk.isReady(), { what: 'a thread is ready' });
        const paths = [join(base, 'pack_0/pack.yaml')];
        const read = (known?: Digest) => bulk.read({ ...bare, paths, known: [known], maxFileBytes: 100 });
        const [first] = (await read()) ?? [];
        if (first?.state !== 'read') throw new Error('the file was not read');
        const { digest, fingerprint } = first;
        // Bytes that are known do not come again, others do.
        expect(await read(digest)).toEqual([{ state: 'known', digest, fingerprint }]);
        expect(await read('0'.repeat(64) as Digest)).toEqual([first]);
        await until(() => !bulk.isReady() && threads() <= before, { what: 'the thread is gone' });
      }
    } finally {
      await bulk.close();
    }
  });

  it('check what they read, if they are told what it is, and say what is said here', async () => {
    const dir = join(base, 'pack_0/workflows');
    await put('pack_0/workflows/bare.yaml', flow('parameters: {n: 1}\n'));
    // Only warnings: what they count for is told to the thread.
    await put('pack_0/workflows/warned.yaml', flow('vars: [{a: 1}]\n'));
    await put('pack_0/workflows/huge.yaml', flow(`# ${'x'.repeat(smallBytes)}\n`));
    const paths = readdirSync(dir).map((name) => join(dir, name));
    const known = paths.map((path) => (path.endsWith('w3.yaml') ? digestOf(readFileSync(path)) : undefined));
    const bulk = createBulk({ threads: 1 });
    try {
      bulk.prepare();
      await until(() => bulk.isReady(), { what: 'a thread is ready' });
      for (const strict of [false, true]) {
        const roles = paths.map(() => 'workflow' as const);
        const job = { paths, known, maxFileBytes: 1 << 20, roles, options: { strict } };
        const here = await Promise.all(
          paths.map(async (path, at) => {
            const read = await readListed(pooled, path, 1 << 20);
            if (read.state !== 'read') return read;
            const { bytes, digest, fingerprint } = read;
            if (digest === known[at]) return { state: 'known', digest, fingerprint };
            if (bytes.length > smallBytes) return { ...read, bytes: new Uint8Array(bytes) };
            return {
              state: 'checked',
              checked: checkAsText('workflow', bytes, { strict }),
              digest,
              fingerprint,
            };
          }),
        );
        const there = await bulk.read(job);
        expect(there).toEqual(here);
        expect(new Set(there?.map(({ state }) => state))).toEqual(
          new Set(['changing', 'checked', 'known', 'read']),
        );
      }
    } finally {
      await bulk.close();
    }
  });

  it('that break leave their work to whoever asked', async () => {
    const bulk = createBulk({ threads: 1 });
    const files = [{ role: 'workflow' as const, bytes: Buffer.from(flow('')) }];
    const check = () => bulk.check({ files, options: { strict: false } });
    try {
      expect(await check()).toBeUndefined();
      bulk.prepare();
      await until(() => bulk.isReady(), { what: 'a thread is ready' });
      expect(await check()).toMatchObject([{ findings: [] }]);
      const broken = bulk.check({ files: undefined as never, options: { strict: false } });
      const behind = check();
      expect([await broken, await behind]).toEqual([undefined, undefined]);
      expect(bulk.isReady()).toBe(false);
    } finally {
      await bulk.close();
    }
  });

  it('that do not answer in time are given up, with all that waits for them', async () => {
    const before = threads();
    const bulk = createBulk({ threads: 1, limitMs: 1 });
    try {
      bulk.prepare();
      await until(() => bulk.isReady(), { what: 'a thread is ready' });
      const bytes = Buffer.from(flow(`vars: {${'a'.repeat(60_000)}: 1}\n`));
      const files = Array.from({ length: 400 }, () => ({ role: 'workflow' as const, bytes }));
      const answers = [
        bulk.check({ files, options: { strict: false } }),
        bulk.read({ ...bare, paths: [base], known: [], maxFileBytes: 1 }),
      ];
      expect(await Promise.all(answers)).toEqual([undefined, undefined]);
      await until(() => threads() <= before, { what: 'the thread is gone' });
    } finally {
      await bulk.close();
    }
  });

  it('are not started again once they were closed', async () => {
    const bulk = createBulk({ threads: 1 });
    await bulk.close();
    bulk.prepare();
    expect(await bulk.read({ ...bare, paths: [base], known: [], maxFileBytes: 1 })).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('a large pack by itself', () => {
  it('is listed on a thread that is started when it is announced, and a small one is not', async () => {
    for (let index = 0; index < 500; index += 1) await put(`large/workflows/w${index}.yaml`, flow(''));
    await put('large/pack.yaml', 'ref: large\nversion: 1.0.0\n');
    const large = 'large' as PackDir;
    const small = packs[0] as PackDir;
    let calls = 0;
    const lstat: typeof pooled.lstat = (path) => {
      calls += 1;
      return pooled.lstat(path);
    };
    const roots = [{ source, path: base }];
    const accesses = createRootAccesses({ roots, access: { ...pooled, lstat } });
    const limits = { maxFileBytes: 4000, cacheBytes: 1 << 24, strict: false, concurrency: 4 };
    const loader = createLoader({ roots, accesses, ...limits });
    const callsOf = async <Result>(work: Promise<Result>) => {
      calls = 0;
      return { result: await work, calls };
    };
    try {
      const first = await callsOf(loader.observe(source, large, []));
      expect(first.calls).toBeGreaterThan(500);
      await loader.observe(source, small, []);
      const before = threads();
      loader.expect(source, small);
      expect(threads()).toBe(before);
      loader.expect(source, large);
      await until(() => threads() > before, { what: 'a thread is there' });
      const isOnThread = async () => (await callsOf(loader.observe(source, large, []))).calls < 20;
      await until(isOnThread, { what: 'the thread is ready' });
      const again = await callsOf(loader.observe(source, large, []));
      expect({ ...again.result, compared: 'first' }).toEqual(first.result);
      const stands = await callsOf(loader.stands(again.result));
      expect(stands.result).toBe(true);
      expect(stands.calls).toBeLessThan(20);
      await put('large/workflows/w7.yaml', flow('label: other\n'));
      expect(await loader.stands(again.result)).toBe(false);
      const changed = await loader.observe(source, large, []);
      expect([changed.compared, changed.files.size]).toEqual(['changed', 501]);
      expect((await callsOf(loader.observe(source, small, []))).calls).toBeGreaterThan(10);
    } finally {
      await loader.close();
    }
  });
});
