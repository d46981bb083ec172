// Whether a daemon may lead a source: real roots, a real registry that another root has filled, and no lease.
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { type Candidacy, createCandidacy } from '../../src/daemon/candidacy.ts';
import { createEngine } from '../../src/daemon/engine.ts';
import { systemClock } from '../../src/daemon/system-clock.ts';
import { createRootAccesses } from '../../src/load/root-access.ts';
import type { SourceName } from '../../src/model/pack.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import { createWriter } from '../../src/store/writer.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { dumpAll, holdLease } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const source = 'root:packs' as SourceName;
const elsewhere = 'other-host /srv/packs';
let test: TestDatabase;
let base: string;
let first: string;
let copies = 0;
const open: Candidacy[] = [];

const configOf = (path: string, pruneMaxPercent = 20) =>
  ({
    ...{ roots: [{ source, path }], maxFileBytes: 1024 ** 2, cacheBytes: 1024 ** 2, concurrency: 2 },
    ...{ strict: false, drift: 'heal', rescanS: 30, pruneMaxPercent },
  }) as unknown as Config;

const flows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

beforeAll(async () => {
  test = await createTestDatabase();
  base = await mkdtemp(join(tmpdir(), 'pw-candidacy-'));
  first = join(base, 'first');
  const files = packFiles('ops', Object.fromEntries(flows.map((name) => [name, workflowText()])));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(first, path)), { recursive: true });
    await writeFile(join(first, path), text);
  }
  await holdLease(test, source);
  const registry = createWriter({ database: test.database, epochOf: () => 1 });
  const engine = createEngine({ config: configOf(first), registry, dryRun: false, onPack: () => undefined });
  await engine.reconcile(fullChange([source], 'start', 0));
  await engine.loader.close();
  expect(await test.query("select from workflow_definition where status = 'active'")).toHaveLength(10);
});
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
afterAll(async () => {
  await test.drop();
  await rm(base, { recursive: true });
});

/** A root with the same packs, less the given workflows; with a clock of its own. */
async function another(missing: readonly string[], pruneMaxPercent?: number) {
  copies += 1;
  const root = join(base, `copy${copies}`);
  await cp(first, root, { recursive: true });
  for (const name of missing) await rm(join(root, `ops/workflows/${name}.yaml`));
  let nowMs = 0;
  const candidacy = createCandidacy({
    config: configOf(root, pruneMaxPercent),
    accesses: createRootAccesses({ roots: [{ source, path: root }] }),
    registry: createWriter({ database: test.database, epochOf: () => undefined }),
    clock: { ...systemClock, nowMs: () => nowMs },
  });
  open.push(candidacy);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { root, candidacy, pass, look: (ledFrom: string | null) => candidacy.look(source, ledFrom) };
}

describe('a daemon elsewhere', () => {
  it('may lead what it has whole, or lacks little of, and writes nothing to find out', async () => {
    const dump = await dumpAll(test);
    for (const missing of [[], ['a', 'b', 'c']]) {
      const { look, candidacy } = await another(missing);
      expect(await look(elsewhere)).toBeUndefined();
      expect(candidacy.unfit(source)).toBeUndefined();
    }
    expect(await dumpAll(test)).toEqual(dump);
  });

  it('does not lead what it lacks more of than may go at once, and says how much and where it was led from', async () => {
    const { look, candidacy } = await another(['a', 'b', 'c', 'd']);
    const unfit = await look(elsewhere);
    expect(unfit).toEqual({
      why: 'differs',
      reason:
        '4 registered definitions are not on this disk, more than PACKWATCH_PRUNE_MAX (20%) lets go at once; ' +
        'it was led from /srv/packs on other-host last',
    });
    expect(candidacy.unfit(source)).toEqual(unfit);
  });

  it('goes by its own limit: what the settings let go it may lead', async () => {
    const { look } = await another(['a', 'b', 'c', 'd'], 100);
    expect(await look(elsewhere)).toBeUndefined();
  });

  it('never leads with an empty root, whatever the limit', async () => {
    const { root, look } = await another([], 100);
    await rm(join(root, 'ops'), { recursive: true });
    expect(await look(elsewhere)).toMatchObject({
      why: 'differs',
      reason: expect.stringMatching(/^10 .* no pack/),
    });
  });

  it('compares again 5 s later, and not before', async () => {
    const { root, look, pass } = await another(['a', 'b', 'c', 'd']);
    expect((await look(elsewhere))?.why).toBe('differs');
    await cp(join(first, 'ops'), join(root, 'ops'), { recursive: true });
    pass(4_999);
    expect((await look(elsewhere))?.why).toBe('differs');
    pass(1);
    expect(await look(elsewhere)).toBeUndefined();
    // Before it takes over it is to know, whatever it knew a moment ago.
    for (const name of ['a', 'b', 'c', 'd', 'e']) await rm(join(root, `ops/workflows/${name}.yaml`));
    expect((await look(elsewhere))?.why).toBe('differs');
  });
});

describe('a daemon at the place from which the source was led last', () => {
  it('may lead whatever its disk lacks: the guard holds that, and nobody else is known to have it', async () => {
    const { look, candidacy } = await another(flows.slice(1));
    expect(await look(candidacy.placeOf(source))).toBeUndefined();
    expect(await look(null)).toBeUndefined();
  });
});

describe('a root that cannot be looked at', () => {
  it('keeps its daemon from leading, wherever it was led from, until it is back', async () => {
    const { root, look, candidacy } = await another([]);
    await rename(root, `${root}.away`);
    for (const ledFrom of [null, candidacy.placeOf(source), elsewhere])
      expect(await look(ledFrom)).toMatchObject({
        why: 'unhealthy',
        reason: expect.stringMatching(/ENOENT/),
      });
    await rename(`${root}.away`, root);
    expect(await look(elsewhere)).toBeUndefined();
  });
});
