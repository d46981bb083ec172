// Random events on many roots, their daemons, their server and their registry, against a model of the contract: after each burst the
// registry has to become what the model holds, with its ids, histories and change log. Needs `npm run build`.
// Usage: node test/long/chaos.mjs [--steps 300] [--seed 1] [--events off] [--worlds 24] [--daemons 4] [--prune 20]
//   --events off    the daemons watch nothing: rescans find everything
//   --postgres embedded   a server that is not restarted (the system's version 15 is, every `--restarts 500` steps)
//   --limit S      seconds that each burst may take to be registered; more where the machine has other things to do
//   --resume FILE   adds the counts to those in FILE
//   --replay FILE   one world lives through the commands in FILE, as a run that failed wrote them
//   --null-control guard|pins|owners|batches   one thing is switched off: the run is good if it finds differences
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorld, isOfClient, isOfDisk, play, settleWorld, weights } from '../support/chaos/chaos.mjs';
import { heldByModes, openDoor } from '../support/confined.mjs';
import { instrument } from '../support/failpoints.mjs';
import { createClients } from './chaos-clients.mjs';
import { createDisk } from './chaos-disk.mjs';
import { carryOutPeople, forgetSource } from './chaos-people.mjs';
import {
  createChronicle,
  differencesOf,
  fleeting,
  isOf,
  linesOfRows,
  linesOfWorld,
  readAll,
} from './chaos-rows.mjs';
import {
  addTotals,
  createPlace,
  createRandom,
  project,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';

const options = readOptions({
  ...{ steps: 300, events: 'on', worlds: 24, daemons: 4, prune: 20, postgres: 'system', restarts: 500 },
  limit: 60,
  ...{ replay: undefined, 'null-control': undefined },
});
const control = options['null-control'];
const replay = options.replay && JSON.parse(readFileSync(options.replay, 'utf8'));
const { below, pick, chance, random } = createRandom(options.seed);
const place = createPlace('chaos');
const limitMs = options.limit * 1000;

/** One thing of the program taken away. */
const broken = {
  guard: { 'registry/guard.js': [/return isTooMuch \? fresh : \[\];/, 'return [];'] },
  pins: {
    'registry/plan-desired.js': [/definition\.revision !== row\.revision(?=\) \{\s+const verbs)/, 'true'],
  },
  owners: { 'registry/settle-ref.js': [/const isForeign = .*;/, 'const isForeign = false;'] },
  batches: {},
};

function programOf() {
  if (control === undefined) return 'dist/main.js';
  const edits = Object.entries(broken[control]).map(([path, [from, to]]) => [
    path,
    (text) => {
      if (!from.test(text)) throw new Error(`null control: ${path} is written otherwise now`);
      return text.replace(from, to);
    },
  ]);
  return instrument(join(place.base, 'broken'), Object.fromEntries(edits));
}

const program = programOf();
const server = await startServer(join(place.base, 'state'), options.postgres);
const sql = server.connect();
const clients = createClients(server.connection);
const ends = [];
// Who has no rights over modes cannot enter the server's own directory.
const canLock = (heldByModes ?? []).length > 0;
const url = canLock ? await openDoor(server.connection, (end) => ends.push(end)) : server.url;
// Nothing here outlives the machine; what a server that is stopped at once has acknowledged is kept all the same.
for (const name of ['fsync', 'full_page_writes']) await sql.unsafe(`alter system set ${name} = off`);
await sql`select pg_reload_conf()`;

const names = Array.from({ length: replay ? 1 : options.worlds }, (_, index) => `w${index}`);
const sites = names.map((name) => ({
  name,
  source: `root:${name}`,
  world: createWorld({ name, pruneMaxPercent: options.prune }),
  disk: createDisk(place.base, name, heldByModes !== undefined),
  chronicle: createChronicle(),
  played: [],
  burst: [],
}));
const count = replay ? 1 : options.daemons;
const groups = Array.from({ length: count }, (_, index) => ({
  sites: sites.filter((_, at) => at % count === index),
  daemon: undefined,
  /** Resolves when no root of it is about to be forgotten. */
  turn: Promise.resolve(),
}));

const counts = { steps: 0, rounds: 0, kills: 0, stops: 0, syncs: 0, restarts: 0, differences: 0 };
let since = 0;
let toldBefore = 0;
let bystanders;

function start(group) {
  const [first, ...others] = group.sites.map((site) => ({ name: site.name, root: site.disk.root }));
  group.daemon = startDaemon({
    ...{ root: first.root, name: first.name, url, program, through: heldByModes ?? [] },
    args: [
      ...others.map(({ name, root }) => `${name}=${root}`),
      '--rescan-s',
      '1',
      '--settle-ms',
      '10',
      ...watchFlags(),
    ],
    env: { PACKWATCH_PRUNE_MAX: `${options.prune}%` },
  });
}

function watchFlags() {
  return options.events === 'off' ? ['--watch', 'off'] : [];
}

/** Commands that may come together in a burst: each of another pack, none that makes another removal or newcomer of it. */
const small = [
  'edit',
  'edit',
  'comment',
  'break',
  'labelPack',
  'hide',
  'show',
  'overwrite',
  'pin',
  'unpin',
  'enable',
  'disable',
  'put',
  'put',
  'put',
];
const all = Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name));

