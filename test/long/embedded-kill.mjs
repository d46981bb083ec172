// Kills the starter of an embedded server with SIGKILL, again and again: at most one server is alive at any time and none
// 5 s after the last. Needs `npm run build`. Usage: node test/long/embedded-kill.mjs [--rounds 50] [--seed 1]
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPlace, createRandom, readOptions } from './harness.mjs';

const { rounds, seed } = readOptions();
const { random } = createRandom(seed);
const place = createPlace('kill');
const dir = place.base;
const stateDir = join(dir, 'state');
const dist = new URL('../../dist/', import.meta.url).pathname;
const starterFile = new URL('../embedded/starter.mjs', import.meta.url).pathname;

const read = (act) => {
  try {
    return act();
  } catch {
    return ''; // gone between the listing and the look
  }
};
const servers = () =>
  readdirSync('/proc').filter(
    (pid) =>
      read(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) === 'postgres\n' &&
      read(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(dir),
  );
// A server process names its role in its command line once it is no longer a postmaster; one that is just forked has
// a parent that is one, one that just ended has none that can be told.
const postmasters = () => {
  const all = servers();
  const parent = (pid) => /\) \S (\d+)/.exec(read(() => readFileSync(`/proc/${pid}/stat`, 'utf8')))?.[1];
  const isMain = (pid) =>
    read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).includes('cluster_name=packwatch');
  return all.filter((pid) => isMain(pid) && parent(pid) !== undefined && !all.includes(parent(pid)));
};

let most = 0;
const sampler = setInterval(() => {
  most = Math.max(most, postmasters().length);
}, 20);
let slowestMs = 0;
let adoptions = 0;
for (let round = 0; round < rounds; round++) {
  const child = spawn(process.execPath, [starterFile, dist, stateDir, 'start'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve) => {
    child.stdout.once('data', (data) => resolve(JSON.parse(String(data))));
  });
  if (line.event !== 'running') throw new Error(JSON.stringify(line));
  if (line.adopted) adoptions++;
  if (round > 0) slowestMs = Math.max(slowestMs, line.startupMs);
  // At any moment of the server's life, also right after it became ready.
  await sleep(random() * 100);
  child.kill('SIGKILL');
}
const killedMs = performance.now();
while (servers().length > 0 && performance.now() - killedMs < 10_000) await sleep(20);
const left = servers().length;
clearInterval(sampler);
place.remove();
const lastGoneMs = Math.round(performance.now() - killedMs);
process.stdout.write(`${JSON.stringify({ rounds, most, left, lastGoneMs, adoptions, slowestMs })}\n`);
process.exit(most <= 1 && left === 0 && lastGoneMs < 5_000 ? 0 : 1);
