// Changes of the registry that anybody made → those who follow them, and the counts that metrics and the status show.
import { randomBytes } from 'node:crypto';
import type { Logger } from '../model/logger.ts';
import type { Catalog } from '../store/catalog.ts';
import type { FedChanges } from '../store/change-feed.ts';
import { createListener } from '../store/listen.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { OpenDatabase } from './database.ts';
import type { DaemonStatus } from './status.ts';
import { systemClock } from './system-clock.ts';

export type ChangesOptions = {
  readonly opened: Pick<OpenDatabase, 'database' | 'openListener'>;
  readonly catalog: Pick<Catalog, 'counts'>;
  readonly feed: Pick<FedChanges, 'moved'>;
  readonly metrics: Metrics;
  readonly status: Pick<DaemonStatus, 'counted' | 'learnsBy'>;
  readonly logger: Logger;
  /** The registry has this version now. */
  readonly onVersion: ((version: number) => void) | undefined;
  /** A scan of this source, or of any, may have been asked for or answered. */
  onScan(source: string | undefined): void;
};

export type Changes = {
  /** Once the schema is there; later calls do nothing. */
  start(): void;
  /** Reads the counts now. Never throws. */
  recount(): Promise<void>;
  close(): void;
};

/** Between two readings of the counts for what others changed. */
const restMs = 1_000;

export function followChanges(options: ChangesOptions): Changes {
  const { catalog, feed, metrics, status, logger } = options;
  const { database, openListener } = options.opened;
  const stop = new AbortController();
  let isStarted = false;
  let isStale = false;
  let isRefreshing = false;

  const recount = async () => {
    try {
      const counts = await catalog.counts();
      metrics.setDefinitions(counts.definitions);
      metrics.setProblems(new Map(Object.entries(counts.problems)));
      metrics.setFiles(counts.files);
      status.counted(counts);
    } catch (error) {
      logger.debug({ err: error }, 'the counts could not be read; the next change or pass reads them again');
    }
  };

  const refresh = async () => {
    if (isRefreshing) return;
    isRefreshing = true;
    while (isStale && !stop.signal.aborted) {
      isStale = false;
      await recount();
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
    onWake(version) {
      // Before those who follow are told.
      options.onVersion?.(version);
      feed.moved(version);
      isStale = true;
      void refresh();
    },
    onScan: options.onScan,
    onMode(mode, reason) {
      status.learnsBy(mode);
      const how =
        mode === 'listening'
          ? 'the database tells when the registry changes'
          : 'the database is asked every second whether the registry changed';
      logger.info({ reason }, how);
    },
    onError(error) {
      metrics.databaseError('listen');
      logger.debug({ err: error }, 'changes of the registry could not be asked for; trying again');
    },
  });

  return {
    recount,
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
