// The daemon's life: it starts when something is missing, tells what it is, and stops when it is told.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../support/daemon.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { createSite, hasEvents } from '../support/site.ts';
import { until } from '../support/wait.ts';
import { registryOf } from './registry-rows.ts';

type Ready = { ready: boolean; role: Record<string, string>; reasons: { code: string; message: string }[] };

const quiet = ['--watch', 'events', '--rescan-s', '3600'];

describe('a signal', () => {
  it.for(['SIGTERM', 'SIGINT'] as const)(
    '%s ends the daemon soon, with 0 and without its lease',
    async (signal, { onTestFinished }) => {
      const site = await createSite(onTestFinished);
      await site.saveAll(packFiles('one', { flow: workflowText() }));
      const daemon = site.daemon(quiet);
      await daemon.ready();
      const [lease] = await site.rows('select holder from source_lease');
      expect(lease?.['holder']).toContain(` ${daemon.pid} `);
      const begunMs = performance.now();
      daemon.kill(signal);
      expect(await daemon.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - begunMs).toBeLessThan(5_000);
      expect(await site.rows('select holder from source_lease')).toEqual([{ holder: null }]);
      expect(
        await site.rows(
          'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      ).toEqual([]);
    },
  );

  it('is obeyed at once the second time, while a pass waits for a lock', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = site.daemon(quiet);
    await daemon.ready();
    const other = site.database().session();
    await other.unsafe('begin; lock table workflow_definition in exclusive mode');
    await site.save('one/workflows/flow.yaml', workflowText({ x: 2 }));
    await until(
      async () =>
        (
          await site.rows(
            "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
          )
        ).length > 0,
      { what: 'a waiting pass' },
    );
    daemon.kill('SIGTERM');
    await daemon.logged(({ msg }) => msg === 'stopping');
    expect(daemon.hasExited()).toBe(false);
    const begunMs = performance.now();
    daemon.kill('SIGTERM');
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - begunMs).toBeLessThan(1_000);
    await other.unsafe('rollback');
  });

  it('soon after the start waits for what is being forgotten, and warns of nothing', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await site.rows(`
      create or replace function packwatch.purge_retired(writer_source text, writer_epoch bigint, retain interval, at_most integer)
      returns jsonb language sql as $$ select jsonb_build_object('purged', length(pg_advisory_xact_lock(7)::text)) $$`);
    const other = site.database().session();
    await other.unsafe('select pg_advisory_lock(7)');
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = site.daemon(quiet);
    await daemon.ready();
    const waiting = `select from pg_locks l join pg_database d on d.oid = l.database
      where not l.granted and l.locktype = 'advisory' and d.datname = current_database()`;
    await until(async () => (await site.rows(waiting)).length > 0, { what: 'a statement that forgets' });
    daemon.kill('SIGTERM');
    await daemon.logged(({ msg }) => msg === 'stopping');
    // Long enough for all the rest of the stop.
    await other.unsafe('select pg_sleep(0.4), pg_advisory_unlock(7)');
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(daemon.log.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('is obeyed while the daemon is still starting', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    // A database that accepts and never answers: the first statement goes on for long.
    const deaf = await listening(
      createServer(() => undefined),
      onTestFinished,
    );
    const daemon = site.daemon(quiet, {
      env: { DATABASE_URL: `postgresql://packwatch@127.0.0.1:${deaf}/x` },
    });
    await daemon.url();
    const ended = await daemon.stop();
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.tookMs).toBeLessThan(9_000);
  });
});

