// Many who follow the changes: each is told of every one once and in order, and one reading serves all of them.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangePage } from '../../src/model/change-feed.ts';
import { AppError } from '../../src/model/errors.ts';
import { createChangeFeed } from '../../src/store/change-feed.ts';
import type { Database } from '../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { until } from '../support/wait.ts';

let test: TestDatabase;
let statements = 0;
let isAway = false;
let counted: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  counted = {
    ...test.database,
    run: (query, deadlineMs) => {
      statements += 1;
      if (isAway) throw new AppError('database_unreachable', 'away', { retryable: true });
      return test.database.run(query, deadlineMs);
    },
  };
});
afterAll(() => test.drop());
beforeEach(async () => {
  isAway = false;
  await test.query('truncate catalog_change');
  await test.query('update catalog_version set version = 0, forgotten = 0');
});

/** Returns the version it made. */
async function change(refs = 1): Promise<number> {
  const [row] = await test.query<{ version: number }>(
    `with v as (update catalog_version set version = version + 1 returning version),
    c as (insert into catalog_change (version, position, source, ref, verb)
      select v.version, n, 'root:test', 'one.w' || n, 'updated' from v, generate_series(1, $1::int) n)
    select version::int from v`,
    [refs],
  );
  return row?.version ?? 0;
}

/** Follows and notes what it is told, until it is closed or fails. */
function follow(feed: ReturnType<typeof createChangeFeed>, from: ChangePage) {
  const told: string[] = [];
  const stop = new AbortController();
  const follower = feed.follow(from);
  let version = from.version;
  let how: unknown;
  const note = ({ rows }: ChangePage) => told.push(...rows.map((row) => `${row.version} ${row.ref}`));
  note(from);
  const running = (async () => {
    for (;;) {
      const page = await follower.next(stop.signal);
      if (page?.kind !== 'page') return page;
      expect(page.version).toBeGreaterThan(version);
      version = page.version;
      note(page);
    }
  })();
  const ended = running.then(
    (last) => {
      how = last;
      follower.close();
    },
    (error) => {
      how = error;
      follower.close();
    },
  );
  return {
    told,
    ended,
    how: () => how,
    version: () => version,
    async close() {
      stop.abort();
      await ended;
    },
  };
}

async function begin(feed: ReturnType<typeof createChangeFeed>, since?: number): Promise<ChangePage> {
  const page = await feed.read(since);
  if (page.kind === 'gone') throw new Error(page.reason);
  return page;
}

