// What the API answers a second at 8 connections, and how fast at a constant rate over 50, beside a bare server that looks the same
// bytes up by a key; in turns, so that both have the same machine. The registry is loaded by `sync`.
// Usage: npm run bench:build && node bench/serve.mjs [--size 1000x40] [--seconds 4] [--rounds 3] [--rate 200] [--seed 1] [--json]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createRandom } from '../test/long/harness.mjs';
import { createGround, median, processOf, quantile, serverCpuS, waitedMs } from './ground.mjs';
import { askOnce, closedLoop, openLoop } from './http-load.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1000x40' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '200' },
    answers: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [packs, workflows] = values.size.split('x').map(Number);
const [seconds, rounds, rate, seed, answers] = [
  ...[values.seconds, values.rounds, values.rate, values.seed, values.answers],
].map(Number);
const base = '/api/v1/workflows';

/** Addresses of each kind: the first pages, workflows from everywhere, words as somebody would type them. */
async function pathsOf(sql, random) {
  const rows = await sql`select ref from packwatch.workflow_definition order by ref`;
  const refs = rows.map(({ ref }) => ref);
  const words = refs.flatMap((ref) => ref.split(/[._]/)).filter((word) => word.length > 4);
  return {
    list: Array.from({ length: 10 }, (_, at) => `${base}?page=${at + 1}`),
    'list of a pack': Array.from(
      { length: answers },
      () => `${base}?pack=${random.pick(refs).split('.')[0]}`,
    ),
    get: Array.from({ length: answers }, () => `${base}/${random.pick(refs)}`),
    search: [
      ...new Set(Array.from({ length: answers }, () => `${base}?q=${random.pick(words).slice(0, 4)}`)),
    ],
  };
}

/** What the daemon answers, put where the bare server finds it; and the tag of each. */
async function storeAnswers(sql, port, paths) {
  await sql.unsafe(
    'create schema bare; create table bare.answer (path text primary key, body text not null, etag text not null)',
  );
  const tags = new Map();
  for (const path of new Set(Object.values(paths).flat())) {
    const { status, text, etag } = await askOnce(port, { path });
    if (status !== 200 || etag === undefined) throw new Error(`${path} was answered with ${status}`);
    await sql`insert into bare.answer values (${path}, ${text.toString('utf8')}, ${etag})`;
    tags.set(path, etag);
  }
  await sql.unsafe('analyze bare.answer');
  return tags;
}

