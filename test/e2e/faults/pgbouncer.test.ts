// The daemon through PgBouncer in transaction mode: nothing it does depends on a session.
import { describe, expect, it } from 'vitest';
import { changesOf, listenToEvents } from '../../support/event-listener.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createPgbouncer, hasPgbouncer } from '../../support/pgbouncer.mjs';
import { createPostgresServer } from '../../support/postgres-server.ts';
import { createSite } from '../../support/site.ts';
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

// The embedded server lets in nobody but its owner, and PgBouncer runs as somebody else.
const canRun = hasPgbouncer && hasSystemServer;
if (!canRun) process.stdout.write('skipped: PgBouncer or the system server is not installed\n');

const flow = 'one/workflows/flow.yaml';

describe.skipIf(!canRun)('a daemon behind PgBouncer', () => {
  it('registers, edits and removes, and outlives a restart of either', async ({ onTestFinished }) => {
    const server = await createPostgresServer(onTestFinished);
    const pooler = await createPgbouncer(onTestFinished, server.connection);
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText(), gone: workflowText() }));
    // Packs are worked on side by side, each on a connection of its own.
    for (const pack of ['two', 'three', 'four'])
      await site.saveAll(packFiles(pack, { flow: workflowText(), more: workflowText() }));
    const daemon = startAgainst(site, pooler.url);
    await daemon.ready();
    const isLive = async (x: number) => (await servedX(server.query, 'one.flow')) === x;
    await until(() => isLive(1), { what: 'registered' });

    const stream = await listenToEvents(daemon, onTestFinished);
    await site.save(flow, workflowText({ x: 2 }));
    await until(() => isLive(2), { what: 'updated' });
    await site.remove('one/workflows/gone.yaml');
    await until(async () => (await servedX(server.query, 'one.gone')) === undefined, { what: 'retired' });
    // No notification comes through, so it is asked for.
    await until(() => changesOf(stream).length === 2, { what: 'both are told' });
    expect(changesOf(stream)).toEqual(['committed one.flow', 'committed one.gone']);
    const known = stream.findLast(({ id }) => id !== undefined)?.id;
    // Nothing had to wait for a connection to be given back.
    expect(daemon.log.filter(({ level }) => level === 'warn')).toEqual([]);
    const clients = new Set(pooler.log().match(/C-0x[0-9a-f]+/g));
    expect(clients.size).toBeGreaterThan(1);
    const backends = await server.query(
      "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    expect(backends).toHaveLength(1);

    await pooler.stop();
    await site.save(flow, workflowText({ x: 3 }));
    await awayReason(daemon, /ECONNREFUSED/);
    await pooler.start();
    await convergedAfter(daemon, 'PgBouncer restarted', performance.now(), () => isLive(3));

    await server.stop('immediate');
    await site.save(flow, workflowText({ x: 4 }));
    await awayReason(daemon);
    await server.start();
    await convergedAfter(daemon, 'restarted behind PgBouncer', performance.now(), () => isLive(4));

    // A server that does not wait for its disk may have lost a commit; what is told is what it has.
    const rows = await server.query<{ ref: string }>(
      'select ref from catalog_change where version > $1 order by version, position',
      [known ?? null],
    );
    const resumed = await listenToEvents(daemon, onTestFinished, `?since=${known}`);
    await until(() => changesOf(resumed).length > 0, { what: 'what came after the cuts is told' });
    expect(changesOf(resumed)).toEqual(rows.map(({ ref }) => `committed ${ref}`));

    await expectWholeHistory(server.query);
    expect(pooler.log()).not.toMatch(/prepared statement|unsupported startup parameter/);
    expectUnharmed(daemon);
  });
});
