// What a pass needs first: the schema brought up to date, and the leases of the sources, which are kept from then on.
import type { Logger } from '../model/logger.ts';
import type { SourceName } from '../model/pack.ts';
import type { Database } from '../store/connect.ts';
import { createLeaseKeeper, type LeaseKeeper } from '../store/lease.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { holderName, isDeadHolder } from './holder.ts';
import type { DaemonStatus } from './status.ts';

export type LeadershipOptions = {
  readonly database: Database;
  readonly sources: readonly SourceName[];
  readonly pid: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'setLeader' | 'databaseError'>;
  readonly status: Pick<DaemonStatus, 'leads' | 'follows' | 'databaseLost' | 'databaseAnswers'>;
  /** A source is led that was not, after the first time: the first pass looks at everything anyway. */
  onGained(source: SourceName): void;
  /** A source is led by another now. */
  onLost(source: SourceName): void;
  /** A scan of a source that is led here is asked for. */
  onAsked(source: SourceName, number: number): void;
  /** The database has answered; every few seconds. */
  onAnswer(): void;
  /** The schema is there and the leases were asked for. */
  onPrepared(): void;
};

export type Leadership = {
  /** Called before each pass, cheap once it is done. Throws `AppError`. */
  prepare(): Promise<void>;
  /** The epoch of the lease that is held. */
  epochOf(source: SourceName): number | undefined;
  /** Sources that this process may write. */
  held(): readonly SourceName[];
  /** Gives the leases back, also those that a `prepare` under way is about to get. */
  release(): Promise<void>;
};

export function createLeadership(options: LeadershipOptions): Leadership {
  const { database, sources, logger, metrics, status } = options;
  let keeper: LeaseKeeper | undefined;
  let isReleased = false;

  const createKeeper = async () =>
    createLeaseKeeper({
      database,
      sources,
      holder: await holderName(options.pid),
      isDead: isDeadHolder,
      onGained(source, epoch) {
        logger.info({ source, epoch }, 'leading this source');
        metrics.setLeader(source, true);
        status.leads(source, epoch);
        if (keeper) options.onGained(source);
      },
      onLost(source, holder) {
        tellLoss(source, holder);
        options.onLost(source);
      },
      onError(error) {
        logger.warn({ err: error }, 'the lease could not be renewed; trying again');
        metrics.databaseError('lease');
        status.databaseLost(error);
      },
      onAsked: options.onAsked,
      onAnswer() {
        status.databaseAnswers();
        options.onAnswer();
      },
    });

  const tellLoss = standBy('another daemon leads this source now; standing by');

  function standBy(message: string) {
    return (source: SourceName, holder: string | null) => {
      logger.warn({ source, holder }, message);
      metrics.setLeader(source, false);
      status.follows(source, holder);
    };
  }

  async function prepareSchema(): Promise<void> {
    // failpoint: migrate.begin
    const { applied, unknown } = await migrate(database, await readMigrations());
    // failpoint: migrate.done
    if (applied.length > 0) logger.info({ applied }, 'the schema was brought up to date');
    if (unknown.length > 0)
      logger.warn(
        { unknown },
        'the database was migrated by a newer program; going on, for it is compatible',
      );
  }

  return {
    async prepare() {
      if (keeper) return;
      await prepareSchema();
      const created = await createKeeper();
      await created.acquire();
      // failpoint: lease.acquired
      // The stop does not wait for ever for a pass: what it begins afterwards is given back here.
      if (isReleased) return created.release();
      keeper = created;
      created.keep();
      options.onPrepared();
      const tell = standBy('another daemon leads this source; standing by');
      for (const source of sources)
        if (created.epochOf(source) === undefined) tell(source, created.holderOf(source));
    },
    epochOf: (source) => keeper?.epochOf(source),
    held: () => keeper?.held() ?? [],
    async release() {
      isReleased = true;
      await keeper?.release();
    },
  };
}
