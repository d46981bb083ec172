// Cold load (median of 3 up to 10,000), warm restart (of 3), edits and memory against the number of definitions, in packs of 40: as numbers
// and as a picture.
// Usage: npm run bench:build && node bench/growth.mjs [--sizes 100,1000,4000,10000,40000,100000] [--edits 30] [--rest-s 30] [--seed 1]
//   [--data bench/growth.json] [--picture bench/growth.svg] [--join]; with --join sizes of the data that are not asked for stay.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../test/long/harness.mjs';
import { createEditor, listenForCommits } from './editor.mjs';
import { createGround, median, processOf } from './ground.mjs';
import { drawPanels } from './panels.mjs';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100,1000,4000,10000,40000,100000' },
    edits: { type: 'string', default: '30' },
    'rest-s': { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string', default: 'bench/growth.json' },
    picture: { type: 'string', default: 'bench/growth.svg' },
    join: { type: 'boolean', default: false },
  },
});
const [edits, restS, seed] = [values.edits, values['rest-s'], values.seed].map(Number);
const workflowsPerPack = 40;
const warmRounds = 3;
/** Cold loads, of which the median is told: what takes long needs fewer. */
const coldRounds = (definitions) => (definitions <= 10_000 ? 3 : 1);

async function measure(definitions) {
  const packs = Math.max(1, Math.floor(definitions / workflowsPerPack));
  const workflows = Math.round(definitions / packs);
  const ground = await createGround({ name: 'growth', packs, workflows, seed });
  try {
    const sql = ground.connect(1);
    const colds = [];
    for (let round = 0; round < coldRounds(definitions); round += 1) {
      await sql.unsafe('drop schema if exists packwatch cascade');
      colds.push(await ground.sync());
    }
    const warms = [];
    for (let round = 0; round < warmRounds; round += 1) warms.push(await ground.sync());
    const secondsOf = (runs) => median(runs.map(({ ms }) => ms)) / 1000;
    const [cold] = colds;
    const [warm] = warms;
    const daemon = await ground.daemon();
    const commits = await listenForCommits(ground.connect(1));
    const editor = createEditor(ground, createRandom(seed));
    await sleep(restS * 1000);
    const { rssMb } = processOf(daemon.pid);
    const tookMs = [];
    for (let edit = 0; edit < edits; edit += 1) {
      tookMs.push(await commits.after(editor.save));
      await sleep(250);
    }
    await daemon.stop();
    return {
      definitions: packs * workflows,
      ...{ cold_s: secondsOf(colds), warm_s: secondsOf(warms), edit_ms: median(tookMs), rss_mb: rssMb },
      ...{ parsed_cold: cold.told.parsed, parsed_warm: warm.told.parsed, written_warm: warm.told.written },
    };
  } finally {
    await ground.remove();
  }
}

const points =
  values.join && existsSync(values.data) ? JSON.parse(readFileSync(values.data, 'utf8')).points : [];
for (const size of values.sizes.split(',').map(Number)) {
  const point = await measure(size);
  const others = points.filter(({ definitions }) => definitions !== point.definitions);
  points.splice(0, points.length, ...[...others, point].sort((a, b) => a.definitions - b.definitions));
  console.log(JSON.stringify(point));
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version };
  writeFileSync(values.data, `${JSON.stringify({ machine, points }, null, 2)}\n`);
  writeFileSync(
    values.picture,
    drawPanels(
      'definitions',
      points.map(({ definitions }) => definitions),
      [
        { title: 'Cold load, s', values: points.map((one) => one.cold_s) },
        { title: 'Warm restart, s', values: points.map((one) => one.warm_s) },
        { title: 'Save to live, ms', values: points.map((one) => one.edit_ms) },
        { title: 'Memory at rest, MB', values: points.map((one) => one.rss_mb) },
      ],
    ),
  );
}
