// The lease of a source: one holder, by the database's clock, with an epoch that grows.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { createLeaseKeeper, type LeaseKeeper, type LeaseOptions } from '../../src/store/lease.ts';
import { acquireLease, renewLease } from '../../src/store/sql/lease.ts';
import { createTestDatabase, type TestDatabase, until } from '../support/postgres.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const source = 'root:demo' as SourceName;
const keepers: LeaseKeeper[] = [];
beforeEach(() => test.query('delete from source_lease'));
afterEach(() => Promise.all(keepers.splice(0).map((keeper) => keeper.release())));

function keeperOf(holder: string, options: Partial<LeaseOptions> = {}) {
  const told: string[] = [];
  const errors: unknown[] = [];
  const keeper = createLeaseKeeper({
    ...{ database: test.database, sources: [source], holder, seconds: 1, renewMs: 50 },
    isDead: async () => false,
    onGained: (_, epoch) => told.push(`gained ${epoch}`),
    onLost: (_, by) => told.push(`lost to ${by}`),
    onError: (error) => errors.push(error),
    ...options,
  });
  keepers.push(keeper);
  return { keeper, told, errors };
}

async function lease() {
  const [row] = await test.query<{ holder: string | null; epoch: string; lasts: boolean }>(
    'select holder, epoch, expires_at > clock_timestamp() as lasts from source_lease where source = $1',
    [source],
  );
  return row && { ...row, epoch: Number(row.epoch) };
}

describe('acquire', () => {
  it('takes a free lease and names its holder and epoch', async () => {
    const { keeper, told } = keeperOf('a');
    await keeper.acquire();
    expect(told).toEqual(['gained 1']);
    expect([keeper.epochOf(source), keeper.holderOf(source), keeper.held()]).toEqual([1, 'a', [source]]);
    expect(await lease()).toEqual({ holder: 'a', epoch: 1, lasts: true });
  });

  it('leaves a lease that another holds, and says who', async () => {
    await keeperOf('a').keeper.acquire();
    const second = keeperOf('b');
    await second.keeper.acquire();
    expect([second.keeper.epochOf(source), second.keeper.holderOf(source), second.told]).toEqual([
      undefined,
      'a',
      [],
    ]);
  });

  it('takes it at its expiry and not before, by the database clock', async () => {
    await acquireLease(test.database, source, 'a', null, 1);
    const begunMs = performance.now();
    await until(
      'the lease is free',
      async () => (await acquireLease(test.database, source, 'b', null, 1)).acquired,
    );
    expect(performance.now() - begunMs).toBeGreaterThan(800);
    expect(performance.now() - begunMs).toBeLessThan(3_000);
    expect(await lease()).toMatchObject({ holder: 'b', epoch: 2 });
  });

  it('takes at once what a dead process of this host holds', async () => {
    await acquireLease(test.database, source, 'dead', null, 60);
    const asked: string[] = [];
    const isDead = async (holder: string) => {
      asked.push(holder);
      return true;
    };
    const { keeper } = keeperOf('b', { isDead });
    await keeper.acquire();
    expect([asked, keeper.epochOf(source)]).toEqual([['dead'], 2]);
  });

  it('does not take it from whoever was faster to succeed the dead process', async () => {
    await acquireLease(test.database, source, 'dead', null, 60);
    const isDead = async () => {
      await acquireLease(test.database, source, 'faster', 'dead', 60);
      return true;
    };
    const { keeper } = keeperOf('b', { isDead });
    await keeper.acquire();
    expect([keeper.epochOf(source), keeper.holderOf(source)]).toEqual([undefined, 'faster']);
  });

  it('gives every new holder a higher epoch, also after a clean release', async () => {
    const epochs: (number | undefined)[] = [];
    for (const holder of ['a', 'b', 'a', 'a']) {
      const { keeper } = keeperOf(holder);
      await keeper.acquire();
      epochs.push(keeper.epochOf(source));
      await keeper.release();
    }
    expect(epochs).toEqual([1, 2, 3, 4]);
  });

  it('gives it to one of many who ask at once', async () => {
    const asked = Array.from({ length: 12 }, (_, index) =>
      acquireLease(test.pool({ max: 1 }), source, `h${index}`, null, 60),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer.acquired)).toHaveLength(1);
    expect(new Set(answers.map((answer) => `${answer.holder} ${answer.epoch}`)).size).toBe(1);
  });
});

