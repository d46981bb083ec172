// Removals that are too many, by the program itself on a real registry: held, agreed to, refused, back again.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSite, type Site } from '../../support/site.ts';
import { until } from '../../support/wait.ts';
import { registryOf } from '../registry-rows.ts';

const flow = (label: string) =>
  `version: 1.0.0\nlabel: ${label}\ntasks:\n  - { name: one, action: core.echo }\n`;

const packOf = (name: string, count: number): Record<string, string> => ({
  [`${name}/pack.yaml`]: `ref: ${name}\nversion: 1.0.0\n`,
  ...Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${name}/workflows/f${index}.yaml`, flow(`F ${index}`)]),
  ),
});

type Report = Readonly<Record<'held' | 'retired' | 'recovered' | 'registered', readonly string[]>> & {
  readonly written: number;
};

async function setUp(count = 10) {
  const site = await createSite(onTestFinished);
  await site.saveAll({ ...packOf('ops', count), ...packOf('web', count) });
  const sync = async (...args: readonly string[]): Promise<Report & { readonly exitCode: number }> => {
    const { code, stdout } = await site.run(['sync', '--format', 'json', ...args]);
    return { ...(JSON.parse(stdout) as Report), exitCode: code ?? -1 };
  };
  expect(await sync()).toMatchObject({ exitCode: 0, held: [] });
  const lose = async (pack: string, from: number, to: number) => {
    for (let index = from; index < to; index += 1) await site.remove(`${pack}/workflows/f${index}.yaml`);
  };
  return { site, sync, lose };
}

const batches = async (site: Site) =>
  site.rows('select id, state, reason, refs, pending, "of" from held_batch order by created, id');
const decide = (site: Site, verdict: string) =>
  site.rows(
    `select decide_batch(id, '${verdict}') as answer from held_batch where state = 'open' and pending <> '{}'`,
  );
const statuses = async (site: Site, pack: string) =>
  (await site.rows('select status from workflow_definition where pack_ref = $1 order by ref', [pack])).map(
    ({ status }) => status,
  );

describe('removals above the limit', () => {
  it('are held by every sync until the files are back, and nothing is written meanwhile', async () => {
    const { site, sync, lose } = await setUp();
    await lose('ops', 0, 5);
    const held = ['ops.f0', 'ops.f1', 'ops.f2', 'ops.f3', 'ops.f4'];
    expect(await sync()).toMatchObject({ exitCode: 1, held, retired: [] });
    expect(await batches(site)).toMatchObject([{ state: 'open', reason: 'threshold', refs: held, of: 20 }]);
    expect((await statuses(site, 'ops')).filter((status) => status === 'degraded')).toHaveLength(5);
    expect(await sync()).toMatchObject({ exitCode: 1, held, written: 0 });
    await site.saveAll(packOf('ops', 10));
    expect(await sync()).toMatchObject({ exitCode: 0, held: [], recovered: held });
    expect(await batches(site)).toMatchObject([{ state: 'expired', pending: [] }]);
  });

  it('go once a person agrees, told with the batch, and are not counted afterwards', async () => {
    const { site, sync, lose } = await setUp();
    await lose('ops', 0, 5);
    await sync();
    await decide(site, 'approved');
    expect(await sync()).toMatchObject({ exitCode: 0, held: [], retired: { length: 5 } });
    const [batch] = await batches(site);
    expect(batch).toMatchObject({ state: 'approved', pending: [] });
    const told = await site.rows("select batch from catalog_change where verb = 'retired'");
    expect(told.map((row) => row['batch'])).toEqual(Array(5).fill(batch?.['id']));
    await lose('web', 0, 4);
    expect(await sync()).toMatchObject({ exitCode: 0, retired: { length: 4 } });
    // Those four are: with one more it is too much of twenty.
    await lose('web', 4, 5);
    expect(await sync()).toMatchObject({ exitCode: 1, held: ['web.f4'] });
  });

  it('are served for good when a person refuses, and asked about when they come back and go again', async () => {
    const { site, sync, lose } = await setUp();
    await lose('ops', 0, 5);
    await sync();
    await decide(site, 'rejected');
    expect(await sync()).toMatchObject({ exitCode: 0, held: [], retired: [], written: 0 });
    await site.saveAll(packOf('ops', 10));
    await sync();
    await lose('ops', 0, 5);
    expect(await sync()).toMatchObject({ exitCode: 1, held: { length: 5 } });
  });

  it('are those of a pack that is gone, or that took another ref', async () => {
    const { site, sync } = await setUp();
    await site.save('ops/pack.yaml', 'ref: tools\nversion: 1.0.0\n');
    expect(await sync()).toMatchObject({ exitCode: 1, held: { length: 10 }, registered: { length: 10 } });
    expect(await sync()).toMatchObject({ exitCode: 1, written: 0 });
    await site.remove('web');
    expect(await sync()).toMatchObject({ exitCode: 1, held: { length: 20 } });
    expect(await sync()).toMatchObject({ exitCode: 1, written: 0 });
    await decide(site, 'approved');
    expect(await sync()).toMatchObject({ exitCode: 0, retired: { length: 20 } });
    expect(await site.rows('select ref, status from pack order by ref')).toEqual([
      { ref: 'ops', status: 'retired' },
      { ref: 'tools', status: 'active' },
      { ref: 'web', status: 'retired' },
    ]);
  });

  it('of several packs stay in one batch, whichever of them is written first', async () => {
    const { site, sync } = await setUp();
    await site.saveAll({ ...packOf('api', 2), ...packOf('cli', 2) });
    await sync();
    for (const pack of ['ops', 'api', 'cli']) await site.remove(pack);
    expect(await sync()).toMatchObject({ exitCode: 1, held: { length: 14 }, retired: [] });
    expect(await batches(site)).toMatchObject([{ state: 'open', pending: { length: 14 } }]);
    expect(await sync()).toMatchObject({ exitCode: 1, held: { length: 14 }, retired: [], written: 0 });
  });

  it('are every one at 0, and none but an empty root at 100 %', async () => {
    const { site, sync, lose } = await setUp();
    await lose('ops', 0, 1);
    expect(await sync('--prune-max', '0')).toMatchObject({ held: ['ops.f0'] });
    // Those that a person was asked about stay asked about.
    await lose('ops', 1, 10);
    expect(await sync('--prune-max', '100%')).toMatchObject({
      exitCode: 1,
      held: ['ops.f0'],
      retired: { length: 9 },
    });
    await site.remove('ops');
    await site.remove('web');
    expect(await sync('--prune-max', '100%')).toMatchObject({
      exitCode: 1,
      held: { length: 11 },
      retired: [],
    });
    expect((await batches(site)).at(-1)).toMatchObject({ reason: 'root_empty', state: 'open' });
    await decide(site, 'approved');
    expect(await sync('--prune-max', '100%')).toMatchObject({ exitCode: 0, retired: { length: 11 } });
  });

  it('are told by a plan that changes nothing', async () => {
    const { site, lose } = await setUp();
    await lose('ops', 0, 5);
    const { code, stdout } = await site.run(['plan', '--format', 'json']);
    expect([code, (JSON.parse(stdout) as { held: readonly object[] }).held.length]).toEqual([1, 5]);
    expect(await batches(site)).toEqual([]);
  });
});

describe('a slow rm -rf under a daemon', () => {
  it('is held as soon as it is too much, and goes within seconds of being agreed to', async () => {
    const { site, lose } = await setUp();
    const registry = registryOf(site);
    const daemon = site.daemon(['--rescan-s', '3600']);
    await daemon.ready();
    for (let index = 0; index < 4; index += 1) {
      await lose('ops', index, index + 1);
      await registry.retired(`ops.f${index}`);
    }
    for (let index = 4; index < 8; index += 1) {
      await lose('ops', index, index + 1);
      await registry.degraded(`ops.f${index}`);
    }
    const open = (await batches(site)).filter(({ state }) => state === 'open');
    expect(open).toMatchObject([{ pending: ['ops.f4', 'ops.f5', 'ops.f6', 'ops.f7'] }]);
    await decide(site, 'approved');
    await registry.retired('ops.f7');
    await until(
      async () => {
        const [lease] = await site.rows('select scan_requested - scan_done as left from source_lease');
        return Number(lease?.['left']) === 0;
      },
      { what: 'the requested scan told as done' },
    );
    expect(await statuses(site, 'web')).toEqual(Array(10).fill('active'));
  });
});
