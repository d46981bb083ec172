// What may not get worse, on a small catalogue: ratios within one run, and counts of what was done. Never seconds: a busy machine
// slows both sides, and of several rounds the best count. The limits of the ratios are those of a small load, of which the start of a process is a large part.
// Usage: npm run bench:build && node bench/gate.mjs [--packs 30] [--rounds 3]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { packs: { type: 'string', default: '30' }, rounds: { type: 'string', default: '3' } },
});
const packs = Number(values.packs);
const workflows = 40;
const args = ['bench/load.mjs', '--json', '--packs', `${packs}`, '--workflows', `${workflows}`];
const ran = spawnSync(process.execPath, [...args, '--rounds', values.rounds], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (ran.status !== 0) throw new Error(`the load left with ${ran.status}`);
const { best, counts, corpus } = JSON.parse(ran.stdout);
const started = spawnSync(process.execPath, ['bench/starts.mjs', '--json'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (started.status !== 0) throw new Error(`the starts left with ${started.status}`);
const { help, 'check of a file': checked } = JSON.parse(started.stdout);

/** A row of workflow_definition, workflow_revision and action and a file's for each workflow; actions beside; pack and manifest. */
const plain = corpus.files - packs - corpus.workflows;
const rows = corpus.workflows * 4 + plain * 2 + packs * 2;
const limits = [
  ['parsed cold', counts['parsed cold'], corpus.files, corpus.files],
  ['written cold', counts['written cold'], rows, rows],
  ['parsed warm', counts['parsed warm'], 0, 0],
  ['written warm', counts['written warm'], 0, 0],
  // Two for each pack, read and apply; the migrations, leases and what a pass asks once.
  ['transactions cold', counts['transactions cold'], 2 * packs, 2 * packs + 60],
  ['transactions warm', counts['transactions warm'], 1, 40],
  // One for each directory, and those above the root that tell when it is replaced.
  ['watches', counts.watches, counts.directories, counts.directories + 4],
  ['cold / reference cold', best.ratios['cold / reference cold'], 0, 1.2],
  ['warm / reference cold', best.ratios['warm / reference cold'], 0, 0.6],
  // Nothing is loaded before it is needed.
  ['modules for --help', help.modules, 1, 18],
  ['modules for check of a file', checked.modules, 1, 156],
  ['--help / node', help.of_node, 1, 2.5],
  ['check of a file / node', checked.of_node, 1, 8],
  ['check / reference cold', best.ratios['check / reference cold'], 0, 1],
];
let failed = 0;
for (const [name, value, least, most] of limits) {
  const isHeld = value >= least && value <= most;
  if (!isHeld) failed += 1;
  console.log(`${isHeld ? 'held    ' : 'NOT HELD'} ${name.padEnd(28)} ${value} (${least} to ${most})`);
}
console.log(`best rounds, ms: ${JSON.stringify(best.ms)}`);
if (failed > 0) {
  console.error(`${failed} not held`);
  process.exitCode = 1;
}
