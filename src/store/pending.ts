// A statement that was handed to the driver: whether it is under way, how it is stopped, whether it has ended.

export type Pending<Row> = PromiseLike<Row> & { cancel(): void };

/** False while it waits for a connection. */
export function wasSent(pending: Pending<unknown>): boolean {
  return 'state' in pending && typeof pending.state === 'object' && pending.state !== null;
}

/**
 * Asks the server to stop a statement. The driver's own `cancel()` drops the promise of that request: on a server that is
 * gone its rejection would end the process.
 */
export function requestCancel(pending: Pending<unknown>): void {
  const { canceller } = pending as { readonly canceller?: (query: unknown) => Promise<unknown> };
  // Refused or lost: the statement was given up all the same, and its connection is looked after.
  canceller?.(pending).catch(() => undefined);
}

export async function hasEnded(pending: PromiseLike<unknown>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
    timer.unref();
  });
  const ended = () => true;
  const hasIt = await Promise.race([pending.then(ended, ended), limit]);
  clearTimeout(timer);
  return hasIt;
}
