// A database that has become another one, as after a failover that lost commits: no number that was given out is given out again.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { createLeaseKeeper } from '../../src/store/lease.ts';
import { readChanges } from '../../src/store/sql/changes.ts';
import { acquireLease, renewLease } from '../../src/store/sql/lease.ts';
import { askScan } from '../../src/store/sql/scans.ts';
import { createVersionWatch } from '../../src/store/version-watch.ts';
import { createWriter } from '../../src/store/writer.ts';
import { desiredOf, register, testSource } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase, until } from '../support/postgres.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.query('truncate catalog_change, source_lease');
  await test.query(
    "update catalog_version set version = 0, forgotten = 0; update catalog_version set history = history_of_database('catalog_version'::regclass)",
  );
});

const source = testSource as SourceName;
const leap = 1_000_000_000;

async function commit(count = 1): Promise<void> {
  for (let at = 0; at < count; at += 1)
    await test.query(
      `with v as (update catalog_version set version = version + 1 returning version)
      insert into catalog_change (version, position, source, pack_ref, ref, verb)
      select version, 1, 'root:test', 'one', 'one.w', 'updated' from v`,
    );
}
const versionNow = async () => {
  const [row] = await test.query<{ version: string }>('select version from catalog_version');
  return Number(row?.version);
};
/** What the row says of where it was written; a part that is null was not told. */
async function writeHistory(table: 'catalog_version' | 'source_lease', history: string): Promise<void> {
  await test.query(
    `alter table ${table} disable trigger user; update ${table} set history = ${history}; alter table ${table} enable trigger user`,
  );
}
const elsewhere = "array['1', '0000000F', '1', '1']";
const read = (since: number) => readChanges(test.database, since, 100);

describe('catalog_version', () => {
  it('leaps where the timeline is another, and whoever followed has to begin anew', async () => {
    await commit(40);
    await writeHistory('catalog_version', "history[1:1] || array['0000000F'] || history[3:4]");
    await commit(20);
    const version = await versionNow();
    expect(version).toBeGreaterThanOrEqual(leap + 19);
    // Also who knows no more than what was kept: it may have read what is lost.
    for (const since of [0, 39, 40, 41, 50, 60, version - 21])
      expect(await read(since)).toMatchObject({ kind: 'gone', reason: 'forgotten' });
    const page = await read(version - 19);
    expect(page).toMatchObject({ kind: 'page', version, complete: true });
    expect(page.kind === 'page' && page.rows).toHaveLength(19);
    expect(await read(version + 1)).toMatchObject({ kind: 'gone', reason: 'ahead' });
    // What was kept is still there for who reckons with it.
    expect(await test.query('select count(*)::int as rows from catalog_change where version <= 40')).toEqual([
      { rows: 40 },
    ]);
  });

  it('leaps each time, to numbers of its own', async () => {
    await commit(2);
    const seen: number[] = [];
    for (let round = 1; round <= 3; round += 1) {
      await writeHistory('catalog_version', elsewhere);
      await commit(2);
      seen.push(await versionNow());
      expect(Math.floor((seen.at(-1) ?? 0) / leap)).toBe(round);
    }
    expect(new Set(seen.map((version) => version % leap)).size).toBe(3);
  });

  it.each(['null', 'array[null, null, null, null]', 'history'])(
    'goes up by one where nothing is known to be another (%s)',
    async (history) => {
      await commit(3);
      await writeHistory('catalog_version', history);
      await commit(2);
      expect(await versionNow()).toBe(5);
      expect((await read(2)).kind).toBe('page');
    },
  );

  it('is left alone by one who saw no more, and leaps for one who did', async () => {
    await commit(5);
    await test.query('select leave_gap(5)');
    expect(await versionNow()).toBe(5);
    await test.query('select leave_gap(9)');
    expect(await versionNow()).toBeGreaterThanOrEqual(leap);
    for (const since of [5, 9]) expect(await read(since)).toMatchObject({ kind: 'gone' });
    const leapt = await versionNow();
    await commit();
    expect(await versionNow()).toBe(leapt + 1);
  });
});

