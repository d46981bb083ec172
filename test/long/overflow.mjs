// The kernel's queue of events overflows while the daemon is stopped: noise first, then the files that matter, so that theirs are
// the events that are lost. Everything has to be registered; what is not within a rescan and five seconds of its going on is late.
// Needs `npm run build`. Usage: node test/long/overflow.mjs [--rounds 50] [--seed 1] [--files 10000] [--changed 1000]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlace, createRandom, readOptions, startServer, until } from './harness.mjs';
import { ignoreLateness, startProbed } from './probe.mjs';

const options = readOptions({ files: 10_000, changed: 1000, packs: 40, watch: 'auto', rescan: 5 });
const { rounds, seed, files, packs } = options;
const perPack = Math.ceil(files / packs);
const changed = Math.min(options.changed, packs * perPack);
const { below } = createRandom(seed);
const queueLimit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
const limitMs = (options.rescan + 5) * 1000;
/** What is not there by then will never be. */
const patienceMs = limitMs + 60_000;

const place = createPlace('overflow');
/** Path → digest of what was last written. */
const wanted = new Map();
const write = (path, label) => {
  const text = `label: ${label}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;
  writeFileSync(place.at(path), text);
  wanted.set(path, createHash('sha256').update(text).digest('hex'));
};
for (let pack = 0; pack < packs; pack += 1) {
  place.save(`over${pack}/pack.yaml`, `ref: over${pack}\nversion: 1.0.0\n`);
  mkdirSync(place.at(`over${pack}/workflows`));
  for (let at = 0; at < perPack; at += 1) write(`over${pack}/workflows/w${at}.yaml`, 'at first');
}
const paths = [...wanted.keys()];

/** More events than the queue holds. The kernel joins an event with an equal one just before it, hence the turns. */
function makeNoise() {
  for (let at = 0; at < queueLimit + 2000; at += 1)
    writeFileSync(place.at(`over${at % packs}/workflows/noise.tmp`), String(at));
}

/** Different files in each round, as many in each pack. */
function changeSome(round) {
  const first = below(paths.length);
  const step = paths.length / changed;
  for (let at = 0; at < changed; at += 1) {
    const path = paths[(first + Math.floor(at * step)) % paths.length];
    write(path, `round ${seed}.${round}`);
  }
}

const server = await startServer(join(place.base, 'state'));
const sql = server.connect();

/** Paths that are not served as they were last written. */
async function missingNow() {
  const rows =
    await sql`select source_path, file_digest from packwatch.workflow_definition where status = 'active'`;
  const served = new Map(rows.map((row) => [row.source_path, row.file_digest]));
  return paths.filter((path) => served.get(path) !== wanted.get(path));
}

async function untilNoneMissing(withinMs) {
  let missing = paths;
  const isDone = async () => {
    missing = await missingNow();
    return missing.length === 0;
  };
  await until('none missing', isDone, withinMs, 100).catch(ignoreLateness);
  return missing;
}

const daemon = await startProbed({
  ...{ place, url: server.url },
  args: ['--rescan-s', String(options.rescan), '--watch', options.watch],
});
let missing = 0;
let late = 0;
try {
  missing += (await untilNoneMissing(120_000)).length;
  daemon.watch();
  const tookMs = [];
  for (let round = 1; round <= rounds && missing === 0; round += 1) {
    await daemon.rest();
    daemon.kill('SIGSTOP');
    makeNoise();
    changeSome(round);
    daemon.kill('SIGCONT');
    const begunMs = performance.now();
    daemon.watch();
    const left = await untilNoneMissing(patienceMs);
    missing += left.length;
    if (performance.now() - begunMs > limitMs) late += 1;
    if (left.length > 0) console.error(`round ${round}: ${left.length} missing, the first ${left[0]}`);
    tookMs.push(performance.now() - begunMs);
  }
  await daemon.rest();
  const worst = await daemon.worst();
  const { code } = await daemon.stop();
  tookMs.sort((a, b) => a - b);
  const [middle = 0, last = 0] = [tookMs[tookMs.length >> 1], tookMs.at(-1)].map(Math.round);
  const [turn, answer, rss] = [worst.turnMs, worst.answerMs, worst.rssMb].map(Math.round);
  console.log(`a round took ${middle} ms in the middle, ${last} at most ${daemon.stderr()}`);
  console.log(
    `overflow: ${rounds} rounds of ${changed} changes in ${paths.length} files, seed ${seed}, ${missing} missing, ${late} rounds late,` +
      ` rss max ${rss} MB, loop max ${turn} ms of CPU, /livez ${answer} ms at most, pending max ${worst.pending}`,
  );
  process.exitCode = missing === 0 && code === 0 ? 0 : 1;
} finally {
  daemon.kill('SIGCONT');
  await daemon.rest();
  await daemon.stop('SIGKILL');
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
