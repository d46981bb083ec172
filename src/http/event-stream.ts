// One client's stream of events: changes as it takes them, steps of the pipeline as they come, and a sign of life.
//
// Changes are read no faster than the client reads: it has a place in the feed, not a queue. Steps are told when they happen, so
// they may queue, up to a limit. A client that takes nothing while something waits for it, or is over the limit, is cut off and
// comes back with the last id it saw. Other ends are clean ones: the stop, a failing database, an age at which tokens are asked anew.
import { Readable } from 'node:stream';
import type { Activity, ChangeFeed, ChangePage, ChangesGone } from '../model/change-feed.ts';
import { activityText, heartbeat, openingOf } from './event-text.ts';

export type EventStreamOptions = {
  readonly feed: Pick<ChangeFeed, 'follow'>;
  readonly activity: Activity;
  /** Shared by all streams. */
  readonly textsOf: (page: ChangePage, since: number) => readonly Buffer[];
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
  const { activity, signal, timing = defaultTiming } = options;
  const sink = openSink();
  const unsubscribe = activity.subscribe((event) => sink.write(activityText(event)));
  const keepAlive = setInterval(sink.beat, timing.heartbeatMs);
  const limit = setTimeout(sink.end, timing.longestMs);
  signal.addEventListener('abort', sink.end, { once: true });
  sink.ended.addEventListener('abort', () => {
    unsubscribe();
    clearInterval(keepAlive);
    clearTimeout(limit);
    signal.removeEventListener('abort', sink.end);
  });
  if (signal.aborted) sink.end();
  void follow(options, sink);
  return sink.out;
}

async function follow(options: EventStreamOptions, sink: Sink): Promise<void> {
  const { feed, textsOf, first, since } = options;
  const follower = feed.follow(first);
  try {
    sink.write(openingOf(since));
    let told = since;
    for (let page: ChangePage | ChangesGone | undefined = first; page?.kind === 'page'; ) {
      for (const text of textsOf(page, told)) {
        sink.write(text);
        await sink.hasRoom();
      }
      told = page.version;
      page = await follower.next(sink.ended);
    }
  } catch (error) {
    options.onFailure(error);
  } finally {
    follower.close();
    sink.end();
  }
}

type Sink = {
  readonly out: Readable;
  /** Nothing is written any more: the end was asked for, or the client is gone or cut off. */
  readonly ended: AbortSignal;
  /** Cuts the client off when too much waits for it already. */
  write(text: string | Buffer): void;
  /** Resolves when the client has taken enough, and at the end. */
  hasRoom(): Promise<void>;
  /** Shows that the stream lives; cuts off a client that took nothing of what waits since the last beat but one. */
  beat(): void;
  end(): void;
};

function openSink(): Sink {
  const stop = new AbortController();
  let onRoom: () => void = () => undefined;
  let pushed = 0;
  let taken = 0;
  let missed = 0;
  const end = () => {
    stop.abort();
    onRoom();
    if (!out.destroyed && !out.readableEnded) out.push(null);
  };
  const out = new Readable({
    highWaterMark,
    read: () => onRoom(),
    destroy(error, done) {
      end();
      done(error);
    },
  });
  const write = (text: string | Buffer) => {
    if (stop.signal.aborted) return;
    pushed += Buffer.byteLength(text);
    out.push(text);
    if (out.readableLength > maxWaitingBytes) out.destroy();
  };
  return {
    ...{ out, ended: stop.signal, write, end },
    async hasRoom() {
      if (out.readableLength < highWaterMark || stop.signal.aborted) return;
      await new Promise<void>((resolve) => {
        onRoom = resolve;
      });
    },
    beat() {
      const before = taken;
      taken = pushed - out.readableLength;
      missed = out.readableLength > 0 && taken === before ? missed + 1 : 0;
      if (missed > 1) out.destroy();
      else write(heartbeat);
    },
  };
}