const command = (from) => [pick(from), below(1000), below(1000), below(1000)];

/** The packs that steps are about, by directory and by ref. */
function packsOf(world, steps) {
  const dirs = steps
    .flatMap(({ path, from, to }) => [path, from, to])
    .filter(Boolean)
    .map((one) => one.split('/')[0]);
  const refs = steps.flatMap(({ ref }) => (ref ? [ref.split('.')[0]] : []));
  const rows = [...world.registered.packs].filter(
    ([ref, { dir }]) => dirs.includes(dir) || refs.includes(ref),
  );
  return new Set([...dirs, ...refs, ...rows.flatMap(([ref, { dir }]) => [ref, dir])]);
}

/** Lets the model live through a burst; returns the steps of it. */
function playBurst(site, commands, most) {
  const busy = new Set();
  site.burst = [];
  const steps = [];
  for (const one of commands) {
    if (site.burst.length === most) break;
    const trial = structuredClone(site.world);
    const more = play(trial, one);
    const packs = more && packsOf(site.world, more);
    // Clients change what is the API's while files of the same pack change: nothing of either rests on the other.
    const isAlone = most === 1 || !isOfClient(one[0]);
    if (!more || (isAlone && [...packs].some((pack) => busy.has(pack)))) continue;
    site.world = trial;
    if (isAlone) for (const pack of packs) busy.add(pack);
    site.burst.push(one);
    steps.push(...more);
  }
  settleWorld(site.world);
  site.played.push(...site.burst);
  return steps;
}

/** Commands to choose a burst from, for some find nothing to do; and how many it has at most. */
function burstOf() {
  if (replay) return [replay.slice(counts.rounds - 1, counts.rounds), 1];
  const most = chance(0.5) ? 1 : 1 + below(5);
  const from = most === 1 ? all : small;
  return [Array.from({ length: 3 * most + 3 }, () => command(from)), most];
}

/** Content that is there for a moment only: the daemon may see it or not. */
function* withFlaps(site, steps) {
  const pinned = [...site.world.registered.flows.values()]
    .filter((row) => row.pinned !== null)
    .map(({ path }) => path);
  for (const step of steps) {
    const isContent =
      step.do === 'write' && /^label: L\d$/m.test(step.text) && site.world.registered.files.has(step.path);
    if (isContent && site.burst[0]?.[0] === 'edit' && !pinned.includes(step.path) && chance(0.3))
      yield { ...step, text: step.text.replace(/^label: L\d$/m, `label: ${fleeting}`) };
    yield step;
  }
}

async function carryOut(site, steps) {
  for (const step of withFlaps(site, steps)) {
    if (site.disk.carryOut(step) || (await clients.carryOut(step))) continue;
    if (step.do === 'forget') await forget(site, step);
    else await carryOutPeople(sql, site.source, site.chronicle, step);
  }
}

