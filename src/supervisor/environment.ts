// The environment that a service manager gives → whom to tell, and how often it wants to hear.

export type Manager = {
  /** Path, or `@name` of an abstract socket. */
  readonly socket: string;
  /** Who was silent for so long is killed; milliseconds. Undefined: nobody looks. */
  readonly watchdogMs: number | undefined;
  /** Where the helper is looked for. */
  readonly path: string;
};

/** Undefined where nobody wants to be told. `WATCHDOG_PID` may name another process, whose watchdog is none of ours. */
export function readManager(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): Manager | undefined {
  const socket = env['NOTIFY_SOCKET'];
  if (!socket) return undefined;
  const usec = Number(env['WATCHDOG_USEC']);
  const isOurs = (env['WATCHDOG_PID'] ?? String(pid)) === String(pid);
  const watchdogMs = isOurs && Number.isInteger(usec) && usec > 0 ? usec / 1000 : undefined;
  return { socket, watchdogMs, path: env['PATH'] ?? '/usr/bin:/bin' };
}
