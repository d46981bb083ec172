// The guardian: a small shell process between the starter and the server. In: a pipe that the starter holds.
// Out: the server stopped within 5 s once the pipe ends, however the starter died.
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Place } from './place.ts';

/** `$0` of the guardian: how a later start recognises that a server is still guarded. */
export const guardianName = 'packwatch-guardian';

/** Longest time between the end of the pipe and the end of the server, in milliseconds. */
export const haltMs = 5_000;

// A shell and not Node: 1 MB instead of 45, up in 2 ms, and /bin/sh is there for every user wherever initdb works
// (initdb itself needs it). Traps that shape it:
// - signals are ignored, so that neither a terminal nor a service manager ends the guardian before its starter;
//   the server sets its own handlers;
// - `watch` is a process of its own, so that a guardian killed alone leaves it behind and the server still ends;
// - a pid may be somebody else's by the time it is signalled, so its working directory must be the data directory;
//   a zombie has none, which counts as gone.
const script = `
trap '' HUP INT QUIT TERM
exec 3<&0 </dev/null
same() {
  kill -0 "$1" 2>/dev/null || return 1
  [ ! -e /proc/self/cwd ] || [ "/proc/$1/cwd" -ef . ]
}
gone() {
  n=$2
  while [ "$n" -gt 0 ]; do
    same "$1" || return 0
    sleep 0.1
    n=$((n - 1))
  done
  return 1
}
halt() {
  same "$1" || return 0
  kill -INT "$1"; gone "$1" 30 && return 0
  kill -QUIT "$1"; gone "$1" 10 && return 0
  kill -KILL "$1"; gone "$1" 5
}
watch() {
  while read -r line <&3; do :; done
  halt "$1"
}
case $1 in
attach) watch "$2" ;;
run)
  shift
  "$@" 3<&- &
  server=$!
  watch "$server" &
  watcher=$!
  exec 3<&-
  wait "$server"
  code=$?
  kill -KILL "$watcher" 2>/dev/null
  exit "$code" ;;
esac
`;

/** A guardian as its starter sees it. */
export type Guardian = {
  readonly pid: number;
  /** Exit code of what was guarded (128 + signal), 0 for an attached guardian; null when the guardian was killed. */
  readonly exited: Promise<number | null>;
  readonly hasExited: () => boolean;
  /** From here on it keeps no event loop alive: the starter may end, which ends the pipe. */
  readonly letGo: () => void;
  /** Ends the pipe; resolves when the guardian has ended, at the latest after `haltMs` and a second. */
  readonly end: () => Promise<void>;
};

/**
 * Runs `command` in `cwd` below a guardian, as the account of `place`. Output goes to the descriptor `output`.
 * Rejects when the shell cannot be started.
 */
export function runGuarded(
  place: Place,
  cwd: string,
  command: readonly string[],
  output: number,
): Promise<Guardian> {
  return launch(place, cwd, ['run', ...command], output);
}

/** Puts a guardian beside a server that runs without one. */
export function attachGuardian(place: Place, dataDir: string, serverPid: number): Promise<Guardian> {
  return launch(place, dataDir, ['attach', String(serverPid)], 'ignore');
}

function launch(
  place: Place,
  cwd: string,
  args: readonly string[],
  output: number | 'ignore',
): Promise<Guardian> {
  const child = spawn('/bin/sh', ['-c', script, guardianName, ...args], {
    ...place.runAs,
    cwd,
    // A session of its own: Ctrl-C in the starter's terminal must not reach the server first.
    detached: true,
    stdio: ['pipe', output, output],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(describe(child)));
  });
}

function describe(child: ChildProcess): Guardian {
  let hasExited = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      hasExited = true;
      resolve(code);
    });
  });
  const pipe = child.stdin instanceof Socket ? child.stdin : undefined;
  // A pipe whose reader is gone is no news: `exited` tells it.
  pipe?.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    exited,
    hasExited: () => hasExited,
    letGo: () => {
      child.unref();
      pipe?.unref();
    },
    end: async () => {
      child.ref();
      pipe?.destroy();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, haltMs + 1_000);
      });
      await Promise.race([exited, limit]);
      clearTimeout(timer);
    },
  };
}
