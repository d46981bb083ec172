// Asks for a full look again and again, where events cannot be relied on. Never more of them than the machine bears.

export type PollerOptions = {
  /** Milliseconds between two looks, at least. @default 2000 */
  readonly everyMs?: number;
  onPoll(): void;
};

export type Poller = {
  start(): void;
  stop(): void;
  /** A full look is over. */
  looked(tookMs: number): void;
};

/** A look of so many milliseconds is followed by a pause of this many times as much. */
const pauseFactor = 9;

export function createPoller({ everyMs = 2000, onPoll }: PollerOptions): Poller {
  let timer: NodeJS.Timeout | undefined;
  let isAsked = false;
  let intervalMs = everyMs;

  const schedule = () => {
    timer = setTimeout(() => {
      // One that was asked for and is not over yet need not be asked for again.
      if (!isAsked) {
        isAsked = true;
        onPoll();
      }
      schedule();
    }, intervalMs);
  };

  return {
    start() {
      if (timer === undefined) schedule();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      isAsked = false;
    },
    looked(tookMs) {
      isAsked = false;
      intervalMs = Math.max(everyMs, pauseFactor * tookMs);
    },
  };
}
