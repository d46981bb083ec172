// The words of a definition: where they are found, how they are ranked, and that no text is an error.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowFilter } from '../../src/model/catalog.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { all } from './catalog-example.ts';
import { type Applier, createApplier, sha, workflow } from './catalog-fixture.ts';

let test: TestDatabase;
let catalog: Catalog;
let main: Applier;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = createCatalog(test.database);
  main = await createApplier(test.database);
  const nested = [
    {
      name: 'fan',
      type: 'parallel',
      action: null,
      tasks: [{ name: 'inner_probe', action: 'net.ping', tasks: null }],
    },
    {
      name: 'last',
      action: 'chat.send',
      input: { name: 'unfindable', tasks: [{ name: 'unfindable' }] },
      tasks: null,
    },
  ];
  await main.apply(
    'ops',
    workflow('ops.restart', { label: 'Start again', description: 'Stops what runs, then starts it' }),
    workflow('ops.restart_all', { label: 'Restart everything', tags: ['on-call'] }),
    workflow('ops.tidy', { label: 'Tidy', description: 'before a RESTART' }),
    workflow('ops.probe', { label: 'Überwachung “läuft” 🚀', tags: ['läuft/gut'], tasks: nested }),
  );
});
afterAll(() => test.drop());

async function find(q: string, more: Partial<WorkflowFilter> = {}): Promise<readonly string[]> {
  const { items, totalItems } = await catalog.listWorkflows({ ...all, q, ...more });
  expect(totalItems).toBe(items.length);
  return items.map((item) => item.ref.slice('ops.'.length));
}

describe('search', () => {
  it.each([
    ['tidy', ['tidy']],
    ['ops.tidy', ['tidy']],
    ['again', ['restart']],
    ['STOPS', ['restart']],
    ['on-call', ['restart_all']],
    ['call', ['restart_all']],
    ['inner_probe', ['probe']],
    ['net.ping', ['probe']],
    ['chat', ['probe']],
    ['über', ['probe']],
    ['läuft', ['probe']],
    ['gut', ['probe']],
    ['🚀', ['probe']],
    ['start again', ['restart']],
    ['  again   stop ', ['restart']],
    ['again tidy', []],
    ['unfindable', []],
    ['idy', []],
  ])('finds %j in ref, label, description, tags, task names or actions by prefix', async (q, expected) => {
    expect(await find(q)).toEqual(expected);
  });

  it('puts an exact ref first, then ranks ref over label over tags over the rest', async () => {
    expect(await find('restart')).toEqual(['restart_all', 'restart', 'tidy']);
    expect((await find('ops.restart'))[0]).toBe('restart');
    expect((await find(' Ops.Restart '))[0]).toBe('restart');
    expect(await find('restart', { sort: 'ref' })).toEqual(['restart', 'restart_all', 'tidy']);
  });

  it('filters what it finds like any list, in pages', async () => {
    const page = await catalog.listWorkflows({ ...all, q: 'restart', page: 2, pageSize: 2 });
    expect(page).toMatchObject({ items: [{ ref: 'ops.tidy' }], totalItems: 3 });
    expect(await find('restart', { tags: ['on-call'] })).toEqual(['restart_all']);
    expect(await find('restart', { pack: 'other' })).toEqual([]);
  });

  it.each([
    ...[
      "'",
      "''",
      '"',
      '\\',
      "\\'",
      ':*',
      ':',
      '*',
      '&',
      '|',
      '!',
      '(',
      ')',
      '<->',
      '<2>',
      '&|!()<->',
      "a':*",
      'a:A',
    ],
    ...[
      'a & !b',
      'a | b',
      '!restart',
      'restart:*',
      "restart' | 'tidy",
      '\\0',
      '%',
      '_',
      '--',
      ';drop table x',
      '$1',
    ],
    ...[
      '{{ x }}',
      '\u2028',
      'restart\u1680\u1680tidy',
      '\u00a0',
      '\u3000restart',
      '\ud800',
      '🚀🚀',
      'e\u0301',
      '١٢٣',
      '1e5',
      '-1',
      '0x',
      'x'.repeat(200),
    ],
    ...[
      '🚀'.repeat(100),
      'a '.repeat(100),
      "'".repeat(200),
      '\\'.repeat(200),
      '('.repeat(200),
      '\t\r\n\u0001\u007f',
      '\0',
    ],
  ])('takes %j as text', async (q) => {
    const { items, totalItems } = await catalog.listWorkflows({ ...all, q });
    expect(totalItems).toBe(items.length);
    if (!/[\p{L}\p{N}🚀]/u.test(q) && !q.includes('\ud800')) expect(totalItems).toBe(0);
  });

  it('takes any text at all, whole words of it or signs of the query language', async () => {
    const sign = fc.constantFrom(
      "'",
      '"',
      '\\',
      ':*',
      '&',
      '|',
      '!',
      '(',
      ')',
      '<->',
      '*',
      ' ',
      '.',
      'restart',
      'OPS',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(sign).map((some) => some.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (q, facets) => {
        const { items, totalItems } = await catalog.listWorkflows({ ...all, q, facets });
        expect(totalItems).toBe(items.length);
      }),
      { numRuns: 100 },
    );
  });

  it('compares hostile filters as they are', async () => {
    for (const text of ["'", '"', '\\', '{}', '{a,b}', 'NULL', '', ',', '\0', '🚀', '$1', "x' or true --"]) {
      for (const more of [{ tags: [text] }, { tagsAny: [text, text] }, { pack: text }, { source: text }])
        expect(await catalog.listWorkflows({ ...all, ...more }), JSON.stringify(more)).toMatchObject({
          totalItems: 0,
        });
    }
    const tag = '"\\\'{a,b} NULL 🚀';
    await main.apply('tags', workflow('tags.odd', { tags: [tag] }));
    expect(await catalog.listWorkflows({ ...all, tags: [tag] })).toMatchObject({ totalItems: 1 });
    expect(await catalog.listWorkflows({ ...all, tagsAny: ['\0', tag] })).toMatchObject({ totalItems: 1 });
  });
});

