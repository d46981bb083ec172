// No answer is older than what was committed when it was asked for, whoever wrote it and however many ask.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/store/catalog.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { openApp } from '../support/http-app.ts';
import { desiredOf } from '../support/plans.ts';

const base = '/api/v1';
const page = `${base}/workflows/ops.page`;
/** Each shows the label of the workflow or of the pack, which are numbers here. */
const addresses = [
  page,
  `${base}/packs/ops`,
  `${base}/workflows`,
  `${base}/workflows?pack=ops`,
  `${base}/packs/ops/workflows`,
  `${base}/packs`,
];

let registry: Registry;
let api: ReturnType<typeof openApp>;
beforeAll(async () => {
  registry = await openRegistry();
  api = openApp({ queries: createCatalog(registry.test.database) });
});
afterAll(async () => {
  await api.app.close();
  await registry.test.drop();
});
beforeEach(async () => {
  await registry.put(desiredOf('ops', { workflows: { page: { body: 'a' }, other: {} } }));
  await write(0);
});

const label = (table: string, ref: string, value: number) =>
  `update packwatch.${table} set label = '${value}' where ref = '${ref}'`;
/** By hand, in one transaction. */
const write = (value: number) =>
  registry.test.query(
    `with written as (${label('workflow_definition', 'ops.page', value)} returning 1) ${label('pack', 'ops', value)}`,
  );

/** What an address shows now, asked by somebody who has the answer before. */
function createReader(address: string) {
  let known = '';
  let shown = -1;
  return async (): Promise<number> => {
    const answer = await api.get(address, known === '' ? {} : { 'if-none-match': known });
    known = String(answer.headers.etag);
    if (answer.statusCode === 304) return shown;
    const { data } = answer.json();
    const rows: { ref: string; label: string }[] = Array.isArray(data) ? data : [data];
    shown = Number(rows.find(({ ref }) => ref === 'ops.page' || ref === 'ops')?.label);
    return shown;
  };
}

describe('answers', () => {
  it('are of what was committed when they were asked for, while many ask', async () => {
    let committed = 0;
    let isOver = false;
    const counts: number[] = [];
    const ask = async (address: string, hasIt: boolean, at: number) => {
      const read = createReader(address);
      counts[at] = 0;
      while (!isOver) {
        const atLeast = committed;
        const shown = await (hasIt ? read() : createReader(address)());
        expect(shown, address).toBeGreaterThanOrEqual(atLeast);
        counts[at] = (counts[at] ?? 0) + 1;
      }
    };
    const readers = addresses.flatMap((address, at) => [
      ask(address, true, 2 * at),
      ask(address, false, 2 * at + 1),
    ]);
    // On a busy machine commits may be faster than answers.
    for (let value = 1; value <= 60 || Math.min(...counts) <= 5; value += 1) {
      await write(value);
      committed = value;
    }
    isOver = true;
    await Promise.all(readers);
    expect(counts).toHaveLength(2 * addresses.length);
  });

  it('notice what is committed after later transactions were', async () => {
    const readers = addresses.map(createReader);
    const hand = await registry.hold(label('workflow_definition', 'ops.page', 1), label('pack', 'ops', 1));
    await registry.test.query("update packwatch.source_lease set expires_at = expires_at + interval '1 s'");
    for (const read of readers) for (const _ of [1, 2, 3]) expect(await read()).toBe(0);
    await hand.end('commit');
    for (const read of readers) expect(await read()).toBe(1);
  });

  it('notice what no trigger and no version tells of', async () => {
    const shown = async () => (await api.get(page)).json().data.on_disk.digest;
    for (const digit of ['1', '2']) {
      await registry.test.query(
        `update packwatch.pack_file set digest = repeat('${digit}', 64) where ref = 'ops.page'`,
      );
      for (const _ of [1, 2, 3]) expect(await shown()).toBe(digit.repeat(64));
    }
  });

  it('show the problems of a pack that were written by hand', async () => {
    const shown = async () => (await api.get(`${base}/packs/ops`)).json().data.problem_count;
    const before = await shown();
    for (const _ of [1, 2]) expect(await shown()).toBe(before);
    await registry.test.query("update packwatch.pack_file set state = 'unreadable' where ref = 'ops.other'");
    for (const _ of [1, 2, 3]) expect(await shown()).toBe(before + 1);
  });

  it('of lists show the problems that were written by hand, and what a pass made of them again', async () => {
    const lists = [`${base}/workflows`, `${base}/workflows?pack=dev`, `${base}/packs`, `${base}/packs/dev`];
    const desired = desiredOf('dev', { workflows: { other: {} } });
    await registry.put(desired);
    const tags = new Map<string, string>();
    /** As somebody sees them who asks with what they were told before. */
    const shown = async (address: string) => {
      const answer = await api.get(address, { 'if-none-match': tags.get(address) ?? '' });
      tags.set(address, String(answer.headers.etag));
      if (answer.statusCode === 304) return 'as before';
      const { data } = answer.json();
      const rows: { ref: string; problem_count: number }[] = Array.isArray(data) ? data : [data];
      return rows
        .map(({ ref, problem_count }) => `${ref} ${problem_count}`)
        .filter((row) => /^dev.* [1-9]/.test(row));
    };
    const all = async () => Promise.all(lists.map(shown));
    await all();
    expect(new Set(await all())).toEqual(new Set(['as before']));
    await registry.test.query(
      "update packwatch.pack_file set state = 'invalid', diagnostics = '[{}, {}]' where ref = 'dev.other'",
    );
    const [workflows, packs] = [['dev.other 2'], ['dev 1']];
    expect(await all()).toEqual([workflows, workflows, packs, packs]);
    expect(new Set(await all())).toEqual(new Set(['as before']));
    await registry.put(desired);
    expect(await all()).toEqual([[], [], [], []]);
  });
});
