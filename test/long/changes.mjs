// Who follows the changes misses none and gets none twice: files are edited, people decide, transactions overlap, take their time and
// are rolled back, while followers wait for pages and read streams on two daemons, are cut off at any moment and go on at the other,
// and daemons are killed. At the end what each was told is compared with the table. Needs `npm run build`.
// Usage: node test/long/changes.mjs [--seconds 60] [--seed 1] [--followers 8] [--null-control]
//   --null-control  followers that were cut off begin where the registry is, whatever they know: good if that loses changes
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFollower, faultsOf } from './changes-followers.mjs';
import { createEdits } from './edits.mjs';
import { createPlace, createRandom, readOptions, startDaemon, startServer, until } from './harness.mjs';

const options = readOptions({ seconds: 60, followers: 8, 'null-control': false });
const chance = createRandom(options.seed);
const { below, pick } = chance;
const place = createPlace('changes');
const server = await startServer(join(place.base, 'state'));
const deadlineMs = performance.now() + options.seconds * 1000;
const goesOn = () => performance.now() < deadlineMs;
const counts = { edits: 0, decisions: 0, transactions: 0, kills: 0 };

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

const ports = [await freePort(), await freePort()];
const urls = ports.map((port) => `http://127.0.0.1:${port}`);
const start = (at) =>
  startDaemon({
    root: place.root,
    url: server.url,
    args: ['--http', `127.0.0.1:${ports[at]}`, '--rescan-s', '2'],
  });
const isReady = (at) =>
  until(
    `daemon ${at} is ready`,
    () =>
      fetch(`${urls[at]}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  );

/** Files, as authors leave them. */
async function edit() {
  const next = createEdits(place, chance, { forget: () => undefined });
  while (goesOn()) {
    next();
    counts.edits += 1;
    await sleep(below(80));
  }
}

/** What people decide, by way of either daemon; refusals and daemons that are away are part of it. */
async function decide(sql) {
  while (goesOn()) {
    const [row] = await sql`select ref from packwatch.workflow_definition order by random() limit 1`;
    const [verb, body] = pick([
      ['disable'],
      ['enable'],
      ['protect'],
      ['unprotect'],
      ['rollback', { revision: 1 + below(4) }],
    ]);
    if (row) {
      const sent = {
        method: 'POST',
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      };
      await fetch(`${pick(urls)}/api/v1/workflows/${row.ref}/${verb}`, sent).then(
        (answer) => answer.arrayBuffer(),
        ignore,
      );
      counts.decisions += 1;
    }
    await sleep(below(100));
  }
}

const ignore = () => undefined;

/** Transactions of several changes that stay open for a while, and versions that tell of nothing; some are rolled back. */
async function transact(sql) {
  while (goesOn()) {
    const refs =
      await sql`select ref from packwatch.workflow_definition where status <> 'retired' order by random() limit 3`;
    // In order, as everybody takes locks.
    const words = [...refs].map(({ ref }) => ref).sort();
    await sql
      .begin(async (transaction) => {
        for (const ref of words)
          await transaction`select packwatch.set_overlay(${ref}, ${pick(['disabled', 'enabled', 'protected'])})`;
        if (words.length === 0) await transaction`update packwatch.catalog_version set version = version + 1`;
        await sleep(below(60));
        if (chance.chance(0.3)) throw new Error('rolled back');
      })
      .catch(ignore);
    counts.transactions += 1;
    await sleep(below(150));
  }
}

/** One daemon after the other is killed and comes back; there is always one. */
async function kill(daemons) {
  for (let at = 0; goesOn(); at = 1 - at) {
    await sleep(3000 + below(4000));
    daemons[at].kill('SIGKILL');
    await daemons[at].exited;
    await sleep(below(1500));
    daemons[at] = start(at);
    counts.kills += 1;
    await isReady(at);
  }
}

const daemons = [start(0)];
await isReady(0);
daemons.push(start(1));
await isReady(1);
const sql = server.connect({ max: 8 });
const followers = Array.from({ length: options.followers }, (_, number) =>
  createFollower({
    urls,
    chance: createRandom(options.seed * 1000 + number),
    how: number % 2 === 0 ? 'pages' : 'stream',
    isForgetful: options['null-control'],
  }),
);
const running = followers.map((follower) => follower.run());
await until('all follow', () => followers.every(({ version }) => version() !== undefined));
await Promise.all([edit(), decide(sql), transact(sql), transact(sql), kill(daemons)]);
// Nothing is about to be committed once the files have been looked at.
await sleep(4000);
const [{ version: last }] = await sql`select version::int from packwatch.catalog_version`;
const arrived = until('all are told', () => followers.every(({ version }) => version() >= last), 30_000);
await arrived.catch((error) => console.error(error.message));
for (const follower of followers) follower.stop();
await Promise.all(running);
const rows =
  await sql`select version::int, ref, verb from packwatch.catalog_change order by version, position`;
const faults = followers.map((follower) => faultsOf(follower, rows, last));
const sum = (name) => faults.reduce((total, one) => total + one[name], 0);
const found = { missed: sum('missed'), doubled: sum('doubled'), disordered: sum('disordered') };
await Promise.all(daemons.map((daemon) => daemon.stop()));
await sql.end({ timeout: 1 });
await server.stop();
place.remove();
const cuts = followers.reduce((total, follower) => total + follower.cuts(), 0);
console.log(
  JSON.stringify({
    ...counts,
    versions: last,
    rows: rows.length,
    followers: followers.length,
    cuts,
    ...found,
    seed: options.seed,
  }),
);
const isSound = found.missed + found.doubled + found.disordered === 0;
process.exitCode = isSound !== options['null-control'] && rows.length > 0 && cuts > 0 ? 0 : 1;
