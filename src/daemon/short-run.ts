// How eagerly code is compiled. By default a first load spends a third of its processor time on the compiler, in threads that its own
// could use, and for each of its isolates anew; most of that code has no time to pay it back.
import { setFlagsFromString } from 'node:v8';

/**
 * For a process that ends after its work; a daemon wants the best code. Functions are optimized after three times as much work (V8's
 * unit, bytes of bytecode run; default 67,584), and only small ones are copied into others (default 460 bytes each, 920 in all).
 */
export const frugal: readonly string[] = [
  '--interrupt-budget=200000',
  '--max-inlined-bytecode-size=80',
  '--max-inlined-bytecode-size-cumulative=300',
];

/** For the whole process, its threads among it, from now on. */
export function compileLess(): void {
  for (const flag of frugal) setFlagsFromString(flag);
}
