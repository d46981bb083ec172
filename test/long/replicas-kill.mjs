// Three daemons on one root and one database, each with a host name of its own, under edits, API writes and decisions: `kill -9` of
// any of them at random and at failpoints, and leaders that are stopped in front of a write until another leads. After each stretch
// the registry equals the disk, nothing is lost or told twice, and no two leaders wrote under one lease. Needs `npm run build`.
// Usage: node test/long/replicas-kill.mjs [--rounds 60] [--seed 1] [--resume FILE]
//   --rounds N      so many kills, in stretches of 40 (10 for the control)
//   --pgbouncer     with PgBouncer in transaction mode in between
//   --null-control  apply_pack compares no epoch: the run is good if it finds two leaders
//   --seconds S     no new stretch after that
//   --resume FILE   adds the counts to those in FILE
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failpointNames, instrument } from '../support/failpoints.mjs';
import { createOracle } from '../support/oracle.mjs';
import { createPgbouncer } from '../support/pgbouncer.mjs';
import { createClientPack, createClients } from './clients.mjs';
import { createEdits } from './edits.mjs';
import { addTotals, createPlace, createRandom, readOptions, startServer } from './harness.mjs';
import { createReplicas, judge, prepareRegistry, readLease } from './replicas.mjs';

const options = readOptions({ seconds: 3_600, rounds: 60, pgbouncer: false, 'null-control': false });
const isControl = options['null-control'];
const perStretch = isControl ? 10 : 40;
const chance = createRandom(options.seed);
const { random, below, pick } = chance;
const place = createPlace('rkill');
// PgBouncer runs as another user, whom the embedded server does not let in.
const server = await startServer(join(place.base, 'state'), options.pgbouncer ? 'system' : 'embedded');
const sql = server.connect();
const ends = [];
const pooler = options.pgbouncer
  ? await createPgbouncer((end) => ends.push(end), server.connection, { poolSize: 6 })
  : undefined;
const url = pooler?.url ?? server.url;
await prepareRegistry({ sql, url: server.url, isUnfenced: isControl });
await createClientPack(sql);
const oracle = createOracle({ root: place.root, sql, remembers: true });
const edit = createEdits(place, chance, oracle);
const program = instrument(join(place.base, 'program'));
const replicas = await createReplicas({ urlOf: () => url, rootOf: () => place.root });
const clients = createClients({ urlOf: () => replicas.url(below(3)), below });

// A stop, another root and change sets of megabytes are the business of other scripts; at 100 % nothing is held.
const unreached = /^(stop|watch|migrate|lease.released|stage|removals)/;
const reachable = failpointNames.filter((name) => !unreached.test(name));
const counts = { kills: 0, failpoints: 0, pauses: 0, late: 0, decisions: 0, edits: 0 };
const totalsOf = { differences: 0, doubles: 0, leaders: 0 };
const complaints = [];

/** Letter of a process's state, `T` for one that is stopped; undefined: gone. */
function stateOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2)[0];
  } catch {
    return undefined; // gone
  }
}

async function waitFor(condition, limitMs, everyMs = 25) {
  for (const endMs = performance.now() + limitMs; performance.now() < endMs; await sleep(everyMs))
    if (await condition()) return true;
  return false;
}

/** A leader that stands in front of a write goes on as soon as another leads. */
async function letPassBy(daemon) {
  counts.pauses += 1;
  const { holder, epoch } = await readLease(sql);
  const isOvertaken = async () => {
    const lease = await readLease(sql);
    return lease.epoch > epoch && lease.holder !== holder;
  };
  if (await waitFor(isOvertaken, 9_000, 5)) counts.late += 1;
  daemon.kill('SIGCONT');
  await sleep(300 + below(700));
}

/** True while a daemon that lives and runs holds the lease. */
async function isLed() {
  const { holder, isOver } = await readLease(sql);
  const pid = Number(holder?.split(' ')[3]);
  return (
    !isOver &&
    replicas.daemons.some((daemon) => daemon?.pid === pid) &&
    !['T', 'Z', undefined].includes(stateOf(pid))
  );
}

async function readVersion() {
  const [{ version }] = await sql`select version::integer from packwatch.catalog_version`;
  return version;
}

