// Thousands of files written at once under a running daemon: what it answers meanwhile, how long its event loop is held, how much
// memory it takes, and whether everything is registered. Needs `npm run build`.
// Usage: node test/long/storm.mjs [--rounds 1] [--seed 1] [--files 10000] [--packs 40] [--profile DIR]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createPlace, readOptions, startServer, until } from './harness.mjs';
import { ignoreLateness, startProbed } from './probe.mjs';

const { rounds, seed, files, packs, profile } = readOptions({
  ...{ rounds: 1, files: 10_000, packs: 40, profile: undefined },
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

const place = createPlace('storm');
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
place.save('quiet/pack.yaml', 'ref: quiet\nversion: 1.0.0\n');
const daemon = await startProbed({ place, url: server.url, args: ['--rescan-s', '5'], profile });

async function play(round) {
  const label = `Round ${seed}.${round}`;
  const child = spawn(process.execPath, ['-e', writer, place.root, packs, perPack, `${seed}.${round}`]);
  await once(child, 'exit');
  const live = async () =>
    (await sql`select count(*)::int as n from packwatch.served_workflow where label = ${label}`)[0].n;
  const isDone = async () => (await live()) === packs * perPack;
  await until('all live', isDone, 120_000, 100).catch(ignoreLateness);
  return packs * perPack - (await live());
}

let missing = 0;
try {
  const tookMs = [];
  daemon.watch();
  for (let round = 1; round <= rounds; round += 1) {
    const begunMs = performance.now();
    missing += await play(round);
    tookMs.push(Math.round(performance.now() - begunMs));
  }
  await daemon.rest();
  const worst = await daemon.worst();
  const { code } = await daemon.stop();
  console.log(
    `rounds took ${tookMs.join(', ')} ms; the longest turn ended at ${worst.turnAt} ${daemon.stderr()}`,
  );
  const [turn, wall, answer, rss] = [worst.turnMs, worst.wallMs, worst.answerMs, worst.rssMb].map(Math.round);
  console.log(
    `storm: ${rounds} rounds of ${packs * perPack} files in ${packs} packs, seed ${seed}, ${missing} missing, loop held` +
      ` ${turn} ms of CPU (${wall} by the clock), /livez ${answer} ms at most, ${worst.failed} failed,` +
      ` rss max ${rss} MB, pending max ${worst.pending}`,
  );
  process.exitCode = missing + worst.failed === 0 && code === 0 && turn < maxTurnMs ? 0 : 1;
} finally {
  await daemon.rest();
  await daemon.stop('SIGKILL');
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
