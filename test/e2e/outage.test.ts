// What is not there: a root that is missing, a root that is suddenly empty, a daemon that was away.
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';
import { until } from '../support/wait.ts';
import { registryOf } from './registry-rows.ts';

/** Everything of the schema but the leases: each row as it is, with the transaction that wrote it. */
async function everyRow(site: Site): Promise<Readonly<Record<string, unknown>>> {
  const tables = await site.rows(
    "select tablename from pg_tables where schemaname = 'packwatch' and tablename <> 'source_lease' order by 1",
  );
  const rows: Record<string, unknown> = {};
  for (const { tablename } of tables)
    rows[String(tablename)] = await site.rows(
      `select t.xmin::text, t.ctid::text, t::text as row from packwatch.${tablename} t order by 2`,
    );
  return rows;
}

const served = (site: Site) =>
  site.rows('select id::text, ref, revision, status, updated from workflow_definition order by ref');

async function passes(daemon: Daemon): Promise<number> {
  return daemon.metric('packwatch_passes_total');
}

/** Waits until a pass has begun and ended after this call. */
async function nextPasses(daemon: Daemon): Promise<void> {
  const before = await passes(daemon);
  await until(async () => (await passes(daemon)) >= before + 2, { what: 'two more passes' });
}

describe.concurrent('a root that does not exist', () => {
  it('is waited for, and registered when it appears', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const later = join(site.dir, 'later');
    const daemon = site.daemon(['--watch', 'events', '--rescan-s', '1', '--roots', later]);
    await daemon.ready();
    const told = (await daemon.get('/readyz')).json<{ reasons: { code: string }[] }>();
    expect(told.reasons.map(({ code }) => code)).toEqual(['root_unhealthy']);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    await rename(site.root, later);
    const registry = registryOf(site);
    await registry.active('one.flow');
    // From now on it is watched like any other.
    await site.save('../later/one/workflows/flow.yaml', workflowText({ x: 2 }));
    await registry.when('one.flow', ({ revisions }) => revisions === 2);
    await until(
      async () => (await daemon.get('/readyz')).json<{ reasons: unknown[] }>().reasons.length === 0,
      { what: 'no reasons left' },
    );
  });

  it('removes nothing when it goes while the daemon runs', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      ...packFiles('one', { flow: workflowText() }),
      ...packFiles('two', { flow: workflowText() }),
    });
    const daemon = site.daemon(['--watch', 'events', '--rescan-s', '1', '--prune-max', '100%']);
    await daemon.ready();
    const before = await served(site);
    const away = join(site.dir, 'away');
    await rename(site.root, away);
    await daemon.logged(({ level, msg }) => level === 'warn' && msg.includes('cannot be used'));
    await nextPasses(daemon);
    expect(await served(site)).toEqual(before);
    await rename(away, site.root);
    await nextPasses(daemon);
    expect(await served(site)).toEqual(before);
    await site.save('two/workflows/flow.yaml', workflowText({ x: 2 }));
    await registryOf(site).when('two.flow', ({ revisions }) => revisions === 2);
    expect(daemon.hasExited()).toBe(false);
  });
});