describe('a daemon that knew a higher version', () => {
  it('has it leap, whatever set it back', async () => {
    await commit(20);
    const woken: number[] = [];
    const stop = new AbortController();
    const watch = createVersionWatch({
      ...{ database: test.database, deadlineMs: 5_000, stop: stop.signal },
      onWake: (version) => woken.push(version),
      onError: (error) => woken.push(error instanceof Error ? -1 : -2),
    });
    await watch.ask();
    await test.query('update catalog_version set version = 12');
    await watch.ask();
    await commit(10);
    await watch.ask();
    expect(woken.slice(0, 2)).toEqual([20, 12]);
    expect(woken[2]).toBeGreaterThan(leap);
    for (const since of [12, 20, 22]) expect(await read(since)).toMatchObject({ kind: 'gone' });
  });
});

describe('the lease', () => {
  it('is to be taken again under a number that nobody had', async () => {
    await acquireLease(test.database, source, 'a', null, 60);
    await writeHistory('source_lease', elsewhere);
    expect(await renewLease(test.database, source, 1, 60)).toEqual({ state: 'lost', asked: 0 });
    const again = await acquireLease(test.database, source, 'a', null, 60);
    expect(again).toMatchObject({ acquired: true, holder: 'a' });
    expect(again.epoch).toBeGreaterThan(leap);
    // Its own next one, which another may have been given in what is lost.
    expect(await renewLease(test.database, source, 2, 60)).toMatchObject({ state: 'lost' });
    expect(await renewLease(test.database, source, again.epoch, 60)).toMatchObject({ state: 'renewed' });
  });

  it('keeps its holder, who is told to look at everything, and lets nobody commit under a lost number', async () => {
    const gained: number[] = [];
    const keeper = createLeaseKeeper({
      ...{ database: test.database, sources: [source], holder: 'a', seconds: 60, renewMs: 20 },
      isDead: async () => false,
      onGained: (_, epoch) => gained.push(epoch),
      onLost: () => undefined,
      onError: () => gained.push(-2),
    });
    await keeper.acquire();
    const writerOf = (epoch: number) => createWriter({ database: test.database, epochOf: () => epoch });
    const write = async (epoch: number, body: string) =>
      (await register(writerOf(epoch), desiredOf('one', { workflows: { w: { body } } }))).result?.outcome;
    expect(await write(1, 'first')).toBe('applied');
    await writeHistory('source_lease', elsewhere);
    keeper.keep();
    await until('it is gained again', async () => gained.length === 2);
    await keeper.release();
    expect(gained[0]).toBe(1);
    expect(gained[1]).toBeGreaterThan(leap);
    for (const lost of [1, 2, 3]) expect(await write(lost, `of ${lost}`)).toBe('fenced');
  });

  it('begins above what may be lost where its row is', async () => {
    await commit();
    expect((await acquireLease(test.database, 'root:first' as SourceName, 'a', null, 60)).epoch).toBe(1);
    await writeHistory('catalog_version', elsewhere);
    const before = await acquireLease(test.database, 'root:second' as SourceName, 'a', null, 60);
    await commit();
    const after = await acquireLease(test.database, 'root:third' as SourceName, 'a', null, 60);
    expect([before.epoch > leap, after.epoch > leap]).toEqual([true, true]);
  });

  it('has the version leap as soon as it is renewed: a copy may hold what is lost though nothing changes', async () => {
    await commit(3);
    await acquireLease(test.database, source, 'a', null, 60);
    for (const table of ['catalog_version', 'source_lease'] as const) await writeHistory(table, elsewhere);
    await renewLease(test.database, source, 1, 60);
    const version = await versionNow();
    expect(version).toBeGreaterThanOrEqual(leap);
    expect(await read(3)).toMatchObject({ kind: 'gone', reason: 'forgotten' });
    // Whoever is about to raise it notices by itself, and is not waited for.
    await writeHistory('catalog_version', elsewhere);
    await writeHistory('source_lease', elsewhere);
    const other = test.session();
    await other`begin`;
    await other`update packwatch.catalog_version set version = version + 1`;
    await acquireLease(test.database, source, 'a', null, 60);
    await other`commit`;
    expect(await versionNow()).toBeGreaterThanOrEqual(2 * leap);
    expect(await versionNow()).toBeLessThan(3 * leap);
  });

  it('numbers the scans that are asked for anew', async () => {
    await acquireLease(test.database, source, 'a', null, 60);
    expect(await askScan(test.database, source)).toBe(1);
    await writeHistory('source_lease', elsewhere);
    expect(await askScan(test.database, source)).toBeGreaterThan(leap);
  });
});
