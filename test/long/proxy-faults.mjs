// Three daemons on one root, each with a way of its own to the database that is cut at any byte, slow, deaf, refused, loses the answer
// of a commit, or the message that commits; under edits and API writes. After each stretch the registry equals the disk, and nothing
// is lost, there twice or told twice. Needs `npm run build`.
// Usage: node test/long/proxy-faults.mjs [--faults 150] [--seed 1] [--resume FILE]
//   --faults N      so many at least, in stretches of 100
//   --pgbouncer     with PgBouncer in transaction mode behind them
//   --seconds S     no new stretch after that
//   --resume FILE   adds the counts to those in FILE
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOracle } from '../support/oracle.mjs';
import { createPgbouncer } from '../support/pgbouncer.mjs';
import { openProxy } from '../support/proxy.mjs';
import { createClientPack, createClients } from './clients.mjs';
import { createEdits } from './edits.mjs';
import { addTotals, createPlace, createRandom, readOptions, startServer } from './harness.mjs';
import { createReplicas, judge, prepareRegistry } from './replicas.mjs';

const options = readOptions({ seconds: 3_600, faults: 150, pgbouncer: false });
const perStretch = 100;
/** A deaf connection is given up after 12 s, a statement left by its client after 15 s. */
const convergesMs = 60_000;
const chance = createRandom(options.seed);
const { random, below, pick } = chance;
const hosts = [0, 1, 2];
const place = createPlace('pfaults');
// PgBouncer runs as another user, whom the embedded server does not let in.
const server = await startServer(join(place.base, 'state'), options.pgbouncer ? 'system' : 'embedded');
const sql = server.connect();
const { host, port, user, database } = server.connection;
const ends = [];
const pooler = options.pgbouncer
  ? await createPgbouncer((end) => ends.push(end), server.connection, { poolSize: 6 })
  : undefined;
const upstream = pooler ? { host: '127.0.0.1', port: pooler.port } : `${host}/.s.PGSQL.${port}`;
await prepareRegistry({ sql, url: server.url });
await createClientPack(sql);
const oracle = createOracle({ root: place.root, sql, remembers: true });
const edit = createEdits(place, chance, oracle);
const proxies = await Promise.all(hosts.map((at) => openProxy({ upstream, seed: options.seed * 10 + at })));
const replicas = await createReplicas({
  urlOf: (at) => `postgres://${user}@127.0.0.1:${proxies[at].port}/${database}`,
  rootOf: () => place.root,
});
const clients = createClients({ urlOf: () => replicas.url(below(3)), below });
const counts = { faults: 0, cuts: 0, deaf: 0, answers: 0, commits: 0, slow: 0, refused: 0, edits: 0 };
const totalsOf = { differences: 0, doubles: 0, leaders: 0, ended: 0 };
let longestMs = 0;

/** `act`, then up to `limitMs` for what it waits for; in the end everything passes again. */
async function whileAt(proxy, limitMs, act) {
  const isOver = act();
  await Promise.race([isOver, sleep(limitMs)].filter(Boolean));
  proxy.pass();
}

const isCut = (proxy) => {
  const before = proxy.faults.length;
  return (async () => {
    while (proxy.faults.length === before) await sleep(5);
  })();
};
const statements = [
  'apply_pack',
  'apply_pack',
  'apply_pack',
  'acquire_lease',
  'source_lease',
  'catalog_version',
];
const directions = ['to server', 'to client'];

const deeds = {
  cutAt: (proxy) =>
    whileAt(proxy, 2_000, () => {
      proxy.cutAt(pick(directions), 1 + below(4_000));
      return isCut(proxy);
    }),
  cutAtRandom: (proxy) =>
    whileAt(proxy, 300 + below(1_200), () => {
      proxy.cutAtRandom(6_000);
      proxy.cutAll();
    }),
  answer: (proxy) => whileAt(proxy, 2_000, () => proxy.swallowReply(pick(statements))),
  commit: (proxy) => whileAt(proxy, 2_000, () => proxy.swallowSync(pick(statements))),
  deaf: (proxy) => whileAt(proxy, 50 + below(400), () => proxy.blackHole()),
  async slow(proxy) {
    counts.slow += 1;
    await whileAt(proxy, 300 + below(900), () => proxy.delay(10 + below(200)));
  },
  async refused(proxy) {
    counts.refused += 1;
    await proxy.refuse();
    await sleep(100 + below(600));
    proxy.pass();
  },
};
/** How often each comes up; after those that leave a connection hanging a daemon waits for seconds. */
const weights = { cutAt: 34, cutAtRandom: 20, answer: 22, slow: 10, refused: 10, deaf: 3, commit: 3 };
const all = Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name));

const seen = proxies.map(() => 0);

/** Sorts what the proxies have logged since they were asked last. */
function countFaults() {
  const fresh = proxies.flatMap(({ faults }, at) => faults.slice(seen[at]));
  for (const [at, { faults }] of proxies.entries()) seen[at] = faults.length;
  for (const line of fresh) {
    if (line.includes('was swallowed')) counts.answers += 1;
    else if (line.includes('before the end')) counts.commits += 1;
    else if (line.endsWith('deaf')) counts.deaf += 1;
    else counts.cuts += 1;
  }
  const { cuts, deaf, answers, commits, slow, refused } = counts;
  counts.faults = cuts + deaf + answers + commits + slow + refused;
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
  const load = [clients.work(), repeat(change, 500)];
  const lane = async (proxy) => {
    while (counts.faults < goal) {
      await deeds[pick(all)](proxy);
      await sleep(random() ** 2 * 800);
    }
  };
  const counting = repeat(async () => countFaults(), 50);
  await Promise.all(proxies.map(lane));
  isOver = true;
  clients.rest();
  await Promise.all([...load, counting]);
}

/** Every way is open: what is wrong? */
async function rest() {
  const begunMs = performance.now();
  const found = await judge({ sql, oracle, clients, limitMs: convergesMs });
  longestMs = Math.max(longestMs, Math.round(performance.now() - begunMs));
  await Promise.all(hosts.map(replicas.isReady));
  for (const kind of ['differences', 'doubles', 'leaders']) {
    totalsOf[kind] += found[kind].length;
    for (const line of found[kind].slice(0, 10)) console.error(`after ${counts.faults} faults: ${line}`);
  }
  for (const daemon of replicas.daemons.filter((one) => one.hasExited() || one.stderr() !== '')) {
    totalsOf.ended += 1;
    console.error(`after ${counts.faults} faults a daemon ended or complained: ${daemon.stderr()}`);
  }
}

try {
  for (let edits = 0; edits < 12; edits += 1) edit();
  for (const at of hosts) replicas.start(at);
  await Promise.all(hosts.map(replicas.isReady));
  for (let goal = perStretch; ; goal += perStretch) {
    await stretch(Math.min(goal, options.faults));
    await rest();
    const isFound = Object.values(totalsOf).some((count) => count > 0);
    if (counts.faults >= options.faults || isFound || performance.now() > options.seconds * 1000) break;
  }
} finally {
  await replicas.stop();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  for (const end of ends) await end();
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
const totals = addTotals(options.resume, { ...counts, ...clients.counts, ...totalsOf }, options.seed);
const way = options.pgbouncer ? ', before PgBouncer' : '';
console.log(
  `proxy faults${way}: seed ${options.seed}, ${JSON.stringify(totals)}, converged ${longestMs} ms after the last at the latest`,
);
process.exit(Object.values(totalsOf).every((count) => count === 0) ? 0 : 1);
