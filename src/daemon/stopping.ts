// The end of a daemon: its parts are stopped one after another, whatever becomes of those before.
import type { Logger } from '../model/logger.ts';

/** A function that takes the steps in their order, once; later calls join the first. It never rejects. */
export function createStop(
  logger: Logger,
  steps: readonly (() => Promise<void> | undefined)[],
): () => Promise<void> {
  let stopping: Promise<void> | undefined;

  const stop = async () => {
    // failpoint: stop.begin
    for (const step of steps) {
      try {
        await step();
        // failpoint: stop.stepped
      } catch (error) {
        logger.warn({ err: error }, 'a part did not stop cleanly');
      }
    }
  };

  return () => {
    stopping ??= stop();
    return stopping;
  };
}
