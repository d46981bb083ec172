// Work on many items, a few at a time.

/** Something else that may be done between two items, or while others are waited for, with nothing worked on. */
export type Pause = {
  /** Asked before each item. */
  isWanted(): boolean;
  /** Ends before the next item is begun. What it throws ends the work like a failure of an item. */
  run(): Promise<void>;
  /** Waits for what others do, and runs each time that it is wanted meanwhile. */
  during<Result>(work: Promise<Result>): Promise<Result>;
};

/** Runs `work` for every item, at most `width` at once, begun in order. All that was begun ends before an error is thrown. */
export async function inParallel<Item>(
  width: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  pause?: Pause,
): Promise<void> {
  let next = 0;
  let failed = false;
  const gate = createGate(pause);
  const worker = async () => {
    try {
      while (next < items.length && !failed) {
        await gate.pass();
        if (next >= items.length || failed) return;
        const item = items[next] as Item;
        next += 1;
        await gate.during(() => work(item));
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const workers = Array.from({ length: Math.min(width, items.length) }, worker);
  // Nothing goes on writing behind a pass that has failed.
  const results = await Promise.allSettled(workers);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Who is inside is counted; a pause that is wanted begins when nobody is, and all who come wait for its end. */
function createGate(pause: Pause | undefined) {
  let inside = 0;
  let onEmpty: (() => void) | undefined;
  let pausing: Promise<void> | undefined;
  const runAlone = async () => {
    if (inside > 0)
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
    await pause?.run();
  };
  return {
    async pass(): Promise<void> {
      while (pausing !== undefined || pause?.isWanted()) {
        pausing ??= runAlone().finally(() => {
          pausing = undefined;
        });
        await pausing;
      }
    },
    async during(work: () => Promise<void>): Promise<void> {
      inside += 1;
      try {
        await work();
      } finally {
        inside -= 1;
        if (inside === 0) onEmpty?.();
      }
    },
  };
}
