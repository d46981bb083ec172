// Changes that no event tells of, or that no watch could be set for: the rescan finds them. And what is no change to a workflow at
// all, however often it is told.
import { appendFile, mkdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitedTo, openDoor } from '../../support/confined.mjs';
import { editorNames, workflowNames } from '../../support/editor-names.ts';
import { lookedAgain } from '../../support/ground.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, hasEvents } from '../../support/site.ts';
import { until } from '../../support/wait.ts';
import { registryOf } from '../registry-rows.ts';

const rescanS = 1;
const rescan = ['--rescan-s', String(rescanS)];
const fewWatches = limitedTo({ max_inotify_watches: 30 });
const noInstances = limitedTo({ max_inotify_instances: 0 });

describe.concurrent('a change without an event', () => {
  it.for([
    ['in place', false],
    ['by a rename', true],
  ] as const)(
    '%s, of equal size and with the old mtime, is live within a rescan',
    async ([, byRename], { onTestFinished }) => {
      const site = await createSite(onTestFinished);
      await site.saveAll(packFiles('kept', { flow: workflowText({ x: 1 }) }));
      const path = site.at('kept/workflows/flow.yaml');
      const longAgo = new Date(1_500_000_000_000);
      await utimes(path, longAgo, longAgo);
      const daemon = site.daemon([...rescan, '--watch', 'off']);
      await daemon.ready();
      for (let x = 2; x <= 4; x += 1) {
        // Once a rescan has looked at the file, its bytes are not read again without a reason.
        await lookedAgain(daemon);
        const { size } = await stat(path);
        const written = byRename ? join(site.outside, 'next') : path;
        await writeFile(written, workflowText({ x }));
        await utimes(written, longAgo, longAgo);
        if (byRename) await rename(written, path);
        expect(await stat(path)).toMatchObject({ size, mtime: longAgo });
        const fits = ({ definition }: { definition: { vars?: Record<string, unknown> } }) =>
          definition.vars?.['x'] === x;
        await registryOf(site, rescanS * 1000 + 4_000).when('kept.flow', fits, `with ${x}`);
      }
    },
  );
});

