// Random edits on a live root and `kill -9` of the daemon, half of the rounds at a random moment and half at a named failpoint; every
// ten rounds, and at the end, the registry equals the disk as another parser reads it. Needs `npm run build`.
// Usage: node test/long/daemon-kill.mjs [--rounds 50] [--seed 1] [--resume FILE] [--failpoints] [--postgres system]
//   --failpoints    every round at a failpoint
//   --throw         an error in place of the kill: the process goes on, or ends with 70 and one line that says where
//   --resume FILE   adds the counts to those in FILE, so that a long run can be had in parts
//   --null-control  the change set is written in two statements: the run is good if it finds differences
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failpointNames, instrument } from '../support/failpoints.mjs';
import { createOracle } from '../support/oracle.mjs';
import { createEdits } from './edits.mjs';
import {
  addTotals,
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
} from './harness.mjs';

const options = readOptions({ failpoints: false, throw: false, 'null-control': false, postgres: 'embedded' });
const isControl = options['null-control'];
const what = options.throw ? 'throw' : 'kill';
const chance = createRandom(options.seed);
const { random, below, pick } = chance;
const place = createPlace('dkill');
const server = await startServer(join(place.base, 'state'), options.postgres);
const sql = server.connect();
const oracle = createOracle({ root: place.root, sql, remembers: true });
const edit = createEdits(place, chance, oracle);

/** The guard switched off: files are marked as seen by one statement, what they define is written by the next. */
const splitApply = {
  'store/writer.js'(text) {
    const whole =
      'const answer = await applyPack(database, epoch, await changeSetText(database, head, plan, stageBytes));';
    if (!text.includes(whole)) throw new Error('null control: the statement is written otherwise now');
    return text.replace(
      whole,
      `const send = async (from, part) => applyPack(database, epoch, await changeSetText(database, from, part, stageBytes));
      const { source, dir, files, removedFiles, ...others } = plan;
      const nothing = Object.fromEntries(Object.entries(others).map(([name, one]) => [name, Array.isArray(one) ? [] : one]));
      let answer = {};
      let generation = head.generation;
      if (files.length + removedFiles.length > 0) {
        answer = await send(head, { source, dir, ...nothing, files, removedFiles });
        if (head.pack_ref !== null) generation = generation === null ? 1 : generation + 1;
        globalThis.packwatchFailpoint("apply.split");
      }
      if (answer.refused === undefined)
        answer = await send({ ...head, generation }, { source, dir, ...others, files: [], removedFiles: [] });`,
    );
  },
};
const sound = instrument(join(place.base, 'sound'));
const killed = isControl ? instrument(join(place.base, 'split'), splitApply) : sound;

const start = (program, failpoint) =>
  startDaemon({
    ...{ root: place.root, url: server.url, program },
    args: ['--rescan-s', '1', '--log-level', options.throw ? 'warn' : 'error'],
    env: { PACKWATCH_PRUNE_MAX: '100%', ...(failpoint ? { FAILPOINT: failpoint } : {}) },
  });

// A part is staged for change sets of megabytes only, and clients write nothing here; at 100 % the guard holds an empty root alone.
const unreached = ['stage.written', 'removals.held', 'write.decided', 'write.answered'];
const reachable = isControl ? ['apply.split'] : failpointNames.filter((name) => !unreached.includes(name));
const once = /^(watch|migrate|stop.begin|lease.(acquired|released))/;
const inStop = /^stop|released$/;
const rebuilds = /rebuil[dt]/;
/** How long a failpoint is waited for at most: a lease is renewed every 2 s, a root is found to be another one by a rescan. */
const limitMs = (name) => (/renewed|rebuil[dt]/.test(name) ? 6_000 : 3_000);

const counts = { rounds: 0, failpoints: 0, differences: 0 };
const passed = new Map();
const missed = new Map();
const complaints = [];

// The control needs a pack that stands still once it was half written.
const gapMs = isControl ? 400 : 200;

/** Edits at random gaps until the daemon is dead or its time is over. */
async function work(daemon, endMs) {
  while (!daemon.hasExited() && performance.now() < endMs) {
    edit();
    await Promise.race([daemon.exited, sleep(random() ** 2 * gapMs)]);
  }
}

