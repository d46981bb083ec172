// Who follows the changes by number misses none, whoever writes at once: versions come in the order of their commits, without a gap.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecisions } from '../../src/store/decisions.ts';
import { createWriter } from '../../src/store/writer.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, register } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

type Change = { readonly version: number; readonly position: number; readonly ref: string };
const tell = (changes: readonly Change[]) =>
  changes.map(({ version, position, ref }) => `${version}.${position} ${ref}`);
const changesSince = (version: number) =>
  registry.test.query<Change>(
    'select version::int, position, ref from catalog_change where version > $1 order by version, position',
    [version],
  );
const latest = async () =>
  (await registry.one<{ version: number }>('select version::int from catalog_version')).version;

/** Asks for what came after what it knows, again and again; `end` asks a last time and gives all it was told. */
function follow(from: number) {
  const told: Change[] = [];
  let known = from;
  let isOver = false;
  const ask = async () => {
    for (const change of await changesSince(known)) {
      told.push(change);
      known = change.version;
    }
  };
  const asking = (async () => {
    while (!isOver) await ask();
  })();
  return {
    told,
    async end() {
      isOver = true;
      await asking;
      await ask();
      return told;
    },
  };
}

describe('eight who write at once', () => {
  const packs = ['p0', 'p1', 'p2'];
  const stems = ['a', 'b', 'c'];
  /** Now one and now the other of what changes the registry, the same for the same number. */
  async function act(number: number): Promise<void> {
    const database = registry.test.pool({ max: 1 });
    const writer = createWriter({ database, epochOf: () => 1 });
    const decisions = createDecisions(database);
    for (let round = 0; round < 24; round += 1) {
      const turn = number * 7 + round * 5;
      const pack = packs[turn % 3] as string;
      const ref = `${pack}.${stems[(turn + round) % 3]}`;
      if (round % 4 === 0) await decisions.setOverlay(ref, round % 8 === 0 ? 'disabled' : 'enabled');
      else if (round % 4 === 1) await decisions.rollBack(ref, 1 + (turn % 3));
      else if (round % 12 === 2) await database.run((sql) => sql.unsafe(purge));
      else {
        const some = stems.filter((_, at) => (turn + at) % 4 > 0);
        const workflows = Object.fromEntries(some.map((stem) => [stem, { body: String(turn % 5) }]));
        await register(writer, desiredOf(pack, { workflows }));
      }
    }
  }
  const purge = "select packwatch.purge_retired('root:test', 1, interval '0', 3)";

  it('are told once each, in order, to who follows the numbers and to who listens', async () => {
    const heard: number[] = [];
    const listener = registry.test.session();
    await listener.listen('packwatch', (payload) => heard.push(JSON.parse(payload).version));
    const from = await latest();
    const follower = follow(from);
    await Promise.all(Array.from({ length: 8 }, (_, number) => act(number)));
    const told = await follower.end();
    const to = await latest();
    expect(to - from).toBeGreaterThan(60);
    expect(tell(told)).toEqual(tell(await changesSince(from)));
    // A purge has a version and tells of no ref.
    const versions = Array.from({ length: to - from }, (_, at) => from + at + 1);
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual(versions);
    const positions = new Map<number, number>();
    for (const { version, position } of told) {
      expect(position).toBe((positions.get(version) ?? 0) + 1);
      positions.set(version, position);
    }
    await listener.end();
  });
});

describe('a change that is committed late', () => {
  async function prepare(): Promise<number> {
    for (const pack of ['one', 'two']) {
      await register(registry.writer, desiredOf(pack, { workflows: { a: {} } }));
      await registry.decisions.setOverlay(`${pack}.a`, 'enabled');
    }
    return latest();
  }
  /** One who is not done yet, another who comes after it; what a follower is told of both. */
  async function race(from: number, isWaitedFor: boolean): Promise<readonly string[]> {
    const follower = follow(from);
    const slow = await registry.hold("select set_overlay('one.a', 'disabled')");
    const second = registry.test.session().unsafe("select set_overlay('two.a', 'disabled')").execute();
    if (isWaitedFor) await registry.waits(1);
    else await second;
    // What is committed is told before the slow one is.
    await expect.poll(() => follower.told.length, { timeout: 20_000 }).toBe(isWaitedFor ? 0 : 1);
    await slow.end('commit');
    await second;
    return (await follower.end()).map(({ ref }) => ref);
  }

  it('is waited for by the next; null control: numbers that nobody waits for are missed', async () => {
    expect(await race(await prepare(), true)).toEqual(['one.a', 'two.a']);
    const from = await prepare();
    await registry.test.query(`create sequence numbers start ${from + 1}`);
    const counter = /update catalog_version set version = version \+ 1 returning version into new_version;/;
    const unlocked = "new_version := nextval('numbers');";
    await registry.without('note_change(workflow_definition,text,boolean)', counter, unlocked, async () => {
      expect(await race(from, false)).toEqual(['two.a']);
    });
    await registry.test.query(
      'update catalog_version set version = (select max(version) from catalog_change)',
    );
  });

  it('that is rolled back leaves no gap', async () => {
    const from = await latest();
    const gone = await registry.hold("select set_overlay('one.a', 'enabled')");
    await gone.end('rollback');
    await registry.decisions.setOverlay('one.a', 'protected');
    expect(tell(await changesSince(from))).toEqual([`${from + 1}.1 one.a`]);
  });
});
