// One client's stream of events: changes as it takes them, steps of the pipeline as they come, and a sign of life.
//
// Changes are read no faster than the client reads: it has a place in the feed, not a queue. Steps are told when they happen, so
// they may queue, up to a limit. A client that takes nothing while something waits for it, or is over the limit, is cut off and
// comes back with the last id it saw. Other ends are clean ones: the stop, a failing database, an age at which tokens are asked anew.
import { Readable } from 'node:stream';
import type { Activity, ChangeFeed, ChangePage, ChangesGone } from '../model/change-feed.ts';
import { activityText, eventsOf, heartbeat, openingOf } from './event-text.ts';

export type EventStreamOptions = {
  readonly feed: Pick<ChangeFeed, 'follow'>;
  readonly activity: Activity;
  /** Where the client is; `first` is what came after it. */
  readonly since: number;
  readonly first: ChangePage;
  /** The client is gone, or the listener closes. */
  readonly signal: AbortSignal;
  /** The database failed; the stream ends. */
  onFailure(error: unknown): void;
  readonly timing?: EventTiming;
};

/** Milliseconds. */
export type EventTiming = { readonly heartbeatMs: number; readonly longestMs: number };

const defaultTiming: EventTiming = { heartbeatMs: 15_000, longestMs: 3_600_000 };
/** Bytes that wait for the client before changes do, and before it is cut off. */
const highWaterMark = 64 * 1024;
const maxWaitingBytes = 1024 * 1024;

export function openEventStream(options: EventStreamOptions): Readable {
  const { feed, activity, first, signal, timing = defaultTiming } = options;
  const stop = new AbortController();
  const end = () => stop.abort();
  let pushed = 0;
  let resume: () => void = () => undefined;
  const out = new Readable({
    highWaterMark,
    read: () => resume(),
    destroy(error, done) {
      end();
      done(error);
    },
  });

  /** False: wait before more is written. */
  const write = (text: string): boolean => {
    if (stop.signal.aborted) return false;
    pushed += Buffer.byteLength(text);
    return out.push(text);
  };

  const tell = async (page: ChangePage, since: number) => {
    for (const text of eventsOf(page, since)) {
      const isTaken = new Promise<void>((resolve) => {
        resume = resolve;
      });
      if (!write(text) && !stop.signal.aborted) await isTaken;
      if (stop.signal.aborted) return;
    }
  };

  const follow = async () => {
    const follower = feed.follow(first);
    try {
      write(openingOf(options.since));
      let told = options.since;
      for (let page: ChangePage | ChangesGone | undefined = first; page?.kind === 'page'; ) {
        await tell(page, told);
        told = page.version;
        page = await follower.next(stop.signal);
      }
    } catch (error) {
      options.onFailure(error);
    } finally {
      follower.close();
      end();
    }
  };

  const unsubscribe = activity.subscribe((event) => {
    write(activityText(event));
    if (out.readableLength > maxWaitingBytes) out.destroy();
  });
  const keepAlive = setInterval(
    createPulse(
      out,
      () => pushed,
      () => write(heartbeat),
    ),
    timing.heartbeatMs,
  );
  const limit = setTimeout(end, timing.longestMs);
  signal.addEventListener('abort', end, { once: true });
  stop.signal.addEventListener('abort', () => {
    resume();
    unsubscribe();
    clearInterval(keepAlive);
    clearTimeout(limit);
    signal.removeEventListener('abort', end);
    if (!out.destroyed) out.push(null);
  });
  if (signal.aborted) end();
  void follow();
  return out;
}

/** Beats while the client takes what there is; cuts it off when it took nothing since the last beat but one. */
function createPulse(out: Readable, pushed: () => number, beat: () => void): () => void {
  let taken = -1;
  let missed = 0;
  return () => {
    const before = taken;
    taken = pushed() - out.readableLength;
    missed = out.readableLength > 0 && taken === before ? missed + 1 : 0;
    if (missed > 1) out.destroy();
    else beat();
  };
}
