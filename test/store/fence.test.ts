// Who may write: the holder of an unexpired lease, on the generation that was planned from, and nobody else.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PackDefinition } from '../../src/model/definition.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import { acquireLease, renewLease } from '../../src/store/sql/lease.ts';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { desiredOf, dumpAll, holdLease, planNow, register, testSource } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase, until } from '../support/postgres.ts';

let test: TestDatabase;
let writer: Writer;
let plan: RegistrationPlan;
let packs = 0;
let name: string;
beforeAll(async () => {
  test = await createTestDatabase();
  writer = createWriter({ database: test.database, epochOf: () => 1 });
});
afterAll(() => test.drop());
beforeEach(async () => {
  await holdLease(test);
  packs += 1;
  name = `demo${packs}`;
  await register(writer, desiredOf(name, { workflows: { one: {} } }));
  plan = await planNow(writer, desiredOf(name, { workflows: { one: { body: 'b' } } }));
});

async function bodyServed(): Promise<unknown> {
  const [row] = await test.query(
    "select definition #>> '{tasks,0,input,body}' as body from workflow_definition where ref = $1",
    [`${name}.one`],
  );
  return row?.['body'];
}

async function expectRefused(by: Writer, outcome: 'fenced' | 'stale'): Promise<void> {
  const dump = await dumpAll(test);
  expect(await by.apply(plan, 'watch')).toEqual({ outcome });
  expect(await dumpAll(test)).toEqual(dump);
}

const expire = "update source_lease set expires_at = clock_timestamp() - interval '1 millisecond'";

describe('apply', () => {
  it('refuses a writer without an epoch before it asks the database', async () => {
    await expectRefused(createWriter({ database: test.database, epochOf: () => undefined }), 'fenced');
  });

  it('refuses another epoch than the lease has', async () => {
    for (const epoch of [0, 2])
      await expectRefused(createWriter({ database: test.database, epochOf: () => epoch }), 'fenced');
  });

  it("refuses an expired lease, by the database's clock", async () => {
    await test.query(expire);
    await expectRefused(writer, 'fenced');
  });

  it('refuses a source that nobody has a lease of', async () => {
    await test.query('delete from source_lease');
    await expectRefused(writer, 'fenced');
  });

  it('refuses a plan of an older generation, whoever wrote meanwhile', async () => {
    await test.query("update workflow_definition set label = 'by hand' where ref = $1", [`${name}.one`]);
    await expectRefused(writer, 'stale');
  });

  it('refuses to make a pack that is there already', async () => {
    plan = { ...plan, generation: null, pack: desiredOf(name).pack as PackDefinition };
    await expectRefused(writer, 'stale');
  });

  it('refuses to change a pack that is gone', async () => {
    plan = { ...plan, packRef: 'other' as RegistrationPlan['packRef'], generation: 1 };
    await expectRefused(writer, 'stale');
  });
});

describe('an apply in flight', () => {
  /** Holds every apply just before its end. */
  async function heldApply() {
    const blocker = await test.session().reserve();
    await blocker`begin`;
    await blocker`update catalog_version set version = version`;
    const running = writer.apply(plan, 'watch');
    await until('the apply waits', async () => (await waiting()) === 1);
    return {
      running,
      async letGo() {
        await blocker`rollback`;
        blocker.release();
      },
    };
  }

  async function waiting(): Promise<number> {
    const rows = await test.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    return rows.length;
  }

  it('is waited for by whoever takes the lease over, and is kept', async () => {
    const held = await heldApply();
    let isTaken = false;
    const takeover = acquireLease(test.database, testSource, 'another', 'the test', 6).then((lease) => {
      isTaken = true;
      return lease;
    });
    await until('the takeover waits', async () => (await waiting()) === 2);
    expect(isTaken).toBe(false);
    await held.letGo();
    expect(await held.running).toMatchObject({ outcome: 'applied' });
    expect(await takeover).toMatchObject({ acquired: true, epoch: 2 });
    expect(await bodyServed()).toBe('b');
    plan = await planNow(writer, desiredOf(name, { workflows: { one: { body: 'c' } } }));
    await expectRefused(writer, 'fenced');
  });

  it('does not keep its own lease from being renewed', async () => {
    const held = await heldApply();
    expect(await renewLease(test.database, testSource, 1, 6)).toMatchObject({ state: 'renewed' });
    await held.letGo();
    await held.running;
  });

  it('lets one of two equal plans write when both are under way', async () => {
    const held = await heldApply();
    const second = writer.apply(plan, 'watch');
    await until('both wait', async () => (await waiting()) === 2);
    await held.letGo();
    expect(await held.running).toMatchObject({ outcome: 'applied' });
    expect(await second).toEqual({ outcome: 'stale' });
  });

  it('gives up on a lock it does not get, which is worth another try', async () => {
    const [config] = await test.query("select proconfig from pg_proc where proname = 'apply_pack'");
    expect(config?.['proconfig']).toContain('lock_timeout=5s');
    await test.query("alter function apply_pack(jsonb,text,text,text) set lock_timeout = '200ms'");
    const blocker = await test.session().reserve();
    await blocker`begin`;
    await blocker`select from pack where ref = ${name} for update`;
    const begunMs = performance.now();
    await expect(writer.apply(plan, 'watch')).rejects.toMatchObject({ code: 'database_unreachable' });
    expect(performance.now() - begunMs).toBeLessThan(4_000);
    await blocker`rollback`;
    blocker.release();
    await test.query("alter function apply_pack(jsonb,text,text,text) set lock_timeout = '5s'");
  });
});

// Last, because what they change stays changed.
describe('apply without its checks', () => {
  /** What the refusals above would be without the checks: a writer that overwrites. */
  async function withoutCheck(from: RegExp, to: string): Promise<void> {
    const [row] = await test.query<{ text: string }>(
      "select pg_get_functiondef('packwatch.apply_pack(jsonb,text,text,text)'::regprocedure) as text",
    );
    const text = row?.text ?? '';
    expect(text).toMatch(from);
    await test.query(text.replace(from, to));
  }

  it('would write after its lease expired if the check were not there', async () => {
    await withoutCheck(/if not found then\s+perform drop_stage\(change_set\);/, 'if false then');
    await test.query(expire);
    expect(await writer.apply(plan, 'watch')).toMatchObject({ outcome: 'applied' });
    expect(await bodyServed()).toBe('b');
  });

  it('would write on an older generation if the check were not there', async () => {
    await withoutCheck(/held_pack\.generation <> expected/, 'false');
    await test.query("update workflow_definition set label = 'by hand' where ref = $1", [`${name}.one`]);
    expect(await writer.apply(plan, 'watch')).toMatchObject({ outcome: 'applied' });
    expect(await bodyServed()).toBe('b');
  });
});
