// Everything that writes, at once and at random: nobody waits for each other in a ring, and what is told is what is there.
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

const seed = 7;
const rounds = 40;
const packs = ['p0', 'p1', 'p2'];
const stems = ['a', 'b', 'c'];

/** Whole numbers below a bound, the same for the same seed. */
function createRandom(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** A person, a writer and a housekeeper in one, over connections of its own. */
function createActor(number: number) {
  const random = createRandom(seed * 100 + number);
  const database = registry.test.pool({ max: 1 });
  const decisions = createDecisions(database);
  const writer = createWriter({ database, epochOf: () => 1 });
  const pick = <T>(items: readonly T[]) => items[random(items.length)] as T;
  const ref = () => `${pick(packs)}.${pick(stems)}`;
  const call = async (expression: string): Promise<unknown> =>
    (await database.run((sql) => sql.unsafe(`select packwatch.${expression} as answer`)))[0];
  const deeds: readonly (() => Promise<unknown>)[] = [
    () => {
      const some = stems.filter(() => random(4) > 0);
      const workflows = Object.fromEntries(some.map((stem) => [stem, { body: String(random(4)) }]));
      return register(writer, desiredOf(pick(packs), { workflows }));
    },
    () => decisions.setOverlay(ref(), pick(['enabled', 'disabled', 'protected', 'unprotected'] as const)),
    () => decisions.rollBack(ref(), 1 + random(4)),
    () => decisions.unpin(ref()),
    () =>
      call(
        `hold_removals('root:test', 1, '${pick(['threshold', 'root_empty'])}', array['${ref()}', '${ref()}'], 9)`,
      ),
    () => call(`expire_batches('root:test', 1, 'root_empty')`),
    async () => {
      const [row] = await database.run(
        (sql) => sql`select id from packwatch.held_batch where state = 'open' limit 1`,
      );
      return decisions.decideBatch(String(row?.['id']), pick(['approved', 'rejected'] as const));
    },
    () => call(`purge_retired('root:test', 1, interval '0', 3)`),
    // Refused, as the source is led; it takes the locks all the same.
    () => decisions.forgetSource('root:test', 1),
  ];
  return async () => {
    for (let round = 0; round < rounds; round += 1) await pick(deeds)();
  };
}

describe('everything that writes', () => {
  it(`ends without a deadlock, with every version told and every pin served (seed ${seed})`, async () => {
    await Promise.all([0, 1, 2, 3, 4, 5].map((number) => createActor(number)()));
    const told = await registry.one(
      `select (select version::int from catalog_version) >= max(version)::int as known,
         count(*) = count(distinct (version, position)) as once, count(*) > 50 as many
       from catalog_change`,
    );
    expect(told).toEqual({ known: true, once: true, many: true });
    const wrong = await registry.test.query(
      `select w.ref from workflow_definition w
       left join workflow_revision r on r.workflow_definition = w.id and r.revision = w.revision
       where r.number is null or r.definition is distinct from w.definition
         or (w.pinned_revision is not null and (w.pinned_revision <> w.revision or w.pinned_over is null))
         or exists (select from action a where a.workflow_def = w.id and a.param_schema is distinct from w.param_schema)`,
    );
    expect(wrong).toEqual([]);
    const { verbs } = await registry.one<{ verbs: number }>(
      'select count(distinct verb)::int as verbs from catalog_change',
    );
    expect(verbs).toBeGreaterThanOrEqual(6);
  });
});
