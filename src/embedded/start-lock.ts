// Who starts the server just now, among processes that all want it. In: the state directory. Out: a lock, or not.
// It only saves work (eight starters, one initdb): what makes it safe to be wrong is that a cluster appears by rename
// and that the server itself refuses a second postmaster.
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../model/errors.ts';
import { output } from './account.ts';
import { isAlive } from './postmaster.ts';

/** Releases the lock; never throws for a lock that is gone. */
export type Release = () => Promise<void>;

/** Takes the lock if nobody alive holds it; undefined otherwise. A holder counts as dead by pid and start, never by age. */
export async function tryStartLock(stateDir: string): Promise<Release | undefined> {
  const path = join(stateDir, 'start.lock');
  // Those who wait only read: their writes would slow down the disk that the holder's initdb waits for.
  if (await isHeld(await readFile(path, 'utf8').catch(() => ''))) return undefined;
  const mine = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(mine, `${process.pid} ${await startOf(process.pid)}`, { flag: 'wx', mode: 0o600 });
  try {
    // A link appears with its content or not at all.
    await link(mine, path);
    return () => rm(path, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await removeIfStale(path);
    return undefined;
  } finally {
    await rm(mine, { force: true });
  }
}

async function removeIfStale(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text === '' || (await isHeld(text))) return;
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  await rename(path, aside).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  await rm(aside, { force: true });
}

async function isHeld(text: string): Promise<boolean> {
  const space = text.indexOf(' ');
  const pid = Number.parseInt(text.slice(0, space), 10);
  return pid > 0 && isAlive(pid) && (await startOf(pid)) === text.slice(space + 1);
}

/** A text that differs between two processes that had the same pid, also over a restart of the machine. */
async function startOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (line === '') return (await output('ps', ['-o', 'lstart=', '-p', String(pid)])).trim();
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${line.slice(line.lastIndexOf(')') + 2).split(' ')[19]} ${boot.trim()}`;
}