/** What nobody leads is forgotten; then it is led again. */
function forget(site, step) {
  const group = groups.find((one) => one.sites.includes(site));
  group.turn = group.turn.then(async () => {
    await group.daemon.stop();
    await until('the root is forgotten', () => forgetSource(sql, site.source, step), limitMs);
    start(group);
  });
  return group.turn;
}

/** What happens to a daemon while files change. */
async function disturb(group) {
  const { daemon } = group;
  const what = daemon.hasExited() ? 1 : random();
  if (what < 0.02) {
    await sleep(random() ** 2 * 400);
    await daemon.stop('SIGKILL');
    counts.kills += 1;
    start(group);
  } else if (what < 0.03) {
    await sleep(random() ** 2 * 200);
    await daemon.stop();
    counts.stops += 1;
    start(group);
  }
}

/** Everything is looked at again, as soon as the daemon leads: before that it does so anyway, and a hang-up would end it. */
async function hangUp(group) {
  const sources = group.sites.map(({ source }) => source);
  const { pid } = group.daemon;
  const [{ led }] = await sql`
    select count(*)::integer as led from packwatch.source_lease
    where source = any(${sources}) and expires_at > now() and holder like ${`%${pid}%`}`;
  if (led === sources.length) group.daemon.kill('SIGHUP');
}

function compareAll(all) {
  const found = [];
  for (const site of sites) {
    const own = (rows) => rows.filter(isOf(site));
    const lines = differencesOf(linesOfWorld(site.world), linesOfRows(all, isOf(site)));
    if (lines.length > 0) found.push([site, lines]);
    site.own = [own(all.flows), own(all.actions)];
  }
  return found;
}

/** Versions go up, places within one have no gap, and nothing comes late. */
function followChanges(all) {
  const found = [];
  if (all.told !== toldBefore)
    found.push(`the changes up to ${since} were ${toldBefore} and are ${all.told}`);
  const byPack = new Map(sites.flatMap((site) => site.world.refs.map((ref) => [ref, site])));
  let last = { version: since, position: 0 };
  for (const change of all.changes) {
    const isNext =
      change.version === last.version ? change.position === last.position + 1 : change.position === 1;
    if (!isNext || change.version > all.version)
      found.push(`change ${change.version}.${change.position} is out of order`);
    last = change;
    byPack.get(change.pack_ref)?.chronicle.tell(change);
  }
  since = last.version;
  toldBefore += all.changes.length;
  for (const { world, chronicle, own } of sites) found.push(...chronicle.compare(world, ...own));
  return found;
}

async function compare(waitMs) {
  const deadlineMs = performance.now() + waitMs;
  let everyMs = 15;
  for (;;) {
    const all = await readAll(sql, since).catch((error) => error);
    if (!(all instanceof Error)) {
      const found = compareAll(all);
      if (found.length === 0) return followChanges(all).map((line) => [undefined, [line]]);
      if (performance.now() > deadlineMs) return found;
    } else if (performance.now() > deadlineMs) throw all;
    await sleep(everyMs);
    everyMs = Math.min(100, everyMs * 1.3);
  }
}

/** Two whole passes that began after now. */
async function barrier() {
  for (let pass = 0; pass < 2; pass += 1) {
    await sql`update packwatch.source_lease set scan_requested = scan_requested + 1`;
    const isDone = async () => {
      const [{ left }] = await sql`
        select count(*)::integer as left from packwatch.source_lease where scan_done < scan_requested`;
      return left === 0;
    };
    // A root that is away cannot be scanned: those that are there tell for all.
    if (sites.every(({ world }) => world.root === 'there'))
      await until('the scans are done', isDone, limitMs);
    else await sleep(2_500);
  }
}

function tellFailure(found) {
  for (const [site, lines] of found) {
    counts.differences += lines.length;
    for (const line of lines.slice(0, 12)) console.error(`${site?.name ?? 'all'}: ${line}`);
    if (!site || control !== undefined) continue;
    const file = `${tmpdir()}/pw-chaos-${options.seed}-${site.name}.json`;
    writeFileSync(file, JSON.stringify(site.played));
    console.error(`${site.name}: last ${JSON.stringify(site.burst)}, all ${site.played.length} in ${file}`);
  }
  if (control === undefined)
    for (const { daemon } of groups) if (daemon.stderr() !== '') console.error(daemon.stderr().slice(-3_000));
}

