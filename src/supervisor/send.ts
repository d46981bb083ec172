// One message of sd_notify(3) → a datagram, sent by `systemd-notify`: Node has no datagram sockets in the file system. The helper
// ends only when the manager has taken the message, so it can still be told whose it is; messages sent one after the other stay in
// order.
import { execFile } from 'node:child_process';
import type { Manager } from './environment.ts';

/** Names and values of one datagram. */
export type Message = Readonly<Record<string, string>>;

export type Send = (message: Message) => Promise<void>;

/** The helper gives up after 5 s of its own accord. */
const limitMs = 8_000;

/** Longer text would only be cut in every place where it is shown. */
const maxValueLength = 500;

/** Rejects when there is no helper, or nobody at the other end. */
export function createSend({ socket, path }: Pick<Manager, 'socket' | 'path'>): Send {
  const options = { env: { NOTIFY_SOCKET: socket, PATH: path }, timeout: limitMs } as const;
  return (message) =>
    new Promise((resolve, reject) => {
      execFile('systemd-notify', argumentsOf(message), options, (error, _, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message, { cause: error }));
        else resolve();
      });
    });
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
