// Several roots on one database, led by daemons of several hosts: each has what is its own, a pack that two claim belongs to the first
// until that one gives it up, and a root may move to another host.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { onHost } from '../../support/confined.mjs';
import type { Daemon } from '../../support/daemon.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, type Site } from '../../support/site.ts';
import { eventually, until } from '../../support/wait.ts';

type Root = {
  readonly name: string;
  readonly path: string;
  saveAll(files: Readonly<Record<string, string>>): Promise<void>;
  remove(path: string): Promise<void>;
};

/** A directory of the site's that is a root of that name. */
async function makeRoot(site: Site, name: string, directory = name): Promise<Root> {
  const path = join(site.dir, directory);
  await mkdir(path, { recursive: true });
  return {
    name,
    path,
    async saveAll(files) {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(dirname(join(path, file)), { recursive: true });
        await writeFile(join(path, file), text);
      }
    },
    remove: (file) => rm(join(path, file), { recursive: true }),
  };
}

/** A daemon on a host of its own, which looks every second and may remove everything but a whole root. */
function startOn(site: Site, host: string, root: Root): Daemon {
  return site.daemon(['--rescan-s', '1'], {
    through: onHost(host) ?? [],
    env: { PACKWATCH_ROOTS: `${root.name}=${root.path}`, PACKWATCH_PRUNE_MAX: '100%' },
  });
}

const definitions = (site: Site) =>
  site.rows(
    'select id::text, ref, source, source_path, status, last_number as number from workflow_definition order by ref',
  );
const conflicts = (site: Site) =>
  site.rows(
    "select source, path, diagnostics -> 0 ->> 'message' as message from pack_file where state = 'conflict'",
  );
const statusOf = async (site: Site, ref: string) => {
  const [row] = await site.rows(
    'select source, status, last_number as number from workflow_definition where ref = $1',
    [ref],
  );
  return row && [row['source'], row['status'], row['number']];
};
const becomes = (site: Site, ref: string, wanted: readonly unknown[]) =>
  eventually(async () => expect(await statusOf(site, ref)).toEqual(wanted));

/** `ours` in the left root, `theirs` in the right one, and a pack `both` in each, which the left one had first. */
async function openTwo() {
  const site = await createSite(onTestFinished);
  const [left, right] = [await makeRoot(site, 'left'), await makeRoot(site, 'right')];
  await left.saveAll(packFiles('ours', { one: workflowText(), two: workflowText() }));
  await left.saveAll(packFiles('both', { flow: workflowText({ x: 'left' }) }));
  await right.saveAll(packFiles('theirs', { one: workflowText() }));
  await right.saveAll(packFiles('both', { flow: workflowText({ x: 'right' }), more: workflowText() }));
  const first = startOn(site, 'left-host', left);
  await first.ready();
  await becomes(site, 'both.flow', ['root:left', 'active', 1]);
  const second = startOn(site, 'right-host', right);
  await second.ready();
  await becomes(site, 'theirs.one', ['root:right', 'active', 1]);
  const contested = {
    ...{ source: 'root:right', path: 'both/pack.yaml' },
    message: 'the pack ref both belongs to root:left, which goes on serving',
  };
  await eventually(async () => expect(await conflicts(site)).toEqual([contested]));
  return { site, left, right, first, second };
}

