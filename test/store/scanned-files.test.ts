// Files as a scan left them: what is told of each since a mark, what is never left out, and how much is said of very many.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMark, readScanned } from '../../src/store/sql/scanned-files.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

const source = 'root:test';
const ask = async (since: Awaited<ReturnType<typeof readMark>>, dir?: string) =>
  readScanned(registry.test.database, { source, dir, since });

describe('readScanned', () => {
  it('tells the verbs of a pass since the mark, of one pack or of all', async () => {
    await registry.put(
      desiredOf('one', { workflows: { a: {}, b: {} } }),
      desiredOf('two', { workflows: { a: {} } }),
    );
    const since = await readMark(registry.test.database);
    await registry.put(desiredOf('one', { workflows: { a: { body: 'new' }, b: {} } }));
    const { rows, omitted } = await ask(since, 'one');
    expect(omitted).toBe(0);
    expect(rows.map(({ path, verbs, fresh, served }) => [path, verbs, fresh, served])).toEqual([
      ['one/workflows/a.yaml', ['updated'], true, true],
      ['one/pack.yaml', [], false, true],
      ['one/workflows/b.yaml', [], false, true],
    ]);
    expect((await ask(since)).rows).toHaveLength(5);
    expect(
      (await ask(await readMark(registry.test.database), 'one')).rows.flatMap(({ verbs }) => verbs),
    ).toEqual([]);
  });

  it('leaves out of very many only what is as it was, and says less of each', async () => {
    await registry.test.query(`
      insert into pack_file (source, path, dir, role, ref, digest, checked_by, state, diagnostics, since)
      select 'root:many', format('p/workflows/f%s.yaml', n), 'p', 'workflow', format('p.f%s', n), repeat('0', 64), 'r',
        case when n <= 2000 then 'invalid' else 'valid' end,
        case when n <= 2000 then (select jsonb_agg(jsonb_build_object('code', i)) from generate_series(1, 100) i) else '[]' end,
        now() - interval '1 hour'
      from generate_series(1, 12500) n`);
    const since = await readMark(registry.test.database);
    const { rows, omitted } = await readScanned(registry.test.database, {
      ...{ source: 'root:many', dir: undefined, since },
    });
    expect([rows.length, omitted]).toEqual([12_000, 500]);
    const failed = rows.slice(0, 2_000);
    expect(failed.every(({ state, diagnostics }) => state === 'invalid' && diagnostics.length === 5)).toBe(
      true,
    );
    expect(failed[0]?.diagnostics).toEqual([1, 2, 3, 4, 5].map((code) => ({ code })));
    expect(rows.slice(2_000).every(({ state }) => state === 'valid')).toBe(true);
  });
});
