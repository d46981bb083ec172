// Made-up files through the whole check: none throws, none holds the processor for long, every place lies in the text, and
// twice the same is said of the same bytes. Usage: npm run build && node test/long/check-fuzz.mjs [--rounds 1000000] [--seed 1]
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkFile } from '../../dist/language/check-file.js';
import { createRandom } from '../support/yaml-edits.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const rounds = Number(values.rounds);
const limitMs = 100;
const packs = new URL('../../packs/', import.meta.url);
const files = readdirSync(packs, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .sort()
  .map((path) => ({ role: roleOf(path), text: readFileSync(new URL(path, packs), 'utf8') }));

function roleOf(path) {
  if (path.endsWith('pack.yaml')) return 'manifest';
  return path.includes('workflows/') ? 'workflow' : 'action';
}

const random = createRandom(Number(values.seed));
const pick = (list) => list[random(list.length)];

const pieces = [
  ...[
    '{{',
    '}}',
    '{{ ',
    ' }}',
    '{{ nope }}',
    '{{ parameters.x }}',
    '{{ item }}',
    '{{ result() }}',
    '{{ 1 +',
    '{{}}',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    ',',
    '.',
    '"',
    "'",
    '\\',
    '\\n',
    '\\u0041',
    '\\U0001F600',
    '\n',
    '\r\n',
    '\n\n',
    '  ',
    '\t',
    ' ',
  ],
  ...[
    ': ',
    '- ',
    '? ',
    '|\n',
    '>-\n',
    '|+\n',
    '&a ',
    '*a',
    '!!str ',
    '# ',
    '<<: ',
    '---\n',
    '%YAML 1.1\n',
    '{',
    '}',
  ],
  ...[
    'when',
    'next',
    'do',
    'tasks',
    'vars',
    'with_items',
    'publish',
    'name',
    'task.a',
    'not ',
    ' and ',
    ' == ',
    'len(x)',
  ],
  ...[
    '0',
    '1e999',
    '99999999999999999999',
    '~',
    'true',
    '\0',
    '\ud800',
    'é',
    '😀',
    '\u{10fffd}',
    '\ufeff',
    '\u2028',
  ],
];

function mutate(text) {
  let result = text;
  for (let edits = 1 + random(4); edits > 0; edits -= 1) {
    const at = random(result.length + 1);
    const end = Math.min(result.length, at + random(12));
    const kind = random(6);
    if (kind === 0) result = result.slice(0, at) + result.slice(end);
    else if (kind === 1) result = result.slice(0, at) + pick(pieces) + result.slice(end);
    else if (kind === 2) result = result.slice(0, at) + pick(pieces).repeat(random(400)) + result.slice(at);
    else if (kind === 3)
      result = result.slice(0, at) + result.slice(at, end).repeat(1 + random(50)) + result.slice(at);
    else result = result.slice(0, at) + pick(pieces) + result.slice(at);
  }
  return result;
}

const broken = [];
const counts = new Map();
let slowestMs = 0;

function timeOf(role, bytes) {
  const begunMs = performance.now();
  const checked = checkFile(role, bytes, { strict: false });
  return { checked, ms: performance.now() - begunMs };
}

function examine(role, text, round) {
  const bytes = Buffer.from(text);
  let { checked, ms } = timeOf(role, bytes);
  // A busy machine slows some tries down; what is too slow is so in all of them.
  for (let tries = 0; ms > limitMs && tries < 5; tries += 1) ms = Math.min(ms, timeOf(role, bytes).ms);
  slowestMs = Math.max(slowestMs, ms);
  if (ms > limitMs) broken.push(`round ${round}: ${ms.toFixed(0)} ms`);
  const lines = checked.text.split(/\r\n|\n|\r/);
  for (const { code, line, column, end_line: endLine = line } of checked.findings) {
    counts.set(code, (counts.get(code) ?? 0) + 1);
    const isInside =
      line >= 1 && column >= 1 && endLine >= line && column <= (lines[line - 1] ?? '').length + 1;
    if (!isInside && checked.text !== '') broken.push(`round ${round}: ${code} at ${line}:${column}`);
  }
  if (round % 20 === 0) {
    const again = checkFile(role, bytes, { strict: false });
    if (JSON.stringify(again) !== JSON.stringify(checked)) broken.push(`round ${round}: two answers`);
  }
}

const begunMs = performance.now();
let heapMb = 0;
for (let round = 0; round < rounds && broken.length < 10; round += 1) {
  const { role, text } = pick(files);
  const mutated = mutate(text);
  try {
    examine(role, mutated, round);
  } catch (error) {
    broken.push(`round ${round}: ${error}\n${JSON.stringify(mutated.slice(0, 500))}`);
  }
  if (round === Math.min(50_000, Math.floor(rounds / 2))) heapMb = process.memoryUsage().heapUsed / 1e6;
}
for (const words of broken) process.stderr.write(`${words}\n`);
const expressions = [...counts].filter(([code]) => code.startsWith('EXPR_'));
process.stdout.write(
  `check-fuzz: ${rounds} files, seed ${values.seed}, ${broken.length} broken, slowest ${slowestMs.toFixed(0)} ms, ` +
    `${counts.size} codes, ${expressions.reduce((sum, [, count]) => sum + count, 0)} findings of ${expressions.length} expression codes, ` +
    `heap ${heapMb.toFixed(0)} → ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB, ${((performance.now() - begunMs) / 1000).toFixed(0)} s\n`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
