// Concurrent registration: eight writers at once, each planning anew when another was faster.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { desiredOf, holdLease, register } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let writers: readonly Writer[];
beforeAll(async () => {
  test = await createTestDatabase();
  await holdLease(test);
  // A pool each, as eight processes would have. They share an epoch, so that only the generation keeps them apart.
  writers = Array.from({ length: 8 }, () =>
    createWriter({ database: test.pool({ max: 1 }), epochOf: () => 1 }),
  );
});
afterAll(() => test.drop());

/** What is served, without ids and times. */
async function endState(packs: readonly string[]) {
  const wanted = `{${packs.join(',')}}`;
  const workflows = await test.query(
    `select w.ref, w.status, w.revision, w.last_number, w.source_text,
       (select count(*)::int from workflow_revision r where r.workflow_definition = w.id) as revisions
     from workflow_definition w where w.pack_ref = any($1::text[]) order by w.ref`,
    [wanted],
  );
  const actions = await test.query(
    'select ref, status, revision, workflow_def is null as plain from action where pack_ref = any($1::text[]) order by ref',
    [wanted],
  );
  const generations = await test.query(
    'select ref, generation, applied_generation from pack where ref = any($1::text[]) order by ref',
    [wanted],
  );
  return { workflows, actions, generations };
}

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed + 1;
  const keyed = items.map((item) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return { item, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

describe('concurrent registration', () => {
  it('registers one pack once for eight writers who all want the same', async () => {
    const desired = desiredOf('same', { workflows: { a: {}, b: {}, c: {} }, actions: { d: 'd.sh' } });
    const results = await Promise.all(writers.map((writer) => register(writer, desired)));
    expect(results.filter((one) => one.result?.outcome === 'applied')).toHaveLength(1);
    expect(results.filter((one) => one.result === undefined)).toHaveLength(7);
    const { workflows, actions, generations } = await endState(['same']);
    expect(workflows.map((row) => [row['ref'], row['last_number'], row['revisions']])).toEqual([
      ['same.a', 1, 1],
      ['same.b', 1, 1],
      ['same.c', 1, 1],
    ]);
    expect(actions).toHaveLength(4);
    expect(generations).toEqual([{ ref: 'same', generation: '1', applied_generation: '1' }]);
    const edited = desiredOf('same', {
      workflows: { a: { body: 'b' }, b: {}, c: {} },
      actions: { d: 'd.sh' },
    });
    const edits = await Promise.all(writers.map((writer) => register(writer, edited)));
    expect(edits.filter((one) => one.result?.outcome === 'applied')).toHaveLength(1);
    expect((await endState(['same'])).workflows[0]).toMatchObject({ last_number: 2, revisions: 2 });
  });

  it('lets eight writers who want different things go one after the other, none of them half', async () => {
    const refs = ['a', 'b', 'c', 'd', 'e'];
    const content = (index: number) =>
      Object.fromEntries(shuffled(refs, index).map((stem) => [stem, { body: `writer ${index}` }]));
    const results = await Promise.all(
      writers.map((writer, index) => register(writer, desiredOf('torn', { workflows: content(index) }))),
    );
    expect(results.map((one) => one.result?.outcome)).toEqual(Array(8).fill('applied'));
    expect(results.reduce((sum, one) => sum + one.staleTries, 0)).toBeGreaterThan(0);
    const { workflows, generations } = await endState(['torn']);
    expect(new Set(workflows.map((row) => row['source_text'])).size).toBe(1);
    expect(workflows.map((row) => [row['last_number'], row['revisions']])).toEqual(Array(5).fill([8, 8]));
    expect(generations).toEqual([{ ref: 'torn', generation: '8', applied_generation: '8' }]);
    const versions = results.map((one) => (one.result?.outcome === 'applied' ? one.result.version : null));
    expect(new Set(versions).size).toBe(8);
  });

  it('ends in the same state as one writer, for many packs in any order', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `many${index}`);
    const wanted = (name: string) =>
      desiredOf(name, { workflows: { a: { body: name }, b: {} }, actions: { c: `${name}.sh` } });
    const begun = await test.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    const applied = await Promise.all(
      writers.map(async (writer, index) => {
        let count = 0;
        for (const name of shuffled(names, index)) {
          if ((await register(writer, wanted(name))).result?.outcome === 'applied') count += 1;
        }
        return count;
      }),
    );
    expect(applied.reduce((sum, count) => sum + count, 0)).toBe(8);
    const together = await endState(names);
    const [alone] = writers;
    const renamed = names.map((name) => name.replace('many', 'solo'));
    for (const name of renamed) await register(alone as Writer, wanted(name));
    const without = (state: object) => JSON.stringify(state).replaceAll('solo', 'many');
    const shape = ({ workflows, actions, generations }: typeof together) => ({
      workflows: workflows.map(({ revision: _, ...row }) => row),
      actions: actions.map(({ revision: _, ...row }) => row),
      generations,
    });
    expect(without(shape(together))).toEqual(without(shape(await endState(renamed))));
    expect(
      await test.query('select deadlocks from pg_stat_database where datname = current_database()'),
    ).toEqual(begun);
  });

  it('numbers the changes in the order of their commits, without a gap', async () => {
    const rows = await test.query<{ version: string; position: number }>(
      'select version, position from catalog_change order by version, position',
    );
    const [latest] = await test.query<{ version: string }>('select version from catalog_version');
    const versions = [...new Set(rows.map((row) => Number(row.version)))];
    expect(versions).toEqual(Array.from({ length: Number(latest?.version) }, (_, index) => index + 1));
    for (const version of versions) {
      const positions = rows.filter((row) => Number(row.version) === version).map((row) => row.position);
      expect(positions).toEqual(positions.map((_, index) => index + 1));
    }
  });
});
