// Who calls whom: kept with each row whoever writes it, as the checker sees it, and found by an index.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/pack.ts';
import { callsOf } from '../../src/registry/calls.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { action, createApplier, workflow } from './catalog-fixture.ts';

const page = { page: 1, pageSize: 100 };
const task = (name: string, ref: Json, tasks: Json = null) => ({ name, action: ref, tasks });

let test: TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = createCatalog(test.database);
  const main = await createApplier(test.database);
  await main.apply(
    'net',
    workflow('net.base', { tasks: [task('x', 'core.noop')] }),
    workflow('net.off'),
    workflow('net.gone', { tasks: [task('back', 'ops.deploy')] }),
    { actions: [action('net.ping', { path: 'net/actions/ping.yaml', isWorkflow: false })] },
  );
  const inner = [task('inner', 'net.base'), task('inner2', 'net.ping')];
  await main.apply(
    'ops',
    workflow('ops.deploy', {
      tasks: [
        task('first', 'net.base'),
        task('fan', null, inner),
        task('off', 'net.off'),
        task('gone', 'net.gone'),
        task('nope', 'net.nope'),
        task('else', 'core.mail'),
        task('templated', '{{ parameters.ref }}'),
      ],
    }),
    workflow('ops.again', { tasks: [task('a', 'net.base')] }),
    workflow('ops.decoy', {
      description: 'net.base',
      tasks: [{ ...task('net.base', 'net.baser'), input: { action: 'net.base' } }],
    }),
    workflow('ops.retired', { tasks: [task('a', 'net.base')] }),
  );
  await main.apply('net', { retire: ['net.gone'], retire_actions: ['net.gone'] });
  await main.apply('ops', { retire: ['ops.retired'], retire_actions: ['ops.retired'] });
  await test.query("update workflow_definition set enabled = false where ref in ('net.off', 'ops.again')");
});
afterAll(() => test.drop());

describe('callers', () => {
  it('are those whose tasks name the ref, at every depth, with these tasks; the retired are none', async () => {
    const found = await catalog.listCallers('net.base', page);
    expect(found).toMatchObject({ totalItems: 2 });
    expect(found?.items).toMatchObject([
      { ref: 'ops.again', enabled: false, tasks: ['a'] },
      { ref: 'ops.deploy', enabled: true, status: 'active', source: 'root:main', tasks: ['first', 'inner'] },
    ]);
    expect(await catalog.listCallers('net.base', { page: 2, pageSize: 1 })).toMatchObject({
      ...{ items: [{ ref: 'ops.deploy' }], totalItems: 2, tag: await catalog.catalogTag() },
    });
  });

  it('are told also of what is retired, and of nothing that was never there', async () => {
    expect((await catalog.listCallers('net.gone', page))?.items).toMatchObject([
      { ref: 'ops.deploy', tasks: ['gone'] },
    ]);
    expect(await catalog.listCallers('ops.deploy', page)).toMatchObject({ items: [], totalItems: 0 });
    for (const ref of ['net.ping', 'net.nope', '\0', "x'"])
      expect(await catalog.listCallers(ref, page)).toBeUndefined();
  });
});

describe('callees', () => {
  it('say what each is and whether it can be called', async () => {
    const found = await catalog.listCallees('ops.deploy', page);
    expect(found?.items).toEqual([
      { ref: 'core.mail', kind: null, state: 'elsewhere', tasks: ['else'] },
      { ref: 'net.base', kind: 'workflow', state: 'served', tasks: ['first', 'inner'] },
      { ref: 'net.gone', kind: 'workflow', state: 'retired', tasks: ['gone'] },
      { ref: 'net.nope', kind: null, state: 'missing', tasks: ['nope'] },
      { ref: 'net.off', kind: 'workflow', state: 'disabled', tasks: ['off'] },
      { ref: 'net.ping', kind: 'action', state: 'served', tasks: ['inner2'] },
    ]);
    expect(found?.totalItems).toBe(6);
    expect(await catalog.listCallees('ops.deploy', { page: 2, pageSize: 4 })).toMatchObject({
      ...{ items: [{ ref: 'net.off' }, { ref: 'net.ping' }], totalItems: 6 },
    });
    expect((await catalog.listCallees('net.gone', page))?.items).toMatchObject([
      { ref: 'ops.deploy', state: 'served' },
    ]);
    expect(await catalog.listCallees('net.ping', page)).toBeUndefined();
  });
});

describe('the calls column', () => {
  const callsIn = async (ref: string) =>
    (
      await test.query<{ calls: string; drifted: boolean }>(
        'select array_to_json(calls)::text as calls, drifted from workflow_definition where ref = $1',
        [ref],
      )
    )[0];

  it('follows whoever writes the row, and is no drift by itself', async () => {
    expect(await callsIn('net.base')).toEqual({ calls: '["core.noop"]', drifted: false });
    await test.query("update workflow_definition set calls = '{a.b}' where ref = 'ops.decoy'");
    expect(await callsIn('ops.decoy')).toMatchObject({ calls: '["net.baser"]' });
    await test.query(
      `update workflow_definition set definition = '{"tasks": [{"action": "by.hand"}]}' where ref = 'net.off'`,
    );
    expect(await callsIn('net.off')).toEqual({ calls: '["by.hand"]', drifted: true });
  });

  it('holds what the checker sees, of whatever definition', async () => {
    const ref = fc.constantFrom<Json>(
      'a.b',
      'a.c-d',
      'pack.x_1',
      'no ref',
      '{{ a.b }}',
      'A.b',
      'a.b.c',
      'a',
      '',
      7,
      null,
      `aa.${'x'.repeat(300)}`,
    );
    const { tasks } = fc.letrec<{ tasks: Json[]; task: JsonObject }>((tie) => ({
      task: fc.record(
        {
          name: fc.string(),
          action: ref,
          input: fc.constant({ action: 'in.put', tasks: [{ action: 'in.put' }] }),
          tasks: tie('tasks'),
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<JsonObject>,
      tasks: fc.oneof({ maxDepth: 3 }, fc.constant<Json[]>([]), fc.array(tie('task'), { maxLength: 4 })),
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(tasks, { minLength: 20, maxLength: 20 }), async (many) => {
        const definitions = many.map((some) => ({ tasks: some }));
        const rows = await test.query<{ calls: string }>(
          `select array_to_json((walk_tasks(d)).calls)::text as calls
           from jsonb_array_elements($1::text::jsonb) with ordinality as x (d, place) order by place`,
          [JSON.stringify(definitions)],
        );
        const isRef = (text: string) =>
          text.length <= 255 && /^[a-z][a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*$/.test(text);
        const expected = definitions.map((definition) =>
          [...new Set(callsOf(definition as JsonObject).map((call) => call.ref))].filter(isRef).sort(),
        );
        expect(rows.map(({ calls }) => JSON.parse(calls))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('is filled for rows that were there before, which are not drifted by it', async () => {
    const old = await createTestDatabase({ template: 'empty' });
    const migrations = await readMigrations();
    await migrate(
      old.database,
      migrations.filter(({ id }) => id < 9),
    );
    await (await createApplier(old.database)).apply(
      'ops',
      workflow('ops.old', { tasks: [task('a', 'net.base')] }),
    );
    const rows = () =>
      old.query(
        'select w.drifted, w.updated, p.generation from workflow_definition w join pack p on p.id = w.pack',
      );
    const before = await rows();
    await migrate(old.database, migrations);
    expect(await rows()).toEqual(before);
    expect(await old.query('select calls::text from workflow_definition')).toEqual([{ calls: '{net.base}' }]);
    await old.drop();
  });
});
