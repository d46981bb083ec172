// How eagerly code is compiled. By default a first load spends a third of its processor time on the compiler, in threads that its own
// could use, and for each of its isolates anew; most of that code has no time to pay it back.
import { setFlagsFromString } from 'node:v8';

/**
 * For a process that ends after its work; a daemon wants the best code. Functions are optimized after three times as much work (V8's
 * unit, bytes of bytecode run; default 67,584), and only small ones are copied into others (default 460 bytes each, 920 in all).
 */
export function frugal(engine: string): readonly string[] {
  const inlineLess = ['--max-inlined-bytecode-size=80', '--max-inlined-bytecode-size-cumulative=300'];
  // A flag that it does not know V8 tells on stderr; later ones count calls.
  return engine.startsWith('11.') ? ['--interrupt-budget=200000', ...inlineLess] : inlineLess;
}

/** For the whole process, its threads among it, from now on. `engine`: version of V8. */
export function compileLess(engine: string): void {
  for (const flag of frugal(engine)) setFlagsFromString(flag);
}
