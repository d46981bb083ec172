// Changes of the registry that anybody made → the counts that metrics and the status show.
import { randomBytes } from 'node:crypto';
import type { Logger } from '../model/logger.ts';
import { createListener, type ListenMode } from '../store/listen.ts';
import type { OpenDatabase } from './database.ts';
import { systemClock } from './engine.ts';

export type ChangesOptions = {
  readonly opened: Pick<OpenDatabase, 'database' | 'openListener'>;
  readonly logger: Logger;
  /** Reads the counts anew; called once a second at most, and never twice at a time. */
  refresh(): Promise<void>;
  onMode(mode: ListenMode): void;
  onError(): void;
};

export type Changes = {
  /** Once the schema is there; later calls do nothing. */
  start(): void;
  close(): void;
};

/** Between two readings of the counts. */
const restMs = 1_000;

export function followChanges(options: ChangesOptions): Changes {
  const { logger } = options;
  const { database, openListener } = options.opened;
  const stop = new AbortController();
  let isStarted = false;
  let isStale = false;
  let isRefreshing = false;

  const refresh = async () => {
    if (isRefreshing) return;
    isRefreshing = true;
    while (isStale && !stop.signal.aborted) {
      isStale = false;
      await options.refresh().catch((error: unknown) => {
        logger.debug(
          { err: error },
          'the counts could not be read; the next change or pass reads them again',
        );
      });
      await systemClock.sleep(restMs, stop.signal);
    }
    // In the same turn as the test above: a change that comes later must find nobody refreshing.
    isRefreshing = false;
  };

  const listener = createListener({
    database,
    id: randomBytes(6).toString('hex'),
    open: openListener,
    sleep: systemClock.sleep,
    random: Math.random,
    onWake() {
      isStale = true;
      void refresh();
    },
    onMode(mode, reason) {
      options.onMode(mode);
      const how =
        mode === 'listening'
          ? 'the database tells when the registry changes'
          : 'the database is asked every second whether the registry changed';
      logger.info({ reason }, how);
    },
    onError(error) {
      options.onError();
      logger.debug({ err: error }, 'changes of the registry could not be asked for; trying again');
    },
  });

  return {
    start() {
      if (!isStarted) listener.start();
      isStarted = true;
    },
    close() {
      stop.abort();
      listener.close();
    },
  };
}
