// What clients wrote is forgotten in time like anything else, by whoever leads a root, several at once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { purgeRetired } from '../../src/store/sql/purge.ts';
import { packText } from '../support/memory-pass.ts';
import { flow } from '../support/pure-pass.ts';
import { archiveOf, bytesOf, createWrittenSite } from '../support/written-site.ts';

let site: Awaited<ReturnType<typeof createWrittenSite>>;
beforeAll(async () => {
  site = await createWrittenSite({ 'ops/pack.yaml': packText('ops'), 'ops/workflows/ours.yaml': flow(0) });
  await site.pass();
});
afterAll(() => site.test.drop());

const singles = Array.from({ length: 12 }, (_, number) => `ops.one${number}`);

it('purges retired definitions and packs of the API once, and nothing that is served', async () => {
  for (const ref of singles) await site.writes.createWorkflow(bytesOf(flow(1, `ref: ${ref}\n`)));
  for (const ref of singles.slice(1)) await site.writes.retireWorkflow(ref, undefined);
  await site.writes.createPack(archiveOf({ 'pack.yaml': packText('up'), 'workflows/a.yaml': flow(1) }));
  await site.writes.retirePack('up', undefined);
  await site.test.query('set packwatch.writer = on');
  await site.test.query(
    "update workflow_definition set retired_at = now() - interval '40 days' where status = 'retired'",
  );
  await site.test.query("update action set retired_at = now() - interval '40 days' where status = 'retired'");
  await site.test.query("update pack set updated = now() - interval '40 days' where status = 'retired'");
  await site.test.query('set packwatch.writer = off');
  const leaders = (['root:here', 'root:there', 'root:here', 'root:there'] as SourceName[]).map(
    async (source) => {
      const database = site.test.pool({ max: 1 });
      let purged = 0;
      // What another holds at the moment is passed over: it comes with the next.
      for (let round = 0; round < 30; round += 1) purged += await purgeRetired(database, source, 1, 30, 3);
      return purged;
    },
  );
  const purged = (await Promise.all(leaders)).reduce((sum, one) => sum + one, 0);
  // Each workflow and its callable side.
  expect(purged).toBe(2 * singles.length);
  const left = await site.test.query(
    `select 'workflow' as kind, ref from workflow_definition union all select 'action', ref from action
     union all select 'pack', ref from pack order by kind, ref`,
  );
  expect(left.map(({ kind, ref }) => `${kind} ${ref}`)).toEqual([
    ...['action ops.one0', 'action ops.ours', 'pack ops', 'workflow ops.one0', 'workflow ops.ours'],
  ]);
  expect(await site.pass()).toMatchObject({ written: 0 });
  expect(await site.writes.createWorkflow(bytesOf(flow(1, 'ref: ops.one1\n')))).toMatchObject({
    outcome: 'done',
  });
});
