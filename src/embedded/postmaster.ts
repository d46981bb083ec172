// What postmaster.pid says and whether it is true. In: a data directory. Out: the running server, its guardian.
// That file decides who runs; its pid is believed only if that process is a server of this very directory.
import { readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { output } from './account.ts';
import { guardianName } from './guardian.ts';
import type { Place } from './place.ts';

/** The lines of postmaster.pid that matter. */
export type PidFile = {
  readonly pid: number;
  /** Seconds since 1970. */
  readonly startedAtS: number;
  readonly port: number;
  /** First socket directory, as the server was told. */
  readonly socketDir: string;
  /** `starting`, `stopping`, `ready` or `standby`; empty while the server writes the file. */
  readonly status: string;
};

/** Reads postmaster.pid; undefined when it is missing or not written far enough to hold a pid. */
export async function readPidFile(dataDir: string): Promise<PidFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  // A single-user server writes its pid negated.
  if (Number.isNaN(pid) || pid === 0) return undefined;
  return {
    pid: Math.abs(pid),
    startedAtS: Number.parseInt(lines[2] ?? '', 10) || 0,
    port: Number.parseInt(lines[3] ?? '', 10) || 0,
    socketDir: lines[4] ?? '',
    status: (lines[7] ?? '').trim(),
  };
}

/** Whether the process of `file` is alive and serves the place: pid, program and directory (or start time) agree. */
export async function isServerOf(place: Place, file: PidFile): Promise<boolean> {
  if (!isAlive(file.pid)) return false;
  const cwd = await stat(`/proc/${file.pid}/cwd`).catch(() => undefined);
  if (cwd !== undefined) {
    const data = await stat(place.dataDir).catch(() => undefined);
    const comm = await readFile(`/proc/${file.pid}/comm`, 'utf8').catch(() => '');
    return data !== undefined && cwd.ino === data.ino && cwd.dev === data.dev && comm.trim() === 'postgres';
  }
  // In a container root may lack the right to look at the processes of others; the account may look at its own.
  if (await hasProc()) return place.isRoot && (await isServerToAccount(place, file.pid));
  const told = await output('ps', ['-o', 'lstart=', '-p', String(file.pid)]);
  const startedAtMs = Date.parse(told.trim());
  // Without /proc and ps the pid is all there is; the server itself trusts no more than that.
  return Number.isNaN(startedAtMs) || Math.abs(startedAtMs / 1000 - file.startedAtS) <= 10;
}

async function isServerToAccount(place: Place, pid: number): Promise<boolean> {
  const test = '[ "/proc/$1/cwd" -ef . ] && read -r name <"/proc/$1/comm" && echo "$name"';
  const options = { ...place.runAs, cwd: place.dataDir };
  return (await output('/bin/sh', ['-c', test, 'sh', String(pid)], options)).trim() === 'postgres';
}

/**
 * Resolves when the server is gone. Looks every quarter of a second; keeps no event loop alive, so a process may end
 * before it resolves.
 */
export async function untilGone(place: Place, server: PidFile): Promise<void> {
  const birth = await birthOf(server.pid);
  const isThere = (): Promise<boolean> | boolean =>
    birth === undefined ? isServerOf(place, server) : birthOf(server.pid).then((now) => now === birth);
  while (await isThere()) await sleep(250, undefined, { ref: false });
}

/** When a process began, in clock ticks since boot; undefined when it has ended or cannot be seen. */
async function birthOf(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** Ends a server that outlived its guardian, at once; does nothing when it is gone, as it should be. */
export async function endServer(place: Place, server: PidFile): Promise<void> {
  if (!(await isServerOf(place, server))) return;
  // Immediate shutdown: safe, the next start recovers from the log.
  process.kill(server.pid, 'SIGQUIT');
  for (let round = 0; round < 50 && (await isServerOf(place, server)); round++) await sleep(20);
  if (await isServerOf(place, server)) process.kill(server.pid, 'SIGKILL');
}

/** Whether a guardian stands above the server with this pid. */
export async function isGuarded(serverPid: number): Promise<boolean> {
  if (await hasProc()) {
    const line = await readFile(`/proc/${serverPid}/stat`, 'utf8').catch(() => '');
    const parent = line.slice(line.lastIndexOf(')') + 2).split(' ')[1];
    const command = await readFile(`/proc/${parent}/cmdline`, 'utf8').catch(() => '');
    return command.split('\0').includes(guardianName);
  }
  const parent = (await output('ps', ['-o', 'ppid=', '-p', String(serverPid)])).trim();
  return (await output('ps', ['-o', 'command=', '-p', parent])).includes(guardianName);
}

/** Whether a process with this pid exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Removes the lock files of a server that is gone where its pid now belongs to another process: after a restart of the
 * machine the server would take that process for a postmaster and refuse to start. To be called with nobody running.
 */
export async function removeStaleLocks(place: Place, socketFile: string): Promise<void> {
  const file = await readPidFile(place.dataDir);
  // A pid that nobody has is the server's own business: it also looks for remains of the old one in shared memory.
  if (file === undefined || !isAlive(file.pid) || (await isServerOf(place, file))) return;
  await rm(join(place.dataDir, 'postmaster.pid'), { force: true });
  await rm(`${socketFile}.lock`, { force: true });
}

/** Whether something accepts connections on the socket; at most a second. */
export function doesAccept(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath, timeout: 1_000 });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}

async function hasProc(): Promise<boolean> {
  return (await stat('/proc/self/cwd').catch(() => undefined)) !== undefined;
}
