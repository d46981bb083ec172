// A server that is there and cannot be written: read-only, out of connections, its disk full. Everything is found again by a
// retry: the rescan is an hour away.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createPostgresServer, type PostgresServer } from '../../support/postgres-server.ts';
import { createSite } from '../../support/site.ts';
import { canMount, createSmallDisk } from '../../support/small-disk.ts';
import { hasSystemServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';
import {
  awayReason,
  convergedAfter,
  expectUnharmed,
  expectWholeHistory,
  servedX,
  startAgainst,
} from './database-away.ts';

const flow = 'one/workflows/flow.yaml';
const hasSmallDisk = hasSystemServer && canMount();
if (!hasSmallDisk) process.stdout.write('skipped: a full disk, there is no server to put on one here\n');

/** Takes every connection that the server has; the daemon's are ended until none is left. Returns them. */
async function takeAllConnections(server: PostgresServer): Promise<readonly postgres.Sql[]> {
  const first = server.session();
  await first`select 1`;
  const taken = [first];
  // A connection that is only being made has its slot, and is not seen yet: one look without any proves nothing.
  let calm = 0;
  await until(
    async () => {
      for (;;) {
        const one = server.session();
        try {
          await one`select 1`;
          taken.push(one);
        } catch {
          await one.end({ timeout: 1 });
          break; // refused: all are taken, some by the daemon
        }
      }
      const ended = await first`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'packwatch'`;
      calm = ended.length === 0 ? calm + 1 : 0;
      return calm >= 8;
    },
    { what: 'the daemon has no connection left', everyMs: 25 },
  );
  return taken;
}

/** A workflow so large that its row needs new pages on disk. */
const large = (x: number) =>
  workflowText({
    x,
    description: randomBytes(150_000)
      .toString('hex')
      .replaceAll(/.{1000}/g, '$& '),
  });

describe.concurrent('a server that cannot be written', () => {
  it('may be read-only for a while, as after a failover', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const { url, connection } = site.database();
    const daemon = startAgainst(site, url);
    await daemon.ready();
    // The connection that asks is older than the setting, so it stays able to write.
    const setReadOnly = async (value: 'on' | 'off') => {
      await site.rows(`alter database ${connection.database} set default_transaction_read_only = ${value}`);
      await site.rows(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'packwatch'`);
    };
    await setReadOnly('on');
    await site.save(flow, workflowText({ x: 2 }));
    await awayReason(daemon, /read-only/);
    expect(await servedX(site.rows, 'one.flow')).toBe(1);
    await setReadOnly('off');
    await convergedAfter(
      daemon,
      'read-only',
      performance.now(),
      async () => (await servedX(site.rows, 'one.flow')) === 2,
    );
    await expectWholeHistory(site.rows);
    expectUnharmed(daemon);
  });

  it('may have no connection to give for a while', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished, { settings: ['max_connections=12'] });
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await daemon.ready();
    const taken = await takeAllConnections(server);
    const giveBack = async () => {
      await Promise.all(taken.map((one) => one.end({ timeout: 1 })));
    };
    onTestFinished(giveBack);
    expect(taken.length).toBeGreaterThan(8);
    await site.save(flow, workflowText({ x: 2 }));
    await awayReason(daemon, /too many clients|connection slots/);
    await giveBack();
    await convergedAfter(
      daemon,
      'out of connections',
      performance.now(),
      async () => (await servedX(server.query, 'one.flow')) === 2,
    );
    await expectWholeHistory(server.query);
    expectUnharmed(daemon);
  });

  it.skipIf(!hasSmallDisk)('may have no space left for a while', async ({ onTestFinished }) => {
    const disk = await createSmallDisk(onTestFinished, 96);
    const server = await createPostgresServer(onTestFinished, { dataDir: join(disk.path, 'data') });
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = startAgainst(site, server.url);
    await daemon.ready();
    await disk.fill();
    let x = 1;
    // Until the pages and the log that are there already are used up.
    const reason = await until(
      async () => {
        x += 1;
        await site.save(flow, large(x));
        expect((await daemon.get('/livez')).status).toBe(200);
        const { reasons } = (await daemon.get('/readyz')).json<{ reasons: { message: string }[] }>();
        return reasons[0]?.message;
      },
      { what: 'the disk is full', everyMs: 150 },
    );
    expect(reason).toMatch(/No space left|could not extend|CONNECTION|ECONN|ENOENT|starting up|recovery/);
    await disk.drain();
    // Where the log itself could not be written the server has ended.
    if (!server.isRunning()) await server.start();
    await convergedAfter(daemon, 'a full disk', performance.now(), async () =>
      servedX(server.query, 'one.flow').then(
        (served) => served === x,
        () => false,
      ),
    );
    await expectWholeHistory(server.query);
    expect(await server.log()).toContain('No space left on device');
    expectUnharmed(daemon);
  });
});
