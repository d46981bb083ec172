// Many who follow the changes, one who reads them: rows after the version told last are read once, and handed to all who wait.
//
// The tail holds every row in (from, to]. States: none (nobody follows, or it was dropped) → begun by the next version told while
// somebody follows → advanced with each version, its oldest dropped beyond a limit → none again when nobody follows any more, when
// the database fails, or when a version comes that is lower than the one before. Who is not within the tail asks the database:
// nothing depends on it but how often that happens.
import type { ChangeFeed, ChangePage, ChangeRow, ChangesGone } from '../model/change-feed.ts';
import type { Database } from './connect.ts';
import { readChanges, readNewest } from './sql/changes.ts';

export type FedChanges = ChangeFeed & {
  /** The registry has this version now, as far as is known. */
  moved(version: number): void;
};

/** Rows of one page, and rows kept of the tail. */
export type FeedLimits = { readonly pageRows: number; readonly tailRows: number };

type Tail = { readonly from: number; readonly to: number; readonly rows: readonly ChangeRow[] };

type Follower = {
  position: number;
  /** Whatever the tail says, the database has to be asked. */
  mustAsk: boolean;
  /** Ends the wait for news; with an error, by throwing it. */
  wake: ((error?: unknown) => void) | undefined;
};

/** Reads on `database` when it is asked, and when `moved` tells of something while somebody follows. */
export function createChangeFeed(
  database: Database,
  { pageRows, tailRows }: FeedLimits = { pageRows: 1000, tailRows: 2000 },
): FedChanges {
  const followers = new Set<Follower>();
  let known: number | undefined;
  let tail: Tail | undefined;
  let isAdvancing = false;
  // Most are in one place, and get one page.
  let shared: { readonly tail: Tail; readonly since: number; readonly page: ChangePage } | undefined;

  const wakeAll = (error?: unknown) => {
    for (const follower of followers) follower.wake?.(error);
  };

  const drop = () => {
    tail = undefined;
    for (const follower of followers) follower.mustAsk = true;
  };

  const readOn = async (current: Tail) => {
    const page = await readChanges(database, current.to, pageRows);
    if (tail !== current) return;
    // Nothing new though something was told: the registry is not the one that it was.
    if (page.kind === 'gone' || page.version === current.to) drop();
    else tail = extended(current, page, tailRows);
  };

  const advance = async () => {
    isAdvancing = true;
    try {
      while (tail !== undefined && known !== undefined && tail.to < known) {
        await readOn(tail);
        wakeAll();
      }
    } catch (error) {
      drop();
      wakeAll(error);
    } finally {
      isAdvancing = false;
    }
  };

  const hasNews = ({ mustAsk, position }: Follower) =>
    mustAsk || (tail === undefined ? known !== undefined && known > position : tail.to > position);

  const pageAfter = async (follower: Follower): Promise<ChangePage | ChangesGone> => {
    const { position, mustAsk } = follower;
    follower.mustAsk = false;
    const isWithin = tail !== undefined && position >= tail.from && position <= tail.to;
    const page = tail && isWithin && !mustAsk ? sharedPage(tail, position) : await ask(position);
    if (page.kind === 'page') {
      follower.position = page.version;
      follower.mustAsk ||= !page.complete;
    }
    return page;
  };

  const sharedPage = (current: Tail, since: number): ChangePage => {
    if (shared?.tail !== current || shared.since !== since)
      shared = { tail: current, since, page: pageOf(current, since, pageRows) };
    return shared.page;
  };

  const ask = async (since: number) => {
    const before = known;
    const page = await readChanges(database, since, pageRows);
    // The registry was set back, and nobody has told yet: waiting for a number that it had would be asking again and again.
    if (page.kind === 'page' && page.complete && before !== undefined && known === before)
      known = Math.min(known, page.version);
    return page;
  };

  return {
    moved(version) {
      const before = known;
      known = version;
      if (followers.size === 0) tail = undefined;
      else if (before !== undefined && version < before) drop();
      else tail ??= before === undefined ? undefined : { from: before, to: before, rows: [] };
      shared = undefined;
      if (tail === undefined) wakeAll();
      else if (!isAdvancing) void advance();
    },
    read: (since) => (since === undefined ? readNewest(database) : readChanges(database, since, pageRows)),
    follow(from) {
      const follower: Follower = { position: from.version, mustAsk: !from.complete, wake: undefined };
      followers.add(follower);
      return {
        async next(signal) {
          while (!signal.aborted) {
            if (hasNews(follower)) {
              const { position } = follower;
              const page = await pageAfter(follower);
              if (page.kind === 'gone' || page.rows.length > 0 || page.version > position) return page;
            } else await news(follower, signal);
          }
          return undefined;
        },
        close: () => void followers.delete(follower),
      };
    },
  };
}

/** Resolves when it is woken or the signal aborts. */
async function news(follower: Follower, signal: AbortSignal): Promise<void> {
  let stop: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => resolve();
      signal.addEventListener('abort', stop, { once: true });
      follower.wake = (error) => (error === undefined ? resolve() : reject(error));
    });
  } finally {
    follower.wake = undefined;
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** The tail with a page more; whole versions are dropped at its beginning until few enough rows are left. */
function extended(tail: Tail, page: ChangePage, tailRows: number): Tail {
  const rows = [...tail.rows, ...page.rows];
  if (rows.length <= tailRows) return { from: tail.from, to: page.version, rows };
  const from = rows[rows.length - tailRows - 1]?.version ?? tail.from;
  return { from, to: page.version, rows: rows.filter(({ version }) => version > from) };
}

/** Whole versions, until there are enough rows. */
function pageOf(tail: Tail, since: number, pageRows: number): ChangePage {
  const rows = tail.rows.filter(({ version }) => version > since);
  const upTo = rows[pageRows - 1]?.version ?? tail.to;
  const told = rows.filter(({ version }) => version <= upTo);
  const complete = told.length === rows.length;
  return { kind: 'page', rows: told, version: complete ? tail.to : upTo, complete };
}