/** One life of a daemon, to its end: there is work to be disturbed in it. */
async function live(at) {
  const kind = random();
  const isPausing = isControl ? kind < 0.8 : kind < 0.12;
  const name = isPausing ? 'apply.begin' : pick(reachable);
  const isArmed = isPausing || kind < 0.6;
  const failpoint = isArmed ? `${name}:${1 + below(3)}:${isPausing ? 'pause' : 'kill'}` : undefined;
  const daemon = replicas.start(at, { program, failpoint });
  const isReached = () => daemon.hasExited() || stateOf(daemon.pid) === 'T';
  const isDue = async () => isReached() || (await isLed());
  if (random() < 0.85) {
    await waitFor(isDue, 30_000);
    const version = await readVersion();
    await waitFor(async () => isReached() || (await readVersion()) > version, 2_000);
  }
  await waitFor(isReached, isArmed ? 3_000 : random() ** 2 * 1_500);
  if (stateOf(daemon.pid) === 'T') await letPassBy(daemon);
  else if (daemon.hasExited()) counts.failpoints += 1;
  daemon.kill('SIGKILL');
  const { signal } = await daemon.exited;
  counts.kills += 1;
  if (signal !== 'SIGKILL' || daemon.stderr() !== '')
    complaints.push(`${failpoint}: ended by ${signal}, said ${daemon.stderr().slice(0, 500)}`);
}

/** Lives of one daemon until there were enough kills; sometimes it stays away until another leads. */
async function lane(at, goal) {
  while (counts.kills < goal) {
    await live(at);
    const { epoch } = await readLease(sql);
    if (chance.chance(0.25)) await waitFor(async () => (await readLease(sql)).epoch > epoch, 7_500);
    else await sleep(random() * 400);
  }
}

async function decide() {
  const [row] = await sql`
    select ref from packwatch.workflow_definition where source <> 'api' and status <> 'retired' order by random() limit 1`;
  if (!row) return;
  const [verb, body] = pick([['disable'], ['enable'], ['unpin'], ['rollback', { revision: 1 + below(4) }]]);
  // Refusals and daemons that are away are part of it.
  await fetch(`${replicas.url(below(3))}/api/v1/workflows/${row.ref}/${verb}`, {
    method: 'POST',
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(20_000),
  }).then(
    (answer) => answer.arrayBuffer(),
    () => undefined,
  );
  counts.decisions += 1;
}

async function stretch(goal) {
  let isOver = false;
  const repeat = async (act, most) => {
    while (!isOver) {
      await act();
      await sleep(random() ** 2 * most);
    }
  };
  const change = async () => {
    edit();
    counts.edits += 1;
  };
  const load = [clients.work(), repeat(change, 800), repeat(decide, 800)];
  await Promise.all([0, 1, 2].map((at) => lane(at, goal)));
  isOver = true;
  clients.rest();
  await Promise.all(load);
}

/** Everybody is up, nothing changes any more: what is wrong? */
async function rest() {
  for (const at of [0, 1, 2]) replicas.start(at);
  await Promise.all([0, 1, 2].map(replicas.isReady));
  const found = await judge({ sql, oracle, clients });
  for (const kind of Object.keys(totalsOf)) {
    totalsOf[kind] += found[kind].length;
    for (const line of found[kind].slice(0, 10)) console.error(`after ${counts.kills} kills: ${line}`);
  }
  if (found.differences.length > 0) for (const { stderr } of replicas.daemons) console.error(stderr());
  await replicas.stop();
  return found;
}

let last;
try {
  for (let goal = perStretch; ; goal += perStretch) {
    await stretch(Math.min(goal, options.rounds));
    last = await rest();
    const isFound = Object.values(totalsOf).some((count) => count > 0);
    if (counts.kills >= options.rounds || isFound || performance.now() > options.seconds * 1000) break;
  }
} finally {
  await replicas.stop();
  for (const end of ends) await end();
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
for (const complaint of complaints.slice(0, 20)) console.error(complaint);
const sums = { ...counts, ...clients.counts, epochs: last.epochs, commits: last.commits, ...totalsOf };
const totals = isControl ? sums : addTotals(options.resume, sums, options.seed);
const way = options.pgbouncer ? ', behind PgBouncer' : '';
console.log(
  `replicas kill${isControl ? ', null control' : ''}${way}: seed ${options.seed}, ${JSON.stringify(totals)}`,
);
const isSound = Object.values(totalsOf).every((count) => count === 0) && complaints.length === 0;
process.exitCode = (isControl ? totalsOf.leaders > 0 : isSound) ? 0 : 1;
