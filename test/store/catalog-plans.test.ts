// How the database goes about the lists on 5,000 definitions.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowFilter } from '../../src/model/catalog.ts';
import { createCatalog } from '../../src/store/catalog.ts';
import type { Database } from '../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { all, allFiles } from './catalog-example.ts';
import { fillMany } from './catalog-fixture.ts';

let test: TestDatabase;
const plans: string[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
  await fillMany(test);
  await test.query('vacuum analyze');
});
afterAll(() => test.drop());

/** Runs the statement as a plan, keeps the text, and answers with an empty list. */
const explaining = (of: () => TestDatabase): Database => ({
  schema: 'packwatch',
  async run(query) {
    const rows = await of().database.run(
      (sql) => sql<{ 'QUERY PLAN': string }[]>`explain (analyze, timing off) ${query(sql) as never}`,
    );
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    return [{ total: 0, items: [], tag: '' }] as never;
  },
  close: () => Promise.resolve(),
});
const catalog = createCatalog(explaining(() => test));

async function planOf(ask: () => Promise<unknown>): Promise<string> {
  plans.length = 0;
  await ask();
  const [plan = ''] = plans;
  return plan;
}

/** What the planner expects a statement to cost; from 100,000 on it compiles the plan, which takes longer than to run it. */
function costOf(plan: string): number {
  return Number(/cost=[\d.]+\.\.([\d.]+) /.exec(plan)?.[1]);
}

/** How often a node that names `table` was run at most. */
function looksAt(table: string, plan: string): number {
  const lines = plan.split('\n').filter((line) => line.includes(` on ${table} `));
  return Math.max(0, ...lines.map((line) => Number(/loops=(\d+)/.exec(line)?.[1] ?? 0)));
}

describe('the plan of a list', () => {
  it.each([
    ['by ref', {}, /Index Only Scan using workflow_definition_list_index/],
    ['of a deep page', { page: 90, pageSize: 50 }, /Limit/],
    ['by pack', { pack: 'p77' }, /Index.* Scan.* workflow_definition_pack_\w*index/],
    ['by tag', { tags: ['t7'] }, /Bitmap Index Scan on workflow_definition_tags_index/],
    ['by any tag', { tagsAny: ['t7', 't8'] }, /Bitmap Index Scan on workflow_definition_tags_index/],
    ['by time', { sort: '-updated' }, /using workflow_definition_updated_index/],
    ['of a search', { q: 'word77' }, /Bitmap Index Scan on workflow_definition_search_index/],
    ['of a search by ref', { q: 'p77.w77' }, /Bitmap Index Scan on workflow_definition_search_index/],
  ] as const)('%s uses an index and looks at other tables for the page alone', async (_, more, expected) => {
    const filter = { ...all, pageSize: 50, ...more } as WorkflowFilter;
    const plan = await planOf(() => catalog.listWorkflows(filter));
    expect(plan).toMatch(expected);
    expect(looksAt('workflow_revision r', plan)).toBeGreaterThan(0);
    for (const table of ['workflow_revision r', 'pack_file f', 'action a'])
      expect(looksAt(table, plan), table).toBeLessThanOrEqual(50);
    expect(costOf(plan)).toBeLessThan(50_000);
  });

  it('of callers is found by the refs they carry', async () => {
    const plan = await planOf(() => catalog.listCallers('p77.w77', { page: 1, pageSize: 50 }));
    expect(plan).toMatch(/Bitmap Index Scan on workflow_definition_calls_index/);
    expect(plan).not.toMatch(/Seq Scan on workflow_definition/);
    expect(costOf(plan)).toBeLessThan(50_000);
  });

  it('of facets looks at the definitions once more, and gives at most 100 values of each', async () => {
    const plan = await planOf(() => catalog.listWorkflows({ ...all, pageSize: 50, facets: true }));
    expect(looksAt('workflow_definition w', plan)).toBe(1);
    expect(costOf(plan)).toBeLessThan(50_000);
    const { facets } = await createCatalog(test.database).listWorkflows({ ...all, facets: true });
    expect(facets?.pack.length).toBe(100);
    expect(facets?.tag.length).toBe(100);
    expect(facets?.tag[0]).toEqual({ value: 'common', count: 5000 });
    expect(facets?.status).toEqual([{ value: 'active', count: 5000 }]);
  });

  it('of packs counts for the page alone', async () => {
    const filter = { page: 1, pageSize: 50, statuses: all.statuses, source: undefined };
    const plan = await planOf(() => catalog.listPacks(filter));
    expect(looksAt('workflow_definition d', plan)).toBe(50);
    expect(costOf(plan)).toBeLessThan(50_000);
  });

  it('of problems looks at every table once', async () => {
    const plan = await planOf(() => catalog.listProblems(allFiles));
    expect(looksAt('workflow_definition w', plan)).toBe(1);
    expect(costOf(plan)).toBeLessThan(50_000);
  });
});

describe('the tag of what is listed', () => {
  it('is made of the files with problems alone, before the tables are analysed and after it', async () => {
    const fresh = await createTestDatabase();
    await fillMany(fresh);
    await fresh.query("insert into packwatch.source_lease (source) values ('root:many')");
    const tagger = createCatalog(explaining(() => fresh));
    for (const prepare of [
      'select 1',
      'vacuum analyze',
      "update packwatch.pack_file set diagnostics = '[{}]' where path like '%77.yaml'; analyze",
    ]) {
      await fresh.query(prepare);
      const plan = await planOf(() => tagger.catalogTag());
      expect(plan, prepare).toMatch(/ using pack_file_problem_index | on pack_file_problem_index /);
      expect(plan, prepare).not.toMatch(/Seq Scan on pack_file/);
    }
    await fresh.drop();
  });
});
