// How much garbage a daemon may hold. By default the heap may grow to four times what lives in it before it is collected, and a process
// that has nothing to do afterwards never gives it back.
import { setFlagsFromString } from 'node:v8';

/** Per cent of what lives after a collection by which the heap may grow until the next one. */
const growthPercent = 40;

/** For the whole process, from the next collection on. */
export function boundGarbage(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