describe('keep', () => {
  it('renews for longer than the lease lasts', async () => {
    const { keeper, told } = keeperOf('a');
    await keeper.acquire();
    keeper.keep();
    const other = keeperOf('b').keeper;
    const endMs = performance.now() + 1_600;
    await until('the lease would be over', async () => {
      await other.acquire();
      return performance.now() > endMs;
    });
    expect([keeper.epochOf(source), other.epochOf(source), told]).toEqual([1, undefined, ['gained 1']]);
  });

  it('tells that it was lost, by whom, and takes it again when it is free', async () => {
    const { keeper, told } = keeperOf('a');
    await keeper.acquire();
    await test.query("update source_lease set holder = 'thief', epoch = epoch + 1, expires_at = 'infinity'");
    keeper.keep();
    await until('the loss is told', () => told.includes('lost to thief'));
    expect([keeper.epochOf(source), keeper.holderOf(source)]).toEqual([undefined, 'thief']);
    await test.query("update source_lease set holder = null, expires_at = '-infinity'");
    await until('it is held again', () => keeper.epochOf(source) === 3);
    expect(told).toEqual(['gained 1', 'lost to thief', 'gained 3']);
  });

  it('takes a lease that another lets go', async () => {
    const first = keeperOf('a');
    await first.keeper.acquire();
    const second = keeperOf('b');
    second.keeper.keep();
    await first.keeper.release();
    await until('the second holds it', () => second.keeper.epochOf(source) === 2);
  });

  it('goes on trying while the database is away, keeps the epoch if nobody took it, and tells that it had run out', async () => {
    const database = test.pool({ max: 1 });
    let isAway = false;
    const flaky: typeof database = {
      ...database,
      run: (query, ms) => (isAway ? Promise.reject(new Error('away')) : database.run(query, ms)),
    };
    const { keeper, told, errors } = keeperOf('a', { database: flaky });
    await keeper.acquire();
    keeper.keep();
    isAway = true;
    await until('a renewal fails', () => errors.length > 1);
    isAway = false;
    const seen = errors.length;
    await test.query("update source_lease set expires_at = '-infinity'");
    await until('it is renewed', async () => (await lease())?.lasts === true);
    // Told once: the renewals that follow are in time.
    await until('it is told', () => told.length > 1);
    expect([keeper.epochOf(source), told]).toEqual([1, ['gained 1', 'gained 1']]);
    expect(errors.length).toBeLessThanOrEqual(seen + 1);
  });

  it('is not renewed once another has it', async () => {
    await acquireLease(test.database, source, 'a', null, 60);
    await acquireLease(test.database, source, 'b', 'a', 60);
    expect(await renewLease(test.database, source, 1, 60)).toMatchObject({ state: 'lost' });
    expect(await renewLease(test.database, source, 2, 60)).toMatchObject({ state: 'renewed' });
  });
});

describe('a lease that another holds', () => {
  it('is taken as soon as it has run out, not at the next round', async () => {
    await acquireLease(test.database, source, 'a', null, 1);
    const begunMs = performance.now();
    const { keeper, told } = keeperOf('b', { renewMs: 30_000 });
    await keeper.acquire();
    expect(told).toEqual([]);
    await until('it is taken', () => keeper.epochOf(source) === 2);
    expect(performance.now() - begunMs).toBeLessThan(4_000);
  });

  it('is told to be renewed once it was, and whoever had it before is no matter', async () => {
    const seen: string[] = [];
    const { keeper } = keeperOf('b', {
      ...{ seconds: 60, renewMs: 30_000 },
      onFollowed: (_, { holder, ledFrom, renews }) => seen.push(`${holder} ${ledFrom} ${renews}`),
    });
    const look = () => keeper.tryNow(source);
    await acquireLease(test.database, source, 'a', null, 60, 'here');
    await look();
    await look();
    await renewLease(test.database, source, 1, 60);
    await look();
    await acquireLease(test.database, source, 'c', 'a', 60, 'there');
    await look();
    expect(seen).toEqual(['a here false', 'a here false', 'a here true', 'c there true']);
  });
});

