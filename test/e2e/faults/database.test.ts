// A server that goes and comes back: before the start, under edits, backend by backend, frozen. Everything is found again by a
// retry: the rescan is an hour away.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createPostgresServer } from '../../support/postgres-server.ts';
import { createSite, type Site } from '../../support/site.ts';
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

/** Saves values that nobody saw before, until told to end; resolves then with the last. */
function editUnceasingly(atEnd: AtEnd, site: Site, path: string, from: number) {
  let x = from;
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      x += 1;
      await site.save(path, workflowText({ x }));
      await sleep(15);
    }
  })();
  const stop = async () => {
    isOver = true;
    await work;
    return x;
  };
  atEnd(async () => void (await stop()));
  return stop;
}

const flow = 'one/workflows/flow.yaml';

// Each has a server to make, and one waits for a deadline of 12 s.
describe.concurrent('a server that goes and comes back', { timeout: 120_000 }, () => {
  it('is waited for when it is down at the start', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished);
    await server.stop('fast');
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await awayReason(daemon, /ENOENT|ECONNREFUSED/);
    await site.save(flow, workflowText({ x: 2 }));
    await server.start();
    await convergedAfter(daemon, 'down at start', performance.now(), async () =>
      // Before the first try has made the schema there is nothing to ask.
      servedX(server.query, 'one.flow').then(
        (x) => x === 2,
        () => false,
      ),
    );
    await expectWholeHistory(server.query);
    expectUnharmed(daemon);
  });

  it('is missed within seconds by a daemon that has nothing to do', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished);
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await daemon.ready();
    await server.stop('fast');
    await awayReason(daemon, /./, 8_000);
    await server.start();
    await convergedAfter(daemon, 'nothing to do', performance.now(), async () => true);
    expectUnharmed(daemon);
  });

  it('loses nothing when it is stopped at once, again and again, under edits', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished);
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await daemon.ready();
    let x = 1;
    for (const how of ['immediate', 'kill', 'immediate'] as const) {
      const stopEditing = editUnceasingly(onTestFinished, site, flow, x);
      await until(async () => Number(await servedX(server.query, 'one.flow')) > x, {
        what: 'an edit is live',
      });
      await server.stop(how);
      await awayReason(daemon);
      x = await stopEditing();
      await server.start();
      await convergedAfter(
        daemon,
        `stopped (${how})`,
        performance.now(),
        async () => (await servedX(server.query, 'one.flow')) === x,
      );
    }
    await expectWholeHistory(server.query);
    expectUnharmed(daemon);
  });

  it('takes the edits of a long outage at once when it is back', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished);
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await daemon.ready();
    await server.stop('immediate');
    await site.save(flow, workflowText({ x: 2 }));
    await awayReason(daemon);
    // So long that every delay has grown to its longest, and that the lease has run out.
    await until(() => daemon.log.filter(({ msg }) => msg.startsWith('a pass failed')).length >= 7, {
      what: 'seven tries',
    });
    await server.start();
    await convergedAfter(
      daemon,
      'a long outage',
      performance.now(),
      async () => (await servedX(server.query, 'one.flow')) === 2,
    );
    await expectWholeHistory(server.query);
    expectUnharmed(daemon);
  });

  it('loses nothing when its backends are ended again and again under edits', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, site.database().url);
    await daemon.ready();
    const stopEditing = editUnceasingly(onTestFinished, site, flow, 1);
    let ended = 0;
    await until(
      async () => {
        const rows = await site.rows(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'packwatch'`);
        ended += rows.length;
        return ended >= 12;
      },
      { what: '12 backends ended', everyMs: 70 },
    );
    const x = await stopEditing();
    await convergedAfter(
      daemon,
      `${ended} backends ended`,
      performance.now(),
      async () => (await servedX(site.rows, 'one.flow')) === x,
    );
    await expectWholeHistory(site.rows);
    expectUnharmed(daemon);
  });

  it('is given up while it is frozen, and used again when it thaws', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished);
    onTestFinished(() => server.thaw());
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await daemon.ready();
    await server.freeze();
    const frozenAtMs = performance.now();
    await site.save(flow, workflowText({ x: 2 }));
    await awayReason(daemon, /did not answer|TIMEOUT/);
    expect(performance.now() - frozenAtMs).toBeLessThan(18_000);
    await site.save(flow, workflowText({ x: 3 }));
    await server.thaw();
    await convergedAfter(
      daemon,
      'a frozen server',
      performance.now(),
      async () => (await servedX(server.query, 'one.flow')) === 3,
    );
    await expectWholeHistory(server.query);
    expectUnharmed(daemon);
  });
});
