// Rows of files that are remembered: read again when anybody has touched them, and not before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackDir, PackPath } from '../../src/model/pack.ts';
import { createRowMemory, readWholeSource } from '../../src/store/row-memory.ts';
import { readRows, readSource } from '../../src/store/sql/registered.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, testSource } from '../support/plans.ts';

const packs = ['ops', 'web', 'zoo'] as const;
const workflows = { a: {}, b: {} };

let registry: Registry;
let statements = 0;
beforeAll(async () => {
  registry = await openRegistry();
  for (const pack of packs) await registry.put(desiredOf(pack, { workflows, actions: { act: 'a.sh' } }));
});
afterAll(() => registry.test.drop());

const memory = createRowMemory();
const dirs = [...packs] as readonly string[] as readonly PackDir[];

/** The rows as the memory has them, and how many statements that took. */
async function remembered() {
  statements = 0;
  const { database } = registry.test;
  const run: typeof database.run = (query, deadlineMs) => {
    statements += 1;
    return database.run(query, deadlineMs);
  };
  const { files } = await readWholeSource({ ...database, run }, testSource, memory);
  return { files, statements };
}

/** The rows as they are. */
async function asTheyAre() {
  const rows = await readRows(registry.test.database, testSource, dirs);
  return new Map(rows.map(({ dir, files }) => [dir, files]));
}

const edits = {
  'nothing is written': "update pack_file set state = state where path = 'web/none.yaml'",
  'a digest': "update pack_file set digest = repeat('0', 64) where path = 'web/workflows/a.yaml'",
  'a digest is taken away': "update pack_file set digest = null where path = 'web/workflows/b.yaml'",
  'a state': "update pack_file set state = 'invalid' where path = 'web/workflows/a.yaml'",
  'a role': "update pack_file set role = 'action' where path = 'web/workflows/a.yaml'",
  'a ref': "update pack_file set ref = 'web.other' where path = 'web/workflows/a.yaml'",
  'a link': "update pack_file set links = '{web/workflows/b.yaml}' where path = 'web/workflows/a.yaml'",
  'who checked it': "update pack_file set checked_by = 'another' where path = 'web/workflows/a.yaml'",
  'what is wrong with it': `update pack_file set diagnostics = '[{"code": "X"}]' where path = 'web/workflows/a.yaml'`,
  'its path': "update pack_file set path = 'web/workflows/c.yaml' where path = 'web/workflows/a.yaml'",
  'two that change places': `update pack_file f set digest = o.digest from pack_file o
    where (f.path, o.path) in (('web/pack.yaml', 'web/workflows/c.yaml'), ('web/workflows/c.yaml', 'web/pack.yaml'))`,
  'a row is deleted': "delete from pack_file where path = 'web/workflows/b.yaml'",
  'all are': "delete from pack_file where dir = 'web'",
};

describe('rows in memory', () => {
  it('are read once, in one statement for the packs and one for all that is new', async () => {
    expect((await remembered()).statements).toBe(2);
    const again = await remembered();
    expect(again.statements).toBe(1);
    expect(again.files).toEqual(await asTheyAre());
    expect([...again.files.keys()].sort()).toEqual(dirs);
  });

  it.each(Object.entries(edits))(
    'are as the database has them after an edit by hand: %s',
    async (name, sql) => {
      const before = await remembered();
      await registry.test.query(sql);
      const after = await remembered();
      expect(after.files).toEqual(await asTheyAre());
      // Of the packs that nobody touched nothing is read again.
      expect(after.files.get('ops' as PackDir)).toBe(before.files.get('ops' as PackDir));
      if (name !== 'nothing is written')
        expect(after.files.get('web' as PackDir)).not.toEqual(before.files.get('web' as PackDir));
    },
  );

  it('are as they were written by an apply', async () => {
    await remembered();
    await registry.put(desiredOf('zoo', { workflows: { a: { body: 'new' }, c: {} } }));
    expect((await remembered()).files).toEqual(await asTheyAre());
  });

  it('of a pack are what a look at that pack alone reads', async () => {
    const { files } = await remembered();
    const narrow = await readSource(registry.test.database, testSource, ['ops' as PackDir]);
    expect(narrow.files).toEqual(new Map([['ops', files.get('ops' as PackDir)]]));
    expect(narrow.files.get('ops' as PackDir)?.has('ops/workflows/a.yaml' as PackPath)).toBe(true);
  });
});