async function startBare(connection) {
  const child = spawn(process.execPath, ['bench/bare-server.mjs', JSON.stringify(connection)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { pid: child.pid, port: Number(String(port)), stop: () => child.kill() };
}

function requestsOf(paths, tags, random) {
  const kinds = {};
  for (const [kind, list] of Object.entries(paths)) kinds[kind] = () => ({ path: random.pick(list) });
  const known = [...paths.list, ...paths.get];
  kinds['304'] = () => {
    const path = random.pick(known);
    return { path, headers: `If-None-Match: ${tags.get(path)}\r\n` };
  };
  return kinds;
}

/** Beside what it answered, the processor time that an answer took, of the program and of the database. */
async function askMany(pid, port, next) {
  const spent = () => [processOf(pid).cpuS, serverCpuS(ground.server.pid)];
  const before = spent();
  const told = await closedLoop(port, next, { connections: 8, seconds });
  const [cpuMs, databaseMs] = spent().map((cpuS, at) => (1000 * (cpuS - before[at])) / told.answers);
  return { ...told, cpuMs, databaseMs };
}

/**
 * A constant rate over 50 connections, in turns. A busy machine shows in what is told beside the times: how late this process was,
 * and how long the asked one waited for a processor, over all answers.
 */
async function askSteadily(programs, ports, next) {
  const steady = { daemon: [], bare: [] };
  for (let round = 0; round < rounds; round += 1)
    for (const [name, list] of Object.entries(steady)) {
      const before = waitedMs(programs[name].pid);
      const options = { connections: 50, perSecond: rate, seconds: Math.max(2, (5 * seconds) / rounds) };
      const told = await openLoop(ports[name], next, options);
      list.push({ ...told, waitedMs: waitedMs(programs[name].pid) - before });
    }
  return Object.fromEntries(Object.entries(steady).map(([name, list]) => [name, steadyOf(list)]));
}

/** Of the rounds together. */
function steadyOf(list) {
  const of = (key, share) => {
    const all = list.flatMap((one) => one[key]);
    return Number(quantile(all, share).toFixed(1));
  };
  const statuses = {};
  for (const one of list)
    for (const [status, count] of Object.entries(one.statuses))
      statuses[status] = (statuses[status] ?? 0) + count;
  return {
    ...{ answers: list.reduce((sum, { tookMs }) => sum + tookMs.length, 0), median_ms: of('tookMs', 0.5) },
    ...{ p99_ms: of('tookMs', 0.99), max_ms: of('tookMs', 1), p99_of_rounds_ms: list.map(p99Of) },
    ...{ bench_late_p99_ms: of('lateMs', 0.99), p99_without_ms: of('toldMs', 0.99) },
    ...{ waited_for_cpu_ms: Math.round(list.reduce((sum, one) => sum + one.waitedMs, 0)), statuses },
  };
}

const p99Of = ({ tookMs }) => Number(quantile(tookMs, 0.99).toFixed(1));

function cpuOf(prefix, list) {
  const middle = (name) => Number(median(list.map((one) => one[name])).toFixed(2));
  return { [`${prefix}cpu_ms`]: middle('cpuMs'), [`${prefix}database_cpu_ms`]: middle('databaseMs') };
}

const ground = await createGround({ name: 'serve', packs, workflows, seed });
let bare;
let daemon;
try {
  const sql = ground.connect();
  await ground.sync();
  await sql.unsafe('vacuum analyze');
  daemon = await ground.daemon([], { profile: values.profile });
  const port = Number(new URL(daemon.base).port);
  const random = createRandom(seed);
  const paths = await pathsOf(sql, random);
  const tags = await storeAnswers(sql, port, paths);
  bare = await startBare(ground.database.connection);
  const kinds = requestsOf(paths, tags, random);
  const told = {};
  for (const [kind, next] of Object.entries(kinds)) {
    const ours = [];
    const theirs = [];
    // Code that has not run yet is slow, and not what is asked.
    for (const one of [port, bare.port])
      await closedLoop(one, next, { connections: 8, seconds: seconds / 4 });
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await askMany(daemon.pid, port, next));
      theirs.push(await askMany(bare.pid, bare.port, next));
    }
    const wanted = kind === '304' ? '304' : '200';
    for (const { statuses } of [...ours, ...theirs])
      if (Object.keys(statuses).join() !== wanted) throw new Error(`${kind}: ${JSON.stringify(statuses)}`);
    const rates = [ours, theirs].map((list) => Math.round(median(list.map(({ perSecond }) => perSecond))));
    told[kind] = {
      ...{ per_second: rates[0], bare_per_second: rates[1] },
      ratio: Number(median(ours.map(({ perSecond }, at) => perSecond / theirs[at].perSecond)).toFixed(2)),
      ...cpuOf('', ours),
      ...cpuOf('bare_', theirs),
      bytes: ours[0].bytes,
    };
    if (!values.json) console.log(`${kind.padEnd(16)} ${JSON.stringify(told[kind])}`);
  }
  const mix = Object.values(kinds);
  const steady = await askSteadily({ daemon, bare }, { daemon: port, bare: bare.port }, () =>
    random.pick(mix)(),
  );
  if (!values.json)
    for (const [name, one] of Object.entries(steady))
      console.log(`${rate}/s over 50 connections, ${name}: ${JSON.stringify(one)}`);
  if (values.json) console.log(JSON.stringify({ size: values.size, kinds: told, steady }, null, 2));
} finally {
  bare?.stop();
  await daemon?.stop();
  await ground.remove();
}
