// Who leads: replicas on hosts of their own, each with its own copy of the packs or the same one. Leaders die, stop, freeze and lose
// their roots; no epoch is ever written under by two.
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEpochs, watchEpochs } from '../../long/epochs.mjs';
import type { Daemon, LogLine } from '../../support/daemon.ts';
import { instrument } from '../../support/failpoints.mjs';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, type StartOptions } from '../../support/site.ts';
import { eventually, until } from '../../support/wait.ts';

let program: string;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pw-leases-'));
  program = instrument(join(directory, 'copy'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The daemon believes to be on another host: nobody can tell that its process is gone, and its lease has to run out. */
const onHost = (name: string): StartOptions => ({
  nodeArgs: [
    '--import',
    `data:text/javascript,import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module'; os.hostname = () => '${name}'; syncBuiltinESMExports();`,
  ],
});

/** On a machine with much else to do. */
const limitMs = 180_000;

const flows = ['a', 'b', 'c', 'd', 'e', 'f'];
const one = 'ops/workflows/a.yaml';
const args = ['--rescan-s', '1'];

async function createGround(atEnd: Parameters<typeof createSite>[0]) {
  const site = await createSite(atEnd);
  await site.saveAll(packFiles('ops', Object.fromEntries(flows.map((name) => [name, workflowText()]))));
  await watchEpochs(site.database().session());
  /** Another directory with the same packs. */
  const copyOf = async (name: string) => {
    const root = join(site.dir, name);
    await cp(site.root, root, { recursive: true });
    return root;
  };
  const start = (host: string, root = site.root, more: StartOptions = {}) =>
    site.daemon([`packs=${root}`, ...args], { ...onHost(host), ...more });
  const served = async () => {
    const [row] = await site.rows(
      "select definition -> 'vars' ->> 'x' as x from served_workflow where ref = 'ops.a'",
    );
    return Number(row?.['x']);
  };
  /** Resolves with the milliseconds that it took. */
  const whenServed = async (x: number, limitMs = 20_000) => {
    const begunMs = performance.now();
    await until(async () => (await served()) === x, { what: `ops.a at ${x}`, limitMs, everyMs: 10 });
    return performance.now() - begunMs;
  };
  const rows = () => site.rows('select id::text, ref, status from workflow_definition order by ref');
  const epochs = () => readEpochs(site.database().session());
  return { site, copyOf, start, whenServed, rows, epochs };
}

const leads = (daemon: Daemon, from = 0) =>
  daemon.logged(({ msg }) => msg === 'leading this source', { from });
const follows = (daemon: Daemon, from = 0) =>
  daemon.logged(({ msg }) => msg.startsWith('another daemon leads'), { from });
type Root = {
  role: string;
  healthy: boolean;
  leader: string | null;
  held: number;
  held_back: string | null;
  epoch: number;
};
const rootOf = async (daemon: Daemon): Promise<Root> =>
  (await daemon.get('/api/v1/status')).json<{ data: { roots: Root[] } }>().data.roots[0] as Root;
type Ready = { ready: boolean; role: Record<string, string>; reasons: { code: string; message: string }[] };
const readiness = async (daemon: Daemon) => {
  const { status, json } = await daemon.get('/readyz');
  return { status, codes: json<Ready>().reasons.map(({ code }) => code), body: json<Ready>() };
};
const says =
  (text: string) =>
  ({ msg }: LogLine) =>
    msg.includes(text);

describe.concurrent('a standby on another host', { timeout: limitMs }, () => {
  it('takes over within 8 s of the death of the leader, and within 3 s of its stop', async ({
    onTestFinished,
  }) => {
    const { site, start, whenServed, epochs } = await createGround(onTestFinished);
    const first = start('one');
    await first.ready();
    const second = start('two');
    await follows(second);
    expect((await readiness(second)).body.role).toEqual({ 'root:packs': 'standby' });
    await second.ready();
    first.kill('SIGKILL');
    await site.save(one, workflowText({ x: 2 }));
    expect(await whenServed(2)).toBeLessThan(8_000);
    expect((await rootOf(second)).role).toBe('leader');
    const third = start('three');
    await third.ready();
    const stopping = second.stop();
    await site.save(one, workflowText({ x: 3 }));
    expect(await whenServed(3)).toBeLessThan(3_000);
    expect((await stopping).code).toBe(0);
    expect(await epochs()).toMatchObject({ faults: [], holders: 3 });
    expect(await third.metric('packwatch_leader', 'source="root:packs"')).toBe(1);
  });
});

describe.concurrent('a leader whose root is gone', { timeout: limitMs }, () => {
  it('gives its source to whom sees it, and stands by when its root is back', async ({ onTestFinished }) => {
    const { site, copyOf, start, whenServed, rows, epochs } = await createGround(onTestFinished);
    const other = await copyOf('other');
    const first = start('one');
    await first.ready();
    const before = await rows();
    const second = start('two', other);
    await follows(second);
    await rename(site.root, `${site.root}.away`);
    await leads(second);
    await eventually(async () =>
      expect(await rootOf(first)).toMatchObject({ role: 'standby', healthy: false }),
    );
    expect(await readiness(first)).toMatchObject({ status: 200, codes: ['root_unhealthy'] });
    await rename(`${site.root}.away`, site.root);
    await eventually(async () =>
      expect(await rootOf(first)).toMatchObject({ role: 'standby', healthy: true }),
    );
    await rm(join(other, 'ops/workflows/f.yaml'));
    await writeFile(join(other, one), workflowText({ x: 2 }));
    await whenServed(2);
    await eventually(async () =>
      expect(await rows()).toEqual(
        before.map((row) => (row['ref'] === 'ops.f' ? { ...row, status: 'retired' } : row)),
      ),
    );
    expect((await epochs()).faults).toEqual([]);
  });

  it('and has no peers takes it again when it is back, and has lost nothing', async ({ onTestFinished }) => {
    const { site, start, whenServed, rows } = await createGround(onTestFinished);
    const daemon = start('one');
    await daemon.ready();
    const before = await rows();
    const logged = daemon.log.length;
    await rename(site.root, `${site.root}.away`);
    await daemon.logged(says('for three rescans'), { from: logged });
    // Nobody takes it meanwhile, and this daemon does not, however often it looks.
    await sleep(3_000);
    expect(await readiness(daemon)).toMatchObject({ status: 200, codes: ['root_unhealthy'] });
    expect(await daemon.metric('packwatch_leader')).toBe(0);
    const asked = await fetch(`${await daemon.url()}/api/v1/reconcile`, { method: 'POST' });
    expect([asked.status, await asked.text()]).toEqual([
      503,
      expect.stringMatching(/cannot be looked at: ENOENT/),
    ]);
    await rename(`${site.root}.away`, site.root);
    const again = await fetch(`${await daemon.url()}/api/v1/reconcile`, { method: 'POST' });
    expect(again.status).toBe(200);
    expect(await rootOf(daemon)).toMatchObject({ role: 'leader', healthy: true, epoch: 2 });
    expect(await rows()).toEqual(before);
    await site.save(one, workflowText({ x: 2 }));
    await whenServed(2);
    expect(daemon.log.filter(says('leading this source'))).toHaveLength(2);
  });

  it('from the start on is ready, says so, and leads once it is there', async ({ onTestFinished }) => {
    const { site, start, whenServed } = await createGround(onTestFinished);
    await rename(site.root, `${site.root}.away`);
    const daemon = start('one');
    await daemon.ready();
    expect(await readiness(daemon)).toMatchObject({ status: 200, codes: ['root_unhealthy'] });
    expect(await rootOf(daemon)).toMatchObject({ role: 'standby', leader: null, healthy: false });
    const about = await daemon.get(`/api/v1/wait?path=${one}&timeout=1`);
    expect(about.text).toMatch(/cannot be looked at: ENOENT/);
    expect(await site.rows('select from source_lease where holder is not null')).toEqual([]);
    await rename(`${site.root}.away`, site.root);
    await whenServed(1);
  });
});

describe.concurrent('a standby that lacks much of what is registered', { timeout: limitMs }, () => {
  it('does not take over, says why, and does once the packs are there', async ({ onTestFinished }) => {
    const { site, copyOf, start, whenServed, rows } = await createGround(onTestFinished);
    const other = await copyOf('other');
    const first = start('one');
    await first.ready();
    for (const name of flows.slice(2)) await rm(join(other, `ops/workflows/${name}.yaml`));
    const second = start('two', other);
    await second.ready();
    await second.logged(says('not taking over'));
    expect(await readiness(second)).toMatchObject({ status: 200, codes: ['packs_differ'] });
    const before = await rows();
    first.kill('SIGKILL');
    await eventually(async () => expect(await readiness(second)).toMatchObject({ status: 503 }), {
      limitMs: 15_000,
    });
    await sleep(3_000);
    const { codes, body } = await readiness(second);
    expect([codes, body.role]).toEqual([['packs_differ', 'no_leader'], { 'root:packs': 'standby' }]);
    const why = /4 registered definitions are not on this disk.*led from .*packs on one last/;
    expect(body.reasons[0]?.message).toMatch(why);
    expect((await rootOf(second)).held_back).toMatch(why);
    expect((await second.get('/api/v1/explain?ref=ops.f')).text).toMatch(why);
    const url = ['--url', await second.url()];
    expect((await site.run(['status', ...url])).stdout).toMatch(why);
    expect(await rows()).toEqual(before);
    await cp(site.root, other, { recursive: true });
    await whenServed(1);
    await leads(second);
    await second.ready();
    expect(await rows()).toEqual(before);
  });

  it('is led by a person: one sync there, and what it lacks is held', async ({ onTestFinished }) => {
    const { site, copyOf, start } = await createGround(onTestFinished);
    const other = await copyOf('other');
    const first = start('one');
    await first.ready();
    await first.stop();
    for (const name of flows.slice(2)) await rm(join(other, `ops/workflows/${name}.yaml`));
    const second = start('two', other);
    await second.logged(says('not taking over'));
    const synced = await site.run(['sync', `packs=${other}`], onHost('two'));
    expect([synced.code, synced.stdout]).toEqual([1, expect.stringMatching(/^Held 4/)]);
    await leads(second);
    await eventually(async () => expect(await rootOf(second)).toMatchObject({ role: 'leader', held: 4 }));
  });

  it('leads when it was the one that led last: a daemon without peers is held up by nothing', async ({
    onTestFinished,
  }) => {
    const { site, start, whenServed } = await createGround(onTestFinished);
    const before = start('one');
    await before.ready();
    await before.stop();
    for (const name of flows.slice(2)) await site.remove(`ops/workflows/${name}.yaml`);
    await site.save(one, workflowText({ x: 2 }));
    const after = start('one');
    await after.ready();
    await whenServed(2);
    expect(await rootOf(after)).toMatchObject({ role: 'leader', held: 4 });
  });
});

describe.concurrent('a leader that is frozen for 30 s with a write pending', { timeout: limitMs }, () => {
  it('is refused when it goes on, steps down, and converges as a standby', async ({ onTestFinished }) => {
    const { site, copyOf, start, whenServed, epochs } = await createGround(onTestFinished);
    const own = await copyOf('own');
    // The second apply of the process: the first brings the pack.
    const frozen = start('one', own, { program, env: { FAILPOINT: 'apply.begin:2:pause' } });
    await frozen.ready();
    const other = start('two');
    await other.ready();
    const logged = frozen.log.length;
    // Its successor has neither this file nor a reason to write the pack, whose generation would refuse the write as well.
    await writeFile(join(own, one), workflowText({ x: 9 }));
    await leads(other);
    await site.saveAll(packFiles('net', { a: workflowText() }));
    await until(
      async () => (await site.rows("select from served_workflow where ref = 'net.a'")).length === 1,
      {
        what: 'net.a',
      },
    );
    await sleep(22_000);
    expect(frozen.log.length).toBe(logged);
    frozen.kill('SIGCONT');
    await frozen.logged(says('not written: the lease of this source has run out'), { from: logged });
    await follows(frozen, logged);
    await eventually(async () =>
      expect(await rootOf(frozen)).toMatchObject({ role: 'standby', healthy: true }),
    );
    await frozen.ready();
    await site.save(one, workflowText({ x: 2 }));
    await whenServed(2);
    expect(await epochs()).toMatchObject({ faults: [], holders: 2 });
    const written = await site.rows("select definition -> 'vars' ->> 'x' as x from workflow_revision");
    expect(written.map(({ x }) => x)).not.toContain('9');
    // It leads again when it is alone, by its own disk.
    expect((await other.stop()).code).toBe(0);
    await leads(frozen, logged);
    await whenServed(9);
    expect((await epochs()).faults).toEqual([]);
  });
});
