// A small disk for a server's data: a tmpfs in a mount namespace of its own, kept by a process that runs as the server's account.
// Reached by way of that process, so neither the tests nor the server have to be inside.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseAccount } from '../../src/embedded/account.ts';
import { until } from './wait.ts';

export type SmallDisk = {
  /** Where it can be seen from outside; the server's account can write there. */
  readonly path: string;
  /** Leaves no byte free. */
  fill(): Promise<void>;
  /** Makes space again. */
  drain(): Promise<void>;
};

/** False where mounting is not allowed; then there is nothing to test with. */
export function canMount(): boolean {
  const tried = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]);
  return process.geteuid?.() === 0 && tried.status === 0;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** `atEnd` as for `createSite`. */
export async function createSmallDisk(
  atEnd: (act: () => Promise<void>) => void,
  megabytes: number,
): Promise<SmallDisk> {
  const account = await chooseAccount(0);
  if (!account) throw new Error('no account to run a server as');
  const dir = await mkdtemp(join(tmpdir(), 'pw-disk-'));
  const { uid, gid } = account;
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=0700,uid=${uid},gid=${gid} tmpfs "$0"`;
  const keep = `exec setpriv --reuid=${uid} --regid=${gid} --clear-groups sleep 1000000`;
  const child = spawn('unshare', ['-m', 'sh', '-c', `${mount} && ${keep}`, dir], { stdio: 'inherit' });
  alive.add(child);
  atEnd(async () => {
    child.kill('SIGKILL');
    alive.delete(child);
    await rm(dir, { recursive: true, force: true });
  });
  const path = `/proc/${child.pid}/root${dir}`;
  const isMounted = async () => (await statfs(path).catch(() => undefined))?.type === 0x01021994;
  await until(isMounted, { what: 'the disk is mounted' });
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill() {
      const file = await open(ballast, 'w');
      const block = Buffer.alloc(64 * 1024, 1);
      try {
        for (;;) await file.write(block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    drain: () => rm(ballast),
  };
}