describe.concurrent('a root that is suddenly empty', () => {
  it('retires nothing, tells what is held, and goes on when the packs are back', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      ...packFiles('one', { a: workflowText(), b: workflowText() }),
      ...packFiles('two', { c: workflowText() }),
    });
    // Not even `100%` lets an empty root remove anything.
    const daemon = site.daemon(['--watch', 'events', '--rescan-s', '1', '--prune-max', '100%']);
    await daemon.ready();
    const before = await served(site);
    // As if at once: seen one after the other on a slow machine, the first would be an ordinary removal.
    daemon.kill('SIGSTOP');
    for (const pack of await readdir(site.root)) await rename(site.at(pack), join(site.outside, pack));
    daemon.kill('SIGCONT');
    await until(async () => (await daemon.metric('packwatch_held_removals')) === 3, {
      what: 'three held removals',
    });
    await daemon.logged(({ msg }) => msg.includes('removals wait for a person'));
    await nextPasses(daemon);
    const now = await served(site);
    expect(now.map(({ id, ref, revision }) => [id, ref, revision])).toEqual(
      before.map(({ id, ref, revision }) => [id, ref, revision]),
    );
    expect(await site.rows('select ref from served_workflow')).toHaveLength(3);
    const synced = await site.run(['plan', '--format', 'json']);
    expect(synced.code).toBe(1);
    expect(synced.json<{ held: { ref: string }[] }>().held.map(({ ref }) => ref)).toEqual([
      'one.a',
      'one.b',
      'two.c',
    ]);
    for (const pack of await readdir(site.outside)) {
      if (pack === 'one' || pack === 'two') await rename(join(site.outside, pack), site.at(pack));
    }
    await until(async () => (await daemon.metric('packwatch_held_removals')) === 0, { what: 'nothing held' });
    await registryOf(site).holds(async () => expect(await served(site)).toEqual(before));
  });
});

describe.concurrent('a daemon that was away', () => {
  it('parses nothing and writes nothing over unchanged files', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      ...packFiles('one', { a: workflowText(), b: workflowText() }),
      'one/workflows/bad.yaml': 'tasks: [\n',
      'one/workflows/odd.yaml': `colour: red\n${workflowText()}`,
      'headless/workflows/orphan.yaml': workflowText(),
      'named/pack.yaml': manifestText('other'),
      'named/workflows/flow.yaml': workflowText(),
      'named/actions/linked.yaml': 'ref: other.linked\nlabel: Linked\nworkflow_file: workflows/linked.yaml\n',
      'named/actions/workflows/linked.yaml': workflowText(),
    });
    const first = site.daemon(['--watch', 'events', '--rescan-s', '1']);
    await first.ready();
    await registryOf(site).active('other.linked');
    await nextPasses(first);
    const before = await everyRow(site);
    expect(Object.keys(before).length).toBeGreaterThan(8);
    await nextPasses(first);
    expect(await everyRow(site)).toEqual(before);
    expect((await first.stop()).code).toBe(0);

    const second = site.daemon(['--watch', 'events', '--rescan-s', '1']);
    await second.ready();
    await nextPasses(second);
    expect(await everyRow(site)).toEqual(before);
    expect(await second.metric('packwatch_files_parsed_total')).toBe(0);
    expect(await second.metric('packwatch_rows_written_total')).toBe(0);
  });

  it('takes in what happened meanwhile', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const registry = registryOf(site);
    await site.saveAll(
      packFiles('one', { a: workflowText(), b: workflowText(), c: workflowText(), d: workflowText() }),
    );
    const first = site.daemon(['--prune-max', '100%']);
    await first.ready();
    const before = await registry.active('one.c');
    first.kill('SIGKILL');
    await first.exited;
    await site.save('one/workflows/a.yaml', workflowText({ x: 2 }));
    await site.remove('one/workflows/b.yaml');
    await site.move('one', 'renamed');
    await site.save('new/pack.yaml', manifestText('new'));
    await site.save('new/workflows/flow.yaml', workflowText());
    const second = site.daemon(['--prune-max', '100%']);
    await second.ready();
    expect(await registry.workflow('one.a')).toMatchObject({
      revisions: 2,
      source_path: 'renamed/workflows/a.yaml',
    });
    expect(await registry.workflow('one.b')).toMatchObject({ status: 'retired' });
    expect(await registry.workflow('one.c')).toEqual({ ...before, source_path: 'renamed/workflows/c.yaml' });
    expect(await registry.workflow('new.flow')).toMatchObject({ status: 'active' });
    // Those of the one change alone were parsed: a, renamed or not, and the two new files.
    expect(await second.metric('packwatch_files_parsed_total')).toBeLessThanOrEqual(8);
  });
});
