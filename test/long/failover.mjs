// The database fails over again and again under a load of edits, clients' writes and followers: the primary is stopped or killed, its
// standby promoted; some standbys had confirmed everything, some had been cut off, so that commits are lost. After each: the registry
// equals the disk as another parser reads it, copies of executors equal what is served, who follows the changes was told all of them
// since it last began, no epoch was given to two holders, also not in what was lost, and of a standby that confirms nothing is lost
// that a client was told is written. Needs `npm run build`, and the system's PostgreSQL 15.
// Usage: node test/long/failover.mjs [--rounds 10] [--seed 1] [--seconds 0] [--rescan-s 15] [--resume FILE] [--null-control]
//   --seconds       no round is begun after them; 0: no limit
//   --rescan-s      between two rescans; 3600: events, retries and takeovers alone have to mend everything
//   --null-control  the database's histories are not told apart: good if somebody is left with what is lost, or misses something
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepCopy } from '../../docs/examples/executor.mjs';
import { createOracle } from '../support/oracle.mjs';
import { createPair } from '../support/postgres-pair.mjs';
import { createEdits } from './edits.mjs';
import { readEpochs, watchEpochs } from './epochs.mjs';
import {
  addTotals,
  createPlace,
  createRandom,
  project,
  readOptions,
  startDaemon,
  until,
} from './harness.mjs';

if (!existsSync('/usr/lib/postgresql/15/bin/pg_basebackup')) {
  process.stdout.write('failovers: skipped, there is no server of the system to fail over\n');
  process.exit(0);
}
const {
  rounds,
  seed,
  resume,
  seconds,
  'rescan-s': rescanS,
  'null-control': isControl,
} = readOptions({ rounds: 10, seconds: 0, 'rescan-s': 15, 'null-control': false });
const chance = createRandom(seed);
const { below, pick } = chance;
const place = createPlace('failover');
/** Longest time from a promotion until all is well. */
const hungMs = 25_000;
const apiRef = 'notes.counter';

const program = (path) => import(new URL(`dist/${path}`, `file://${project}`).href);
const { runGuarded } = await program('embedded/guardian.js');
const { preparePlace } = await program('embedded/place.js');
const pair = await createPair(join(place.base, 'pair'), { runGuarded, preparePlace });

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
    url: pair.url,
    // A change that no event told of may wait for a rescan, as anywhere; how many rounds did is counted. The control has none to be saved by.
    args: [
      '--http',
      `127.0.0.1:${ports[at]}`,
      '--rescan-s',
      isControl ? '3600' : `${rescanS}`,
      '--settle-ms',
      '20',
    ],
  });
