// What benches of a running daemon stand on: generated packs, a durable server, a registry loaded by `sync`, a daemon, and what the
// system and the daemon say of it.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { writePacks } from '../dist-bench/generate-cli.js';
import { createPlace, until } from '../test/long/harness.mjs';
import { startProbed } from '../test/long/probe.mjs';
import { createServer } from './server.mjs';

/** Jiffies of /proc/PID/stat a second; it is 100 on every Linux. */
const ticksPerSecond = 100;

/** Generated packs in a place of their own and a server with an empty database; `remove` leaves nothing of them. */
export async function createGround({ name, packs, workflows, bytes = 1900, seed }) {
  const place = createPlace(name);
  const made = await writePacks(place.root, {
    ...{ seed, packs, workflowsPerPack: workflows, bytesPerWorkflow: bytes },
  });
  const server = await createServer(join(place.base, 'state'));
  const database = await server.createDatabase();
  const clients = [];
  return {
    ...{ place, made, server, database },
    root: place.root,
    /** A client of the database, ended by `remove`. */
    connect(max = 2) {
      const sql = postgres({ ...database.connection, max, onnotice: () => undefined });
      clients.push(sql);
      return sql;
    },
    /** Milliseconds of a whole `sync` process, and what it printed. */
    sync: () => runSync(place, database.url),
    /** A daemon on the packs that is ready; `options` are those of `startProbed`. */
    daemon: (args = [], options = {}) => startProbed({ place, url: database.url, args, ...options }),
    async remove() {
      await Promise.all(clients.map((sql) => sql.end({ timeout: 2 })));
      await server.stop();
      place.remove();
    },
  };
}

function runSync(place, url) {
  const args = ['sync', place.root, '--database-url', url, '--format', 'json', '--state-dir', place.base];
  return new Promise((resolve, reject) => {
    const begunMs = performance.now();
    const child = spawn(process.execPath, ['dist/main.js', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - begunMs;
      if (code === 0) resolve({ ms, told: JSON.parse(out) });
      else reject(new Error(`sync left with ${code}`));
    });
  });
}

/** Megabytes that are resident, seconds of processor time, and inotify watches of a process. */
export function processOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
    cpuS: cpuOf(pid),
    watches: watchesOf(pid),
  };
}

/** Milliseconds that a process's first thread was ready to run and waited for a processor. */
export function waitedMs(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

/** Seconds of processor time of a server and its processes, as far as they still run. */
export function serverCpuS(pid) {
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return [pid, ...own].reduce((sum, one) => sum + cpuOf(one), 0);
}

function parentOf(pid) {
  return Number(fieldsOf(pid)?.[1]);
}

function cpuOf(pid) {
  const fields = fieldsOf(pid);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Of /proc/PID/stat, from the state on; undefined: it has ended. The name of the program may hold blanks and brackets. */
function fieldsOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** The inotify watches of a process. */
export function watchesOf(pid) {
  let count = 0;
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    try {
      count += readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // closed since it was listed
    }
  }
  return count;
}

/** Numbers of the daemon's /metrics by name, labels included; those that are not there are 0. */
export async function metricsOf(base) {
  const answer = await fetch(`${base}/metrics`, { headers: { connection: 'close' } });
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
  return (name) => values.get(name) ?? 0;
}

/** Waits until the daemon has made a full pass more, such as a rescan. */
export async function nextScan(base, limitMs = 60_000) {
  const name = 'packwatch_last_scan_timestamp_seconds';
  const before = (await metricsOf(base))(name);
  await until('a scan more', async () => (await metricsOf(base))(name) > before, limitMs, 100);
}

/** The value below which this share of them lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values) => quantile(values, 0.5);
