// The statements of docs/executor.md, run as they stand there.
import { readFileSync } from 'node:fs';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgetChanges } from '../../src/store/sql/purge.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf } from '../support/plans.ts';
import { until } from '../support/wait.ts';

const page = readFileSync(new URL('../../docs/executor.md', import.meta.url), 'utf8');
const [listen = '', load = '', follow = ''] = [...page.matchAll(/```sql\n(.*?)```/gs)].map(
  ([, text = '']) => text,
);

type Row = {
  readonly changed?: string;
  readonly ref: string;
  readonly id: string | null;
  readonly revision: string;
};

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

/** The rows of each select of a block, which is one call; `begin` has an answer of its own. */
async function run(sql: Sql, block: string): Promise<Record<string, unknown>[][]> {
  const answers = (await sql.unsafe(block).simple()) as unknown as Record<string, unknown>[][];
  return answers.slice(1);
}

function createCopy(sql: Sql) {
  const workflows = new Map<string, string>();
  let version = -1;
  const loadAll = async () => {
    const [[state], rows = []] = (await run(sql, load)) as unknown as [[{ version: string }], Row[]];
    workflows.clear();
    for (const { ref, revision } of rows) workflows.set(ref, revision);
    version = Number(state.version);
  };
  return {
    workflows,
    version: () => version,
    async catchUp(): Promise<'loaded' | 'followed'> {
      const block = follow.replaceAll(':version', String(version));
      const [[state], rows] = (await run(sql, block)) as unknown as [
        [{ version: string; forgotten: string }],
        Row[],
      ];
      if (Number(state.forgotten) > version || Number(state.version) < version) {
        await loadAll();
        return 'loaded';
      }
      for (const { changed = '', id, revision } of rows) {
        if (id === null) workflows.delete(changed);
        else workflows.set(changed, revision);
      }
      version = Number(state.version);
      return 'followed';
    },
  };
}

it('the statements keep a copy current', async () => {
  const { test, decisions } = registry;
  const served = async () =>
    new Map(
      (await test.query<Row>('select ref, revision from served_workflow')).map(({ ref, revision }) => [
        ref,
        revision,
      ]),
    );
  let woken = 0;
  const ear = test.session();
  const [, channel = ''] = /^listen (\w+);\n$/.exec(listen) ?? [];
  await ear.listen(channel, () => {
    woken += 1;
  });
  const names = ['a', 'b', 'c', 'd'];
  const put = (some: readonly string[], body: string) =>
    registry.put(desiredOf('one', { workflows: Object.fromEntries(some.map((name) => [name, { body }])) }));
  await put(names, 'first');
  const copy = createCopy(test.session());
  // It knows of nothing yet, and of nothing that is forgotten.
  expect(await copy.catchUp()).toBe('loaded');
  expect(copy.workflows).toEqual(await served());
  for (const act of [
    () => put(['a', 'b', 'c'], 'second'),
    () => decisions.setOverlay('one.b', 'disabled'),
    () => decisions.rollBack('one.a', 1),
  ]) {
    const before = woken;
    await act();
    await until(() => woken > before, { what: 'the notification' });
    expect(await copy.catchUp()).toBe('followed');
    expect(copy.workflows).toEqual(await served());
  }
  expect([...copy.workflows.keys()].sort()).toEqual(['one.a', 'one.c']);
  await put(['c'], 'third');
  await test.query("update catalog_change set at = now() - interval '8 days'");
  await forgetChanges(test.database);
  expect(await copy.catchUp()).toBe('loaded');
  expect(copy.workflows).toEqual(await served());
});
