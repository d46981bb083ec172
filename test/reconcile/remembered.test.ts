// A daemon that remembers what it read of a pack decides like one that has read all of it anew, whoever wrote in between.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../src/config.ts';
import { createEngine, type Engine } from '../../src/daemon/engine.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { Registry } from '../../src/reconcile/ports.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import type { Database } from '../../src/store/connect.ts';
import { createRowMemory } from '../../src/store/row-memory.ts';
import { createPackMemory } from '../../src/store/sql/registered-pack.ts';
import { createWriter } from '../../src/store/writer.ts';
import { actionText, manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { holdLease } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { bytesOf, createTestWrites } from '../support/written-site.ts';

const source = 'root:packs' as SourceName;
let test: TestDatabase;
let base: string;
let root: string;
const engines: Engine[] = [];

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(base, 'next'), text);
  await rename(join(base, 'next'), join(root, path));
};
const graph = (x: number) =>
  `version: 1.0.0\ntasks:\n  - name: only\n    action: core.noop\nvars:\n  x: ${x}\n`;
const calling = (ref: string, file: string) => `ref: ${ref}\nlabel: ${ref}\nworkflow_file: ${file}\n`;

const asked = { statements: 0, rows: 0 };

/** Counts statements, and the rows that come in buckets. */
function counted(database: Database): Database {
  return {
    ...database,
    async run(query, deadlineMs) {
      const answer = await database.run(query, deadlineMs);
      asked.statements += 1;
      for (const row of answer as unknown as readonly object[])
        for (const column of Object.values(row))
          for (const bucket of Array.isArray(column) ? column : []) asked.rows += bucket?.rows?.length ?? 0;
      return answer;
    },
  };
}

type EngineOptions = {
  /** As a daemon does. */
  readonly remembers: boolean;
  /** What happens between a plan and its apply. */
  readonly seize?: () => Promise<unknown>;
  /** Takes the plans, of which nothing is written then. */
  readonly planned?: RegistrationPlan[];
  /** From 2 on there is a thread. @default 1 */
  readonly concurrency?: number;
};

function engineOf({ remembers, seize, planned, concurrency = 1 }: EngineOptions): Engine {
  const memory = remembers ? { memory: createRowMemory(), packMemory: createPackMemory(1_000) } : {};
  const writer = createWriter({ database: counted(test.database), epochOf: () => 1, ...memory });
  const registry: Registry = {
    ...writer,
    async apply(plan, cause) {
      await seize?.();
      if (planned) {
        planned.push(plan);
        return { outcome: 'applied', written: 0, version: null };
      }
      return writer.apply(plan, cause === 'request' ? 'api' : 'watch');
    },
  };
  const config = {
    ...{ roots: [{ source, path: root }], maxFileBytes: 1024 ** 2, cacheBytes: 1024 ** 2, concurrency },
    ...{ strict: false, drift: 'heal', rescanS: 30, pruneMaxPercent: 100 },
  } as unknown as Config;
  const engine = createEngine({ config, registry, dryRun: false, onPack: () => undefined });
  engines.push(engine);
  return engine;
}

/** Passes over the pack alone, as events ask for them, until nothing is to be looked at again. */
async function save(engine: Engine, dirs: readonly string[] = ['ops']) {
  const scopes = new Map([[source, new Set(dirs as readonly PackDir[])]]);
  for (let count = 0; count < 6; count += 1) {
    const report = await engine.reconcile({ scopes, cause: 'watch', oldestSeenAtMs: 0 });
    if (report.again.size === 0) return report;
  }
  throw new Error('the passes do not come to an end');
}

/** What the database was asked for by one save. */
async function costOf(engine: Engine) {
  await edit();
  asked.statements = 0;
  asked.rows = 0;
  await save(engine);
  return { ...asked };
}

/** What a program that has just started would write. */
async function leftToDo() {
  const planned: RegistrationPlan[] = [];
  const fresh = engineOf({ remembers: false, planned });
  await fresh.reconcile(fullChange([source], 'start', 0));
  return planned.map(({ packRef, changes }) => ({ packRef, changes }));
}

const states = async () =>
  Object.fromEntries(
    (await test.query<{ path: string; state: string }>('select path, state from pack_file')).map(
      ({ path, state }) => [path.slice('ops/'.length), state],
    ),
  );