const isReady = (at) =>
  fetch(`${urls[at]}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

const oracleOf = (sql) => createOracle({ root: place.root, sql, source: 'root:packs' });
const nothing = { forget: () => undefined };
const edit = createEdits(place, chance, nothing);

/** Writes a number that goes up, and people's decisions, at either daemon; `acknowledged` is the highest that was told written. */
const client = { next: 0, acknowledged: 0, writes: 0 };
const definitionOf = (n) =>
  `ref: ${apiRef}\nversion: 1.0.0\nvars:\n  n: ${n}\ntasks:\n  - name: only\n    action: core.echo\n`;
async function send(method, path, body, type = 'application/yaml') {
  const signal = AbortSignal.timeout(8_000);
  const answer = await fetch(`${pick(urls)}/api/v1${path}`, {
    ...{ method, signal },
    ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
  }).catch(() => undefined);
  await answer?.arrayBuffer().catch(() => undefined);
  return answer?.status;
}
async function writeNumber() {
  client.next += 1;
  const n = client.next;
  const body = definitionOf(n);
  let status = await send('PUT', `/workflows/${apiRef}`, body);
  if (status === 404) status = await send('POST', '/workflows', body);
  client.writes += 1;
  if (status === 200 || status === 201) client.acknowledged = n;
}
const decide = () =>
  send('POST', `/workflows/${apiRef}/${pick(['disable', 'enable', 'protect', 'unprotect'])}`);

/** Told changes since it last began; a version that is gone is a new beginning. */
function createReader() {
  const stop = new AbortController();
  const reader = { told: [], first: undefined, version: undefined, beginnings: 0 };
  const page = async () => {
    const query = reader.version === undefined ? '' : `?since=${reader.version}&wait=${below(4)}`;
    const answer = await fetch(`${pick(urls)}/api/v1/changes${query}`, {
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(8_000)]),
    });
    const body = await answer.json();
    if (answer.status === 410) {
      Object.assign(reader, { told: [], first: undefined, version: undefined });
      return;
    }
    if (answer.status !== 200) throw new Error(body.code);
    if (reader.version === undefined) reader.beginnings += 1;
    reader.first ??= body.version;
    reader.told.push(...body.data);
    reader.version = body.version;
  };
  const running = (async () => {
    while (!stop.signal.aborted) await page().catch(() => sleep(50));
  })();
  reader.stop = () => {
    stop.abort();
    return running;
  };
  return reader;
}

/** What it missed or was told wrongly, of the changes that the registry has since it began. */
function faultsOfReader({ told, first }, rows, last) {
  const name = ({ version, ref, verb }) => `${version} ${ref} ${verb}`;
  const wanted = rows.filter(({ version }) => version > first && version <= last).map(name);
  const had = told.filter(({ version }) => version <= last).map(name);
  const isSame = wanted.length === had.length && wanted.every((one, at) => had[at] === one);
  return isSame
    ? []
    : [`a follower was told ${had.length} changes since ${first} of ${wanted.length}, or others`];
}

const served = (sql) => sql`
  select ref, revision, definition -> 'vars' ->> 'n' as n from packwatch.served_workflow order by ref`;

/** Of a copy, against what is served. */
function faultsOfCopy(copy, rows) {
  const mine = new Map([...copy.workflows().values()].map(({ ref, revision }) => [ref, revision]));
  const found = rows
    .filter(({ ref, revision }) => mine.get(ref) !== revision)
    .map(({ ref }) => `a copy has another ${ref}`);
  const refs = new Set(rows.map(({ ref }) => ref));
  return [
    ...found,
    ...[...mine.keys()].filter((ref) => !refs.has(ref)).map((ref) => `a copy has ${ref} still`),
  ];
}

/** By source and epoch, over all histories. */
const holders = new Map();
async function faultsOfEpochs(sql) {
  const { faults } = await readEpochs(sql);
  const found = [...faults];
  for (const {
    source,
    epoch,
    holder,
  } of await sql`select source, epoch::text, holder from epoch_log.given`) {
    const before = holders.get(`${source} ${epoch}`);
    if (before !== undefined && before !== holder)
      found.push(`epoch ${epoch} was given to ${before} and to ${holder}`);
    holders.set(`${source} ${epoch}`, holder);
  }
  return found;
}

/** Until the condition finds nothing to complain of; what it found last. */
async function settled(find, limitMs) {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const found = await find().catch((error) => [String(error)]);
    if (found.length === 0 || performance.now() > endMs) return found;
    await sleep(40);
  }
}

async function load(forMs) {
  const endMs = performance.now() + forMs;
  const files = (async () => {
    while (performance.now() < endMs) {
      edit();
      await sleep(below(60));
    }
  })();
  const people = (async () => {
    while (performance.now() < endMs) {
      if (chance.chance(0.7)) await writeNumber();
      else await decide();
    }
  })();
  await Promise.all([files, people]);
}

const counts = {
  rounds: 0,
  lossy: 0,
  confirmed: 0,
  lostVersions: 0,
  differences: 0,
  lostWrites: 0,
  hung: 0,
  over5s: 0,
};
const complain = (what) => process.stderr.write(`round ${counts.rounds + 1}: ${what}\n`);
const tookMs = [];
let longestMs = 0;

const versionOf = async (member) =>
  Number((await member.query('select version from catalog_version'))[0].version);

const explain = (url, ref) =>
  fetch(`${url}/api/v1/explain?ref=${ref}`).then((answer) => answer.text(), String);

async function round() {
  const isConfirmed = chance.chance(0.4);
  await pair.setSynchronous(isConfirmed);
  await load(250 + below(300));
  const isLossy = !isConfirmed && chance.chance(0.8);
  if (isLossy) await pair.holdBack();
  await load(150 + below(400));
  const acknowledged = client.acknowledged;
  const before = await versionOf(pair.primary());
  const old = pair.primary().connect({ max: 1 });
  const epochFaults = await faultsOfEpochs(old);
  await old.end({ timeout: 1 });
  const during = load(below(400));
  await pair.failOver(isLossy || chance.chance(0.6) ? 'kill' : 'fast');
  const promotedMs = performance.now();
  const [kept] = await pair
    .primary()
    .query('select max(version) as version from catalog_change where version <= $1', [before]);
  counts.lostVersions += before - Number(kept.version);
  if (isLossy) counts.lossy += 1;
  if (isConfirmed) counts.confirmed += 1;
  await during;
  const quietMs = performance.now();
  const sql = pair.primary().connect({ max: 2 });
  const oracle = oracleOf(sql);
  const found = await settled(async () => {
    const differences = await oracle.differences();
    if (differences.length > 0) return differences;
    if (!(await isReady(0)) || !(await isReady(1))) return ['not ready'];
    const rows = await served(sql);
    return copies.flatMap((copy) => faultsOfCopy(copy, rows));
  }, hungMs);
  const took = performance.now() - Math.max(promotedMs, quietMs);
  tookMs.push(took);
  longestMs = Math.max(longestMs, took);
  if (took > 5_000) counts.over5s += 1;
  const [{ version: last }] = await sql`select version::float8 as version from packwatch.catalog_version`;
  const followed = await settled(async () => {
    if (!readers.every(({ version }) => version >= last)) return ['a follower is not told'];
    const rows =
      await sql`select version::float8 as version, ref, verb from packwatch.catalog_change order by version, position`;
    return readers.flatMap((reader) => faultsOfReader(reader, rows, last));
  }, 10_000);
  epochFaults.push(...(await faultsOfEpochs(sql)));
  const rows =
    await sql`select definition -> 'vars' ->> 'n' as n from packwatch.workflow_definition where ref = ${apiRef}`;
  if (isConfirmed && Number(rows[0]?.n ?? 0) < acknowledged) {
    counts.lostWrites += 1;
    complain(`${acknowledged} was told written, ${rows[0]?.n} is there`);
  }
  await sql.end({ timeout: 1 });
  const all = [...found, ...followed, ...epochFaults];
  counts.differences += all.length;
  for (const one of all.slice(0, 8)) complain(one);
  const [, ref] = /^([a-z]+\.\w+):/.exec(all[0] ?? '') ?? [];
  if (ref) for (const url of urls) complain(await explain(url, ref));
  daemons.forEach((daemon, at) => {
    if (!daemon.hasExited() && !/defect|uncaught|unhandled/.test(daemon.stderr())) return;
    counts.hung += 1;
    complain(`a daemon ended or erred: ${daemon.stderr().slice(-500)}`);
    if (daemon.hasExited()) daemons[at] = start(at);
  });
  await pair.rebuild();
}

const daemons = [];
const copies = [];
const readers = [];
try {
  // A pack that no edit takes away, for what clients write.
  place.save('notes/pack.yaml', 'ref: notes\nversion: 1.0.0\n');
  for (let edits = 0; edits < 30; edits += 1) edit();
  for (const at of [0, 1]) {
    daemons.push(start(at));
    await until(`daemon ${at} is ready`, () => isReady(at), 60_000);
  }
  const first = pair.primary().connect({ max: 1 });
  await watchEpochs(first);
  if (isControl)
    await first.unsafe(
      "create or replace function packwatch.history_of_database(this_table oid) returns text[] language sql as 'select null::text[]';" +
        "create or replace function packwatch.leave_gap(seen bigint) returns void language sql as 'select'",
    );
  await first.end({ timeout: 1 });
  copies.push(...[0, 1].map((at) => keepCopy({ urls: at === 0 ? urls : [...urls].reverse(), waitS: 4 })));
  readers.push(...[0, 1, 2].map(() => createReader()));
  const isOver = () => seconds > 0 && performance.now() > seconds * 1000;
  for (; counts.rounds < rounds && !isOver() && !(isControl && counts.differences > 0); counts.rounds += 1)
    await round();
} finally {
  await Promise.all([...copies.map((copy) => copy.stop()), ...readers.map((reader) => reader.stop())]);
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await pair.close();
  place.remove();
}
const beginnings = readers.reduce((total, reader) => total + reader.beginnings, 0);
const median = Math.round(tookMs.sort((a, b) => a - b)[tookMs.length >> 1] ?? 0);
process.stderr.write(
  `all is well ${median} ms after a promotion or the last edit at the median, ${Math.round(longestMs)} at most; ${client.writes} writes of clients, ${beginnings} beginnings of followers\n`,
);
const totals = addTotals(resume, counts, seed);
process.stdout.write(
  `failovers: ${totals.rounds} rounds, seed ${totals.seeds.join('+')}, ${totals.lossy} that lost ${totals.lostVersions} versions, ${totals.confirmed} confirmed, ${totals.differences} differences, ${totals.lostWrites} confirmed writes lost, ${totals.hung} harmed, ${totals.over5s} over 5 s\n`,
);
const isSound = counts.differences + counts.lostWrites + counts.hung === 0;
process.exitCode = isSound !== isControl && counts.rounds > 0 ? 0 : 1;
