// Two daemons on one database: what is decided or asked for at the one that stands by reaches the one that leads, soon.
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite } from '../../support/site.ts';
import { until } from '../../support/wait.ts';

/** `leader` and `standby` of the same root, which nothing but requests makes them look at. */
async function openReplicas() {
  const site = await createSite(onTestFinished);
  await site.saveAll(packFiles('ops', { one: workflowText({ x: 1 }) }));
  const quiet = ['--watch', 'off', '--rescan-s', '3600'];
  const leader = site.daemon(quiet);
  await leader.ready();
  const standby = site.daemon(quiet);
  await standby.logged(({ msg }) => msg === 'another daemon leads this source; standing by');
  await standby.ready();
  for (const daemon of [leader, standby])
    await daemon.logged(({ msg }) => msg === 'the database tells when the registry changes');
  return { site, leader, standby };
}

const post = async (daemon: Daemon, path: string, body?: object) => {
  const answer = await fetch(`${await daemon.url()}/api/v1${path}`, {
    method: 'POST',
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  expect(answer.status, await answer.text()).toBe(200);
};

describe('a decision at a daemon that stands by', () => {
  it('is seen to by the leader at once, not at the next renewal of its lease', async () => {
    const { site, leader, standby } = await openReplicas();
    await site.save('ops/workflows/one.yaml', workflowText({ x: 2 }));
    const tookMs: number[] = [];
    const decide = async (path: string, body?: object) => {
      const before = await leader.metric('packwatch_passes_total', 'cause="request"');
      const begunMs = performance.now();
      await post(standby, `/workflows/ops.one/${path}`, body);
      const isSeen = async () => (await leader.metric('packwatch_passes_total', 'cause="request"')) > before;
      await until(isSeen, { what: 'a pass of the leader', everyMs: 5 });
      tookMs.push(performance.now() - begunMs);
    };
    for (let round = 0; round < 7; round += 1) {
      await post(standby, '/workflows/ops.one/protect');
      await decide('unprotect');
    }
    await decide('rollback', { revision: 1 });
    await decide('unpin');
    // By renewals, which come every 2 s, it would be 1,000 on the average.
    expect(tookMs.reduce((total, ms) => total + ms, 0) / tookMs.length).toBeLessThan(500);
    const isDone = async () => {
      const [row] = await site.rows('select scan_requested - scan_done as left from source_lease');
      return Number(row?.['left']) === 0;
    };
    await until(isDone, { what: 'every scan told as done' });
  });
});

type Waited = {
  readonly state: string;
  readonly number?: number;
  readonly reason?: string;
  readonly on_disk: { readonly digest: string } | null;
  readonly diagnostics: readonly { readonly code: string }[];
};

const one = 'ops/workflows/one.yaml';
const waitAt = async (daemon: Daemon, query: string) => {
  const { status, json } = await daemon.get(`/api/v1/wait?${query}`);
  expect(status).toBe(200);
  return json<{ data: Waited }>().data;
};
const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe('a wait', () => {
  it('is over, at either daemon, when what lay on disk before it is live or rejected', async () => {
    const { site, leader, standby } = await openReplicas();
    let x = 1;
    for (const daemon of [leader, standby]) {
      const tookMs: number[] = [];
      for (let round = 0; round < 11; round += 1) {
        x += 1;
        const text = workflowText({ x });
        await site.save(one, text);
        const begunMs = performance.now();
        expect(await waitAt(daemon, `path=${one}&digest=${sha(text)}`)).toMatchObject({ state: 'live' });
        tookMs.push(performance.now() - begunMs);
        const [row] = await site.rows("select definition -> 'vars' ->> 'x' as x from served_workflow");
        expect(row?.['x']).toBe(String(x));
      }
      // Neither watches nor rescans: what is told as live was looked at for the wait. A renewal of the lease comes every 2 s.
      expect(median(tookMs)).toBeLessThan(1_000);
      await site.save(one, 'tasks: [\n');
      const bad = await waitAt(daemon, 'ref=ops.one');
      expect([bad.state, bad.diagnostics.length > 0]).toEqual(['rejected', true]);
      await site.remove(one);
      expect(await waitAt(daemon, `path=${one}`)).toMatchObject({ state: 'live', on_disk: null });
      await site.save(one, workflowText({ x }));
      expect(await waitAt(daemon, 'ref=ops.one')).toMatchObject({ state: 'live' });
    }
  });

  it('says what is in the way: other bytes, a root that is not there, nobody who leads', async () => {
    const { site, leader, standby } = await openReplicas();
    const other = await waitAt(standby, `path=${one}&digest=${'0'.repeat(64)}&timeout=1`);
    expect(other).toMatchObject({ state: 'timeout', on_disk: { digest: sha(workflowText({ x: 1 })) } });
    expect(other.reason).toMatch(/other bytes/);
    await site.move('.', '../elsewhere');
    for (const daemon of [leader, standby])
      expect((await waitAt(daemon, `path=${one}&timeout=1`)).reason).toMatch(/cannot be looked at/);
    await site.move('../elsewhere', '.');
    leader.kill('SIGSTOP');
    const asking = waitAt(standby, `path=${one}&timeout=30`);
    // The lease runs out after 6 s; then who was asked leads, and looks itself.
    expect(await asking).toMatchObject({ state: 'live' });
    leader.kill('SIGCONT');
    const unknown = await standby.get('/api/v1/wait?source=nowhere&path=a/pack.yaml');
    expect(unknown.status).toBe(404);
  });

  it('is told that the daemon stops, and keeps it from nothing', async () => {
    const { leader, standby } = await openReplicas();
    for (const daemon of [standby, leader]) {
      const before = await leader.metric('packwatch_passes_total', 'cause="request"');
      const asking = daemon.get(`/api/v1/wait?path=${one}&digest=${'0'.repeat(64)}&timeout=300`);
      const isAsked = async () => (await leader.metric('packwatch_passes_total', 'cause="request"')) > before;
      await until(isAsked, { what: 'it waits' });
      const [{ status, json }, { code, tookMs }] = await Promise.all([asking, daemon.stop()]);
      expect([status, json<{ code: string }>().code]).toEqual([503, 'shutting_down']);
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(5_000);
    }
  });
});

describe('a scan', () => {
  it('asked for at the daemon that stands by is made by the leader, and told the same', async () => {
    const { site, standby } = await openReplicas();
    await site.save(one, workflowText({ x: 7 }));
    await site.save('ops/workflows/bad.yaml', 'tasks: [\n');
    const answer = await fetch(`${await standby.url()}/api/v1/packs/ops/sync`, { method: 'POST' });
    const { data } = (await answer.json()) as {
      data: { files: readonly { path: string; result: string }[] };
    };
    expect(data.files.map(({ path, result }) => [path, result])).toEqual([
      ['ops/workflows/bad.yaml', 'kept'],
      [one, 'updated'],
      ['ops/pack.yaml', 'unchanged'],
    ]);
    await site.move('.', '../elsewhere');
    const away = await fetch(`${await standby.url()}/api/v1/reconcile`, { method: 'POST' });
    expect([away.status, ((await away.json()) as { detail: string }).detail]).toEqual([
      ...[503, expect.stringMatching(/cannot be looked at/)],
    ]);
    await site.move('../elsewhere', '.');
  });
});

describe('removals', () => {
  it('are found, held, approved and done by requests at the daemon that stands by', async () => {
    const { site, standby } = await openReplicas();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const ask = async <T>(path: string) => {
      const answer = await fetch(`${await standby.url()}/api/v1${path}`, { method: 'POST' });
      const text = await answer.text();
      expect(answer.status, text).toBe(200);
      return JSON.parse(text) as T;
    };
    await site.saveAll(packFiles('net', Object.fromEntries(names.map((name) => [name, workflowText()]))));
    await ask('/reconcile');
    for (const name of names) await site.remove(`net/workflows/${name}.yaml`);
    await ask('/reconcile');
    const { data } = (await standby.get('/api/v1/held')).json<{ data: { batch: string; count: number }[] }>();
    expect(data.map(({ count }) => count)).toEqual([5]);
    await ask(`/held/${data[0]?.batch}/approve`);
    const left = () =>
      site.rows("select from workflow_definition where pack_ref = 'net' and status <> 'retired'");
    await until(async () => (await left()).length === 0, { what: 'the removals are done', limitMs: 10_000 });
  });
});