let restartAt = options.restarts;
async function round() {
  counts.rounds += 1;
  const bursts = sites.map((site) => [site, playBurst(site, ...burstOf())]);
  counts.steps += sites.reduce((total, { burst }) => total + burst.length, 0);
  await Promise.all(bursts.map(([site, steps]) => carryOut(site, steps)));
  await Promise.all(groups.map((group) => (replay ? undefined : disturb(group))));
  if (server.restart && counts.steps >= restartAt && !replay) {
    restartAt += options.restarts;
    counts.restarts += 1;
    await server.restart(pick(['fast', 'immediate']));
  }
  // What a client gives up is asked for by its own write.
  const isByHand = sites.some(({ burst }) => burst.some(([name]) => !isOfDisk(name) && !isOfClient(name)));
  if (options.events === 'off' || isByHand)
    for (const group of groups) await hangUp(group).catch(() => undefined);
  const found = await compare(limitMs);
  if (found.length > 0) return found;
  if (counts.rounds % 25 > 0) return [];
  await barrier();
  return compare(0);
}

const migrations = readdirSync(join(project, 'sql')).length;

async function isMigrated() {
  const [{ count }] = await sql`select count(*)::integer from packwatch.schema_migration`;
  return count === migrations && (await readAll(sql, 0).then(Boolean));
}

async function readBystanders() {
  return JSON.stringify(
    await sql`select to_jsonb(p) as pack, to_jsonb(w) as flow, w.xmin::text, p.xmin::text as pack_xmin
      from packwatch.pack p join packwatch.workflow_definition w on w.pack = p.id
      where p.ref like 'by-%' order by p.ref`,
  );
}

/** Definitions of others, which no pass has any business with. */
async function placeBystanders() {
  for (const source of ['api', 'root:elsewhere']) {
    const ref = `by-${source.replace(':', '-')}`;
    await sql`insert into packwatch.pack (ref, label, version, source) values (${ref}, 'by', '1.0.0', ${source})`;
    await carryOutPeople(sql, source, createChronicle(), { do: 'insert', ref: `${ref}.stays`, packRef: ref });
  }
  bystanders = await readBystanders();
}

const begunMs = performance.now();
try {
  for (const group of groups) start(group);
  // All of it: a column that comes later would look like a change of what belongs to others.
  await until('the schema is there', () => isMigrated().catch(() => false), limitMs);
  if (control === 'batches')
    await sql.unsafe(
      `create or replace function packwatch.settle_batches(this_source text, this_pack text) returns void language sql as ''`,
    );
  await placeBystanders();
  const length = replay ? replay.length : Number.POSITIVE_INFINITY;
  while (counts.steps < options.steps && counts.rounds < length && counts.differences === 0)
    tellFailure(await round());
  const beside = await readBystanders();
  if (beside !== bystanders)
    tellFailure([[undefined, [`what belongs to others was touched: ${bystanders} is now ${beside}`]]]);
} catch (error) {
  for (const { daemon } of groups) console.error(daemon?.stderr().slice(-3_000));
  throw error;
} finally {
  await Promise.all(groups.map(({ daemon }) => daemon?.stop()));
  await clients.close();
  await sql.end({ timeout: 2 });
  for (const end of ends) await end();
  await server.stop();
  place.remove();
}
const seconds = Math.round((performance.now() - begunMs) / 1000);
const part = `${counts.steps} steps and ${counts.rounds} rounds in ${seconds} s, events ${options.events}, seed ${options.seed}`;
if (control !== undefined) {
  console.log(`chaos, null control ${control}: ${part}, ${counts.differences} differences`);
  process.exitCode = counts.differences > 0 ? 0 : 1;
} else {
  const totals = addTotals(options.resume, counts, options.seed);
  console.log(
    `chaos: ${part}; in all ${totals.steps} steps (${totals.kills} kills, ${totals.stops} stops, ${totals.restarts} restarts of the server), ${totals.differences} differences`,
  );
  process.exitCode = counts.differences === 0 ? 0 : 1;
}
