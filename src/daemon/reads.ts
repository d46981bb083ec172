// The API's reads, each request's at one place: statements find by their asynchronous context which database they are for.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChangeFeed, ChangePage, ChangesGone } from '../model/change-feed.ts';
import { AppError } from '../model/errors.ts';
import type { Logger } from '../model/logger.ts';
import type { ReadPlace, Reads, ReplicaState } from '../model/reads.ts';
import type { Database } from '../store/connect.ts';
import { createReplica, type Replica } from '../store/replica.ts';
import { systemClock } from './system-clock.ts';

export type ReadsOptions = {
  readonly primary: Database;
  readonly replica: Database;
  readonly logger: Logger;
};

export type ReplicaReads = Reads & {
  /** For the catalogue of the API: the primary, but within a request that may read elsewhere. */
  readonly database: Database;
  readonly moved: Replica['moved'];
  /** What followers are told is known from then on. */
  follow(feed: ChangeFeed): ChangeFeed;
  readonly start: Replica['start'];
  state(): ReplicaState;
  close(): Promise<void>;
};

type Turn = { place: ReadPlace };

const closeTimeoutS = 1;

export function createReads({ primary, replica: database, logger }: ReadsOptions): ReplicaReads {
  const turns = new AsyncLocalStorage<Turn>();
  const { nowMs, sleep } = systemClock;
  const replica = createReplica({
    ...{ primary, replica: database, nowMs, sleep },
    onState({ state, reason }) {
      if (state === 'used') logger.info({}, 'the read replica has everything, and answers reads');
      else logger.info({ state, reason }, 'the read replica is not used for now; the primary answers reads');
    },
  });

  const run: Database['run'] = async (query, deadlineMs) => {
    const turn = turns.getStore();
    if (turn?.place !== 'replica') return primary.run(query, deadlineMs);
    try {
      return await database.run(query, deadlineMs);
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable) throw error;
      replica.failed(error);
      turn.place = 'primary';
      return primary.run(query, deadlineMs);
    }
  };

  const heard = <Told extends ChangePage | ChangesGone>(told: Told): Told => {
    if (told.version > (replica.known() ?? 0)) replica.moved(told.version);
    return told;
  };

  return {
    database: { schema: primary.schema, run, close: (timeoutS) => primary.close(timeoutS) },
    moved: replica.moved,
    start: replica.start,
    state: replica.state,
    async enter(atLeast, proceed) {
      // Before it is asked about: more may be known afterwards.
      const version = replica.known();
      const turn: Turn = { place: (await replica.hasCaughtUp(atLeast)) ? 'replica' : 'primary' };
      turns.run(turn, () => proceed({ place: () => turn.place, version }));
    },
    async wrote() {
      try {
        return await replica.askKnown();
      } catch (error) {
        replica.failed(error);
        return undefined;
      }
    },
    follow: (feed) => ({
      async read(since) {
        return heard(await feed.read(since));
      },
      follow(from) {
        const follower = feed.follow(from);
        return {
          async next(signal) {
            const page = await follower.next(signal);
            return page && heard(page);
          },
          close: follower.close,
        };
      },
    }),
    async close() {
      replica.close();
      await database.close(closeTimeoutS);
    },
  };
}
