// What happens to roots: they are late, vanish, return, are swapped, closed. Nothing that was registered is removed
// by any of it, the daemon says what is wrong, and afterwards an edit is live within a rescan.
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldByModes, openDoor } from '../support/confined.mjs';
import type { Daemon } from '../support/daemon.ts';
import {
  expectUnremoved,
  type Ground,
  groundOf,
  lookedAgain,
  saidUnhealthy,
  statusOf,
} from '../support/ground.ts';
import { createSite, type Site } from '../support/site.ts';
import { eventually } from '../support/wait.ts';

const rescanS = 1;
/** One rescan, and what two busy cores add to it. */
const editLimitMs = rescanS * 1000 + 4_000;

const names = [
  ...[
    'late',
    'gap0',
    'gap100',
    'gap1000',
    'same_inode',
    'swapped',
    'linked',
    'emptied',
    'file_first',
    'file_later',
  ],
  ...['closed_file', 'closed_pack', 'closed_listing', 'closed_root', 'removed'],
] as const;

describe.concurrent('a root that', () => {
  let site: Site;
  let daemon: Daemon;
  const grounds = new Map<string, Ground>();
  const atEnd: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    site = await createSite((act) => atEnd.push(act));
    for (const name of names) {
      const ground = groundOf(site, name);
      grounds.set(name, ground);
      await mkdir(ground.beside, { recursive: true });
      if (name === 'file_first') await writeFile(ground.root, 'a file');
      else if (name === 'linked') await linkTo(ground, 'first');
      else if (name !== 'late') await ground.plant();
    }
    const url = await openDoor(site.database().connection, (act) => atEnd.push(act));
    const roots = [...grounds].map(([name, { root }]) => `${name}=${root}`);
    daemon = site.daemon([...roots, '--rescan-s', String(rescanS)], {
      env: { DATABASE_URL: url },
      through: heldByModes,
    });
    await daemon.ready();
  });
  afterAll(async () => {
    for (const { root, at, name } of grounds.values())
      for (const path of [root, at(`${name}_a`), at(`${name}_a/workflows`)])
        await chmod(path, 0o755).catch(() => undefined);
    for (const act of atEnd) await act();
  });

  const on = (name: (typeof names)[number]) => {
    const ground = grounds.get(name);
    if (!ground) throw new Error(`no ground ${name}`);
    return ground;
  };
  /** An edit is live in time, and neither it nor anything before it removed or registered anything. */
  const flowsAgain = async (
    ground: Ground,
    before: Awaited<ReturnType<Ground['settled']>>,
    verbs: readonly string[] = [],
  ) => {
    await ground.edit(2, editLimitMs);
    await expectUnremoved(ground, before, verbs);
  };

  it('is not there at the start is waited for, and registered once it is', async () => {
    const ground = on('late');
    await saidUnhealthy(daemon, ground, /ENOENT/);
    await ground.plant();
    await flowsAgain(ground, await ground.settled(editLimitMs));
  });

  it.for([0, 100, 1000])('is removed and made again %i ms later', async (gapMs) => {
    const ground = on(`gap${gapMs}` as 'gap0');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'next'));
    await rm(ground.root, { recursive: true });
    await sleep(gapMs);
    await rename(join(ground.beside, 'next'), ground.root);
    await flowsAgain(ground, before);
  });

  it('is removed and filled again pack by pack, in a directory that may have the inode of the old one', async () => {
    const ground = on('same_inode');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'next'));
    await rm(ground.root, { recursive: true });
    await mkdir(ground.root);
    for (const pack of ['a', 'b'])
      await rename(join(ground.beside, `next/same_inode_${pack}`), ground.at(`same_inode_${pack}`));
    await flowsAgain(ground, before);
  });

  it('is swapped for another directory by renames', async () => {
    const ground = on('swapped');
    const before = await ground.settled();
    await ground.plant(join(ground.beside, 'next'));
    await rename(ground.root, join(ground.beside, 'old'));
    await rename(join(ground.beside, 'next'), ground.root);
    await flowsAgain(ground, before);
  });

  it('is a link and is pointed at another tree', async () => {
    const ground = on('linked');
    const before = await ground.settled();
    await linkTo(ground, 'second');
    await flowsAgain(ground, before);
    await rm(join(ground.beside, 'first'), { recursive: true });
    await ground.edit(3, editLimitMs);
  });

  it('is suddenly empty holds every removal until the packs are back', async () => {
    const ground = on('emptied');
    const before = await ground.settled();
    for (const pack of ['a', 'b']) await rename(ground.at(`emptied_${pack}`), join(ground.beside, pack));
    await eventually(async () => expect(await statusOf(daemon, 'emptied')).toMatchObject({ held: 3 }));
    expect(await ground.verbs()).not.toContain('retired');
    for (const pack of ['a', 'b']) await rename(join(ground.beside, pack), ground.at(`emptied_${pack}`));
    await flowsAgain(ground, before);
    await eventually(async () => expect(await statusOf(daemon, 'emptied')).toMatchObject({ held: 0 }));
  });

  it('is a file at the start is taken up when it is a directory', async () => {
    const ground = on('file_first');
    await saidUnhealthy(daemon, ground, /not a directory/);
    await rm(ground.root);
    await ground.plant();
    await flowsAgain(ground, await ground.settled(editLimitMs));
  });

  it('becomes a file and a directory again', async () => {
    const ground = on('file_later');
    const before = await ground.settled();
    await rename(ground.root, join(ground.beside, 'kept'));
    await writeFile(ground.root, 'a file');
    await saidUnhealthy(daemon, ground, /not a directory/);
    await lookedAgain(daemon);
    expect(await ground.registered()).toEqual(before);
    await rm(ground.root);
    await rename(join(ground.beside, 'kept'), ground.root);
    await flowsAgain(ground, before);
  });

  it('loses a pack for good is what the other tests would not pass', async () => {
    const ground = on('removed');
    const before = await ground.settled();
    await rm(ground.at('removed_b'), { recursive: true });
    await eventually(async () => expect(await ground.verbs()).toContain('retired'));
    await expect(flowsAgain(ground, before)).rejects.toThrow();
  });

  describe.skipIf(!heldByModes)('is closed by its mode', () => {
    it('serves what a file said that cannot be read any more', async () => {
      const ground = on('closed_file');
      const before = await ground.settled();
      const path = 'closed_file_a/workflows/other.yaml';
      await chmod(ground.at(path), 0);
      await eventually(async () => expect(await toldOf(site, path)).toEqual(['unreadable', 'READ_DENIED']));
      expect(
        await site.rows("select ref from served_workflow where ref = 'closed_file_a.other'"),
      ).toHaveLength(1);
      await lookedAgain(daemon);
      await chmod(ground.at(path), 0o644);
      await eventually(async () => expect(await ground.registered()).toEqual(before));
      await flowsAgain(ground, before, ['degraded', 'recovered']);
    });

    it.for([
      ['closed_pack', ''],
      ['closed_listing', '/workflows'],
    ] as const)('%s: takes nothing of an incomplete listing for gone', async ([name, below]) => {
      const ground = on(name);
      const before = await ground.settled();
      const dir = ground.at(`${name}_a${below}`);
      await chmod(dir, 0);
      await lookedAgain(daemon);
      // The row of a pack whose manifest is out of reach says so; what it holds is as it was.
      const definitions = (rows: typeof before) => rows.filter(({ kind }) => kind !== 'pack');
      expect(definitions(await ground.registered())).toEqual(definitions(before));
      expect(await unlistedOf(daemon, ground)).toEqual([
        { pack: `${name}_a`, reason: expect.stringContaining('EACCES') },
      ]);
      await chmod(dir, 0o755);
      await eventually(async () => expect(await ground.registered()).toEqual(before));
      await eventually(async () => expect(await unlistedOf(daemon, ground)).toEqual([]));
      await eventually(() => {
        const told = daemon.log.filter(
          ({ msg }) => /^the pack \S+ (cannot|can) be listed/.test(msg) && msg.includes(`${name}_a`),
        );
        // A look that is under way when it is closed sees a part of it: that is told too, with its own reason.
        const [over, ...begun] = told.reverse();
        expect(over?.level).toBe('info');
        expect(new Set(begun.map(({ level, reason }) => `${level} ${reason}`)).size).toBe(begun.length);
        expect(begun[0]).toMatchObject({ level: 'warn', reason: expect.stringContaining('EACCES') });
        expect(begun.filter(({ level }) => level !== 'warn')).toEqual([]);
      });
      await flowsAgain(ground, before);
    });

    it('says of the root that it cannot be read, and leaves it alone', async () => {
      const ground = on('closed_root');
      const before = await ground.settled();
      await chmod(ground.root, 0);
      await saidUnhealthy(daemon, ground, /EACCES/);
      await lookedAgain(daemon);
      expect(await ground.registered()).toEqual(before);
      await chmod(ground.root, 0o755);
      await flowsAgain(ground, before);
    });
  });
});

/** As git-sync does it: the new tree, a link to it, and the link renamed over the old one. */
async function linkTo(ground: Ground, tree: string): Promise<void> {
  await ground.plant(join(ground.beside, tree));
  await symlink(join(ground.beside, tree), join(ground.beside, 'link'));
  await rename(join(ground.beside, 'link'), ground.root);
}

/** Packs of a root that cannot be listed whole, as `/status` tells. */
async function unlistedOf(daemon: Daemon, ground: Ground): Promise<readonly object[]> {
  const answer = await daemon.get('/api/v1/status');
  const { roots } = answer.json<{ data: { roots: { path: string; unlisted: object[] }[] } }>().data;
  return roots.find(({ path }) => path === ground.root)?.unlisted ?? [];
}

/** State of a file and the code of what is wrong with it. */
async function toldOf(site: Site, path: string): Promise<readonly unknown[]> {
  const [row] = await site.rows('select state, diagnostics from pack_file where path = $1', [path]);
  const [diagnostic] = (row?.['diagnostics'] ?? []) as readonly { readonly code: string }[];
  return [row?.['state'], diagnostic?.code];
}
