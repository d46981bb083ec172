// Rescans: of what nobody has touched no file is opened and no row of a file is read, and what anybody has touched is seen all the same.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { createEngine, type Engine } from '../../src/daemon/engine.ts';
import type { SourceName } from '../../src/model/pack.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import { createRowMemory } from '../../src/store/row-memory.ts';
import { createWriter } from '../../src/store/writer.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { holdLease } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const source = 'root:packs' as SourceName;
const memory = createRowMemory();
const engines: Engine[] = [];
let test: TestDatabase;
let root: string;
let statements = 0;
let engine: Engine;

const files = {
  ...packFiles('ops', { a: workflowText(), b: workflowText({ x: 1 }) }),
  'ops/workflows/bad.yaml': 'version: 1.0.0\ntasks: 1\n',
  ...packFiles('web', { c: workflowText({ x: 4 }) }),
  'web/actions/linked.yaml': 'ref: web.linked\nlabel: linked\nworkflow_file: ../graphs/g.yaml\n',
  'web/graphs/g.yaml': workflowText({ x: 2 }),
  'broken/pack.yaml': 'ref: NO\n',
  'broken/workflows/d.yaml': workflowText(),
};

function openEngine({ strict = false, rows = memory } = {}): Engine {
  const { database } = test;
  const run: typeof database.run = (query, deadlineMs) => {
    statements += 1;
    return database.run(query, deadlineMs);
  };
  const config = {
    ...{ roots: [{ source, path: root }], maxFileBytes: 1024 ** 2, cacheBytes: 1024 ** 2, concurrency: 2 },
    ...{ strict, drift: 'heal', rescanS: 30, pruneMaxPercent: 100 },
  } as unknown as Config;
  const registry = createWriter({ database: { ...database, run }, memory: rows, epochOf: () => 1 });
  const one = createEngine({ config, registry, dryRun: false, onPack: () => undefined });
  engines.push(one);
  return one;
}

/** What a pass tells, and the statements that it took. */
async function pass(by = engine) {
  statements = 0;
  const report = await by.reconcile(fullChange([source], 'rescan', 0));
  return { report, statements, told: toldOf(report) };
}

function toldOf({ unchanged, invalid, roots, unhealthy, again, held, packs }: PassReport) {
  const { linked, looked, unlisted } = roots.get(source) ?? {};
  return { unchanged, invalid, linked, looked, unlisted, unhealthy, again, held, packs: packs.length };
}

const rowsNow = () =>
  test.query(`select f.path, f.ref, f.links, f.digest, f.checked_by, f.state, f.diagnostics, p.status,
      (select array_agg(w.ref || w.status || w.revision order by w.ref) from workflow_definition w) as served,
      (select array_agg(a.ref || a.status order by a.ref) from action a) as actions
    from pack_file f left join pack p on p.ref = f.pack_ref order by f.path`);

beforeAll(async () => {
  test = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'pw-rescan-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await holdLease(test, source);
  engine = openEngine();
  const first = await pass();
  expect(first.report.written).toBeGreaterThan(0);
  expect(first.report.invalid.map(({ path }) => path)).toEqual([
    'broken/pack.yaml',
    'ops/workflows/bad.yaml',
  ]);
  await sleep(2_100); // as long as a clock of the file system may hide a write
  await pass();
});
afterAll(async () => {
  await Promise.all(engines.map((one) => one.loader.close()));
  await test.drop();
  await rm(root, { recursive: true });
});

describe('a rescan', () => {
  it('of what nobody has touched asks one statement, and tells what a process tells that knows nothing', async () => {
    const clean = await pass();
    expect([clean.statements, clean.report.parsed, clean.report.written]).toEqual([1, 0, 0]);
    expect(clean.told.unchanged).toBe(4);
    expect([...(clean.told.linked ?? [])]).toContainEqual(['web', ['web/graphs']]);
    const fresh = await pass(openEngine({ rows: createRowMemory() }));
    expect(fresh.report.parsed).toBe(0);
    expect(clean.told).toEqual(fresh.told);
  });

  it.each([
    ['rows of files that were deleted', "delete from pack_file where path like 'ops/%'"],
    ['one row of a file that was', "delete from pack_file where path = 'web/graphs/g.yaml'"],
    ['a digest that was changed', "update pack_file set digest = repeat('0', 64) where path like '%/a.yaml'"],
    ['rows of other rules', "update pack_file set checked_by = 'others' where path like 'web/%'"],
    ['a definition that was changed', "update workflow_definition set label = 'by hand' where ref = 'ops.b'"],
    [
      'a definition that was retired',
      "update workflow_definition set status = 'retired', retired_at = now() where ref = 'web.c'",
    ],
    ['an action that was deleted', "delete from action where ref = 'ops.a'"],
  ])('sees and mends %s', async (_, edit) => {
    const before = await rowsNow();
    await test.query(edit);
    const mending = await pass();
    expect(mending.report.written + mending.report.parsed).toBeGreaterThan(0);
    expect(await rowsNow()).toEqual(before);
    await pass();
    expect((await pass()).statements).toBe(1);
  });

  it('by other rules checks every file, whatever is remembered of the rows', async () => {
    const { report } = await pass(openEngine({ strict: true }));
    expect(report.parsed).toBeGreaterThanOrEqual(Object.keys(files).length - 1);
  });
});