describe('followers', () => {
  it('are all told from one reading', async () => {
    const feed = createChangeFeed(counted);
    feed.moved(await change());
    const followers = await Promise.all(
      Array.from({ length: 20 }, async () => follow(feed, await begin(feed))),
    );
    const before = statements;
    for (let turn = 1; turn <= 3; turn += 1) {
      const version = await change(2);
      feed.moved(version);
      for (const one of followers) await until(() => one.version() === version, { what: 'told' });
    }
    expect(statements - before).toBe(3);
    for (const one of followers)
      expect(one.told).toEqual([2, 3, 4].flatMap((version) => [`${version} one.w1`, `${version} one.w2`]));
    await Promise.all(followers.map((one) => one.close()));
    feed.moved(await change());
    await nextTurn();
    // Nobody follows, so nobody reads.
    expect(statements - before).toBe(3);
  });

  it('are handed one page when they are in one place', async () => {
    const feed = createChangeFeed(counted);
    feed.moved(await change());
    const from = await begin(feed);
    const followers = [feed.follow(from), feed.follow(from)];
    const limit = AbortSignal.timeout(10_000);
    for (const refs of [1, 2]) {
      feed.moved(await change(refs));
      const [one, other] = await Promise.all(followers.map((follower) => follower.next(limit)));
      expect(one).toMatchObject({ kind: 'page', rows: { length: refs } });
      expect(other).toBe(one);
    }
    for (const follower of followers) follower.close();
  });

  it('are told of what came between their first page and their following, and of what nobody followed', async () => {
    const feed = createChangeFeed(counted);
    feed.moved(await change());
    const early = await begin(feed);
    feed.moved(await change());
    feed.moved(await change());
    const one = follow(feed, early);
    await until(() => one.version() === 3);
    expect(one.told).toEqual(['2 one.w1', '3 one.w1']);
    await one.close();
  });

  it('are told of what nobody followed when the next change comes before they ask', async () => {
    const feed = createChangeFeed(counted);
    feed.moved(await change());
    const early = await begin(feed);
    feed.moved(await change());
    const follower = feed.follow(early);
    feed.moved(await change());
    const told: number[] = [];
    while (told.at(-1) !== 3) {
      const page = await follower.next(AbortSignal.timeout(5_000));
      if (page?.kind !== 'page') break;
      told.push(...page.rows.map(({ version }) => version));
    }
    expect(told).toEqual([2, 3]);
    follower.close();
  });

  it('go on where more is known to be there, though no version was ever told', async () => {
    const feed = createChangeFeed(counted, { pageRows: 2, tailRows: 3 });
    for (let turn = 0; turn < 5; turn += 1) await change();
    const one = follow(feed, await begin(feed, 0));
    await until(() => one.version() === 5);
    expect(one.told).toHaveLength(5);
    await one.close();
  });

  it('catch up page by page, with what is kept in memory and without', async () => {
    const feed = createChangeFeed(counted, { pageRows: 2, tailRows: 3 });
    for (let turn = 0; turn < 5; turn += 1) feed.moved(await change());
    const slow = follow(feed, await begin(feed, 0));
    const quick = follow(feed, await begin(feed));
    // One version of more rows than are kept, then others.
    for (const refs of [5, 1, 1]) feed.moved(await change(refs));
    const all = ['1', '2', '3', '4', '5', '6', '7', '8'].flatMap((version) =>
      Array.from({ length: version === '6' ? 5 : 1 }, (_, at) => `${version} one.w${at + 1}`),
    );
    for (const one of [slow, quick]) await until(() => one.version() === 8);
    expect(slow.told).toEqual(all);
    expect(quick.told).toEqual(all.slice(5));
    await Promise.all([slow.close(), quick.close()]);
  });

  it('pass over versions that tell of no ref', async () => {
    const feed = createChangeFeed(counted);
    feed.moved(await change());
    const one = follow(feed, await begin(feed));
    feed.moved(await change(0));
    await until(() => one.version() === 2);
    feed.moved(await change());
    await until(() => one.version() === 3);
    expect(one.told).toEqual(['3 one.w1']);
    await one.close();
  });

  it('fail when the database does, and the next ones miss nothing', async () => {
    const feed = createChangeFeed(counted);
    feed.moved(await change());
    const one = follow(feed, await begin(feed));
    const version = await change();
    isAway = true;
    feed.moved(version);
    await one.ended;
    expect(one.how()).toMatchObject({ code: 'database_unreachable' });
    isAway = false;
    const next = follow(feed, await begin(feed, one.version()));
    feed.moved(await change());
    await until(() => next.version() === 3);
    expect(next.told).toEqual(['2 one.w1', '3 one.w1']);
    await next.close();
  });

  it('are told when the registry is another, and not when an old number comes late', async () => {
    const feed = createChangeFeed(counted);
    for (let turn = 0; turn < 3; turn += 1) feed.moved(await change());
    const one = follow(feed, await begin(feed));
    feed.moved(2);
    feed.moved(await change());
    await until(() => one.version() === 4);
    expect(one.told).toEqual(['4 one.w1']);
    await test.query('delete from catalog_change where version > 2');
    await test.query('update catalog_version set version = 2');
    feed.moved(2);
    await one.ended;
    expect(one.how()).toEqual({ kind: 'gone', reason: 'ahead', version: 2, forgotten: 0 });
  });

  it('wait, and do not ask again and again, when the registry has less than was told', async () => {
    const feed = createChangeFeed(counted);
    const first = await change();
    feed.moved(first + 1);
    const one = follow(feed, await begin(feed, first));
    const before = statements;
    await sleep(100);
    expect(statements - before).toBeLessThan(3);
    feed.moved(await change());
    await until(() => one.told.length === 1);
    await one.close();
  });

  it('miss nothing and get nothing twice, whoever comes when, and however late the numbers are', async () => {
    const feed = createChangeFeed(counted, { pageRows: 3, tailRows: 5 });
    const followers: { since: number; told: string[]; version(): number; close(): Promise<void> }[] = [];
    for (let turn = 0; turn < 120; turn += 1) {
      const version = await change((turn * 7) % 5);
      if (turn % 3 !== 1) feed.moved(version);
      if (turn % 4 === 0) {
        const since = (turn * 11) % (version + 1);
        followers.push({ since, ...follow(feed, await begin(feed, since)) });
      }
      if (turn % 5 === 0) await nextTurn();
      if (turn % 13 === 0) await followers[turn % followers.length]?.close();
    }
    const last = await change();
    feed.moved(last);
    const rows = await test.query<{ version: number; ref: string }>(
      'select version::int, ref from catalog_change order by version, position',
    );
    for (const one of followers) {
      await until(async () => one.version() === last || (await isClosed(one)));
      const expected = rows.filter(({ version }) => version > one.since && version <= one.version());
      expect(one.told).toEqual(expected.map(({ version, ref }) => `${version} ${ref}`));
      await one.close();
    }
  });
});

/** True once nothing is told any more. */
async function isClosed(one: { version(): number; ended?: Promise<void> }): Promise<boolean> {
  const open = Symbol('open');
  return (await Promise.race([one.ended, nextTurn(open)])) !== open;
}
