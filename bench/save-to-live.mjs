// From the return of a writer's rename or close to the notification that the change is committed, on a daemon with nothing else to do;
// and what the stages in between took. Sizes are PACKSxWORKFLOWS, loaded before by `sync`.
// Usage: npm run bench:build && node bench/save-to-live.mjs [--sizes 100x40,1000x40,1x4000] [--edits 200] [--pause-ms 300] [--seed 1] [--json]
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../test/long/harness.mjs';
import { createEditor, listenForCommits } from './editor.mjs';
import { createGround, metricsOf, quantile } from './ground.mjs';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100x40,1000x40,1x4000' },
    edits: { type: 'string', default: '200' },
    'pause-ms': { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const settleMs = 50;
const [edits, pauseMs, seed] = [values.edits, values['pause-ms'], values.seed].map(Number);

/** Sums of the daemon's own clock, in milliseconds: what they grow by is what one edit took. */
async function clockOf(base) {
  const read = await metricsOf(base);
  const stage = (name) => 1000 * read(`packwatch_pass_duration_seconds_sum{stage="${name}"}`);
  const live = 1000 * read('packwatch_save_to_live_seconds_sum');
  const count = read('packwatch_save_to_live_seconds_count');
  const [total, scan, load, check, plan, apply] = ['total', 'scan', 'load', 'check', 'plan', 'apply'].map(
    stage,
  );
  const scannedMs = 1000 * read('packwatch_last_scan_timestamp_seconds');
  return { live, count, total, scan, load, check, plan, apply, scannedMs };
}

/** Of one edit: what the stages took. Undefined: another pass fell among them, such as a rescan. */
function stagesOf(before, after, tookMs) {
  if (after.count !== before.count + 1) return undefined;
  const took = Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]));
  const { live, total, scan, load, check, plan, apply } = took;
  const waited = live - total - settleMs;
  const rest = total - scan - load - check - plan - apply;
  return { event: tookMs - live, waited, scan, load, check, plan, apply, rest };
}

/** What tells why an edit was slow: its stages, and whether a rescan ended since the edit before; those of a rescan are among them then. */
function tracedOf(before, after, overMs, at) {
  const took = Object.entries(after).map(([name, value]) => [
    name,
    Number((value - before[name]).toFixed(1)),
  ]);
  const { live, count, scannedMs, ...stages } = Object.fromEntries(took);
  return {
    at,
    over_settle_ms: Number(overMs.toFixed(1)),
    rescan: scannedMs > 0,
    commits: count,
    live,
    ...stages,
  };
}

async function measure(size) {
  const [packs, workflows] = size.split('x').map(Number);
  const ground = await createGround({ name: 'saves', packs, workflows, seed });
  try {
    await ground.sync();
    const commits = await listenForCommits(ground.connect(1));
    const daemon = await ground.daemon(['--settle-ms', String(settleMs)], { profile: values.profile });
    const editor = createEditor(ground, createRandom(seed));
    // What was written a moment ago is read again at each look until it is two seconds old.
    await sleep(5000);
    const tookMs = [];
    const stages = [];
    const traced = [];
    for (let edit = 0; edit < edits; edit += 1) {
      const before = await clockOf(daemon.base);
      const begunMs = performance.now();
      tookMs.push(await commits.after(editor.save));
      await sleep(Math.max(50, pauseMs - (performance.now() - begunMs)));
      const after = await clockOf(daemon.base);
      const one = stagesOf(before, after, tookMs.at(-1));
      if (one !== undefined) stages.push(one);
      traced.push(tracedOf(before, after, tookMs.at(-1) - settleMs, edit));
    }
    await daemon.stop();
    return { size, definitions: packs * workflows, tookMs, stages, traced };
  } finally {
    await ground.remove();
  }
}

function resultOf({ size, definitions, tookMs, stages, traced }) {
  const over = (share) => Number((quantile(tookMs, share) - settleMs).toFixed(1));
  const names = Object.keys(stages[0] ?? {});
  const trace = (share) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        Number(
          quantile(
            stages.map((one) => one[name]),
            share,
          ).toFixed(1),
        ),
      ]),
    );
  return {
    ...{ size, definitions, edits: tookMs.length },
    over_settle_ms: { median: over(0.5), p90: over(0.9), p99: over(0.99), max: over(1) },
    ...{ traced: stages.length, trace_median_ms: trace(0.5), trace_p99_ms: trace(0.99) },
    slowest: traced.toSorted((a, b) => b.over_settle_ms - a.over_settle_ms).slice(0, 5),
  };
}

const results = [];
for (const size of values.sizes.split(',')) {
  const result = resultOf(await measure(size));
  results.push(result);
  if (!values.json) {
    const { median: middle, p90, p99, max } = result.over_settle_ms;
    console.log(
      `${size}: ${result.edits} edits live settle + ${middle} ms at the median, ${p90} at 90 %, ${p99} at 99 %, ${max} at most`,
    );
    console.log(`  median of each stage, ms: ${JSON.stringify(result.trace_median_ms)}`);
    console.log(`  99 % of each stage, ms: ${JSON.stringify(result.trace_p99_ms)}`);
    for (const one of result.slowest) console.log(`  among the slowest: ${JSON.stringify(one)}`);
  }
}
if (values.json) console.log(JSON.stringify(results, null, 2));
