// What the long scripts share: seeded chance, a place on disk, a server, daemons as processes, waiting, and sums over parts.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import postgres from 'postgres';

/** The project's directory; daemons run in it. */
export const project = fileURLToPath(new URL('../../', import.meta.url));
const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const systemPrograms = '/usr/lib/postgresql/15/bin';

/**
 * Command line of a long script: `--rounds`, `--seed`, `--resume FILE`, and whatever `more` names; a default of `false` makes
 * a switch, a number a number.
 */
export function readOptions(more = {}) {
  const defaults = { rounds: 50, seed: 1, resume: undefined, ...more };
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: value === false ? 'boolean' : 'string' }]),
  );
  const { values } = parseArgs({ options });
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const given = values[name] ?? value;
      return [name, typeof value === 'number' ? Number(given) : given];
    }),
  );
}

/** Chance that can be had again (mulberry32). */
export function createRandom(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    /** 0 ≤ x < 1. */
    random,
    /** A whole number below `limit`. */
    below: (limit) => Math.floor(random() * limit),
    pick: (list) => list[Math.floor(random() * list.length)],
    chance: (share) => random() < share,
  };
}

/** A directory of the script's own with an empty root and, on the same file system, a place that nobody watches. */
export function createPlace(name) {
  const base = mkdtempSync(join(tmpdir(), `pw-${name}-`));
  // A server of root's runs as another user and has to pass.
  chmodSync(base, 0o755);
  const root = join(base, 'packs');
  const outside = join(base, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  let count = 0;
  return {
    base,
    root,
    outside,
    at: (path) => join(root, path),
    /** Writes outside and renames over, as editors do; makes the directories. */
    save(path, text) {
      count += 1;
      const temporary = join(outside, `t${count}`);
      writeFileSync(temporary, text);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      renameSync(temporary, join(root, path));
    },
    /** The root is another directory with the same content now, as after a new checkout. */
    swapRoot() {
      count += 1;
      const fresh = join(outside, `root${count}`);
      cpSync(root, fresh, { recursive: true });
      renameSync(root, join(outside, `old${count}`));
      renameSync(fresh, root);
    },
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
}

/**
 * A durable server in `dir`: `embedded`, or `system` for the machine's own version 15. It ends with this process at the
 * latest. `connect` gives a client of its own; `url` is what a daemon is started with. `network`: `{ address, subnet }`, where the
 * system's server listens besides, and to whom.
 */
export async function startServer(dir, kind = 'embedded', network = undefined) {
  const server = kind === 'system' ? await startSystem(dir, network) : await startEmbedded(dir);
  const { host, port, user, database } = server.connection;
  const url = `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const connect = (options = {}) =>
    postgres({ ...server.connection, max: 2, onnotice: () => undefined, ...options });
  return { kind, url, connect, ...server };
}

async function startEmbedded(dir) {
  const { startEmbedded: start } = await dist('embedded/start.js');
  const server = await start({ stateDir: dir });
  return { connection: server.connection, pid: server.pid, stop: () => server.stop() };
}

/** `restart` stops the server as told (`immediate` is a crash) and starts it again on the same data. */
async function startSystem(dir, network) {
  const { runGuarded } = await dist('embedded/guardian.js');
  const { preparePlace } = await dist('embedded/place.js');
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const place = await preparePlace(dir);
  const log = await open(join(dir, 'server.log'), 'a', 0o600);
  const init = [
    'initdb',
    '-D',
    place.dataDir,
    '-U',
    'packwatch',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
  ];
  const run = (directory, [program, ...rest]) =>
    runGuarded(place, directory, [join(systemPrograms, program), ...rest], log.fd);
  const made = await run(place.homeDir, [...init, '--no-instructions']);
  if ((await made.exited) !== 0) throw new Error(readFileSync(join(dir, 'server.log'), 'utf8').slice(-2000));
  const hosts = join(place.dataDir, 'pg_hba.conf');
  if (network) writeFileSync(hosts, `host all all ${network.subnet} trust\n`, { flag: 'a' });
  const settings = [
    `listen_addresses=${network?.address ?? ''}`,
    `unix_socket_directories=${place.homeDir}`,
    'timezone=UTC',
  ];
  const connection = { host: place.homeDir, port: 5432, user: 'packwatch', database: 'postgres' };
  const begin = async () => {
    const guardian = await run(place.dataDir, [
      ...['postgres', '-D', place.dataDir],
      ...settings.flatMap((setting) => ['-c', setting]),
    ]);
    guardian.letGo();
    await until('the server answers', () => doesAnswer(connection), 30_000);
    return guardian;
  };
  let guardian = await begin();
  return {
    connection,
    dataDir: place.dataDir,
    async restart(mode = 'fast') {
      const stopped = await run(place.dataDir, ['pg_ctl', 'stop', '-D', place.dataDir, '-m', mode, '-w']);
      await stopped.exited;
      guardian = await begin();
    },
    async stop() {
      await guardian.end();
      await log.close();
    },
  };
}

async function doesAnswer(connection) {
  const sql = postgres({ ...connection, max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false; // not up yet
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const alive = new Set();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * A daemon on one root, from dist/ or from a copy with failpoints: no listener, its log (level error unless `args` say otherwise) in `stderr()`.
 * `exited` resolves with `{ code, signal }`. `through` is a command that runs it in its own place and leaves it the pid.
 */
export function startDaemon({
  root,
  url,
  args = [],
  env = {},
  nodeArgs = [],
  name = 'packs',
  program = 'dist/main.js',
  through = [],
}) {
  const fixed = ['--http', 'off', '--database-url', url, '--log-level', 'error'];
  const given = new Set(args);
  const defaults = fixed.flatMap((flag, at) =>
    at % 2 === 0 && !given.has(flag) ? [flag, fixed[at + 1]] : [],
  );
  const all = [...nodeArgs, program, 'run', `${name}=${root}`, ...defaults, ...args];
  const [command, ...rest] = [...through, process.execPath, ...all];
  const child = spawn(command, rest, {
    cwd: project,
    // What is removed here is meant; the guard has proofs of its own, which say their own limit.
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
      ...{ PACKWATCH_PRUNE_MAX: '100%', ...env },
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  alive.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-100_000);
  });
  let ended;
  const exited = new Promise((resolve) => {
    child.once('close', (code, signal) => {
      alive.delete(child);
      ended = { code, signal };
      resolve(ended);
    });
  });
  return {
    pid: child.pid,
    exited,
    hasExited: () => ended !== undefined,
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

/** Polls until the condition gives something; fails after `limitMs`. */
export async function until(what, condition, limitMs = 20_000, everyMs = 20) {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > deadlineMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(everyMs);
  }
}

/** Waits until the oracle finds nothing, at most `limitMs`; returns what it found last. */
export async function differencesAfter(oracle, limitMs = 20_000) {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    // Before the first start has made the schema there is nothing to read.
    const found = await oracle.differences().catch((error) => [error.stack]);
    if (found.length === 0 || performance.now() > deadlineMs) return found;
    await sleep(50);
  }
}

/**
 * Adds a part's counts to those of the file, so that parts of a long run add up; without a file the part alone.
 * `seeds` lists every part's.
 */
export function addTotals(file, part, seed) {
  let before = {};
  try {
    before = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const totals = { ...before, seeds: [...(before.seeds ?? []), seed] };
  for (const [name, count] of Object.entries(part)) totals[name] = (before[name] ?? 0) + count;
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(totals)}\n`);
  return totals;
}
