// Pages of changes: whole versions, in order, and no silence about what is forgotten.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangePage, ChangesGone } from '../../src/model/change-feed.ts';
import { readChanges, readNewest } from '../../src/store/sql/changes.ts';
import { forgetChanges } from '../../src/store/sql/purge.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.query('truncate catalog_change');
  await test.query('update catalog_version set version = 0, forgotten = 0');
});

/** One transaction's change of this many refs, told `daysAgo`; 0 refs: what is purged has a version and tells of nothing. */
async function change(refs: number, daysAgo = 0): Promise<void> {
  await test.query(
    `with v as (update catalog_version set version = version + 1 returning version)
    insert into catalog_change (version, position, at, source, pack_ref, ref, verb, number)
    select v.version, n, now() - make_interval(days => $2::int), 'root:test', 'one', 'one.w' || n, 'updated', n
    from v, generate_series(1, $1::int) n`,
    [refs, daysAgo],
  );
}
const read = (since: number, atMost = 100) => readChanges(test.database, since, atMost);
const told = (page: ChangePage | ChangesGone) =>
  page.kind === 'gone'
    ? `gone: ${page.reason}`
    : `${page.rows.map(({ version, ref }) => `${version} ${ref}`).join(', ')} → ${page.version}${page.complete ? '' : ' …'}`;

describe('readChanges', () => {
  it('gives what came after a version, as the API prints it', async () => {
    await change(1);
    const page = await read(0);
    expect(page).toEqual({
      ...{ kind: 'page', version: 1, complete: true },
      rows: [
        {
          ...{ version: 1, source: 'root:test', pack_ref: 'one', ref: 'one.w1', verb: 'updated', number: 1 },
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
      ],
    });
    expect(told(await read(1))).toBe(' → 1');
    expect(await readNewest(test.database)).toEqual({ kind: 'page', rows: [], version: 1, complete: true });
  });

  it.each([
    { atMost: 1, pages: ['1 one.w1 → 1 …', '2 one.w1, 2 one.w2, 2 one.w3 → 2 …', '4 one.w1 → 5'] },
    { atMost: 2, pages: ['1 one.w1 → 1 …', '2 one.w1, 2 one.w2, 2 one.w3 → 2 …', '4 one.w1 → 5'] },
    {
      atMost: 4,
      pages: ['1 one.w1, 2 one.w1, 2 one.w2, 2 one.w3 → 3 …', '4 one.w1 → 5'],
    },
    { atMost: 5, pages: ['1 one.w1, 2 one.w1, 2 one.w2, 2 one.w3, 4 one.w1 → 5'] },
  ])('never cuts a version in two: at most $atMost rows', async ({ atMost, pages }) => {
    for (const refs of [1, 3, 0, 1, 0]) await change(refs);
    const seen: string[] = [];
    for (let since = 0; since < 5; ) {
      const page = await read(since, atMost);
      seen.push(told(page));
      if (page.kind === 'gone') break;
      since = page.version;
    }
    expect(seen).toEqual(pages);
  });

  it('says when a version is none of this registry', async () => {
    await change(1);
    expect(await read(2)).toEqual({ kind: 'gone', reason: 'ahead', version: 1, forgotten: 0 });
  });
});

describe('what is forgotten', () => {
  const kept = () =>
    test.query<{ version: number }>('select distinct version::int from catalog_change order by 1');

  it('is told of to who has not had it, and to nobody else', async () => {
    for (const days of [9, 8, 8, 1]) await change(2, days);
    await forgetChanges(test.database);
    expect(await kept()).toEqual([{ version: 4 }]);
    for (const since of [0, 1, 2])
      expect(await read(since)).toEqual({ kind: 'gone', reason: 'forgotten', version: 4, forgotten: 3 });
    expect(told(await read(3))).toBe('4 one.w1, 4 one.w2 → 4');
  });

  it('is the beginning: an old time after a young one stays', async () => {
    // The transaction of the third version began before the other two.
    for (const days of [9, 1, 9]) await change(1, days);
    await forgetChanges(test.database);
    expect(await kept()).toEqual([{ version: 2 }, { version: 3 }]);
    expect(told(await read(0))).toBe('gone: forgotten');
    expect(told(await read(1))).toBe('2 one.w1, 3 one.w1 → 3');
  });

  it('leaves those alone who know all of it, though all of it is gone', async () => {
    await change(1, 9);
    await change(0);
    await forgetChanges(test.database);
    expect(await kept()).toEqual([]);
    expect(told(await read(0))).toBe('gone: forgotten');
    expect(told(await read(1))).toBe(' → 2');
    // Once more, with nothing left: what is known of it stays.
    await forgetChanges(test.database);
    expect(told(await read(0))).toBe('gone: forgotten');
  });

  it('is never missed in silence by who reads at the very moment', async () => {
    for (let round = 0; round < 20; round += 1) await change(3, 8);
    await change(1);
    const readers = Array.from({ length: 6 }, async () => {
      const answers: string[] = [];
      for (let turn = 0; turn < 25; turn += 1) {
        const page = await read(0);
        answers.push(page.kind === 'gone' ? page.reason : String(page.rows.length));
      }
      return answers;
    });
    await forgetChanges(test.database);
    const answers = new Set((await Promise.all(readers)).flat());
    expect([...answers].filter((answer) => answer !== '61' && answer !== 'forgotten')).toEqual([]);
    expect(answers).toContain('forgotten');
  });
});
