// Several processes that write one pack at once: of two writes from the same rows one is refused or done anew, none is lost.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFencedTag } from '../../src/store/sql/fenced-tag.ts';
import { packText } from '../support/memory-pass.ts';
import { flow } from '../support/pure-pass.ts';
import { bytesOf, createTestWrites, createWrittenSite, outcomeOf } from '../support/written-site.ts';

const clients = 5;
const rounds = 10;

let site: Awaited<ReturnType<typeof createWrittenSite>>;
beforeAll(async () => {
  site = await createWrittenSite({ 'ops/pack.yaml': packText('ops'), 'ops/workflows/ours.yaml': flow(0) });
  await site.pass();
});
afterAll(() => site.test.drop());

/** Each over connections of its own, and in no order with the others, as in processes of their own. */
const processes = () =>
  Array.from({ length: clients }, () => {
    const database = site.test.pool({ max: 1 });
    return { database, writes: createTestWrites(database) };
  });

const xOf = async (ref: string) => {
  const [row] = await site.test.query<{ x: number }>(
    "select (definition -> 'vars' ->> 'x')::integer as x from workflow_definition where ref = $1",
    [ref],
  );
  return row?.x ?? Number.NaN;
};

/** Rounds of every process at once; what came of each. */
async function raced(act: (client: ReturnType<typeof processes>[number], round: number) => Promise<string>) {
  const outcomes = await Promise.all(
    processes().map(async (client) => {
      const own: string[] = [];
      for (let round = 0; round < rounds; round += 1) own.push(await act(client, round));
      return own;
    }),
  );
  const count = (outcome: string) => outcomes.flat().filter((one) => one === outcome).length;
  return { count, kinds: [...new Set(outcomes.flat())].sort() };
}

describe('clients that write one ref', () => {
  it('lose no update when they say what they have seen', async () => {
    const ref = 'ops.counter';
    await site.writes.createWorkflow(bytesOf(flow(0, `ref: ${ref}\n`)));
    const { count, kinds } = await raced(async ({ database, writes }) => {
      const seen = await readFencedTag(database, 'workflow', ref);
      const next = bytesOf(flow((await xOf(ref)) + 1));
      return outcomeOf(await writes.replaceWorkflow(ref, next, [seen?.tag ?? '']));
    });
    expect(kinds.filter((kind) => kind !== 'busy')).toEqual(['changed', 'changed_meanwhile']);
    expect(await xOf(ref)).toBe(count('changed'));
    expect((await site.rowOf(ref))['last_number']).toBe(count('changed') + 1);
  });

  it('create it once', async () => {
    let created = 0;
    for (let round = 0; round < 5; round += 1) {
      const text = bytesOf(flow(1, `ref: ops.new${round}\n`));
      const results = await Promise.all(processes().map(({ writes }) => writes.createWorkflow(text)));
      const outcomes = results.map(outcomeOf);
      created += outcomes.filter((one) => one === 'changed').length;
      expect(outcomes.every((one) => ['changed', 'exists', 'busy'].includes(one))).toBe(true);
      expect(await site.verbsOf(`ops.new${round}`)).toEqual(['api registered 1']);
    }
    expect(created).toBe(5);
  });

  it('and passes over the pack leave each other’s rows alone', async () => {
    const refs = Array.from({ length: clients }, (_, number) => `ops.mine${number}`);
    for (const ref of refs) await site.writes.createWorkflow(bytesOf(flow(0, `ref: ${ref}\n`)));
    const [{ version: before } = { version: 0 }] = await site.test.query<{ version: number }>(
      'select version::integer from catalog_version',
    );
    let isOver = false;
    let next = 0;
    const passes = (async () => {
      let edits = 0;
      while (!isOver) {
        edits += 1;
        site.disk.write({
          'ops/workflows/ours.yaml': flow(edits),
          [`ops/workflows/w${edits % 3}.yaml`]: flow(edits),
        });
        await site.pass(['ops']);
      }
      return edits;
    })();
    const own = new Map<unknown, string>();
    const { count, kinds } = await raced(({ writes, database }, round) => {
      const ref = own.get(database) ?? (refs[next++] as string);
      own.set(database, ref);
      return writes.replaceWorkflow(ref, bytesOf(flow(round + 1)), undefined).then(outcomeOf);
    });
    isOver = true;
    const edits = await passes;
    await site.pass();
    expect(kinds.filter((kind) => kind !== 'busy')).toEqual(['changed']);
    expect(count('changed')).toBeGreaterThan((clients * rounds) / 2);
    expect(await xOf('ops.ours')).toBe(edits);
    const rows = await site.test.query(
      "select ref, source, status from workflow_definition where ref like 'ops.mine%' order by ref",
    );
    expect(rows).toEqual(refs.map((ref) => ({ ref, source: 'api', status: 'active' })));
    const told = await site.test.query<{ version: number }>(
      `select version::integer from catalog_change where version > ${before} and verb = 'updated' and source = 'api'`,
    );
    expect(new Set(told.map(({ version }) => version)).size).toBe(count('changed'));
  });
});
