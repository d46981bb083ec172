// A root that is a volume: it goes and comes back under a running daemon. Nothing is removed by that.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inOwnMounts, mountFor, openDoor } from '../../support/confined.mjs';
import { expectUnremoved, groundOf, lookedAgain, statusOf } from '../../support/ground.ts';
import { createSite } from '../../support/site.ts';
import { eventually } from '../../support/wait.ts';

const rescanS = 1;
/** One rescan, and what two busy cores add to it. */
const editLimitMs = rescanS * 1000 + 4_000;

describe('a root on a volume', () => {
  it.skipIf(!inOwnMounts)(
    'is unmounted while it is used, mounted again, and covered by an empty one',
    async ({ onTestFinished }) => {
      const site = await createSite(onTestFinished);
      const ground = groundOf(site, 'mounted');
      await mkdir(ground.beside, { recursive: true });
      await mkdir(ground.root);
      const volume = join(ground.beside, 'volume');
      await ground.plant(volume);
      // The volume is there before the daemon: it is mounted by the shell that becomes it.
      const first = ['sh', '-c', `mount --bind "${volume}" "${ground.root}" && exec "$@"`, 'sh'];
      const daemon = site.daemon([`mounted=${ground.root}`, '--rescan-s', String(rescanS)], {
        env: { DATABASE_URL: await openDoor(site.database().connection, onTestFinished) },
        through: [...(inOwnMounts ?? []), ...first],
      });
      await daemon.ready();
      const before = await ground.settled();
      const mount = (...command: readonly string[]) => mountFor(daemon.pid, ...command);
      const isHeld = () =>
        eventually(async () => expect(await statusOf(daemon, 'mounted')).toMatchObject({ held: 3 }));

      mount('umount', '-l', ground.root);
      await isHeld();
      await lookedAgain(daemon);
      expect(await ground.registered()).toEqual(before);
      mount('mount', '--bind', volume, ground.root);
      await ground.editAt(volume, 2, editLimitMs);
      await expectUnremoved(ground, before);

      mount('mount', '-t', 'tmpfs', 'none', ground.root);
      await isHeld();
      mount('umount', '-l', ground.root);
      await ground.editAt(volume, 3, editLimitMs);

      // A volume that is filled while it is looked at.
      mount('mount', '-t', 'tmpfs', 'none', ground.root);
      mount('cp', '-r', ...['a', 'b'].map((pack) => join(volume, `mounted_${pack}`)), ground.root);
      await lookedAgain(daemon);
      mount('umount', '-l', ground.root);
      await ground.editAt(volume, 4, editLimitMs);
      await expectUnremoved(ground, before);
    },
  );
});