beforeAll(async () => {
  test = await createTestDatabase();
  base = await mkdtemp(join(tmpdir(), 'pw-remembered-'));
  root = join(base, 'root');
  await holdLease(test, source);
  const flows = Array.from({ length: 80 }, (_, index) => [`w${index}`, workflowText({ x: index })]);
  for (const [path, text] of Object.entries(packFiles('ops', Object.fromEntries(flows))))
    await put(path, text);
  await put('ops/actions/plain.yaml', actionText('ops.plain'));
  await put('ops/actions/call.yaml', calling('ops.call', '../graphs/g.yaml'));
  await put('ops/graphs/g.yaml', graph(1));
});
afterAll(async () => {
  await Promise.all(engines.map(({ loader }) => loader.close()));
  await test.drop();
  await rm(base, { recursive: true });
});

let edits = 0;
/** One more save, of a workflow that nothing else is about. */
const edit = () => {
  edits += 1;
  return put('ops/workflows/w0.yaml', workflowText({ x: 1000 + edits }));
};

const mine = bytesOf(`ref: ops.mine\n${graph(1)}`);
const between: Readonly<Record<string, () => Promise<unknown>>> = {
  nothing: async () => undefined,
  'a row beside it is changed by hand': () =>
    test.query("update workflow_definition set label = 'x', revision = repeat('0', 64) where ref = 'ops.w5'"),
  'an action is changed by hand': () => test.query("update action set label = 'x' where ref = 'ops.plain'"),
  'a row is deleted by hand': () => test.query("delete from action where ref = 'ops.w6'"),
  'the row of a file is changed by hand': () =>
    test.query(
      "update pack_file set digest = null, state = 'unreadable' where path = 'ops/workflows/w7.yaml'",
    ),
  'rows of files are deleted by hand': () => test.query("delete from pack_file where path like '%/w1%'"),
  'rows are changed where no trigger sees it': () =>
    test.query(`begin; set local session_replication_role = 'replica';
      update workflow_definition set file_digest = repeat('0', 64) where ref = 'ops.w8'; commit`),
  'the pack is changed by hand': () => test.query("update pack set label = 'x' where ref = 'ops'"),
  'a definition is written through the API': () => createTestWrites(test.database).createWorkflow(mine),
  'another daemon writes': async () => {
    await put('ops/workflows/w9.yaml', workflowText({ x: 9000 }));
    await save(engineOf({ remembers: true }));
  },
  'a file is moved': () =>
    rename(join(root, 'ops/workflows/w2.yaml'), join(root, 'ops/actions/workflows/w2.yaml')),
  'a second file claims a ref': () => put('ops/actions/workflows/w3.yaml', workflowText({ x: 33 })),
  'it does no longer': () => rm(join(root, 'ops/actions/workflows/w3.yaml')),
  'a file is removed': () => rm(join(root, 'ops/workflows/w4.yaml')),
  'and comes back': () => put('ops/workflows/w4.yaml', workflowText({ x: 4 })),
  'a file breaks': () => put('ops/workflows/w10.yaml', 'tasks: ['),
  'a linked graph changes': () => put('ops/graphs/g.yaml', graph(2)),
  'an action names another graph': async () => {
    await put('ops/graphs/h.yaml', graph(3));
    await put('ops/actions/call.yaml', calling('ops.call', '../graphs/h.yaml'));
    await rm(join(root, 'ops/graphs/g.yaml'));
  },
  'the manifest changes': () => put('ops/pack.yaml', manifestText('ops').replace('1.0.0', '2.0.0')),
  'the manifest breaks': () => put('ops/pack.yaml', 'ref: ['),
  'the manifest is mended': () => put('ops/pack.yaml', manifestText('ops')),
};

describe('a save in a pack that is remembered', () => {
  let daemon: Engine;
  beforeAll(async () => {
    await mkdir(join(root, 'ops/actions/workflows'), { recursive: true });
    daemon = engineOf({ remembers: true });
    await save(daemon);
    await save(daemon);
    expect(await leftToDo()).toEqual([]);
  });

  it.each(Object.entries(between))('leaves nothing to do after: %s', async (_, act) => {
    await act();
    await edit();
    await save(daemon);
    expect(await leftToDo()).toEqual([]);
  });

  it('has come to what the files say', async () => {
    const found = await states();
    expect(Object.entries(found).filter(([, state]) => state !== 'valid')).toEqual([
      ['workflows/w10.yaml', 'invalid'],
    ]);
    expect(found['actions/workflows/w2.yaml']).toBe('valid');
    const rows = await test.query('select ref from workflow_definition where status = $1', ['active']);
    // 80 of files, one of which is broken, one of an action, one of the API.
    expect(rows).toHaveLength(81);
  });

  it('takes two statements, which bring a few rows, however many packs and files there are', async () => {
    const before = await costOf(daemon);
    const more = Array.from({ length: 20 }, (_, index) => packFiles(`more${index}`, { a: workflowText() }));
    for (const [path, text] of more.flatMap((files) => Object.entries(files))) await put(path, text);
    for (let index = 0; index < 200; index += 1) await put(`ops/workflows/x${index}.yaml`, workflowText());
    await daemon.reconcile(fullChange([source], 'rescan', 0));
    await costOf(daemon);
    const after = await costOf(daemon);
    expect([before.statements, after.statements]).toEqual([2, 2]);
    // Of each kind those of a bucket, of which there are 64.
    expect(after.rows).toBeLessThan(40);
  });

  it('is planned anew when somebody writes between its plan and its apply', async () => {
    let seized = 0;
    const late = engineOf({
      remembers: true,
      async seize() {
        seized += 1;
        if (seized === 2)
          await test.query("update workflow_definition set label = 'late' where ref = 'ops.w20'");
      },
    });
    await edit();
    await save(late);
    // Its rows come along with the source by now: those that are planned anew must not be the same.
    await edit();
    await save(late);
    expect(seized).toBe(3);
    expect(await leftToDo()).toEqual([]);
  });
});

