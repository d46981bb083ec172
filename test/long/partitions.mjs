// Three daemons on three hosts (network namespaces, host names of their own), each with its own copy of the packs that lags behind the
// one that is edited, and networks between them and the database that are cut, one way or both, and healed at random. After each
// stretch everything is healed: the registry equals the disk in bounded time, and no two leaders wrote under one lease. Needs root,
// iproute2, the system's server and `npm run build`; where namespaces are refused it says so and counts as not run.
// Usage: node test/long/partitions.mjs [--rounds 60] [--seed 1] [--resume FILE]
//   --rounds N      so many partitions, in stretches of 30 (10 for the control)
//   --null-control  apply_pack compares no epoch: the run is good if it finds two leaders
//   --seconds S     no new stretch after that
//   --resume FILE   adds the counts to those in FILE
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOracle } from '../support/oracle.mjs';
import { createEdits } from './edits.mjs';
import { addTotals, createPlace, createRandom, readOptions, startServer } from './harness.mjs';
import { createMirror } from './mirror.mjs';
import { createNetwork } from './network.mjs';
import { createReplicas, judge, prepareRegistry, readLease } from './replicas.mjs';

const options = readOptions({ seconds: 3_600, rounds: 60, 'null-control': false });
const isControl = options['null-control'];
const perStretch = isControl ? 10 : 30;
/** From the last healing to a registry that equals the disk: a statement is given up after 12 s, one left by its client after 15 s. */
const convergesMs = 45_000;
const hosts = [0, 1, 2];

const network = existsSync('/usr/lib/postgresql/15/bin/postgres') ? createNetwork(hosts.length) : undefined;
if (network === undefined) {
  console.log('partitions: NOT RUN, for want of network namespaces or of the system server');
  process.exit(0);
}
const chance = createRandom(options.seed);
const { random, pick } = chance;
const place = createPlace('partitions');
const server = await startServer(join(place.base, 'state'), 'system', network);
const sql = server.connect();
for (const name of ['fsync', 'full_page_writes']) await sql.unsafe(`alter system set ${name} = off`);
await sql`select pg_reload_conf()`;
await prepareRegistry({ sql, url: server.url, isUnfenced: isControl });
const { user, database } = server.connection;
const oracle = createOracle({ root: place.root, sql });
const edit = createEdits(place, chance, oracle);
const mirrors = hosts.map((at) =>
  createMirror(place.root, join(place.base, `packs${at}`), join(place.outside, `mirror${at}`)),
);
const replicas = await createReplicas({
  count: hosts.length,
  urlOf: () => `postgres://${user}@${network.address}:5432/${database}`,
  rootOf: (at) => mirrors[at].root,
  throughOf: network.through,
  args: ['--log-level', 'fatal'],
  isServing: false,
});

const counts = { partitions: 0, long: 0, overtaken: 0, edits: 0 };
const totalsOf = { differences: 0, doubles: 0, leaders: 0, ended: 0 };
const kinds = Object.fromEntries(network.kinds.map((kind) => [kind, 0]));
let longestMs = 0;

async function isLeading(at) {
  const { holder, isOver } = await readLease(sql);
  return !isOver && holder?.startsWith(`host-${at} `) === true;
}

/** True as soon as another epoch is given out. */
async function isOvertaken(limitMs) {
  const { epoch } = await readLease(sql);
  for (const endMs = performance.now() + limitMs; performance.now() < endMs; await sleep(5))
    if ((await readLease(sql)).epoch > epoch) return true;
  return false;
}

/** One partition of a host: most are over before a lease can run out, some of a leader's when another has taken over. */
async function part(at) {
  const kind = pick(network.kinds);
  const isLong = (await isLeading(at)) ? chance.chance(isControl ? 0.9 : 0.5) : chance.chance(0.15);
  network.cut(at, kind);
  if (isLong) {
    counts.long += 1;
    // Healed at that moment, what was on its way arrives under another's lease.
    if (await isOvertaken(10_000)) counts.overtaken += 1;
    if (chance.chance(0.3)) await sleep(random() * 3_000);
  } else await sleep(20 + random() ** 2 * 4_000);
  network.heal(at);
  counts.partitions += 1;
  kinds[kind] += 1;
}

async function stretch(goal) {
  let isOver = false;
  const repeat = async (act, mostMs) => {
    while (!isOver) {
      await act();
      await sleep(random() ** 2 * mostMs);
    }
  };
  const change = async () => {
    edit();
    counts.edits += 1;
  };
  const refresh = (mirror) => repeat(async () => mirror.refresh(), 2_000);
  const load = [repeat(change, 700), ...mirrors.map(refresh)];
  const lane = async (at) => {
    while (counts.partitions < goal) {
      await sleep(100 + random() ** 2 * 2_500);
      await part(at);
    }
  };
  await Promise.all(hosts.map(lane));
  isOver = true;
  await Promise.all(load);
}

/** The networks are whole and every copy is the same: what is wrong? */
async function rest() {
  for (const mirror of mirrors) mirror.refresh();
  const begunMs = performance.now();
  const found = await judge({ sql, oracle, limitMs: convergesMs });
  longestMs = Math.max(longestMs, Math.round(performance.now() - begunMs));
  for (const kind of ['differences', 'doubles', 'leaders']) {
    totalsOf[kind] += found[kind].length;
    for (const line of found[kind].slice(0, 10)) console.error(`after ${counts.partitions}: ${line}`);
  }
  for (const daemon of replicas.daemons.filter((one) => one.hasExited())) {
    totalsOf.ended += 1;
    console.error(`after ${counts.partitions}: a daemon ended: ${daemon.stderr()}`);
  }
  return found;
}

let last;
try {
  for (let edits = 0; edits < 12; edits += 1) edit();
  for (const mirror of mirrors) mirror.refresh();
  for (const at of hosts) replicas.start(at);
  await rest();
  for (let goal = perStretch; ; goal += perStretch) {
    await stretch(Math.min(goal, options.rounds));
    last = await rest();
    const isFound = Object.values(totalsOf).some((count) => count > 0);
    if (counts.partitions >= options.rounds || isFound || performance.now() > options.seconds * 1000) break;
  }
} finally {
  await replicas.stop();
  await sql.end({ timeout: 2 });
  await server.stop();
  network.remove();
  place.remove();
}
const sums = { ...counts, ...kinds, epochs: last.epochs, commits: last.commits, ...totalsOf };
const totals = isControl ? sums : addTotals(options.resume, sums, options.seed);
console.log(
  `partitions${isControl ? ', null control' : ''}: seed ${options.seed}, ${JSON.stringify(totals)}, converged ${longestMs} ms after the last healing at the latest`,
);
const isSound = Object.values(totalsOf).every((count) => count === 0);
process.exitCode = (isControl ? totalsOf.leaders > 0 : isSound) ? 0 : 1;
