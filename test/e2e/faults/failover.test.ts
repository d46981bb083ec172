// A primary that is gone, and its standby promoted: daemons, those who follow the changes and executors go over to it by themselves. What
// the standby had not received is lost with the primary; files are registered anew, and nobody is left with a copy of what is lost.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runGuarded } from '../../../src/embedded/guardian.ts';
import { preparePlace } from '../../../src/embedded/place.ts';
import type { Daemon } from '../../support/daemon.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createPair, type Pair } from '../../support/postgres-pair.mjs';
import { type Copied, differencesOf } from '../../support/served-copy.ts';
import { createSite, hasEvents, type Site } from '../../support/site.ts';
import { hasSystemServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';
import { type AtEnd, convergedAfter, expectUnharmed, servedX, startAgainst } from './database-away.ts';

const flow = 'one/workflows/flow.yaml';
const executor = fileURLToPath(new URL('../../support/executor.mjs', import.meta.url));
const leap = 1_000_000_000;

async function openGround(
  atEnd: AtEnd,
): Promise<{ site: Site; pair: Pair; leader: Daemon; standby: Daemon }> {
  const dir = await mkdtemp(join(tmpdir(), 'pw-pair-'));
  await chmod(dir, 0o755);
  const pair = await createPair(dir, { runGuarded, preparePlace });
  atEnd(async () => {
    await pair.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const site = await createSite(atEnd, { database: 'none' });
  await site.saveAll(packFiles('one', { flow: workflowText({ x: 1 }), other: workflowText({ x: 1 }) }));
  const leader = startAgainst(site, pair.url);
  await leader.ready();
  const standby = startAgainst(site, pair.url);
  await standby.ready();
  return { site, pair, leader, standby };
}

/** What the executor of docs/examples has, asking both daemons. */
async function startExecutor(daemons: readonly Daemon[], atEnd: AtEnd) {
  const urls = await Promise.all(daemons.map((daemon) => daemon.url()));
  const child = spawn(process.execPath, [executor, ...urls], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(async () => void child.kill('SIGKILL'));
  let told: { version: number; workflows: readonly Copied[] } | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    told = JSON.parse(line);
  });
  return {
    version: () => told?.version ?? 0,
    x: (ref: string) =>
      (
        told?.workflows.find((one) => one.ref === ref)?.['definition'] as
          | { vars?: { x?: number } }
          | undefined
      )?.vars?.x,
    differences: (pair: Pair) => differencesOf(told?.workflows ?? [], pair.primary()),
  };
}

const versionAt = async (pair: Pair) => {
  const [row] = await pair.primary().query<{ version: string }>('select version from catalog_version');
  return Number(row?.version);
};
const queryOf = (pair: Pair) => (statement: string) => pair.primary().query(statement);
const isLive = (pair: Pair, x: number) => async () => (await servedX(queryOf(pair), 'one.flow')) === x;

// With rescans a second apart what is lost is mended before it can be looked at.
describe.skipIf(!hasSystemServer || !hasEvents)('a failover of the database', { timeout: 120_000 }, () => {
  it('that loses commits is mended from disk, and no copy keeps what is lost', async ({ onTestFinished }) => {
    const { site, pair, leader, standby } = await openGround(onTestFinished);
    const copy = await startExecutor([leader, standby], onTestFinished);
    await until(() => copy.x('one.flow') === 1 && copy.x('one.other') === 1, { what: 'the copy is there' });
    await site.save(flow, workflowText({ x: 2 }));
    await until(() => copy.x('one.flow') === 2, { what: 'the copy has the edit' });
    const kept = await versionAt(pair);
    await until(
      async () => {
        const [row] = await pair.standby().query<{ version: string }>('select version from catalog_version');
        return Number(row?.version) === kept;
      },
      { what: 'the standby has everything' },
    );

    await pair.holdBack();
    for (const x of [3, 4, 5]) {
      await site.save(flow, workflowText({ x }));
      await until(isLive(pair, x), { what: `${x} is live` });
    }
    const disabled = await fetch(`${await standby.url()}/api/v1/workflows/one.other/disable`, {
      method: 'POST',
    });
    expect(disabled.status).toBe(200);
    await until(() => copy.x('one.flow') === 5 && copy.x('one.other') === undefined, {
      what: 'the copy has what will be lost',
    });
    const lost = copy.version();
    expect(lost).toBe(kept + 4);

    await pair.failOver('kill');
    const promotedMs = performance.now();
    // As it was kept, unless a daemon was faster than this question; what is lost besides is seen below.
    expect([2, 5]).toContain(await servedX(queryOf(pair), 'one.flow'));
    for (const daemon of [leader, standby])
      await convergedAfter(daemon, 'a failover that lost commits', promotedMs, isLive(pair, 5), 5_000);
    await until(async () => (await copy.differences(pair)).length === 0, {
      what: 'the copy is right',
      limitMs: 5_000,
    });
    process.stdout.write(`the copy is right after ${Math.round(performance.now() - promotedMs)} ms\n`);
    // The decision is gone with the primary, and the copy knows that too.
    expect(copy.x('one.other')).toBe(1);
    expect(await versionAt(pair)).toBeGreaterThan(leap);
    for (const daemon of [leader, standby]) {
      for (let since = kept; since <= lost + 1; since += 1) {
        const answer = await daemon.get(`/api/v1/changes?since=${since}`);
        expect([since, answer.status]).toEqual([since, 410]);
        expect((await daemon.get('/api/v1/events', { 'last-event-id': String(since) })).status).toBe(410);
      }
      expect((await daemon.get(`/api/v1/changes?since=${await versionAt(pair)}`)).status).toBe(200);
    }
    // Of the two that may write one does, under a number from after the failover.
    const [lease] = await pair.primary().query<{ epoch: string }>('select epoch from source_lease');
    expect(Number(lease?.epoch)).toBeGreaterThan(leap);

    // And back, with a standby that had confirmed everything.
    await pair.rebuild();
    await pair.setSynchronous(true);
    await site.save(flow, workflowText({ x: 6 }));
    await until(isLive(pair, 6), { what: '6 is live' });
    await pair.failOver('kill');
    const backMs = performance.now();
    await site.save(flow, workflowText({ x: 7 }));
    for (const daemon of [leader, standby])
      await convergedAfter(daemon, 'a failover that lost nothing', backMs, isLive(pair, 7), 5_000);
    expect(await versionAt(pair)).toBeGreaterThan(2 * leap);
    await until(async () => (await copy.differences(pair)).length === 0, {
      what: 'the copy is right',
      limitMs: 5_000,
    });
    for (const daemon of [leader, standby]) expectUnharmed(daemon);
  });

  it('that keeps only the degraded of a definition and not its mending is seen through at once', async ({
    onTestFinished,
  }) => {
    const { pair, leader } = await openGround(onTestFinished);
    // As the program itself writes it, so that no file and no mark of a hand tells that something is left to do.
    await pair.primary().query(`
      do $$ begin
        perform set_config('packwatch.writer', 'on', true);
        update packwatch.workflow_definition set status = 'degraded' where ref = 'one.flow';
        update packwatch.action set status = 'degraded' where ref = 'one.flow';
      end $$`);
    await pair.failOver('fast');
    const promotedMs = performance.now();
    const areMended = async () => {
      const rows = await pair.primary().query<{ status: string }>(`
        select status from workflow_definition where ref = 'one.flow'
        union all select status from action where ref = 'one.flow'`);
      return rows.length === 2 && rows.every(({ status }) => status === 'active');
    };
    await convergedAfter(leader, 'a failover that kept what is degraded', promotedMs, areMended, 5_000);
  });

  it('that leaves the old primary running is noticed, and that one is written to no more', async ({
    onTestFinished,
  }) => {
    const { site, pair, leader, standby } = await openGround(onTestFinished);
    const old = pair.primary();
    await pair.promoteBeside();
    const promotedMs = performance.now();
    await site.save(flow, workflowText({ x: 2 }));
    // Both daemons look for the primary every ten seconds.
    for (const daemon of [leader, standby])
      await convergedAfter(daemon, 'a promotion beside the primary', promotedMs, isLive(pair, 2), 15_000);
    const versionOf = async () =>
      (
        await old.query(
          'select version, (select max(expires_at) from source_lease) as at from catalog_version',
        )
      )[0];
    const last = await versionOf();
    for (const x of [3, 4]) {
      await site.save(flow, workflowText({ x }));
      await until(isLive(pair, x), { what: `${x} is live on the new primary` });
    }
    expect(await versionOf()).toEqual(last);
    for (const daemon of [leader, standby]) expectUnharmed(daemon);
  });
});