describe('a running daemon', () => {
  it('answers health, metrics and the reads of the registry', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      ...packFiles('one', { flow: workflowText({ label: 'Flow of one' }) }),
      'one/workflows/bad.yaml': 'tasks: [\n',
    });
    const daemon = site.daemon(quiet);
    await daemon.ready();
    const get = (path: string, headers?: Record<string, string>): Promise<Answer> =>
      daemon.get(path, headers);
    expect(await get('/livez')).toMatchObject({ status: 200 });
    expect((await get('/readyz')).json<Ready>()).toEqual({
      ready: true,
      role: { 'root:packs': 'leader' },
      reasons: [],
    });
    const list = (await get('/api/v1/workflows')).json<{ data: Record<string, unknown>[] }>();
    expect(list).toMatchObject({
      data: [
        {
          ref: 'one.flow',
          pack_ref: 'one',
          label: 'Flow of one',
          status: 'active',
          number: 1,
          source: 'root:packs',
        },
      ],
      pagination: {
        page: 1,
        page_size: 50,
        total_items: 1,
        total_pages: 1,
        has_previous: false,
        has_next: false,
      },
    });
    expect(list.data[0]).not.toHaveProperty('definition');
    expect((await get('/api/v1/workflows/one.flow')).json()).toMatchObject({
      data: {
        ref: 'one.flow',
        definition: { vars: { x: 1 } },
        served: { number: 1 },
        on_disk: { state: 'valid' },
        tasks: [{ name: 'only', action: 'core.noop' }],
      },
    });
    const text = await get('/api/v1/workflows/one.flow', { accept: 'application/yaml' });
    expect(text.text).toBe(workflowText({ label: 'Flow of one' }));
    expect(await get('/api/v1/workflows/one.bad')).toMatchObject({
      status: 404,
      text: expect.stringContaining('not_registered'),
    });
    expect(await get('/api/v1/workflows/one.none')).toMatchObject({ status: 404 });
    expect(await get('/api/v1/workflows?colour=red')).toMatchObject({ status: 422 });
    expect((await get('/api/v1/packs')).json()).toMatchObject({
      data: [{ ref: 'one', workflow_count: 1, problem_count: 1 }],
    });
    expect((await get('/api/v1/packs/one')).json()).toMatchObject({ data: { ref: 'one', status: 'active' } });
    expect((await get('/api/v1/problems')).json()).toMatchObject({
      data: [
        {
          source: 'root:packs',
          path: 'one/workflows/bad.yaml',
          ref: 'one.bad',
          state: 'invalid',
          served: false,
          diagnostics: [{ code: 'YAML_SYNTAX' }],
        },
      ],
    });
    expect((await get('/api/v1/status')).json()).toMatchObject({
      data: {
        ready: true,
        roots: [{ source: 'root:packs', path: site.root, role: 'leader', healthy: true }],
        files: 3,
      },
    });
    expect((await get('/')).text).toContain('<h1>Packwatch</h1>');
    await until(async () => (await daemon.metric('packwatch_definitions', 'status="active"')) === 1, {
      what: 'the gauge',
    });
    expect(await daemon.metric('packwatch_problems', 'YAML_SYNTAX')).toBe(1);
    expect(await daemon.metric('packwatch_files')).toBe(3);
    expect(await daemon.metric('packwatch_leader')).toBe(1);
    expect(await daemon.metric('packwatch_watch_mode', `mode="${hasEvents ? 'events' : 'off'}"`)).toBe(1);
    expect((await get('/metrics')).text).not.toContain('one.flow');
    await site.save('one/workflows/flow.yaml', workflowText({ x: 2 }));
    await until(async () => (await daemon.metric('packwatch_rows_written_total', 'verb="updated"')) === 1, {
      what: 'the figure',
    });
    // When a save was made that nobody announced is not known.
    expect(await daemon.metric('packwatch_save_to_live_seconds_count')).toBe(hasEvents ? 1 : 0);
  });

  it('tells an author what went live, and shows what is wrong in a frame', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = site.daemon(quiet, { command: 'dev' });
    const said = (text: string) =>
      until(() => daemon.stdout().includes(text), {
        what: `"${text}" in ${daemon.stdout()}`,
      });
    await said('Ctrl-C stops');
    expect(daemon.stdout()).toMatch(/1 workflow and 0 actions from 1 pack/);
    expect(daemon.stdout()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/api\/v1\/workflows/);
    await site.save('one/workflows/flow.yaml', workflowText({ x: 2 }));
    await said('updated    one.flow');
    await said(hasEvents ? 'ms after the save' : 'live, found by a rescan');
    await site.save('one/workflows/flow.yaml', 'version: 1.0.0\ntasks:\n  - name: a\n    acton: core.noop\n');
    await said('packs/one/workflows/flow.yaml:');
    await said('acton: core.noop');
    daemon.kill('SIGINT');
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a start', () => {
  it('waits for a database that is not there, alive and not ready', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    // A port that nobody listens on, until the database appears behind it.
    const port = await listening(createServer(), (close) => close());
    const { user, database } = site.database().connection;
    const daemon = site.daemon(quiet, {
      env: { DATABASE_URL: `postgresql://${user}@127.0.0.1:${port}/${database}` },
    });
    await daemon.logged(({ level, msg }) => level === 'warn' && msg.startsWith('a pass failed'));
    expect(await daemon.get('/livez')).toMatchObject({ status: 200 });
    const waiting = await daemon.get('/readyz');
    expect(waiting.status).toBe(503);
    expect(waiting.json<Ready>()).toMatchObject({ ready: false, role: {} });
    expect(waiting.json<Ready>().reasons.map(({ code }) => code)).toEqual([
      'database_unreachable',
      'first_pass',
    ]);
    expect((await daemon.get('/api/v1/workflows')).status).toBe(503);
    expect(daemon.hasExited()).toBe(false);

    await listening(forwardTo(site.database()), onTestFinished, port);
    await registryOf(site).active('one.flow');
    await daemon.ready();
    expect((await daemon.get('/readyz')).json<Ready>().reasons).toEqual([]);
  });

  it('on a port that is taken ends with 78 and one sentence', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const port = await listening(createServer(), onTestFinished);
    const daemon = site.daemon(['--http', `127.0.0.1:${port}`]);
    expect(await daemon.exited).toEqual({ code: 78, signal: null });
    const errors = daemon.log.filter(({ level }) => level !== 'info');
    expect(errors).toEqual([
      expect.objectContaining({ level: 'error', msg: expect.stringContaining(`127.0.0.1:${port}`) }),
    ]);
    expect(await site.rows('select from source_lease where holder is not null')).toEqual([]);
  });
});

type AtEnd = (act: () => Promise<void>) => unknown;

/** The port of a server that listens until the test ends. */
async function listening(server: Server, atEnd: AtEnd, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  await atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return address.port;
}

/** What connects here is connected to the database. */
function forwardTo({ connection }: TestDatabase): Server {
  return createServer((socket) => {
    const behind = connect(`${connection.host}/.s.PGSQL.${connection.port}`);
    behind.on('error', () => socket.destroy());
    socket.on('close', () => behind.destroy());
    behind.on('close', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
}
