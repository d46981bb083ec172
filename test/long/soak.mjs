// An edit a second, good and bad, for as long as it is told, with clients that read, follow, wait and write: memory and open files of the
// daemon stay flat after the warm-up, and at the end registry and disk agree. Needs `npm run build`.
// Usage: node test/long/soak.mjs [--minutes 60] [--seed 1] [--null-control memory|files]
//
// What is measured is what is live: a collection comes before each sample (live-memory.mjs). The slope is that of least squares over
// the samples after the first fifth of the run. What is live is held to 1 MB/h in an hour; less time says less about a slope, so a
// short run is held to what it may have grown by in all.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createOracle } from '../support/oracle.mjs';
import { createEdits } from './edits.mjs';
import {
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';
import { freePort } from './probe.mjs';
import { startClients } from './soak-clients.mjs';

const options = readOptions({ minutes: 60, 'null-control': '' });
const control = options['null-control'];
const lengthMs = options.minutes * 60_000;
const sampleMs = options.minutes < 10 ? 2_000 : 10_000;
/**
 * Bytes an hour, and what may be grown by besides. Of what is resident in any run: it swings by some 30 MB between two sizes, as the
 * engine sees fit. Of the rest in a run of minutes alone: code that is compiled later, and what fills up to a limit.
 */
const limits = { heapUsed: 1e6, external: 1e6, rss: 1e6 };
const swings = { heapUsed: 0, external: 0, rss: 40e6 };
const shortRun = { heapUsed: 2.5e6, external: 0.5e6, rss: 40e6 };
const isShort = options.minutes < 55;

const chance = createRandom(options.seed);
const place = createPlace('soak');
const memoryFile = join(place.base, 'memory.jsonl');
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const oracle = createOracle({ root: place.root, sql, source: 'root:packs', remembers: true });
const edit = createEdits(place, chance, oracle);
const base = `http://127.0.0.1:${await freePort()}`;
const daemon = startDaemon({
  ...{ root: place.root, url: server.url },
  // A cache that is full before the warm-up is over: what grows up to a limit that is set is no leak.
  args: [...['--http', base.slice('http://'.length), '--rescan-s', '10'], ...['--cache-bytes', '262144']],
  nodeArgs: ['--import', fileURLToPath(new URL('./live-memory.mjs', import.meta.url))],
  env: {
    ...{ MEMORY_FILE: memoryFile, MEMORY_EVERY_MS: String(sampleMs) },
    ...(control === 'memory' ? { MEMORY_LEAK: '1000' } : {}),
    ...(control === 'files' ? { MEMORY_LEAK_FILES: '10000' } : {}),
  },
});

/** Units of `value` for each unit of `atMs`, by least squares. */
function slopeOf(samples, value) {
  const mean = (of) => samples.reduce((total, one) => total + of(one), 0) / samples.length;
  const x = mean(({ atMs }) => atMs);
  const y = mean(value);
  const over = samples.reduce((total, one) => total + (one.atMs - x) * (value(one) - y), 0);
  return over / samples.reduce((total, one) => total + (one.atMs - x) ** 2, 0);
}

function judge(samples) {
  const faults = [];
  const told = [];
  const first = samples[0].atMs;
  const warmMs = samples[samples.length - 1].atMs - first;
  const late = samples.filter(({ atMs }) => atMs - first >= warmMs / 5);
  const hours = (late[late.length - 1].atMs - late[0].atMs) / 3_600_000;
  for (const [name, limit] of Object.entries(limits)) {
    const anHour = slopeOf(late, (one) => one[name]) * 3_600_000;
    const allowed = limit + (isShort ? shortRun : swings)[name] / hours;
    told.push(
      `${name} ${(late[0][name] / 1e6).toFixed(1)} → ${(late.at(-1)[name] / 1e6).toFixed(1)} MB, ${(anHour / 1e6).toFixed(2)} MB/h`,
    );
    if (anHour > allowed)
      faults.push(`${name} grows by ${(anHour / 1e6).toFixed(2)} MB/h, over ${(allowed / 1e6).toFixed(2)}`);
  }
  const files = slopeOf(late, (one) => one.files) * 3_600_000 * hours;
  told.push(`open files ${late[0].files} → ${late.at(-1).files}, slope × time ${files.toFixed(2)}`);
  // Connections come and go; a leak goes on.
  if (files > 3) faults.push(`open files grow by ${files.toFixed(1)}`);
  return { faults, told, count: late.length, hours };
}

const readSamples = () =>
  existsSync(memoryFile)
    ? readFileSync(memoryFile, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

let edits = 0;
let faults = [];
try {
  place.save('clients/pack.yaml', 'ref: clients\nversion: 1.0.0\n');
  for (let count = 0; count < 40; count += 1) edit();
  const isReady = () =>
    fetch(`${base}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until('ready', isReady, 60_000);
  const clients = startClients({ base, chance: createRandom(options.seed + 1) });
  const begunMs = performance.now();
  while (performance.now() - begunMs < lengthMs && !daemon.hasExited()) {
    edit();
    edits += 1;
    await sleep(Math.max(0, begunMs + edits * 1_000 - performance.now()));
  }
  const calls = await clients.stop();
  const differences = await differencesAfter(oracle, 40_000);
  const { faults: grown, told, count, hours } = judge(readSamples());
  const text = await fetch(`${base}/metrics`).then((answer) => answer.text());
  const { code, signal } = await daemon.stop();
  faults = [...grown, ...differences, ...calls.faults];
  if (calls.late > calls.made / 100) faults.push(`${calls.late} requests were told to come later`);
  if (code !== 0) faults.push(`the daemon ended with ${code ?? signal}: ${daemon.stderr().slice(-2000)}`);
  console.log(
    `soak: ${options.minutes} min, seed ${options.seed}, ${edits} edits, ${calls.made} requests, ${calls.written} of them writes that were done, ${calls.late} told to come later, ${count} samples over ${hours.toFixed(2)} h: ` +
      `${told.join('; ')}; event loop p99 ${metricOf(text, 'nodejs_eventloop_lag_p99_seconds')} s; ${differences.length} differences, ${faults.length} faults`,
  );
} finally {
  daemon.kill('SIGKILL');
  await daemon.exited;
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
for (const fault of faults) console.error(fault);
const isGood = control === '' ? faults.length === 0 : faults.some((fault) => fault.includes('grow'));
process.exitCode = isGood ? 0 : 1;

function metricOf(text, name) {
  return text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1];
}
