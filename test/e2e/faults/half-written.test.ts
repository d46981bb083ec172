// Files and packs that take a while to be written: what is registered of them, and that nothing is lost on the way.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { manifestText, packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, hasEvents, type Site } from '../../support/site.ts';
import { registryOf } from '../registry-rows.ts';

const run = promisify(execFile);
const rsync = ['/usr/bin/rsync', '/opt/homebrew/bin/rsync'].find((path) => existsSync(path));

/** Values of `x` that were ever served, in order. */
const history = async (site: Site, ref: string) =>
  (
    await site.rows(
      `select r.definition -> 'vars' ->> 'x' as x from workflow_revision r
       join workflow_definition w on w.id = r.workflow_definition where w.ref = $1 order by r.number`,
      [ref],
    )
  ).map(({ x }) => Number(x));

const verbs = async (site: Site) =>
  (await site.rows('select distinct verb from catalog_change order by verb')).map(({ verb }) => verb);

describe('a file that is written bit by bit', { concurrent: true }, () => {
  // Each prefix that ends after a digit is a good workflow of its own.
  const begin = 'version: 1.0.0\ntasks:\n  - name: only\n    action: core.noop\nvars:\n  x: 1';
  const digits = '23456789';
  const write = async (site: Site, gapMs: number) => {
    await writeFile(site.at('slow/workflows/flow.yaml'), begin);
    for (const digit of digits) {
      await sleep(gapMs);
      await appendFile(site.at('slow/workflows/flow.yaml'), digit);
    }
  };
  const start = async (site: Site, settleMs: string) => {
    await site.saveAll(packFiles('slow', { flow: workflowText({ x: 0 }) }));
    const limits = ['--settle-ms', settleMs, '--settle-max-ms', '20000'];
    await site.daemon(['--watch', 'events', '--rescan-s', '3600', ...limits]).ready();
    await registryOf(site).active('slow.flow');
  };

  it.runIf(hasEvents)(
    'is registered once it has been quiet, and no prefix of it',
    async ({ onTestFinished }) => {
      const site = await createSite(onTestFinished);
      await start(site, '1000');
      await write(site, 40);
      await registryOf(site).when('slow.flow', ({ revisions }) => revisions > 1);
      expect(await history(site, 'slow.flow')).toEqual([0, 123456789]);
    },
  );

  it.runIf(hasEvents)(
    'null control: a quiet time shorter than the gaps lets prefixes through',
    async ({ onTestFinished }) => {
      const site = await createSite(onTestFinished);
      await start(site, '5');
      await write(site, 300);
      await registryOf(site).when('slow.flow', ({ definition }) => definition.vars?.['x'] === 123456789);
      expect((await history(site, 'slow.flow')).length).toBeGreaterThan(2);
    },
  );

  it('is never served broken: while it is not whole, the last good revision is', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await start(site, '5');
    const file = await open(site.at('slow/workflows/flow.yaml'), 'w');
    for (const part of [
      'version: 1.0.0\nta',
      'sks:\n  - name: a\n    acti',
      'on: core.noop\nvars:\n  x: 7\n',
    ]) {
      await file.write(part);
      await sleep(150);
    }
    await file.close();
    await registryOf(site).when('slow.flow', ({ definition }) => definition.vars?.['x'] === 7);
    expect(await history(site, 'slow.flow')).toEqual([0, 7]);
    expect(await verbs(site)).not.toContain('retired');
  });
});

describe('a pack that is copied', { concurrent: true }, () => {
  const count = 120;
  const made = async (site: Site, x: number) => {
    const dir = join(site.outside, `made${x}`);
    await mkdir(join(dir, 'workflows'), { recursive: true });
    await writeFile(join(dir, 'pack.yaml'), manifestText('big'));
    for (let at = 0; at < count; at += 1)
      await writeFile(join(dir, 'workflows', `w${at}.yaml`), workflowText({ x: x + at }));
    return dir;
  };
  const whole = async (site: Site, x: number) =>
    registryOf(site).holds(async () => {
      const [row] = await site.rows(
        "select count(*)::int as n, sum((definition -> 'vars' ->> 'x')::int)::int as sum from served_workflow where pack_ref = 'big' and status = 'active'",
      );
      expect(row).toEqual({ n: count, sum: count * x + (count * (count - 1)) / 2 });
    });
  const options = ['--watch', 'auto', '--rescan-s', '2', '--prune-max', '100%'];

  it('by `cp -r` and over itself by `cp -r` is registered whole, and nothing of it is lost', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await site.daemon(options).ready();
    await cp(await made(site, 1000), site.at('big'), { recursive: true });
    await whole(site, 1000);
    await run('cp', ['-r', `${await made(site, 5000)}/.`, site.at('big')]);
    await whole(site, 5000);
    expect(await verbs(site)).toEqual(['registered', 'updated']);
  });

  it.runIf(rsync !== undefined)(
    'by rsync, with its temporary files beside, likewise',
    async ({ onTestFinished }) => {
      const site = await createSite(onTestFinished);
      await site.daemon(options).ready();
      for (const x of [1000, 5000]) {
        // Both are of one size, and may be of one second: by those alone rsync would take them for the same.
        await run(rsync ?? '', [
          '-a',
          '--ignore-times',
          '--delete',
          `${await made(site, x)}/`,
          `${site.at('big')}/`,
        ]);
        await whole(site, x);
      }
      expect(await verbs(site)).toEqual(['registered', 'updated']);
      expect(await site.rows("select path from pack_file where path like '%/.%'")).toEqual([]);
    },
  );
});

describe('a file that never stands still', () => {
  it('does not keep the rest of its pack from being registered', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('busy', { flow: workflowText({ x: 1 }) }));
    await site.daemon(['--watch', 'auto', '--rescan-s', '2']).ready();
    const registry = registryOf(site, 40_000);
    await registry.active('busy.flow');
    let isOver = false;
    const writing = (async () => {
      for (let x = 0; !isOver; x += 1) {
        await writeFile(site.at('busy/workflows/hot.yaml'), workflowText({ x }));
        await sleep(1);
      }
    })();
    await site.save('busy/workflows/flow.yaml', workflowText({ x: 2 }));
    try {
      await registry.when('busy.flow', ({ definition }) => definition.vars?.['x'] === 2);
    } finally {
      isOver = true;
      await writing;
    }
    await registry.active('busy.hot');
  });
});
