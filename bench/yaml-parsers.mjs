// js-yaml beside `yaml` on the same generated files in one process, and beside both what the program does with a file.
// Usage: npm run bench:build && node bench/yaml-parsers.mjs [--files 4000] [--rounds 5] [--seed 1]
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import { parse } from 'yaml';
import { checkFile } from '../dist/language/check-file.js';
import { parseDocument } from '../dist/language/parse.js';
import { generatePacks } from '../dist-bench/generate.js';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});
const files = Number(values.files);
const texts = [
  ...generatePacks({ seed: Number(values.seed), packs: Math.ceil(files / 200), workflowsPerPack: 200 }),
]
  .filter(({ path }) => path.includes('/workflows/'))
  .slice(0, files)
  .map(({ content }) => content);
const bytes = texts.map((text) => Buffer.from(text));

const ways = {
  'js-yaml load': (index) => load(texts[index]),
  'yaml parse': (index) => parse(texts[index]),
  'yaml parse, uniqueKeys off': (index) => parse(texts[index], { uniqueKeys: false }),
  'our parse (js-yaml events)': (index) => parseDocument(texts[index]),
  'our whole check of a file': (index) => checkFile('workflow', bytes[index], { strict: false }),
};
const times = new Map(Object.keys(ways).map((name) => [name, []]));
// In turns, so that a busy machine is busy for all of them; the first round warms up and does not count.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const [name, run] of Object.entries(ways)) {
    const begunMs = performance.now();
    for (let index = 0; index < texts.length; index++) run(index);
    if (round > 0) times.get(name).push(performance.now() - begunMs);
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const base = median(times.get('js-yaml load'));
const meanBytes = Math.round(bytes.reduce((sum, file) => sum + file.length, 0) / bytes.length);
process.stdout.write(`${texts.length} files of ${meanBytes} bytes, median of ${values.rounds} rounds\n`);
for (const [name, list] of times) {
  const ms = median(list);
  process.stdout.write(`${name.padEnd(28)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / base).toFixed(2)} x\n`);
}
