// Two daemons on one root and one database, a pack that is always being written, and waits at either daemon for files that have just
// been saved, broken or removed: what is told as live is served, what is told as rejected was looked at, at the moment of the answer.
// Now and then the leader is killed. Needs `npm run build`. Usage: node test/long/barrier.mjs [--rounds 1000] [--seed 1] [--kill-every 250]
//   --null-control  a pass that was under way already ends a look too: the run is good if it finds answers that came too early
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createPlace,
  createRandom,
  project,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';

const options = readOptions({ rounds: 1000, 'kill-every': 250, 'null-control': false });
const isControl = options['null-control'];
const { random, pick, below } = createRandom(options.seed);
const lanes = 6;
/** Below the 10 s after which a pack that never stands still is taken as it is: no wait is for that one. */
const longestMedianMs = 5_000;

const place = createPlace('barrier');
const textOf = (x) => `version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.noop\n`;
for (const pack of ['noise', ...Array.from({ length: lanes }, (_, lane) => `lane${lane}`)])
  place.save(`${pack}/pack.yaml`, `ref: ${pack}\nversion: 1.0.0\n`);
for (let index = 0; index < 150; index += 1) place.save(`noise/workflows/w${index}.yaml`, textOf(index));

/** The program, or a copy of it in which the guard is left out. */
function programOf() {
  if (!isControl) return 'dist/main.js';
  const copy = join(place.base, 'program');
  mkdirSync(copy);
  cpSync(join(project, 'dist'), join(copy, 'dist'), { recursive: true });
  for (const name of ['sql', 'node_modules', 'package.json'])
    symlinkSync(join(project, name), join(copy, name));
  const file = join(copy, 'dist/daemon/looks.js');
  const guard = ' || report.startedAtMs < one.askedAtMs';
  const text = readFileSync(file, 'utf8');
  if (!text.includes(guard)) throw new Error('null control: the guard is written otherwise now');
  writeFileSync(file, text.replace(guard, ''));
  return join(copy, 'dist/main.js');
}

const program = programOf();
const server = await startServer(join(place.base, 'state'));
const sql = server.connect({ connection: { search_path: 'packwatch' } });
const daemons = [undefined, undefined];
const counts = { live: 0, rejected: 0, removed: 0, timeouts: 0, lost: 0, kills: 0 };
const faults = [];
const tookMs = { leader: [], standby: [] };

async function start(at) {
  const args = ['--http', '127.0.0.1:0', '--rescan-s', '3600', '--log-level', 'info'];
  const daemon = startDaemon({ root: place.root, url: server.url, args, program });
  const line = await until('the listener is open', () =>
    daemon
      .stderr()
      .split('\n')
      .find((one) => one.includes('packwatch is running')),
  );
  daemons[at] = { ...daemon, url: JSON.parse(line).url };
  await until('ready', async () => (await fetch(`${daemons[at].url}/readyz`)).status === 200);
}

const leads = async ({ url }) => {
  const { data } = await (await fetch(`${url}/api/v1/status`)).json();
  return data.roots[0].role === 'leader';
};

async function killLeader() {
  for (const [at, daemon] of daemons.entries()) {
    if (!(await leads(daemon))) continue;
    await daemon.stop('SIGKILL');
    counts.kills += 1;
    await start(at);
    return;
  }
}

/** What a lane does to its file, and what the registry has to hold then. */
function change(lane, x) {
  const path = `lane${lane}/workflows/one.yaml`;
  const kind = pick(['good', 'good', 'good', 'bad', 'removed']);
  const text = kind === 'good' ? textOf(x) : `tasks: [ # ${x}\n`;
  if (kind === 'removed') rmSync(place.at(path), { force: true });
  else place.save(path, text);
  const digest = kind === 'removed' ? 'absent' : createHash('sha256').update(text).digest('hex');
  return { path, ref: `lane${lane}.one`, kind, x, digest };
}

async function ask({ path, ref, digest, kind }) {
  const daemon = pick(daemons);
  const role = (await leads(daemon)) ? 'leader' : 'standby';
  const way = pick(kind === 'removed' ? [`path=${path}`] : [`path=${path}`, `ref=${ref}`]);
  const meant = random() < 0.5 ? `&digest=${digest}` : '';
  const begunMs = performance.now();
  const answer = await fetch(`${daemon.url}/api/v1/wait?${way}${meant}&timeout=60`);
  const { data } = await answer.json();
  if (data !== undefined) tookMs[role].push(performance.now() - begunMs);
  return { data, asked: `${way}${meant} at the ${role}` };
}

async function faultOf({ path, ref, kind, x, digest }, data) {
  const [file] = await sql`select state, digest from pack_file where path = ${path}`;
  const [row] = await sql`
    select definition -> 'vars' ->> 'x' as x from workflow_definition where ref = ${ref} and status <> 'retired'`;
  const found = {
    state: data.state,
    file: file?.digest === digest ? file.state : file && 'other',
    x: row?.x,
  };
  const wanted = {
    good: { state: 'live', file: 'valid', x: String(x) },
    bad: { state: 'rejected', file: 'invalid', x: row?.x },
    removed: { state: 'live', file: undefined, x: undefined },
  }[kind];
  return JSON.stringify(found) === JSON.stringify(wanted) ? undefined : { found, wanted };
}

let round = 0;
async function playLane(lane) {
  while (round < options.rounds) {
    round += 1;
    const done = change(lane, round);
    if (round % options['kill-every'] === 0) await killLeader();
    try {
      const { data, asked } = await ask(done);
      if (data === undefined) counts.lost += 1;
      else if (data.state === 'timeout') {
        counts.timeouts += 1;
        faults.push({ round: done.x, asked, timeout: data.reason });
      } else {
        const fault = await faultOf(done, data);
        if (fault) faults.push({ round: done.x, asked, ...fault });
        counts[done.kind === 'removed' ? 'removed' : data.state] += 1;
      }
    } catch (error) {
      // Asked of a daemon that was killed meanwhile.
      if (!(error instanceof TypeError)) throw error;
      counts.lost += 1;
    }
  }
}

let isOver = false;
async function makeNoise() {
  for (let x = 1_000_000; !isOver; x += 1) {
    place.save(`noise/workflows/w${below(150)}.yaml`, textOf(x));
    await sleep(15);
  }
}

const medianOf = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
try {
  await start(0);
  await start(1);
  const noise = makeNoise();
  await Promise.all(Array.from({ length: lanes }, (_, lane) => playLane(lane)));
  isOver = true;
  await noise;
} finally {
  isOver = true;
  await Promise.all(daemons.map((daemon) => daemon?.stop('SIGKILL')));
  await sql.end();
  await server.stop();
  place.remove();
}

const medians = [medianOf(tookMs.leader), medianOf(tookMs.standby)];
for (const fault of faults.slice(0, 10)) console.log(JSON.stringify(fault));
console.log(
  `barrier${isControl ? ', null control' : ''}: ${options.rounds} waits (${JSON.stringify(counts)}), ${faults.length} told wrong; ` +
    `median ${medians[0].toFixed(1)} ms at the leader, ${medians[1].toFixed(1)} ms at the standby`,
);
const isSound = faults.length === 0 && counts.lost <= counts.kills * lanes * 2;
const isGood = isControl ? faults.length > 0 : isSound && medians.every((ms) => ms < longestMedianMs);
process.exitCode = isGood ? 0 : 1;
