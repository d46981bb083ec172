// Who a lease belongs to: this process, so named that another on the same host can tell whether it still lives.
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** `host boot pid-namespace pid start`, without spaces inside a part; `-` where the system does not tell. */
export async function holderName(pid: number): Promise<string> {
  const [boot, namespace, start] = await Promise.all([readBoot(), readNamespace(), readStart(pid)]);
  return [ownHost(), boot ?? '-', namespace ?? '-', pid, start ?? '-'].join(' ');
}

/**
 * True when the holder is a process of this host that is gone: the host was booted since, or its process id is free or taken by
 * a process that started at another time. Anything that cannot be told counts as alive.
 */
export async function isDeadHolder(holder: string): Promise<boolean> {
  const [host, boot, namespace, pid, start] = holder.split(' ');
  if (host !== ownHost() || !pid) return false;
  const ownBoot = await readBoot();
  if (ownBoot === undefined || boot === '-') return false;
  if (boot !== ownBoot) return true;
  // The same number is another process in another container of this host.
  if (namespace !== ((await readNamespace()) ?? '-')) return false;
  return start !== '-' && (await readStart(Number(pid))) !== start;
}

/** From where a root is led: `host path`. Another place may have another disk, whoever the process is. */
export function placeName(path: string): string {
  return `${ownHost()} ${path}`;
}

function ownHost(): string {
  return hostname().replaceAll(/\s/g, '_');
}

async function readBoot(): Promise<string | undefined> {
  return (await readOrNothing('/proc/sys/kernel/random/boot_id'))?.trim();
}

async function readNamespace(): Promise<string | undefined> {
  return readlink('/proc/self/ns/pid').then(
    (link) => link.replaceAll(/\D/g, ''),
    () => undefined,
  );
}

/** Start time in clock ticks since boot: field 22 of `stat`, counted behind the program's name, which may hold spaces. */
async function readStart(pid: number): Promise<string | undefined> {
  const text = await readOrNothing(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

async function readOrNothing(path: string): Promise<string | undefined> {
  // Not there: no such process, or a system without /proc; both mean "cannot tell" to the caller.
  return readFile(path, 'utf8').catch(() => undefined);
}
