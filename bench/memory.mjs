// What a daemon takes that has nothing to do: memory after a warm restart and after a cold load, inotify watches, what a rescan of
// unchanged files and a quiet minute cost.
// Usage: npm run bench:build && node bench/memory.mjs [--size 100x40] [--rest-s 60] [--idle-s 60] [--rescans 3] [--seed 1] [--json]
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDaemon, until } from '../test/long/harness.mjs';
import { startProbed } from '../test/long/probe.mjs';
import { createGround, median, processOf, serverCpuS } from './ground.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '100x40' },
    'rest-s': { type: 'string', default: '60' },
    'idle-s': { type: 'string', default: '60' },
    rescans: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [packs, workflows] = values.size.split('x').map(Number);
const [restS, idleS, rescans, seed] = [
  ...[values['rest-s'], values['idle-s'], values.rescans, values.seed],
].map(Number);
const round = (value, digits = 0) => Number(value.toFixed(digits));

const ground = await createGround({ name: 'memory', packs, workflows, seed });

/** As it is installed: nothing preloaded that would cost something, too. Ready as soon as every definition is live. */
async function startPlain() {
  const daemon = startDaemon({ root: ground.root, url: ground.database.url });
  const sql = ground.connect(1);
  const isLoaded = async () => {
    const [row] = await sql`
      select (select count(*)::integer from packwatch.workflow_definition) as n,
        exists (select from packwatch.source_lease where holder is not null) as led`.catch(() => []);
    return row?.led === true && row.n === packs * workflows;
  };
  await until('everything is loaded', isLoaded, 900_000, 100);
  return daemon;
}

/** Megabytes and watches when it has rested; shares of a core that it and the database then take, its own rescans included. */
async function restAndIdle(daemon) {
  await sleep(restS * 1000);
  const { rssMb, watches } = processOf(daemon.pid);
  const spent = () => [processOf(daemon.pid).cpuS, serverCpuS(ground.server.pid)];
  const before = spent();
  await sleep(idleS * 1000);
  const [cpu, database] = spent().map((cpuS, at) => round((100 * (cpuS - before[at])) / idleS, 1));
  return { rss_mb: round(rssMb), watches, idle_percent: cpu, database_idle_percent: database };
}

/** Processor time of full looks that find nothing, and the longest turn of the event loop among them. */
async function rescan() {
  const { place, database } = ground;
  const daemon = await startProbed({ place, url: database.url, args: ['--rescan-s', '3600'] });
  await sleep(3000);
  daemon.watch();
  await sleep(500);
  await daemon.rest();
  const cost = [];
  const tookMs = [];
  for (let at = 0; at < rescans; at += 1) {
    const [before, begunMs] = [processOf(daemon.pid).cpuS, performance.now()];
    const answer = await fetch(`${daemon.base}/api/v1/reconcile`, { method: 'POST' });
    await answer.text();
    if (answer.status !== 200) throw new Error(`reconcile was answered with ${answer.status}`);
    cost.push(1000 * (processOf(daemon.pid).cpuS - before));
    tookMs.push(performance.now() - begunMs);
  }
  const { turnMs } = await daemon.worst();
  await daemon.stop();
  return { cpu_ms: round(median(cost)), took_ms: round(median(tookMs)), longest_turn_cpu_ms: round(turnMs) };
}

try {
  const cold = await startPlain();
  const afterCold = await restAndIdle(cold);
  await cold.stop();
  const warm = await startPlain();
  const afterWarm = await restAndIdle(warm);
  await warm.stop();
  const { files } = ground.made;
  const result = {
    ...{ size: values.size, files, directories: 1 + 3 * packs },
    ...{ warm: afterWarm, cold: afterCold },
    cold_to_warm: round(afterCold.rss_mb / afterWarm.rss_mb, 2),
    rescan: await rescan(),
  };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else
    for (const [name, value] of Object.entries(result))
      console.log(`${name.padEnd(14)} ${JSON.stringify(value)}`);
} finally {
  await ground.remove();
}
