// Roots that become other directories while the next rescan is an hour away: the daemon notices by itself, opens its watches anew,
// and the edits after that are told by events.
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { expectUnremoved, type Ground, groundOf } from '../support/ground.ts';
import { createSite, hasEvents, type Site } from '../support/site.ts';

/** Far less than a rescan, far more than a root takes to be looked at. */
const limitMs = 8_000;

const names = ['late', 'gap0', 'gap100', 'gap1000', 'refilled', 'swapped', 'linked'] as const;

describe.runIf(hasEvents)('without a rescan, a root that', { concurrent: true }, () => {
  let site: Site;
  let daemon: Daemon;
  const grounds = new Map<string, Ground>();
  let cleanUp: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    site = await createSite((act) => {
      cleanUp = act;
    });
    for (const name of names) {
      const ground = groundOf(site, name);
      grounds.set(name, ground);
      await mkdir(ground.beside, { recursive: true });
      if (name === 'late') continue;
      if (name !== 'linked') await ground.plant();
      else {
        await ground.plant(join(ground.beside, 'first'));
        await symlink(join(ground.beside, 'first'), ground.root);
      }
    }
    const roots = [...grounds].map(([name, { root }]) => `${name}=${root}`);
    daemon = site.daemon([...roots, '--rescan-s', '3600', '--watch', 'events']);
    await daemon.ready();
  });
  afterAll(() => cleanUp?.());

  const on = (name: (typeof names)[number]) => {
    const ground = grounds.get(name);
    if (!ground) throw new Error(`no ground ${name}`);
    return ground;
  };
  /** What the new tree says is live, and so are two edits after it: the watches are those of the new directory. */
  const flowsAgain = async (ground: Ground, before: Awaited<ReturnType<Ground['settled']>>) => {
    for (const x of [2, 3, 4]) await ground.edit(x, limitMs);
    await expectUnremoved(ground, before);
  };

  it('appears is taken up', async () => {
    const ground = on('late');
    await ground.plant();
    await flowsAgain(ground, await ground.settled(limitMs));
  });

  it.for([0, 100, 1000])('is removed and made again %i ms later is taken up again', async (gapMs) => {
    const ground = on(`gap${gapMs}` as 'gap0');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'next'));
    await rm(ground.root, { recursive: true });
    await sleep(gapMs);
    await rename(join(ground.beside, 'next'), ground.root);
    await flowsAgain(ground, before);
  });

  it('is removed and filled again in a directory that may have the old inode', async () => {
    const ground = on('refilled');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'next'));
    await rm(ground.root, { recursive: true });
    await mkdir(ground.root);
    for (const pack of ['a', 'b'])
      await rename(join(ground.beside, `next/refilled_${pack}`), ground.at(`refilled_${pack}`));
    await flowsAgain(ground, before);
  });

  it('is swapped by renames is followed', async () => {
    const ground = on('swapped');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'next'));
    await rename(ground.root, join(ground.beside, 'old'));
    await rename(join(ground.beside, 'next'), ground.root);
    await flowsAgain(ground, before);
  });

  it('is a link and is pointed elsewhere is followed', async () => {
    const ground = on('linked');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'second'));
    await symlink(join(ground.beside, 'second'), join(ground.beside, 'link'));
    await rename(join(ground.beside, 'link'), ground.root);
    await flowsAgain(ground, before);
  });
});
