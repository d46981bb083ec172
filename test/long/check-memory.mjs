// Edits of a day, good and bad, through checker and parse cache as the loader has them: the heap stays flat, and no check holds
// the event loop for 100 ms. Usage: npm run build && node test/long/check-memory.mjs [--rounds 50000] [--seed 1]
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createChecker } from '../../dist/load/checker.js';
import { createParseCache } from '../../dist/load/parse-cache.js';
import { createRandom } from '../support/yaml-edits.mjs';
import { createTexts } from '../support/yaml-texts.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '1' },
    // Keeps every result, which must show.
    leak: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const limitMs = 100;
const limitMb = 5;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const random = createRandom(Number(values.seed));
const texts = createTexts(random);
const packs = new URL('../../packs/', import.meta.url);
const workflows = readdirSync(packs, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.includes('workflows/') && path.endsWith('.yaml'))
  .sort()
  .map((path) => readFileSync(new URL(path, packs), 'utf8'));

/** A text nobody has seen before: a good edit, a new template, a bad edit, made-up YAML, and now and then a large file. */
function edit(round) {
  const text = workflows[random(workflows.length)];
  const kind = random(10);
  const added = `# edit ${round}\nvars: { edit_${round}: "{{ parameters.p${round} + ${round} }}" }\n`;
  if (round % 500 === 499) return `# edit ${round}\n${'# filler\n'.repeat(8_000)}${text}`;
  if (kind < 4) return `# edit ${round}\n${text.replace(/^version: .*$/m, `version: 1.0.${round}`)}`;
  if (kind < 6) return text.includes('\nvars:') ? `# edit ${round}\n${text}` : added + text;
  if (kind < 8) return `${text}edit_${round}: [\n`;
  return `# edit ${round}\n${texts.next()}`;
}

// Full after the warm-up, or it would go on growing.
const cache = createParseCache(1024 * 1024);
const checker = createChecker({ strict: false });
const kept = [];
const counts = { valid: 0, invalid: 0, large: 0, cached: 0 };
const broken = [];
let slowestMs = 0;

async function check(round) {
  const bytes = Buffer.from(edit(round));
  const digest = createHash('sha256').update(bytes).digest('hex');
  const isLarge = bytes.length > 64 * 1024;
  let ms = Number.POSITIVE_INFINITY;
  let checked;
  // A busy machine slows some tries down; what is too slow is so in all of them.
  for (let tries = 0; tries < 5 && ms > limitMs; tries += 1) {
    const begunMs = performance.now();
    const answer = checker.check('workflow', bytes);
    // Up to here a small file was checked, and a large one handed over.
    ms = Math.min(ms, performance.now() - begunMs);
    checked = await answer;
  }
  slowestMs = Math.max(slowestMs, ms);
  if (ms > limitMs) broken.push(`round ${round}: the loop was held for ${ms.toFixed(0)} ms`);
  await cache.set('workflow', digest, checked);
  if (cache.get('workflow', digest) === checked) counts.cached += 1;
  if (values.leak) kept.push(checked);
  counts[checked.file === undefined ? 'invalid' : 'valid'] += 1;
  if (isLarge) counts.large += 1;
}

const heaps = [];
function measure() {
  collect();
  collect();
  heaps.push(process.memoryUsage().heapUsed / 1e6);
}

const begunMs = performance.now();
const warmUp = Math.floor(rounds / 5);
for (let round = 0; round < rounds && broken.length < 10; round += 1) {
  if (round >= warmUp && (round - warmUp) % warmUp === 0) measure();
  await check(round);
}
measure();
await checker.close();
const growthMb = Math.max(...heaps) - heaps[0];
if (growthMb > limitMb) broken.push(`the heap grew by ${growthMb.toFixed(1)} MB after the warm-up`);
for (const words of broken) process.stderr.write(`${words}\n`);
process.stdout.write(
  `check-memory: ${rounds} edits, seed ${values.seed}, ${counts.valid} valid, ${counts.invalid} invalid, ${counts.large} large, ` +
    `heap ${heaps.map((heap) => heap.toFixed(1)).join(' → ')} MB, slowest ${slowestMs.toFixed(0)} ms, ` +
    `${broken.length} broken, ${((performance.now() - begunMs) / 1000).toFixed(0)} s\n`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
