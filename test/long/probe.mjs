// A daemon with a listener that is watched from outside while it is under load: how fast it answers, how long its event loop is
// held, how much memory it takes.
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDaemon, until } from './harness.mjs';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** For `until(…).catch`: who counts what is missing afterwards goes on, yet no other failure may pass for that. */
export function ignoreLateness(error) {
  if (!error.message.startsWith('not within')) throw error;
}

/** Starts it and waits until it is ready; `profile` is a directory for a profile of its processor time. */
export async function startProbed({ place, url, args, profile }) {
  const base = `http://127.0.0.1:${await freePort()}`;
  const turnsFile = join(place.base, 'turns.json');
  const daemon = startDaemon({
    ...{ root: place.root, url },
    args: ['--http', base.slice('http://'.length), ...args],
    env: { TURNS_FILE: turnsFile },
    nodeArgs: [
      ...['--import', fileURLToPath(new URL('./turns.mjs', import.meta.url))],
      ...(profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]),
    ],
  });
  const isReady = () =>
    fetch(`${base}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until('ready', isReady, 60_000);
  return { ...daemon, base, ...observe(base, turnsFile) };
}

function observe(base, turnsFile) {
  const worst = { answerMs: 0, failed: 0, rssMb: 0, pending: 0 };
  let state = 'idle';
  // A connection that is kept open is closed by whoever was stopped for a while.
  const ask = (path) => fetch(`${base}${path}`, { headers: { connection: 'close' } });
  const probe = async () => {
    const begunMs = performance.now();
    const isFine = await ask('/livez').then(
      ({ status }) => status === 200,
      () => false,
    );
    worst.answerMs = Math.max(worst.answerMs, performance.now() - begunMs);
    if (!isFine) worst.failed += 1;
  };
  const sample = async () => {
    const text = await ask('/metrics').then((answer) => answer.text());
    const of = (name) => Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1] ?? 0);
    worst.pending = Math.max(worst.pending, of('packwatch_pending_paths'));
    worst.rssMb = Math.max(worst.rssMb, of('process_resident_memory_bytes') / 2 ** 20);
  };
  const repeat = async (act, everyMs) => {
    while (state === 'watching') {
      await act();
      await sleep(everyMs);
    }
  };
  let running = [];
  return {
    /** Begins, or goes on after `rest()`. */
    watch() {
      // What came before (the start) is not what is measured.
      if (worst.rssMb === 0) rmSync(turnsFile, { force: true });
      state = 'watching';
      running = [repeat(probe, 50), repeat(sample, 500)];
    },
    /** Nothing is asked afterwards, so the daemon may be stopped. */
    async rest() {
      state = 'idle';
      await Promise.all(running);
    },
    /** The worst so far: ms for an answer, ms of CPU in one turn, MB, pending paths, answers that failed. */
    async worst() {
      const turns = await until('the turns are told', () => {
        try {
          return JSON.parse(readFileSync(turnsFile, 'utf8'));
        } catch {
          return false; // written a few times a second
        }
      });
      return { ...worst, turnMs: turns.cpuMs, wallMs: turns.wallMs, turnAt: turns.at };
    },
  };
}
