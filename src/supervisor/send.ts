// One message of sd_notify(3) → a datagram. Node has no datagram sockets in the file system, so `systemd-notify` sends it: it ends only
// when the manager has read the message, which can thus be told whose it is, and messages stay in order.
import type { Manager } from './environment.ts';
import { type Helper, startHelper } from './helper.ts';

/** Names and values of one datagram. */
export type Message = Readonly<Record<string, string>>;

export type Sender = {
  /** Rejects when there is no helper, or nobody at the other end. One at a time. */
  send(message: Message): Promise<void>;
  /** What is under way still gets through. */
  close(): void;
};

/** `systemd-notify` gives up after 5 s of its own accord. */
const limitMs = 8_000;

/** Longer text would only be cut in every place where it is shown. */
const maxValueLength = 500;

export function createSender({ socket, path }: Pick<Manager, 'socket' | 'path'>): Sender {
  let helper: Helper | undefined;
  return {
    async send(message) {
      helper ??= startHelper({ NOTIFY_SOCKET: socket, PATH: path });
      const used = helper;
      try {
        await used.notify(argumentsOf(message), limitMs);
      } catch (error) {
        if (!used.isRunning()) helper = undefined;
        throw error;
      }
    },
    close: () => helper?.close(),
  };
}

/** A line break in a value would begin another assignment. */
function argumentsOf(message: Message): readonly string[] {
  return Object.entries(message).map(
    ([name, value]) => `${name}=${value.replaceAll(/\p{Cc}+/gu, ' ').slice(0, maxValueLength)}`,
  );
}

/** CLOCK_MONOTONIC in microseconds, by which a manager knows that a reload began after it asked for it. */
export function monotonicUsec(): string {
  return String(process.hrtime.bigint() / 1000n);
}
