// What daemons cost the database and each other: so many at once, each with packs of its own, or all on the same ones, of which one
// leads. Idle they renew leases and listen; then files are saved one after the other, each until it is told as live.
// Usage: npm run build && node bench/replicas.mjs [--daemons 1,5,20] [--packs 10] [--files 10] [--edits 40] [--seconds 10]
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createPlace, startDaemon, startServer, until } from '../test/long/harness.mjs';

const { values } = parseArgs({
  options: {
    daemons: { type: 'string', default: '1,5,20' },
    packs: { type: 'string', default: '10' },
    files: { type: 'string', default: '10' },
    edits: { type: 'string', default: '40' },
    seconds: { type: 'string', default: '10' },
  },
});
const counts = values.daemons.split(',').map(Number);
const [packs, files, edits, seconds] = ['packs', 'files', 'edits', 'seconds'].map((name) =>
  Number(values[name]),
);
const place = createPlace('replicas');
const tickMs = 10;
let saved = 0;

try {
  for (const count of counts)
    for (const isShared of count > 1 ? [false, true] : [false]) await measure(count, isShared);
} finally {
  place.remove();
}

/** One server, `count` daemons: each on a root of its own, or all on one. */
async function measure(count, isShared) {
  const base = join(place.base, `${isShared ? 'shared' : 'own'}-${count}`);
  const server = await startServer(join(base, 'server'), 'system');
  const daemons = [];
  try {
    await allowConnections(server);
    const roots = Array.from({ length: isShared ? 1 : count }, (_, index) => fillRoot(base, index));
    for (let index = 0; index < count; index += 1) {
      const { root, name } = roots[index % roots.length];
      daemons.push(startDaemon({ root, name, url: server.url }));
    }
    const sql = server.connect();
    const expected = roots.length * packs * files;
    await until('everything is registered', () => isRegistered(sql, expected), 300_000, 200);
    // What an idle connection has done is told ten seconds later.
    await sleep(12_000);
    const idle = await idleCost(sql, server, daemons);
    const live = await saveAll(server, roots);
    const [{ connections }] = await sql`
      select count(*)::integer as connections from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
    process.stdout.write(
      `${JSON.stringify({
        ...{ daemons: count, roots: roots.length, definitions: expected, connections, ...idle },
        ...{ liveMs: live, cores: cpus().length, load: loadavg()[0]?.toFixed(1) },
      })}\n`,
    );
    await sql.end();
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL')));
    await server.stop();
  }
}

/** Each daemon has up to eight; 100 would do for a dozen. */
async function allowConnections(server) {
  const sql = server.connect({ max: 1 });
  await sql`alter system set max_connections = 400`;
  await sql.end();
  await server.restart();
}

function fillRoot(base, index) {
  const root = join(base, `r${index}`);
  for (let pack = 0; pack < packs; pack += 1) {
    const dir = join(root, `p${index}_${pack}`);
    mkdirSync(join(dir, 'workflows'), { recursive: true });
    writeFileSync(join(dir, 'pack.yaml'), `ref: p${index}_${pack}\nversion: 1.0.0\n`);
    for (let file = 0; file < files; file += 1)
      writeFileSync(join(dir, 'workflows', `w${file}.yaml`), workflow(0));
  }
  return { root, name: `r${index}`, index };
}

function workflow(label) {
  return `label: L${label}\nversion: 1.0.0\ntasks:\n  - name: one\n    action: core.noop\n    input:\n      x: ${label}\n`;
}

async function isRegistered(sql, expected) {
  // Before the first daemon has made the schema there is nothing to read.
  const [row] = await sql`select count(*)::integer as found from packwatch.served_workflow`.catch(() => []);
  return row?.found === expected;
}

/** Statements a second at the server, and the share of a core that the server and the daemons take, while nothing happens. */
async function idleCost(sql, server, daemons) {
  const read = async () => {
    const [{ n }] =
      await sql`select xact_commit::integer as n from pg_stat_database where datname = current_database()`;
    return {
      atMs: performance.now(),
      statements: n,
      server: ticksOf(processesBelow(postmaster(server))),
      daemons: ticksOf(daemons.map(({ pid }) => pid)),
    };
  };
  const before = await read();
  await sleep(seconds * 1000);
  const after = await read();
  const tookMs = after.atMs - before.atMs;
  const share = (name) => Math.round((1000 * tickMs * (after[name] - before[name])) / tookMs) / 10;
  return {
    statementsPerSecond: Math.round((10_000 * (after.statements - before.statements)) / tookMs) / 10,
    serverPercent: share('server'),
    daemonsPercent: share('daemons'),
    daemonMegabytes: median(daemons.map(({ pid }) => residentMegabytes(pid))),
  };
}

/** Saves one file after the other, anywhere; until what each brought is told. */
async function saveAll(server, roots) {
  const listener = server.connect({ max: 1 });
  let told = () => undefined;
  await listener.listen('packwatch', (payload) => told(JSON.parse(payload).pack));
  const tookMs = [];
  for (let edit = 0; edit < edits; edit += 1) {
    saved += 1;
    const { root, index } = roots[edit % roots.length];
    const pack = `p${index}_${edit % packs}`;
    const isLive = new Promise((resolve) => {
      told = (name) => name === pack && resolve();
    });
    const temporary = join(place.outside, 'next.yaml');
    writeFileSync(temporary, workflow(saved));
    renameSync(temporary, join(root, pack, 'workflows', `w${edit % files}.yaml`));
    const begunMs = performance.now();
    await isLive;
    tookMs.push(performance.now() - begunMs);
    await sleep(100);
  }
  await listener.end();
  tookMs.sort((a, b) => a - b);
  return { median: Math.round(median(tookMs)), most: Math.round(tookMs.at(-1)) };
}

function postmaster({ dataDir }) {
  return Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
}

function processesBelow(pid) {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(statOf(name)[1])]);
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found;
}

/** Fields of /proc/PID/stat behind the name, from the state on; nothing for a process that is gone. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return [];
    throw error;
  }
}

function ticksOf(pids) {
  return pids.reduce((sum, pid) => sum + Number(statOf(pid)[11] ?? 0) + Number(statOf(pid)[12] ?? 0), 0);
}

function residentMegabytes(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

function median(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
}
