// How long the event loop is held, in CPU time of the main thread: a busy machine stretches turns, it does not lengthen these.
import { readFileSync } from 'node:fs';

export type TurnMeter = {
  /** Milliseconds of CPU that the longest turn took. Stops the meter. */
  stop(): number;
};

/** Measures every turn of the event loop from now on; costs a read of /proc a turn. Where there is none: wall time. */
export function measureTurns(): TurnMeter {
  let last = cpuMs();
  let longest = 0;
  let running = true;
  const turn = () => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      running = false;
      return Math.max(longest, cpuMs() - last);
    },
  };
}

function cpuMs(): number {
  if (process.platform !== 'linux') return performance.now();
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
