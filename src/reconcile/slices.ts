// Long work on the event loop, cut into slices: between two of them whatever else waits gets its turn.
import type { Clock } from './ports.ts';

/** Milliseconds of work at a time. */
const sliceMs = 8;

/** Runs steps to their end and returns their result; after long ones in a turn of its own. */
export async function inTurns<Result>(clock: Clock, steps: Generator<undefined, Result>): Promise<Result> {
  let beganMs = clock.nowMs();
  for (let step = steps.next(); ; step = steps.next()) {
    if (clock.nowMs() - beganMs >= sliceMs) {
      await clock.sleep(0);
      beganMs = clock.nowMs();
    }
    if (step.done) return step.value;
  }
}