describe('the search column', () => {
  const state = async (ref: string) => {
    const [row] = await test.query<{ drifted: boolean; search: string }>(
      'select drifted, search from workflow_definition where ref = $1',
      [ref],
    );
    return row;
  };

  it('follows an update and forgets what it replaced', async () => {
    await main.apply('follow', workflow('follow.me', { description: 'aardvark' }));
    await main.apply('follow', workflow('follow.me', { description: 'buffalo' }));
    const found = async (q: string) => (await catalog.listWorkflows({ ...all, q })).totalItems;
    expect([await found('aardvark'), await found('buffalo')]).toEqual([0, 1]);
    expect((await state('follow.me'))?.drifted).toBe(false);
  });

  it('is no drift when an operator disables a workflow, and takes nothing written to it', async () => {
    await main.apply('drift', workflow('drift.a'), workflow('drift.b'));
    const before = await state('drift.a');
    await test.query(
      "update workflow_definition set enabled = false, protected = true where ref = 'drift.a'",
    );
    expect(await state('drift.a')).toEqual(before);
    expect(before?.drifted).toBe(false);
    await test.query("update workflow_definition set search = '' where ref = 'drift.b'");
    expect(await state('drift.b')).toMatchObject({
      drifted: true,
      search: expect.stringContaining("'drift':1A"),
    });
  });

  it('holds the words of the largest texts without refusing the row', async () => {
    const many = (from: number, each: (n: number) => string) =>
      Array.from({ length: 60_000 }, (_, n) => each(from + n)).join(' ');
    const wide = many(0x20000, (n) => String.fromCodePoint(n) + String.fromCodePoint(n + 1));
    const tasks = Array.from({ length: 20_000 }, (_, n) => ({ name: `task${n}`, action: `big.act${n}` }));
    const big = {
      label: 'x'.repeat(255),
      description: `${'y'.repeat(9000)} ${wide}`,
      tags: Array.from({ length: 20_000 }, (_, n) => `tag-${n}-of-many`),
      tasks,
    };
    expect(await main.apply('big', workflow('big.one', big))).toMatchObject({ written: expect.any(Number) });
    expect(await catalog.listWorkflows({ ...all, q: 'big.one task77' })).toMatchObject({ totalItems: 1 });
  });

  it('is filled for rows that were there before, which are not drifted by it', async () => {
    const old = await createTestDatabase({ template: 'empty' });
    const migrations = await readMigrations();
    await migrate(
      old.database,
      migrations.filter(({ id }) => id < 5),
    );
    await (await createApplier(old.database)).apply('ops', workflow('ops.old', { description: 'aardvark' }));
    const rows = () =>
      old.query(
        'select w.drifted, w.updated, p.generation, p.revision from workflow_definition w join pack p on p.id = w.pack',
      );
    const before = await rows();
    await migrate(old.database, migrations);
    expect(await rows()).toEqual(before);
    expect(before).toMatchObject([{ drifted: false, revision: sha('ops') }]);
    expect(await createCatalog(old.database).listWorkflows({ ...all, q: 'aard' })).toMatchObject({
      totalItems: 1,
    });
    await old.drop();
  });
});
