// A network between the daemon and its server that swallows, cuts and delays. Everything is found again by a retry: the rescan is
// an hour away.
import { describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { openProxy } from '../../support/proxy.mjs';
import { createSite } from '../../support/site.ts';
import { until } from '../../support/wait.ts';
import {
  type AtEnd,
  awayReason,
  convergedAfter,
  expectUnharmed,
  expectWholeHistory,
  servedX,
  startAgainst,
} from './database-away.ts';

const flow = 'one/workflows/flow.yaml';

/** A ready daemon on one workflow, whose way to the server is the proxy's. */
async function startBehindProxy(atEnd: AtEnd, seed?: number) {
  const site = await createSite(atEnd);
  const { host, port, user, database } = site.database().connection;
  const proxy = await openProxy({ upstream: `${host}/.s.PGSQL.${port}`, ...(seed ? { seed } : {}) });
  atEnd(() => proxy.close());
  await site.saveAll(packFiles('one', { flow: workflowText() }));
  const daemon = startAgainst(site, `postgresql://${user}@127.0.0.1:${proxy.port}/${database}`);
  await daemon.ready();
  const isLive = async (x: number) => (await servedX(site.rows, 'one.flow')) === x;
  return { site, proxy, daemon, isLive };
}

describe.concurrent('a network that fails', () => {
  it('may swallow the answer of a commit: it is read what came of it, and nothing is written twice', async ({
    onTestFinished,
  }) => {
    const { site, proxy, daemon, isLive } = await startBehindProxy(onTestFinished);
    for (let x = 2; x <= 6; x += 1) {
      const swallowed = proxy.swallowReply('apply_pack');
      await site.save(flow, workflowText({ x }));
      await swallowed;
      // It is committed, and the daemon cannot know.
      expect(await isLive(x)).toBe(true);
      await until(async () => (await daemon.metric('packwatch_passes_total', 'failed')) >= x - 1, {
        what: 'the pass fails',
      });
      await convergedAfter(daemon, `a swallowed answer (${x - 1})`, performance.now(), () => isLive(x));
    }
    expect(proxy.faults.filter((fault) => fault.includes('apply_pack'))).toHaveLength(5);
    // As many revisions as edits, and as many changes told.
    await expectWholeHistory(site.rows);
    const [row] = await site.rows('select count(*)::int as revisions from workflow_revision');
    expect(row).toEqual({ revisions: 6 });
    // Seen to be there, not sent again: the edit's own pass failed, the next found nothing to do.
    expect(daemon.log.filter(({ verb }) => verb === 'updated')).toEqual([]);
    expectUnharmed(daemon);
  });

  it('may cut every connection anywhere', async ({ onTestFinished }) => {
    const { site, proxy, daemon, isLive } = await startBehindProxy(onTestFinished, 11);
    proxy.cutAtRandom(6_000);
    proxy.cutAll();
    let x = 1;
    await until(
      async () => {
        x += 1;
        await site.save(flow, workflowText({ x }));
        return proxy.faults.length >= 15;
      },
      { what: '15 cuts', everyMs: 60 },
    );
    proxy.pass();
    proxy.cutAll();
    await convergedAfter(daemon, `${proxy.faults.length} cuts`, performance.now(), () => isLive(x));
    await expectWholeHistory(site.rows);
    expectUnharmed(daemon);
  });

  it('may be slow', async ({ onTestFinished }) => {
    const { site, proxy, daemon, isLive } = await startBehindProxy(onTestFinished);
    proxy.delay(60);
    await site.save(flow, workflowText({ x: 2 }));
    await convergedAfter(daemon, 'a slow network', performance.now(), () => isLive(2));
    expect(daemon.log.filter(({ msg }) => msg.startsWith('a pass failed'))).toEqual([]);
    expectUnharmed(daemon);
  });

  it('may swallow everything and tell nobody: the daemon gives up and connects anew', async ({
    onTestFinished,
  }) => {
    const { site, proxy, daemon, isLive } = await startBehindProxy(onTestFinished);
    proxy.blackHole();
    const deafMs = performance.now();
    await site.save(flow, workflowText({ x: 2 }));
    await awayReason(daemon, /did not answer|TIMEOUT/);
    expect(performance.now() - deafMs).toBeLessThan(18_000);
    await site.save(flow, workflowText({ x: 3 }));
    const before = proxy.connections();
    proxy.pass();
    await convergedAfter(daemon, 'a network that swallowed', performance.now(), () => isLive(3));
    expect(proxy.connections()).toBeGreaterThan(before);
    await expectWholeHistory(site.rows);
    expectUnharmed(daemon);
  });

  it('may lose the message that commits: what the statement holds is free again, and it is written once', async ({
    onTestFinished,
  }) => {
    const { site, proxy, daemon, isLive } = await startBehindProxy(onTestFinished);
    const swallowed = proxy.swallowSync('apply_pack');
    await site.save(flow, workflowText({ x: 2 }));
    await swallowed;
    const lostMs = performance.now();
    // Neither side is told; the server would wait for two hours, and everybody who writes for the locks.
    await convergedAfter(daemon, 'a commit that never came', lostMs, () => isLive(2), 45_000);
    expect(
      await site.rows(
        "select from pg_stat_activity where state = 'active' and wait_event = 'ClientRead' and datname = current_database()",
      ),
    ).toEqual([]);
    await expectWholeHistory(site.rows);
    expectUnharmed(daemon);
  }, 120_000);

  it('may refuse connections for a while', async ({ onTestFinished }) => {
    const { site, proxy, daemon, isLive } = await startBehindProxy(onTestFinished);
    await proxy.refuse();
    await site.save(flow, workflowText({ x: 2 }));
    await awayReason(daemon, /ECONNREFUSED/);
    proxy.pass();
    await convergedAfter(daemon, 'refused connections', performance.now(), () => isLive(2));
    await expectWholeHistory(site.rows);
    expectUnharmed(daemon);
  });
});
