// How a root is watched, told from outside: what `auto` makes of events that do not arrive, and the modes a person sets.
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, hasEvents, type Site } from '../support/site.ts';
import { until } from '../support/wait.ts';
import { registryOf } from './registry-rows.ts';

const watchOf = async (daemon: Daemon) =>
  (await daemon.get('/api/v1/status')).json<{ data: { roots: { watch: string }[] } }>().data.roots[0]?.watch;

/** A pack whose workflow is a link to a file that nothing watches: an edit there brings no event. */
async function withUnwatchedFile(site: Site): Promise<(x: number) => Promise<void>> {
  await site.saveAll(packFiles('ops', { usual: workflowText() }));
  await mkdir(site.at('.store'));
  const edit = (x: number) => writeFile(site.at('.store/far.yaml'), workflowText({ x }));
  await edit(1);
  await symlink('../../.store/far.yaml', site.at('ops/workflows/far.yaml'));
  return edit;
}

describe.runIf(hasEvents)('auto', { concurrent: true }, () => {
  it('polls once a rescan finds what no event announced, and trusts events again when they announce changes', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    const edit = await withUnwatchedFile(site);
    const registry = registryOf(site);
    const daemon = site.daemon(['--watch', 'auto', '--rescan-s', '1']);
    await daemon.ready();
    await registry.active('ops.far');
    expect(await watchOf(daemon)).toBe('events');
    expect(await daemon.metric('packwatch_watch_events_missed_total')).toBe(0);
    await edit(2);
    await registry.when('ops.far', ({ revisions }) => revisions === 2);
    await until(async () => (await watchOf(daemon)) === 'poll', { what: 'polling' });
    expect(await daemon.metric('packwatch_watch_events_missed_total')).toBe(1);
    expect(await daemon.metric('packwatch_watch_mode', 'mode="poll"')).toBe(1);
    expect(await daemon.metric('packwatch_watch_mode', 'mode="events"')).toBe(0);
    const told = daemon.log.filter(({ level, msg }) => level === 'warn' && msg.includes('is polled'));
    expect(told).toHaveLength(1);
    for (let x = 2; x < 5; x += 1) {
      await site.save('ops/workflows/usual.yaml', workflowText({ x }));
      await registry.when('ops.usual', ({ definition }) => definition.vars?.['x'] === x);
    }
    await until(async () => (await watchOf(daemon)) === 'events', { what: 'events again' });
    await daemon.logged(({ msg }) => msg.startsWith('polling ends'));
  });

  it('polls within seconds, though rescans are an hour apart', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const edit = await withUnwatchedFile(site);
    const registry = registryOf(site);
    const daemon = site.daemon(['--watch', 'auto', '--rescan-s', '3600']);
    await daemon.ready();
    await registry.active('ops.far');
    await edit(2);
    // Somebody has to look once for the miss to be found.
    daemon.kill('SIGHUP');
    await until(async () => (await watchOf(daemon)) === 'poll', { what: 'polling' });
    await edit(3);
    await registry.when('ops.far', ({ definition }) => definition.vars?.['x'] === 3);
  });
});

describe.runIf(hasEvents)('a mode that is set', { concurrent: true }, () => {
  it.each(['poll', 'off'])('%s needs no events: changes arrive by looking', async (mode) => {
    const cleanUps: (() => Promise<void>)[] = [];
    const site = await createSite((act) => cleanUps.push(act));
    try {
      await site.saveAll(packFiles('ops', { flow: workflowText() }));
      const registry = registryOf(site);
      const rescan = mode === 'poll' ? '3600' : '1';
      const daemon = site.daemon(['--watch', mode, '--rescan-s', rescan]);
      await daemon.ready();
      await registry.active('ops.flow');
      await site.save('ops/workflows/flow.yaml', workflowText({ x: 2 }));
      await registry.when('ops.flow', ({ revisions }) => revisions === 2);
      expect(await watchOf(daemon)).toBe(mode);
      expect(await daemon.metric('packwatch_watch_events_total')).toBe(0);
      expect(await daemon.metric('packwatch_watch_events_missed_total')).toBe(0);
    } finally {
      for (const act of cleanUps) await act();
    }
  });

  it('events never polls, and counts what it missed all the same', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const edit = await withUnwatchedFile(site);
    const registry = registryOf(site);
    const daemon = site.daemon(['--watch', 'events', '--rescan-s', '1']);
    await daemon.ready();
    await registry.active('ops.far');
    await edit(2);
    await registry.when('ops.far', ({ revisions }) => revisions === 2);
    await until(async () => (await daemon.metric('packwatch_watch_events_missed_total')) === 1, {
      what: 'the miss to be counted',
    });
    expect(await watchOf(daemon)).toBe('events');
  });
});

it.runIf(hasEvents)(
  'events come whatever the environment says to the watch library',
  async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('ops', { flow: workflowText() }));
    const registry = registryOf(site);
    const daemon = site.daemon(['--watch', 'events', '--rescan-s', '3600'], {
      env: { CHOKIDAR_USEPOLLING: '1' },
    });
    await daemon.ready();
    expect(daemon.log.filter(({ msg }) => msg.includes('CHOKIDAR_USEPOLLING'))).toHaveLength(1);
    await site.save('ops/workflows/flow.yaml', workflowText({ x: 2 }));
    await registry.when('ops.flow', ({ revisions }) => revisions === 2);
  },
);

describe.runIf(hasEvents)('a root that is replaced', { concurrent: true }, () => {
  it('is looked at within seconds, and loses what it lacks a rescan later', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      ...packFiles('stays', { flow: workflowText() }),
      ...packFiles('goes', { flow: workflowText() }),
    });
    const registry = registryOf(site);
    const daemon = site.daemon(['--watch', 'auto', '--rescan-s', '4', '--prune-max', '100%']);
    await daemon.ready();
    await registry.active('goes.flow');
    const next = `${site.dir}/next`;
    await mkdir(`${next}/stays/workflows`, { recursive: true });
    await writeFile(`${next}/stays/pack.yaml`, packFiles('stays', {})['stays/pack.yaml'] ?? '');
    await writeFile(`${next}/stays/workflows/flow.yaml`, workflowText({ x: 2 }));
    const swappedAtMs = performance.now();
    await rename(site.root, `${site.dir}/old`);
    await rename(next, site.root);
    await registry.when('stays.flow', ({ revisions }) => revisions === 2);
    await daemon.logged(({ msg }) => msg.startsWith('removals wait for a look one rescan later'));
    expect((await registry.workflow('goes.flow'))?.status).toBe('active');
    await registry.retired('goes.flow');
    expect(performance.now() - swappedAtMs).toBeGreaterThan(4_000);
    await site.save('stays/workflows/flow.yaml', workflowText({ x: 3 }));
    await registry.when('stays.flow', ({ revisions }) => revisions === 3);
  });
});
