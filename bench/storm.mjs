// Every file of a registered root is rewritten at once: from the last write to the last commit beside a cold load of the same files, how
// often each pack was applied (more than twice is a failure), how long the event loop was held and how promptly it answered.
// Usage: npm run bench:build && node bench/storm.mjs [--size 100x40] [--rounds 3] [--seed 1] [--json]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { until } from '../test/long/harness.mjs';
import { createGround, median } from './ground.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '100x40' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [packs, workflows] = values.size.split('x').map(Number);
const [rounds, seed] = [values.rounds, values.seed].map(Number);

/** In a process of its own, so that what is measured here is not held up. */
const writer = `
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const [root, version] = process.argv.slice(1);
for (const pack of readdirSync(root))
  for (const name of readdirSync(root + '/' + pack + '/workflows')) {
    const path = root + '/' + pack + '/workflows/' + name;
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^version: .*$/m, 'version: ' + version));
  }`;

const ground = await createGround({ name: 'storm', packs, workflows, seed });
try {
  const cold = await ground.sync();
  const sql = ground.connect();
  const commits = [];
  await sql.listen('packwatch', (text) =>
    commits.push({ pack: JSON.parse(text).pack, atMs: performance.now() }),
  );
  const daemon = await ground.daemon();
  daemon.watch();
  const tookMs = [];
  let applies = 0;
  for (let round = 1; round <= rounds; round += 1) {
    commits.length = 0;
    const version = `88.${round}.0`;
    await once(spawn(process.execPath, ['-e', writer, ground.root, version]), 'exit');
    const writtenMs = performance.now();
    const isLive = async () => {
      const [{ n }] = await sql`
        select count(*)::integer as n from packwatch.served_workflow where version = ${version}`;
      return n === packs * workflows;
    };
    await until('all are live', isLive, 600_000, 50);
    tookMs.push(Math.max(0, commits.at(-1).atMs - writtenMs));
    const counts = new Map();
    for (const { pack } of commits) counts.set(pack, (counts.get(pack) ?? 0) + 1);
    applies = Math.max(applies, ...counts.values());
  }
  await daemon.rest();
  const { turnMs, answerMs, failed } = await daemon.worst();
  await daemon.stop();
  const result = {
    ...{
      size: values.size,
      cold_ms: Math.round(cold.ms),
      last_write_to_last_commit_ms: Math.round(median(tookMs)),
    },
    ...{ ratio: Number((median(tookMs) / cold.ms).toFixed(2)), most_applies_of_a_pack: applies },
    ...{
      longest_turn_cpu_ms: Math.round(turnMs),
      slowest_livez_ms: Math.round(answerMs),
      livez_failed: failed,
    },
  };
  console.log(values.json ? JSON.stringify(result, null, 2) : JSON.stringify(result));
  // What no clock has a say in.
  process.exitCode = applies <= 2 && failed === 0 ? 0 : 1;
} finally {
  await ground.remove();
}