describe.runIf(hasEvents)('a system that refuses watches', { concurrent: true }, () => {
  it.for([
    ['ENOSPC', 'of which a user has 30', fewWatches],
    ['EMFILE', 'of which a user has none', noInstances],
  ] as const)(
    '%s: %s, is told of once, and every change arrives',
    async ([code, , through], { onTestFinished, skip }) => {
      if (!through) return skip('no user namespace with limits of its own here');
      const site = await createSite(onTestFinished);
      const packs = Array.from({ length: 50 }, (_, at) => `pack${at}`);
      for (const pack of packs) await site.saveAll(packFiles(pack, { flow: workflowText() }));
      const daemon = site.daemon(rescan, {
        env: { DATABASE_URL: await openDoor(site.database().connection, onTestFinished) },
        through,
      });
      await daemon.ready();
      const refs = async (x: number) =>
        (
          await site.rows(
            "select ref from served_workflow where definition -> 'vars' -> 'x' = to_jsonb($1::int)",
            [x],
          )
        ).length;
      expect(await refs(1)).toBe(packs.length);
      for (const pack of packs) await site.save(`${pack}/workflows/flow.yaml`, workflowText({ x: 2 }));
      await until(async () => (await refs(2)) === packs.length, {
        what: 'every edit',
        limitMs: rescanS * 1000 + 8_000,
      });
      await site.saveAll(packFiles('late', { flow: workflowText({ x: 3 }) }));
      await until(async () => (await refs(3)) === 1, {
        what: 'the new pack',
        limitMs: rescanS * 1000 + 4_000,
      });
      await lookedAgain(daemon);
      expect((await daemon.get('/readyz')).status).toBe(200);
      const told = daemon.log.filter(
        ({ level, err }) => level !== 'info' && JSON.stringify(err ?? '').includes(code),
      );
      expect(told).toHaveLength(1);
      expect(daemon.log.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );
});

describe.concurrent('names that editors and tools leave', () => {
  it('are neither registered nor read, and all others are', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const daemon = site.daemon(rescan);
    await daemon.ready();
    const parsed = () => daemon.metric('packwatch_files_parsed_total');
    const before = await parsed();
    expect(new Set(editorNames).size).toBeGreaterThanOrEqual(60);
    await mkdir(site.at('one/actions'));
    // Written in place, changed, and renamed in, as their makers do.
    for (const name of editorNames) {
      for (const place of ['one/workflows', 'one/actions', 'one', '.'])
        await writeFile(site.at(join(place, name)), workflowText({ x: 2 }));
      await appendFile(site.at(join('one/workflows', name)), '# more\n');
      await site.save(join('one/workflows', name), workflowText({ x: 3 }));
    }
    await lookedAgain(daemon);
    expect(await parsed()).toBe(before);
    const files = async () =>
      (await site.rows('select path from pack_file order by path')).map(({ path }) => path);
    expect(await files()).toEqual(['one/pack.yaml', 'one/workflows/flow.yaml']);
    for (const [x, name] of workflowNames.entries())
      await site.save(join('one/workflows', name), workflowText({ x: 10 + x }));
    await until(async () => (await files()).length === 2 + workflowNames.length, { what: 'the others' });
    expect(await parsed()).toBeGreaterThan(before);
    expect((await registryOf(site).active('one.flow')).revisions).toBe(1);
  });
});

describe.concurrent('links', () => {
  it('in circles, to themselves and out of the root give each file once and nothing from outside', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      ...packFiles('one', { flow: workflowText() }),
      ...packFiles('two', { flow: workflowText(), shared: workflowText() }),
    });
    await mkdir(join(site.outside, 'pack/workflows'), { recursive: true });
    await writeFile(join(site.outside, 'secret.yaml'), workflowText({ label: 'from outside' }));
    for (const [path, text] of Object.entries(
      packFiles('pack', { flow: workflowText({ label: 'from outside' }) }),
    ))
      await writeFile(join(site.outside, path), text);
    const links = {
      'one/workflows/self.yaml': 'self.yaml',
      'one/workflows/a.yaml': 'b.yaml',
      'one/workflows/b.yaml': 'a.yaml',
      'one/workflows/up': '..',
      'one/actions': '.',
      'two/actions': 'workflows',
      'two/workflows/deep': '../../two',
      'one/workflows/out.yaml': join(site.outside, 'secret.yaml'),
      'one/workflows/shared.yaml': '../../two/workflows/shared.yaml',
      all: '.',
      above: '..',
      abroad: join(site.outside, 'pack'),
    };
    for (const [path, target] of Object.entries(links)) {
      await mkdir(dirname(site.at(path)), { recursive: true });
      await symlink(target, site.at(path));
    }
    const daemon = site.daemon(rescan);
    await daemon.ready();
    await lookedAgain(daemon);
    const served = async () =>
      (await site.rows('select ref from served_workflow order by ref')).map(({ ref }) => ref);
    expect(await served()).toEqual(['one.flow', 'one.shared', 'two.flow', 'two.shared']);
    expect(await site.rows("select from workflow_definition where label = 'from outside'")).toEqual([]);
    // The paths of one file count once each, however many ways lead to it.
    const digests = await site.rows("select path from pack_file where path like '%flow.yaml' order by path");
    expect(digests.map(({ path }) => path)).toEqual(['one/workflows/flow.yaml', 'two/workflows/flow.yaml']);
    await site.save('two/workflows/shared.yaml', workflowText({ x: 2 }));
    for (const ref of ['one.shared', 'two.shared'])
      await registryOf(site, rescanS * 1000 + 4_000).when(
        ref,
        ({ definition }) => definition.vars?.['x'] === 2,
      );
  });
});
