// Waiting in tests: for a condition, with a limit, never for a length of time.
import { setTimeout as sleep } from 'node:timers/promises';

export type WaitOptions = {
  /** What is waited for, for the message. */
  readonly what?: string;
  /** Far beyond what a machine with nothing else to do needs. @default 20 000 */
  readonly limitMs?: number;
  /** Between two looks. @default 20 */
  readonly everyMs?: number;
};

/** Resolves with the first value of `condition` that is neither false nor undefined; fails after the limit. */
export async function until<T>(
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  { what = 'the condition', limitMs = 20_000, everyMs = 20 }: WaitOptions = {},
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > deadlineMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(everyMs);
  }
}

/** Repeats an assertion until it holds; after the limit its last failure is thrown. */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { limitMs = 20_000, everyMs = 20 }: WaitOptions = {},
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(everyMs);
  }
}
