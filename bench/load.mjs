// Cold load, warm restart and `check` as whole processes, beside the reference platform's way, the floor and COPY of the same rows,
// all in one run and in turns: what counts is the ratios. The server is the embedded one and durable.
// Usage: npm run bench:build && node bench/load.mjs [--packs 100] [--workflows 40] [--bytes 1900] [--rounds 5] [--reference ROUNDS]
//   [--seed 1] [--json]; --reference: in the first so many rounds the reference runs, too, 0 leaves it out. It is slow at 40,000.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writePacks } from '../dist-bench/generate-cli.js';
import { watchesOf } from './ground.mjs';
import { createServer } from './server.mjs';

const { values } = parseArgs({
  options: {
    packs: { type: 'string', default: '100' },
    workflows: { type: 'string', default: '40' },
    bytes: { type: 'string', default: '1900' },
    rounds: { type: 'string', default: '5' },
    reference: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const referenceRounds = Math.min(rounds, Number(values.reference ?? rounds));
const base = mkdtempSync(join(tmpdir(), 'pw-load-'));
const root = join(base, 'packs');
const made = await writePacks(root, {
  ...{ seed: Number(values.seed), packs: Number(values.packs) },
  ...{ workflowsPerPack: Number(values.workflows), bytesPerWorkflow: Number(values.bytes) },
});
const server = await createServer(join(base, 'state'));

/** A Node process to its end: milliseconds from its start, processor time included in what it prints, and its one JSON document. */
function runNode(args) {
  return new Promise((resolve, reject) => {
    const begunMs = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - begunMs;
      if (code === 0) resolve({ ms, told: JSON.parse(out) });
      else reject(new Error(`${args.join(' ')} left with ${code}`));
    });
  });
}

const sync = (url) => [
  ...['dist/main.js', 'sync', root, '--database-url', url, '--format', 'json'],
  ...['--state-dir', join(base, 'unused')],
];
const reference = ({ connection }) => runNode(['bench/reference.mjs', root, JSON.stringify(connection)]);
const times = new Map();
const told = new Map();
let watches = 0;
async function measure(name, run) {
  const { ms, told: document } = await run();
  times.set(name, [...(times.get(name) ?? []), ms]);
  told.set(name, document);
}

/** The inotify watches of a daemon on the loaded registry, once they are set; they are only counted where the system tells them. */
async function countWatches({ url }) {
  const flags = [
    '--database-url',
    url,
    '--state-dir',
    join(base, 'unused'),
    '--http',
    'off',
    '--log-level',
    'warn',
  ];
  const daemon = spawn(process.execPath, ['dist/main.js', 'run', root, ...flags], { stdio: 'inherit' });
  const ended = new Promise((resolve) => daemon.on('close', resolve));
  let before = 0;
  try {
    for (let rounds = 0; rounds < 40; rounds += 1) {
      await sleep(500);
      const now = watchesOf(daemon.pid);
      if (now > 0 && now === before) break;
      before = now;
    }
  } finally {
    daemon.kill();
    await ended;
  }
  return before;
}

const directories =
  1 +
  readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory()).length;

/** The same, with the transactions that the database ran for it: each of our statements is one. */
async function counted({ transactions }, run) {
  const before = await transactions();
  const { ms, told: document } = await run();
  return { ms, told: { ...document, transactions: (await transactions()) - before } };
}

const medianOf = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
try {
  for (let round = 0; round < rounds; round += 1) {
    const ours = await server.createDatabase();
    const theirs = round < referenceRounds ? await server.createReference() : undefined;
    if (theirs) await measure('reference cold', () => reference(theirs));
    await measure('cold', () => counted(ours, () => runNode(sync(ours.url))));
    if (theirs) await measure('reference again', () => reference(theirs));
    await measure('warm', () => counted(ours, () => runNode(sync(ours.url))));
    await measure('floor', () => runNode(['bench/floor.mjs', root]));
    await measure('copy', () => server.copyRows(ours));
    await measure('check', () => runNode(['dist/main.js', 'check', root, '--format', 'json']));
    if (round === rounds - 1) watches = await countWatches(ours);
    await ours.drop();
    await theirs?.drop();
  }
} finally {
  await server.stop();
  rmSync(base, { recursive: true, force: true });
}

const median = Object.fromEntries([...times].map(([name, list]) => [name, Math.round(medianOf(list))]));
const least = Object.fromEntries([...times].map(([name, list]) => [name, Math.round(Math.min(...list))]));
const cold = told.get('cold');
const warm = told.get('warm');
const results = {
  machine: { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version },
  corpus: { ...made, packs: Number(values.packs), bytes_per_workflow: Number(values.bytes) },
  rounds,
  median_ms: median,
  ratios: ratiosOf(median),
  /** Of the best rounds: what others do on the machine is in these the least. */
  best: { ms: least, ratios: ratiosOf(least) },
  counts: {
    'parsed cold': cold.parsed,
    'written cold': cold.written,
    'parsed warm': warm.parsed,
    'written warm': warm.written,
    'transactions cold': cold.transactions,
    'transactions warm': warm.transactions,
    watches,
    directories,
    ...(referenceRounds > 0 && { 'statements of the reference': told.get('reference cold').statements }),
  },
  stages: { cold: cold.stages, warm: warm.stages },
};

/** Of what was measured. */
function ratiosOf(ms) {
  const ratio = (above, below) => [`${above} / ${below}`, Number((ms[above] / ms[below]).toFixed(3))];
  return Object.fromEntries([
    ...(referenceRounds > 0 ? ['cold', 'warm', 'check'] : []).map((name) => ratio(name, 'reference cold')),
    ...[ratio('cold', 'floor'), ratio('cold', 'copy')],
  ]);
}

if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
else {
  const { machine, corpus } = results;
  console.log(
    `${corpus.workflows} workflows in ${corpus.packs} packs, ${corpus.files} files, ${corpus.bytes} bytes`,
  );
  console.log(
    `${machine.cores} cores, ${machine.model}, Node ${machine.node}; median of ${rounds} rounds, whole processes`,
  );
  for (const [name, ms] of Object.entries(median))
    console.log(`  ${name.padEnd(28)} ${String(ms).padStart(7)} ms`);
  for (const part of ['ratios', 'counts'])
    for (const [name, value] of Object.entries(results[part]))
      console.log(`  ${name.padEnd(28)} ${String(value).padStart(7)}`);
  for (const [name, stages] of Object.entries(results.stages))
    console.log(`  stages ${name}: ${JSON.stringify(stages)}`);
}