describe('two roots on one database', () => {
  it("never touch what is the other one's, and a pack that both have goes on as it was", async () => {
    const { site, left, right, first, second } = await openTwo();
    const before = await definitions(site);
    expect(before.map(({ ref, source }) => `${ref} ${source}`)).toEqual([
      ...['both.flow root:left', 'ours.one root:left', 'ours.two root:left', 'theirs.one root:right'],
    ]);
    // The owner's edits are served, the other's are not.
    await right.saveAll({ 'both/workflows/flow.yaml': workflowText({ x: 'right again' }) });
    await left.saveAll({ 'both/workflows/flow.yaml': workflowText({ x: 'left again' }) });
    await becomes(site, 'both.flow', ['root:left', 'active', 2]);
    await left.remove('ours');
    await becomes(site, 'ours.two', ['root:left', 'retired', 1]);
    // A daemon that has nothing of its own any more takes nothing else with it.
    await second.stop();
    await rm(right.path, { recursive: true });
    const third = startOn(site, 'right-host', right);
    await third.logged(({ msg }) => msg === 'packwatch is running');
    await left.saveAll({ 'both/workflows/flow.yaml': workflowText({ x: 'left at last' }) });
    await becomes(site, 'both.flow', ['root:left', 'active', 3]);
    expect(await statusOf(site, 'theirs.one')).toEqual(['root:right', 'active', 1]);
    expect(first.hasExited()).toBe(false);
    expect((await definitions(site)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  it('hand a pack over when the first gives it up, with its ids and history', async () => {
    const { site, left, right } = await openTwo();
    const before = await definitions(site);
    await left.remove('both');
    await becomes(site, 'both.flow', ['root:right', 'active', 2]);
    await becomes(site, 'both.more', ['root:right', 'active', 1]);
    await eventually(async () => expect(await conflicts(site)).toEqual([]));
    const after = await definitions(site);
    for (const { ref, id } of before) expect(after.find((row) => row['ref'] === ref)?.['id']).toBe(id);
    // It is the other's now: the first one's files are in conflict when they are back, and nothing changes.
    await left.saveAll(packFiles('both', { flow: workflowText({ x: 'left' }) }));
    await eventually(async () =>
      expect((await conflicts(site)).map(({ source }) => source)).toEqual(['root:left']),
    );
    // What had been served under the first owner is a number of the one history.
    await right.saveAll({ 'both/workflows/flow.yaml': workflowText({ x: 'left' }) });
    await eventually(async () => {
      const [row] = await site.rows(
        "select number from catalog_change where ref = 'both.flow' order by version desc limit 1",
      );
      expect(row?.['number']).toBe(1);
    });
    const history = await site.rows(
      "select r.number from workflow_revision r join workflow_definition w on w.id = r.workflow_definition where w.ref = 'both.flow' order by 1",
    );
    expect(history).toEqual([{ number: 1 }, { number: 2 }]);
  });

  it('hand a pack over when the first is forgotten, which needs that nobody leads it', async () => {
    const { site, first, second } = await openTwo();
    const url = await second.url();
    const forget = () => site.run(['source', 'forget', 'left', '--yes'], { env: { PACKWATCH_URL: url } });
    const early = await forget();
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('left-host')]);
    expect(await statusOf(site, 'ours.one')).toEqual(['root:left', 'active', 1]);
    await first.stop();
    expect(await forget()).toMatchObject({ code: 0 });
    expect(await statusOf(site, 'ours.one')).toEqual(['root:left', 'retired', 1]);
    await becomes(site, 'both.flow', ['root:right', 'active', 2]);
    expect(await statusOf(site, 'theirs.one')).toEqual(['root:right', 'active', 1]);
    await eventually(async () => expect(await conflicts(site)).toEqual([]));
  });
});

describe('a root that moves to another host, under its name', () => {
  const everything = (site: Site) =>
    site.rows(`
      select 'pack' as kind, ref as name, xmin::text, to_jsonb(p)::text as row from pack p
      union all select 'workflow', ref, xmin::text, to_jsonb(w)::text from workflow_definition w
      union all select 'action', ref, xmin::text, to_jsonb(a)::text from action a
      union all select 'file', path, xmin::text, to_jsonb(f)::text from pack_file f
      union all select 'version', '', xmin::text, version::text from catalog_version
      order by 1, 2`);
  const epochOf = async (site: Site) => {
    const [row] = await site.rows("select epoch::int, holder from source_lease where source = 'root:packs'");
    return { epoch: Number(row?.['epoch']), host: String(row?.['holder']).split(' ')[0] };
  };

  it.each<[string, (daemon: Daemon) => Promise<unknown>]>([
    ['that is stopped', (daemon) => daemon.stop()],
    [
      'that is lost',
      (daemon) => {
        daemon.kill('SIGKILL');
        return daemon.exited;
      },
    ],
  ])(
    'from one %s: nothing is removed, nothing written, and the next edit is one of its file',
    async (_, end) => {
      const site = await createSite(onTestFinished);
      const here = await makeRoot(site, 'packs', 'srv-packs');
      await here.saveAll(packFiles('ops', { one: workflowText(), two: workflowText() }));
      await here.saveAll(packFiles('web', { page: workflowText() }));
      const old = startOn(site, 'old-host', here);
      await old.ready();
      await becomes(site, 'ops.one', ['root:packs', 'active', 1]);
      await becomes(site, 'web.page', ['root:packs', 'active', 1]);
      await end(old);
      const before = await everything(site);
      const { epoch } = await epochOf(site);
      const there = await makeRoot(site, 'packs', 'data/checkout-of-packs');
      await cp(here.path, there.path, { recursive: true });
      await rm(here.path, { recursive: true });
      const next = startOn(site, 'new-host', there);
      await until(async () => (await epochOf(site)).epoch > epoch, { what: 'the new host leads' });
      await next.logged(({ msg }) => msg === 'leading this source');
      await next.ready();
      const scans = () => next.metric('packwatch_passes_total', 'cause="rescan"');
      const seen = await scans();
      await until(async () => (await scans()) > seen + 1, { what: 'it has looked twice' });
      expect(await epochOf(site)).toMatchObject({ host: onHost('x') ? 'new-host' : expect.any(String) });
      expect(await everything(site)).toEqual(before);
      expect(await next.metric('packwatch_files_parsed_total')).toBe(0);
      await there.saveAll({ 'ops/workflows/one.yaml': workflowText({ x: 2 }) });
      await becomes(site, 'ops.one', ['root:packs', 'active', 2]);
      const told = await site.rows('select distinct verb from catalog_change order by verb');
      expect(told.map(({ verb }) => verb)).toEqual(['registered', 'updated']);
    },
  );
});