const isThrownAt = (daemon, name) => daemon.stderr().includes(`failpoint ${name}`);

/** True, or what is wrong with the end of a daemon. */
function isExpected(daemon, { code, signal }, name) {
  // What is wrong with authors' files is a warning too, and none of an error.
  const isOfAuthors = (line) => line.includes('"level":"warn"') && !line.includes('"err"');
  const lines = daemon
    .stderr()
    .split('\n')
    .filter((line) => line !== '' && !isOfAuthors(line));
  const told = lines.filter((line) => line.includes(`failpoint ${name}`)).length;
  if (lines.length > told) return daemon.stderr().slice(0, 1_000);
  if (signal === 'SIGKILL') return told === 0 || options.throw ? true : 'it told of an error';
  // A stop that comes before main.js listens for signals ends the process as any other.
  if (inStop.test(name) && (code === 0 || signal === 'SIGTERM')) return true;
  return code === 70 && told === 1 ? true : `it ended with ${code ?? signal} and ${told} lines`;
}

async function round(number) {
  const atFailpoint = isControl || options.failpoints || options.throw || number % 2 === 0;
  const name = atFailpoint ? pick(reachable) : undefined;
  const daemon = start(killed, name && `${name}:${isControl || once.test(name) ? 1 : 1 + below(3)}:${what}`);
  const begunMs = performance.now();
  await work(daemon, begunMs + 300 + random() * 700);
  if (rebuilds.test(name)) place.swapRoot();
  if (inStop.test(name)) daemon.kill('SIGTERM');
  const endMs = begunMs + (name ? limitMs(name) : 0);
  await work(daemon, endMs);
  // What was not reached is one more kill at a random moment.
  const isReached = name !== undefined && (daemon.hasExited() || isThrownAt(daemon, name));
  if (!daemon.hasExited()) daemon.kill('SIGKILL');
  const ended = await daemon.exited;
  if (isReached) {
    counts.failpoints += 1;
    passed.set(name, (passed.get(name) ?? 0) + 1);
  } else if (name) missed.set(name, (missed.get(name) ?? 0) + 1);
  const complaint = isExpected(daemon, ended, name);
  if (complaint !== true) complaints.push(`round ${number} (${name}): ${complaint}`);
  // The next edit of a pack would mend what the control is about.
  for (let more = isControl ? 0 : below(4); more > 0; more -= 1) edit();
  counts.rounds += 1;
}

/** Lets a daemon with all its guards catch up with a disk that stands still. */
async function converge(number) {
  const daemon = start(sound);
  const found = await differencesAfter(oracle);
  for (const one of found) console.error(`after round ${number}: ${one}`);
  if (found.length > 0 && daemon.stderr() !== '') console.error(daemon.stderr());
  counts.differences += found.length;
  await daemon.stop();
}

try {
  for (let number = 1; number <= options.rounds; number += 1) {
    await round(number);
    if (number % 10 === 0 || isControl || number === options.rounds) await converge(number);
    if (isControl && counts.differences > 0) break;
  }
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
for (const complaint of complaints.slice(0, 20)) console.error(complaint);
for (const [what, names] of Object.entries({ reached: passed, 'not reached': missed })) {
  const list = [...names].sort().map(([name, count]) => `${name} ${count}`);
  if (list.length > 0) console.log(`failpoints ${what}: ${list.join(', ')}`);
}
const totals = addTotals(options.resume, counts, options.seed);
if (isControl) {
  console.log(
    `daemon kill, null control: ${counts.rounds} rounds, seed ${options.seed}, ${counts.differences} differences`,
  );
  process.exitCode = counts.differences > 0 ? 0 : 1;
} else {
  const seeds = totals.seeds.length === 1 ? `seed ${options.seed}` : `seeds ${totals.seeds.join(', ')}`;
  console.log(
    `daemon kill: ${totals.rounds} rounds (${totals.failpoints} at failpoints), ${seeds}, ${totals.differences} differences`,
  );
  process.exitCode = totals.differences === 0 && complaints.length === 0 ? 0 : 1;
}
