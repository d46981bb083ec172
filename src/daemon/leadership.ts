// What a pass needs first: the schema brought up to date, and the leases of the sources, which are kept from then on. A source whose
// root cannot be looked at is not led, and one that cannot be looked at for three rescans is given up: another may see it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../model/logger.ts';
import type { SourceName } from '../model/pack.ts';
import type { PassReport } from '../reconcile/ports.ts';
import type { Database } from '../store/connect.ts';
import { createLeaseKeeper, type Followed, type LeaseKeeper } from '../store/lease.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Candidacy, Unfit } from './candidacy.ts';
import { holderName, isDeadHolder } from './holder.ts';
import { createOutages, withUnseen } from './outages.ts';
import type { DaemonStatus } from './status.ts';

export type LeadershipOptions = {
  readonly database: Database;
  readonly sources: readonly SourceName[];
  readonly pid: number;
  readonly rescanMs: number;
  readonly candidacy: Candidacy;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'setLeader' | 'databaseError'>;
  readonly status: Pick<DaemonStatus, 'leads' | 'follows' | 'heldBack' | 'databaseLost' | 'databaseAnswers'>;
  /** A source is led that was not, after the first time: the first pass looks at everything anyway. */
  onGained(source: SourceName): void;
  /** A source is not led here any more. */
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
  /** Looks whether a source, or any, is there to be led by now. Never throws. */
  reconsider(source: SourceName | undefined): Promise<void>;
  /** A report with the roots in it that no pass looks at, for they cannot be led. */
  complete(report: PassReport): PassReport;
  /** Takes in what a pass found out about the roots that are led. */
  passed(report: PassReport): void;
  /** Gives the leases back, also those that a `prepare` under way is about to get. */
  release(): Promise<void>;
};

/** Milliseconds for which the roots that are led wait for those whose file systems do not answer. */
const answerMs = 1_000;

export function createLeadership(options: LeadershipOptions): Leadership {
  const { database, sources, candidacy, logger, metrics, status } = options;
  const outages = createOutages(options.rescanMs);
  const toldUnseen = new Set<SourceName>();
  const toldDiffers = new Set<SourceName>();
  const toldLeader = new Map<SourceName, string>();
  let keeper: LeaseKeeper | undefined;
  let isPrepared = false;
  let isReleased = false;

  const createKeeper = async () =>
    createLeaseKeeper({
      database,
      sources,
      holder: await holderName(options.pid),
      placeOf: candidacy.placeOf,
      isDead: isDeadHolder,
      mayTake: async (source, ledFrom) => tell(source, await candidacy.look(source, ledFrom)) === undefined,
      onGained(source, epoch) {
        logger.info({ source, epoch }, 'leading this source');
        candidacy.led(source);
        metrics.setLeader(source, true);
        status.leads(source, epoch);
        toldLeader.delete(source);
        if (isPrepared) options.onGained(source);
      },
      onLost(source, holder) {
        if (holder === null) logger.warn({ source }, 'the lease of this source was lost');
        options.onLost(source);
      },
      onFollowed: follow,
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

  function follow(source: SourceName, { holder, ledFrom, renews }: Followed): void {
    metrics.setLeader(source, false);
    status.follows(source, holder, renews);
    if (holder === null) return;
    if (toldLeader.get(source) !== holder)
      logger.warn({ source, holder }, 'another daemon leads this source; standing by');
    toldLeader.set(source, holder);
    // Ahead of the day when it is asked: what would keep us from taking over is to be seen while there is time to mend it.
    if (candidacy.ageMs(source) >= options.rescanMs) void lookAhead(source, ledFrom);
  }

  async function lookAhead(source: SourceName, ledFrom: string | null): Promise<void> {
    try {
      tell(source, await candidacy.look(source, ledFrom));
    } catch (error) {
      logger.debug(
        { source, err: error },
        'whether this daemon could take over is not known; it looks again',
      );
    }
  }

  function tell(source: SourceName, unfit: Unfit | undefined): Unfit | undefined {
    // Meanwhile it may have come to be led: then passes say how it is.
    if (keeper?.epochOf(source) !== undefined) return unfit;
    status.heldBack(source, unfit);
    const differs = unfit?.why === 'differs';
    if (differs && !toldDiffers.has(source))
      logger.warn(
        { source, reason: unfit.reason },
        'not taking over: this disk is not the one that was registered',
      );
    if (!differs && toldDiffers.has(source))
      logger.info({ source }, 'taking over would remove little by now');
    toldDiffers[differs ? 'add' : 'delete'](source);
    return unfit;
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

  const unled = () => sources.filter((source) => keeper?.epochOf(source) === undefined);

  /** Of those that are not led here for want of the root, perhaps one is back. */
  const retry = async () => {
    const absent = unled().filter((source) => candidacy.unfit(source)?.why === 'unhealthy');
    await Promise.all(absent.map((source) => keeper?.tryNow(source)));
  };

  const giveUp = async (source: SourceName, reason: string) => {
    candidacy.note(source, { why: 'unhealthy', reason });
    logger.warn(
      { source, reason },
      'the lease is given back: the root could not be looked at for three rescans',
    );
    await keeper?.giveUp(source);
    metrics.setLeader(source, false);
    status.follows(source, null, false);
    options.onLost(source);
  };

  return {
    async prepare() {
      if (isPrepared) return retry();
      await prepareSchema();
      keeper ??= await createKeeper();
      const created = keeper;
      // What is led is kept from now on, however long the look at another root takes.
      created.keep();
      const acquired = created.acquire();
      await Promise.race([acquired, sleep(answerMs, undefined, { ref: false })]);
      // Those that come later are looked at then.
      if (created.held().length === 0) await acquired;
      // failpoint: lease.acquired
      // The stop does not wait for ever for a pass: what it begins afterwards is given back here.
      if (isReleased) return created.release();
      isPrepared = true;
      options.onPrepared();
    },
    epochOf: (source) => keeper?.epochOf(source),
    held: () => keeper?.held() ?? [],
    async reconsider(source) {
      const wanted = source === undefined ? unled() : unled().filter((one) => one === source);
      if (isPrepared) await Promise.all(wanted.map((one) => keeper?.tryNow(one)));
    },
    complete: (report) => withUnseen(report, unled(), candidacy.unfit, toldUnseen),
    passed(report) {
      for (const { source, reason } of outages.passed(report))
        if (keeper?.epochOf(source) !== undefined) void giveUp(source, reason);
    },
    async release() {
      isReleased = true;
      try {
        await keeper?.release();
      } finally {
        await candidacy.close();
      }
    },
  };
}
