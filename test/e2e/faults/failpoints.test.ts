// An error out of nowhere at failpoints. The process goes on and says so, or it ends as a bug does, with one line that says where; in
// both cases the next start brings the registry in step with the disk. Each point has a pack of its own, so that no later edit
// mends what an earlier one left. All points, at random passings: `test/long/daemon-kill.mjs --throw`.
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { instrument } from '../../support/failpoints.mjs';
import { createOracle } from '../../support/oracle.mjs';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, hasEvents, type Site } from '../../support/site.ts';
import { eventually, until } from '../../support/wait.ts';

/** Where an error ends the process, in two sites beside each other. */
const fatal: readonly (readonly string[])[] = [
  ['watch.started', 'pass.begin', 'pack.observed', 'apply.begin'],
  ['apply.answered', 'removal.proven', 'settle.handed', 'stop.begin'],
];

/** Where it is told and the daemon goes on with what it was at. */
const survived = ['watch.rebuild', 'watch.rebuilt', 'lease.renewed', 'stop.stepped', 'lease.released'];

/** On a machine with much else to do. */
const limitMs = 180_000;

let directory: string;
let program: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pw-failpoints-'));
  program = instrument(join(directory, 'copy'));
});

afterAll(() => rm(directory, { recursive: true }));

const packOf = (name: string) => name.replace('.', '-');

/** The point's pack as a daemon finds it: a file changed, one new, one gone. */
async function edit(site: Site, name: string): Promise<void> {
  const pack = packOf(name);
  await site.save(`${pack}/workflows/flow.yaml`, workflowText({ x: 2 }));
  await site.save(`${pack}/workflows/fresh.yaml`, workflowText());
  await site.remove(`${pack}/workflows/gone.yaml`);
}

async function siteOf(names: readonly string[], atEnd: Parameters<typeof createSite>[0]): Promise<Site> {
  const site = await createSite(atEnd);
  for (const name of names)
    await site.saveAll(packFiles(packOf(name), { flow: workflowText(), gone: workflowText() }));
  expect((await site.run(['sync'])).code).toBe(0);
  return site;
}

/** The root is another directory with the same content, as after a new checkout. */
async function swapRoot(site: Site, name: string): Promise<void> {
  const fresh = join(site.outside, name);
  await cp(site.root, fresh, { recursive: true });
  await rename(site.root, join(site.outside, `${name}-old`));
  await rename(fresh, site.root);
}

const tellings = (daemon: Daemon, name: string) =>
  daemon.log.filter(
    (line) => JSON.stringify(line).includes(`failpoint ${name}"`) || line.msg.includes(`failpoint ${name} `),
  ).length;

const isTold = (daemon: Daemon, name: string) =>
  until(() => tellings(daemon, name) > 0, { what: `an error at ${name}`, limitMs: 60_000 });

/** One of a few definitions goes in every pack: the guard, which has tests of its own, would hold them. */
const removing = ['--prune-max', '100%'];

/** A daemon that meets the error; resolves with how it ended, and how often it told of the error. */
async function meet(site: Site, name: string) {
  await edit(site, name);
  const daemon = site.daemon(removing, { program, env: { FAILPOINT: `${name}:1:throw` } });
  const lead = async () => {
    if (!/settle|stop/.test(name)) return;
    await daemon.ready();
    if (name === 'stop.begin') daemon.kill('SIGTERM');
    else await site.save(`${packOf(name)}/workflows/flow.yaml`, workflowText({ x: 3 }));
  };
  await Promise.race([lead(), daemon.exited]);
  const { code } = await daemon.exited;
  return { code, told: tellings(daemon, name) };
}

/** A start with nothing in its way finds what is different now, and mends it. */
async function expectMended(site: Site): Promise<void> {
  const oracle = createOracle({ root: site.root, sql: site.database().session(), source: 'root:packs' });
  // The oracle sees what no daemon has seen: a blind one would find nothing below either.
  expect(await oracle.differences()).not.toEqual([]);
  const daemon = site.daemon([...removing, '--rescan-s', '1']);
  await eventually(async () => expect(await oracle.differences()).toEqual([]), { limitMs: 60_000 });
  expect(await daemon.stop()).toMatchObject({ code: 0 });
}

// Some of them are passed only where there are events.
describe.runIf(hasEvents)('an error at a failpoint', () => {
  it.concurrent.for(fatal)(
    'ends the process and leaves nothing behind: %s %s %s %s',
    { timeout: limitMs },
    async (names, { expect: wish, onTestFinished }) => {
      const site = await siteOf(names, onTestFinished);
      const met: Record<string, unknown> = {};
      for (const name of names) met[name] = await meet(site, name);
      wish(met).toEqual(Object.fromEntries(names.map((name) => [name, { code: 70, told: 1 }])));
      await site.save(`${packOf(names[0] ?? '')}/workflows/unseen.yaml`, workflowText());
      await expectMended(site);
    },
  );

  it.concurrent('is told where the daemon can go on, and leaves nothing behind', {
    timeout: limitMs,
  }, async ({ expect: wish, onTestFinished }) => {
    const site = await siteOf(survived, onTestFinished);
    const env = { FAILPOINT: survived.map((name) => `${name}:1:throw`).join() };
    const daemon = site.daemon([...removing, '--rescan-s', '1'], { program, env });
    await daemon.ready();
    await swapRoot(site, 'watch.rebuild');
    await isTold(daemon, 'watch.rebuild');
    await swapRoot(site, 'watch.rebuilt');
    await isTold(daemon, 'watch.rebuilt');
    await isTold(daemon, 'lease.renewed');
    for (const name of survived) await edit(site, name);
    wish(await daemon.stop()).toMatchObject({ code: 0 });
    const told = Object.fromEntries(survived.map((name) => [name, tellings(daemon, name)]));
    wish(told).toEqual(Object.fromEntries(survived.map((name) => [name, 1])));
    await site.save(`${packOf('lease.renewed')}/workflows/unseen.yaml`, workflowText());
    await expectMended(site);
  });
});
