// Thousands of files written at once under a running daemon: what it answers meanwhile, how long its event loop is held, how much
// memory it takes, and whether everything is registered. Needs `npm run build`.
// Usage: node test/long/storm.mjs [--rounds 1] [--seed 1] [--files 10000] [--packs 40] [--profile DIR]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createPlace, readOptions, startDaemon, startServer, until } from './harness.mjs';

const { rounds, seed, files, packs, profile } = readOptions({
  rounds: 1,
  files: 10_000,
  packs: 40,
  profile: undefined,
});
const maxTurnMs = 100;
const perPack = Math.ceil(files / packs);

/** In a process of its own, so that the probe is not held up. */
const writer = `
const { mkdirSync, writeFileSync } = require('node:fs');
const [root, packs, perPack, round] = process.argv.slice(1);
for (let pack = 0; pack < Number(packs); pack += 1) {
  const dir = root + '/storm' + pack;
  mkdirSync(dir + '/workflows', { recursive: true });
  writeFileSync(dir + '/pack.yaml', 'ref: storm' + pack + '\\nversion: 1.0.0\\n');
  for (let at = 0; at < Number(perPack); at += 1)
    writeFileSync(dir + '/workflows/w' + at + '.yaml',
      'label: Round ' + round + '\\nversion: 1.0.0\\ntasks:\\n  - name: only\\n    action: core.echo\\n');
}`;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const place = createPlace('storm');
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const base = `http://127.0.0.1:${await freePort()}`;
const turnsFile = join(place.base, 'turns.json');
place.save('quiet/pack.yaml', 'ref: quiet\nversion: 1.0.0\n');
const daemon = startDaemon({
  root: place.root,
  url: server.url,
  args: ['--http', base.slice('http://'.length), '--rescan-s', '5'],
  env: { TURNS_FILE: turnsFile },
  nodeArgs: [
    ...['--import', fileURLToPath(new URL('./turns.mjs', import.meta.url))],
    ...(profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]),
  ],
});

const worst = { answerMs: 0, failed: 0, lagMs: 0, rssMb: 0, pending: 0 };
let probing = true;
async function probe() {
  while (probing) {
    const begunMs = performance.now();
    const ok = await fetch(`${base}/livez`).then(
      ({ status }) => status === 200,
      () => false,
    );
    worst.answerMs = Math.max(worst.answerMs, performance.now() - begunMs);
    if (!ok) worst.failed += 1;
    await sleep(50);
  }
}
async function sample() {
  while (probing) {
    const text = await fetch(`${base}/metrics`).then((answer) => answer.text());
    const of = (name) => Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1] ?? 0);
    worst.lagMs = Math.max(worst.lagMs, of('nodejs_eventloop_lag_max_seconds') * 1000);
    worst.pending = Math.max(worst.pending, of('packwatch_pending_paths'));
    worst.rssMb = Math.max(worst.rssMb, of('process_resident_memory_bytes') / 2 ** 20);
    await sleep(500);
  }
}

let missing = 0;
try {
  await until('ready', () =>
    fetch(`${base}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  // The start is not what is measured.
  rmSync(turnsFile, { force: true });
  const probes = [probe(), sample()];
  const tookMs = [];
  for (let round = 1; round <= rounds; round += 1) {
    const label = `Round ${seed}.${round}`;
    const begunMs = performance.now();
    const child = spawn(process.execPath, ['-e', writer, place.root, packs, perPack, `${seed}.${round}`]);
    await once(child, 'exit');
    const live = async () =>
      (await sql`select count(*)::int as n from packwatch.served_workflow where label = ${label}`)[0].n;
    await until('all live', async () => (await live()) === packs * perPack, 120_000, 100).catch(
      () => undefined,
    );
    missing += packs * perPack - (await live());
    tookMs.push(Math.round(performance.now() - begunMs));
  }
  probing = false;
  await Promise.all(probes);
  const turns = JSON.parse(readFileSync(turnsFile, 'utf8'));
  const { code } = await daemon.stop();
  const [cpu, wall] = [turns.cpuMs, turns.wallMs].map(Math.round);
  console.log(
    `longest turn ended ${turns.at}; rounds took ${tookMs.join(', ')} ms; ${daemon.stderr().trim()}`,
  );
  console.log(
    `storm: ${rounds} rounds of ${packs * perPack} files, seed ${seed}, ${missing} missing, loop held ${cpu} ms of CPU` +
      ` (${wall} by the clock, lag ${Math.round(worst.lagMs)}), /livez ${Math.round(worst.answerMs)} ms at most,` +
      ` ${worst.failed} failed, rss max ${Math.round(worst.rssMb)} MB, pending max ${worst.pending}`,
  );
  process.exitCode = missing === 0 && worst.failed === 0 && code === 0 && cpu < maxTurnMs ? 0 : 1;
} finally {
  probing = false;
  daemon.kill('SIGKILL');
  await daemon.exited;
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
