// Packs that are made while the daemon is opening its watches and other programs keep every core busy: a directory, a moment later
// its files, each written beside and renamed. Rescans are an hour apart, so only events and the looks after them can find them.
// Needs `npm run build`. Usage: node test/long/race.mjs [--rounds 300] [--seed 1]
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOracle } from '../support/oracle.mjs';
import {
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
} from './harness.mjs';

const { rounds, seed } = readOptions({ rounds: 300 });
const { random } = createRandom(seed);
const place = createPlace('race');
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const flow = (x) => `version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.noop\n`;
const busy = Array.from({ length: 2 * availableParallelism() }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
);
const daemon = startDaemon({
  ...{ root: place.root, url: server.url },
  args: ['--rescan-s', '3600', '--watch', 'events', '--settle-ms', '5'],
});
let found = [];
try {
  for (let round = 0; round < rounds; round += 1) {
    const pack = `p${round}`;
    mkdirSync(place.at(`${pack}/workflows`), { recursive: true });
    await sleep(random() * 20);
    place.save(`${pack}/pack.yaml`, `ref: ${pack}\nversion: 1.0.0\n`);
    for (let at = 0; at < 3; at += 1) {
      await sleep(random() ** 3 * 40);
      place.save(`${pack}/workflows/w${at}.yaml`, flow(round));
    }
  }
  found = await differencesAfter(createOracle({ root: place.root, sql }), 120_000);
  daemon.kill('SIGTERM');
  const { code } = await daemon.exited;
  for (const line of found.slice(0, 10)) console.error(line);
  console.log(
    `race: ${rounds} packs under ${busy.length} busy processes, seed ${seed}, ${found.length} differences`,
  );
  process.exitCode = found.length === 0 && code === 0 ? 0 : 1;
} finally {
  for (const child of busy) child.kill('SIGKILL');
  daemon.kill('SIGKILL');
  await daemon.exited;
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
