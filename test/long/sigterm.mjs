// SIGTERM at random moments, from the start of the listener on, while files change and requests are in flight over connections that
// are kept: each exit is 0, in time, with the lease given back and nothing said of errors; at the end registry and disk agree.
// Needs `npm run build`. Usage: node test/long/sigterm.mjs [--rounds 200] [--seed 1] [--resume FILE]
// Null control: --signal SIGKILL ends without any of this and must be told as faults.
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOracle } from '../support/oracle.mjs';
import {
  addTotals,
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';

const options = readOptions({ rounds: 200, signal: 'SIGTERM' });
const { random, pick, chance } = createRandom(options.seed);
/** Contract of an ordered stop. */
const longestMs = 10_000;

const place = createPlace('sigterm');
const packs = ['alpha', 'beta', 'gamma'];
for (const pack of packs) place.save(`${pack}/pack.yaml`, `ref: ${pack}\nversion: 1.0.0\n`);
const edit = () => {
  const path = `${pick(packs)}/workflows/w${Math.floor(random() * 12)}.yaml`;
  const good = `label: L ${Math.floor(random() * 1e6)}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;
  place.save(path, chance(0.85) ? good : 'version: 1.0\ntasks: nothing\n');
};
for (let count = 0; count < 30; count += 1) edit();

const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const start = () =>
  startDaemon({
    root: place.root,
    url: server.url,
    args: ['--http', '127.0.0.1:0', '--rescan-s', '1', '--log-level', 'info'],
  });

const linesOf = (daemon) =>
  daemon
    .stderr()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return { level: 'text', msg: line };
      }
    });

/** Keeps one request in flight until told otherwise; what comes of it does not matter. */
function keepAsking(url, path, agent, isOver) {
  get(`${url}${path}`, { agent }, (answer) => {
    answer.on('error', () => undefined).on('close', () => setTimeout(next, 2));
    answer.resume();
  }).on('error', () => setTimeout(next, 20));
  function next() {
    if (!isOver()) keepAsking(url, path, agent, isOver);
  }
}

async function playRound() {
  const daemon = start();
  const agent = new Agent({ keepAlive: true });
  let isOver = false;
  const editing = (async () => {
    while (!isOver) {
      edit();
      await sleep(random() * 30);
    }
  })();
  try {
    const { url } = await until(
      'the listener is open',
      () => daemon.hasExited() || linesOf(daemon).find(({ msg }) => msg === 'packwatch is running'),
    );
    for (const path of ['/livez', '/api/v1/workflows', '/api/v1/status', '/metrics'])
      keepAsking(url, path, agent, () => isOver);
    await sleep(random() * 600);
    const begunMs = performance.now();
    daemon.kill(options.signal);
    const ended = await Promise.race([daemon.exited, sleep(2 * longestMs, undefined, { ref: false })]);
    return { tookMs: performance.now() - begunMs, faults: await faultsOf(daemon, ended, begunMs) };
  } finally {
    isOver = true;
    daemon.kill('SIGKILL');
    agent.destroy();
    await editing;
  }
}

async function faultsOf(daemon, ended, begunMs) {
  const tookMs = performance.now() - begunMs;
  const faults = [];
  if (ended?.code !== 0) faults.push(`it ended with ${JSON.stringify(ended ?? 'nothing')}`);
  if (tookMs > longestMs) faults.push(`it took ${Math.round(tookMs)} ms`);
  for (const { level, msg } of linesOf(daemon))
    if (level === 'error' || level === 'text' || msg.includes('did not stop cleanly')) faults.push(msg);
  const [lease] = await sql`select holder, expires_at = '-infinity' as over from packwatch.source_lease`;
  // A stop that comes before the first lease leaves no row, or that of the round before.
  if (lease && (lease.holder !== null || !lease.over)) faults.push('the lease was not given back');
  const [left] =
    await sql`select count(*)::int as n from pg_stat_activity where application_name = 'packwatch'`;
  if (left.n > 0) {
    await until('its connections are gone', async () => {
      const [row] =
        await sql`select count(*)::int as n from pg_stat_activity where application_name = 'packwatch'`;
      return row.n === 0;
    }).catch((error) => faults.push(String(error)));
  }
  return faults;
}

const begunMs = performance.now();
const took = [];
let faulty = 0;
let found = [];
try {
  // The schema is there before the first round: what is measured is the stop.
  const first = start();
  await until('it runs', () => linesOf(first).some(({ msg }) => msg === 'leading this source'));
  await first.stop();
  for (let round = 1; round <= options.rounds; round += 1) {
    const { tookMs, faults } = await playRound();
    took.push(tookMs);
    if (faults.length > 0) faulty += 1;
    for (const fault of faults) console.error(`round ${round}: ${fault}`);
  }
  const last = start();
  found = await differencesAfter(createOracle({ root: place.root, sql }));
  await last.stop();
  for (const difference of found) console.error(difference);
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
took.sort((a, b) => a - b);
const at = (share) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0);
const totals = addTotals(
  options.resume,
  { rounds: options.rounds, faulty, differences: found.length },
  options.seed,
);
console.log(
  `sigterm: ${totals.rounds} rounds, seeds ${totals.seeds.join(' ')}, ${totals.faulty} faulty stops, ${totals.differences} differences; ` +
    `this part: a stop took ${at(0.5)} ms at the median, ${at(0.95)} ms at 95 %, ${at(1)} ms at most; ${Math.round((performance.now() - begunMs) / 1000)} s`,
);
process.exitCode = faulty + found.length === 0 ? 0 : 1;