describe('a rescan of packs whose files are as they were', () => {
  const dirs = Array.from({ length: 8 }, (_, index) => `seen${index}`);
  let daemon: Engine;
  const rescan = () => daemon.reconcile(fullChange([source], 'rescan', 0));
  const told = ({ invalid, unchanged, written, parsed }: Awaited<ReturnType<typeof rescan>>) => ({
    ...{ invalid, unchanged, written, parsed },
  });

  beforeAll(async () => {
    for (const dir of dirs) {
      const flows = Array.from({ length: 10 }, (_, index) => [`f${index}`, workflowText({ x: index })]);
      for (const [path, text] of Object.entries(packFiles(dir, Object.fromEntries(flows))))
        await put(path, text);
    }
    await put('seen1/workflows/f0.yaml', 'tasks: [');
    daemon = engineOf({ remembers: true, concurrency: 2 });
    await rescan();
    await sleep(2_100); // as long as a clock of the file system may hide a write
    await rescan();
  });

  it('looks at none of them, and tells what a program tells that looks at all', async () => {
    const observe = vi.spyOn(daemon.loader, 'observe');
    const report = await rescan();
    const looked = observe.mock.calls.map(([, dir]) => dir as string);
    observe.mockRestore();
    expect(looked.filter((dir) => dirs.includes(dir))).toEqual([]);
    const fresh = await engineOf({ remembers: false }).reconcile(fullChange([source], 'start', 0));
    expect(told(report)).toEqual(told(fresh));
    expect(report.invalid.map(({ path }) => path)).toContain('seen1/workflows/f0.yaml');
    const looks = (seen: typeof report) => [...(seen.roots.get(source)?.looked ?? [])].sort();
    expect(looks(report)).toEqual(looks(fresh));
  });

  const byOthers: Readonly<Record<string, () => Promise<unknown>>> = {
    nothing: async () => undefined,
    'a row is changed by hand': () =>
      test.query(
        "update workflow_definition set label = 'x', revision = repeat('0', 64) where ref = 'seen0.f1'",
      ),
    'the row of a file is changed by hand': () =>
      test.query("update pack_file set digest = repeat('0', 64) where path = 'seen2/workflows/f2.yaml'"),
    'the row of a file has other links': () =>
      test.query(
        "update pack_file set links = '{seen2/graphs/g.yaml}' where path = 'seen2/workflows/f3.yaml'",
      ),
    'rows of files are deleted by hand': () =>
      test.query("delete from pack_file where path like 'seen3/workflows/f%'"),
    'the row of a file that is not there is written by hand': () =>
      test.query(`insert into pack_file (source, dir, path, pack_ref, role, ref, links, digest, checked_by, state, diagnostics)
        select source, dir, 'seen4/workflows/more.yaml', pack_ref, role, 'seen4.more', links, digest, checked_by, state, diagnostics
        from pack_file where path = 'seen4/workflows/f4.yaml'`),
    'an action is changed where no trigger sees it': () =>
      test.query(`begin; set local session_replication_role = 'replica';
        update pack set generation = generation + 1 where ref = 'seen5';
        update action set label = 'x', drifted = true where ref = 'seen5.f5'; commit`),
    'the pack is retired by hand': () => test.query("update pack set status = 'retired' where ref = 'seen6'"),
    'another daemon writes what is put back': async () => {
      const before = workflowText({ x: 7 });
      await put('seen7/workflows/f7.yaml', workflowText({ x: 7000 }));
      await save(engineOf({ remembers: true }), ['seen7']);
      await put('seen7/workflows/f7.yaml', before);
    },
  };

  it.each(Object.entries(byOthers))('leaves nothing to do after: %s', async (_, act) => {
    await act();
    await rescan();
    expect(await leftToDo()).toEqual([]);
  });
});
