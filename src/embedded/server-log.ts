// The server's log, `<stateDir>/server.log`. In: what initdb and the server print. Out: a bounded file and its end.
import { constants } from 'node:fs';
import { openStateFile, type Place } from './place.ts';

/** A log beyond this size begins anew; checked every minute. */
export const maxLogBytes = 8 * 1024 * 1024;

/** An open log. */
export type ServerLog = {
  readonly fd: number;
  /** Starts watching the size, until `close`. Keeps no event loop alive. */
  readonly keepBounded: () => void;
  /** The last lines (at most 2 kB), each on a line of its own; empty for an empty log. */
  readonly tail: () => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Opens a new, empty log. The server appends, so that the file can be cut while it runs. */
export async function openServerLog(place: Place): Promise<ServerLog> {
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL } = constants;
  const handle = await openStateFile(place, 'server.log', O_RDWR | O_APPEND | O_CREAT | O_EXCL);
  let timer: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;
  const cut = async (): Promise<void> => {
    if (closing === undefined && (await handle.stat()).size > maxLogBytes) await handle.truncate(0);
  };
  return {
    fd: handle.fd,
    keepBounded: () => {
      // A log that cannot be cut (the disk is gone) is the least of the troubles; the next minute tries again.
      timer = setInterval(() => void cut().catch(() => undefined), 60_000);
      timer.unref();
    },
    tail: async () => {
      const { size } = await handle.stat();
      const length = Math.min(size, 2_048);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      const text = buffer.toString('utf8', 0, bytesRead).trim();
      return text === '' ? '' : `\n${text.split('\n').slice(-12).join('\n')}`;
    },
    close: () => {
      clearInterval(timer);
      closing ??= handle.close();
      return closing;
    },
  };
}