describe('mayTake', () => {
  it('is asked for what is there to be taken alone, and keeps the keeper from it', async () => {
    const asked: (string | null)[] = [];
    let may = false;
    const mayTake = async (_: SourceName, ledFrom: string | null) => {
      asked.push(ledFrom);
      return may;
    };
    await acquireLease(test.database, source, 'a', null, 60, 'host /there');
    const { keeper, told } = keeperOf('b', { mayTake });
    keeper.keep();
    await until('it was looked at', () => keeper.holderOf(source) === 'a');
    expect(asked).toEqual([]);
    await test.query("update source_lease set expires_at = '-infinity'");
    await until('it was asked twice', () => asked.length > 1);
    expect([asked[0], keeper.epochOf(source), told, (await lease())?.epoch]).toEqual([
      ...['host /there', undefined, [], 1],
    ]);
    may = true;
    await until('it is held', () => keeper.epochOf(source) === 2);
  });

  it('keeps nobody else waiting: what is held is renewed while it takes its time', async () => {
    const second = 'root:second' as SourceName;
    const mayTake = (one: SourceName) =>
      one === second ? new Promise<boolean>(() => undefined) : Promise.resolve(true);
    const { keeper, told } = keeperOf('a', { sources: [source, second], mayTake });
    void keeper.acquire();
    await until('the first is held', () => keeper.epochOf(source) === 1);
    keeper.keep();
    const endMs = performance.now() + 1_500;
    await until('the lease would be over', () => performance.now() > endMs);
    expect([(await lease())?.lasts, told]).toEqual([true, ['gained 1']]);
    keepers.splice(0);
    void keeper.release();
  });
});

describe('giveUp', () => {
  it('frees one lease, wakes those who listen, and wants it again', async () => {
    const heard: string[] = [];
    const listener = test.session();
    await listener.listen('packwatch_scan', (payload) => heard.push(payload));
    let may = true;
    const placeOf = () => 'host /here';
    const { keeper, told } = keeperOf('a', { mayTake: async () => may, placeOf });
    await keeper.acquire();
    keeper.keep();
    may = false;
    await keeper.giveUp(source);
    expect([keeper.held(), await lease()]).toEqual([[], { holder: null, epoch: 1, lasts: false }]);
    await until('it is heard', () => heard.includes(source));
    const [row] = await test.query('select led_from, led_since is not null as known from source_lease');
    expect(row).toEqual({ led_from: 'host /here', known: true });
    may = true;
    await until('it is held again', () => keeper.epochOf(source) === 2);
    expect(told).toEqual(['gained 1', 'gained 2']);
  });
});

describe('a program that does not say from where it leads', () => {
  it('takes leases as ever, and leaves the place unknown', async () => {
    await acquireLease(test.database, source, 'a', null, 60, 'host /here');
    const take = "select acquired, epoch::int from acquire_lease($1, 'old', 'a', 6)";
    expect(await test.query(take, [source])).toEqual([{ acquired: true, epoch: 2 }]);
    expect(await test.query('select holder, led_from from source_lease')).toEqual([
      { holder: 'old', led_from: null },
    ]);
  });
});

describe('release', () => {
  it('frees every lease at once and renews none afterwards', async () => {
    const second = 'root:second' as SourceName;
    const { keeper } = keeperOf('a', { sources: [source, second] });
    await keeper.acquire();
    keeper.keep();
    await keeper.release();
    expect(keeper.held()).toEqual([]);
    const rows = await test.query(
      'select holder, epoch, expires_at::text as until from source_lease order by source',
    );
    expect(rows).toEqual(Array(2).fill({ holder: null, epoch: '1', until: '-infinity' }));
    await keeper.release();
  });

  it("leaves another's lease alone", async () => {
    const { keeper } = keeperOf('a');
    await keeper.acquire();
    await acquireLease(test.database, source, 'b', 'a', 60);
    await keeper.release();
    expect(await lease()).toEqual({ holder: 'b', epoch: 2, lasts: true });
  });
});
