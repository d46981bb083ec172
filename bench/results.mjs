// Runs the benches one after another and makes the tables of bench/RESULTS.md of what they tell: one table a part, with its command.
// The parts, their sizes and commands are those of `parts` below; each script can be run alone, and names its options in its head.
// Usage: npm run bench:build && node bench/results.mjs [--only loading,serving] [--small] [--write]
//   --small: sizes of a minute, to see that each runs. --write: puts the tables into bench/RESULTS.md, in the place of the part's old
//   ones; what stands outside the marks there is written by hand and stays. Needs nothing but the two cores and 3 GB of disk: an hour.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tables } from './tables.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    small: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const file = 'bench/RESULTS.md';
const growth = ['--data', 'bench/growth.json', '--picture', 'bench/growth.svg'];

/** The runs of each part, at full size and small. `told` is how a script tells: a JSON document on stdout, a file, or text. */
const parts = {
  loading: {
    full: [
      ['load.mjs', '--rounds', '5'],
      ['load.mjs', '--rounds', '3', '--bytes', '7000'],
      ['load.mjs', '--rounds', '3', '--packs', '1', '--workflows', '4000'],
      ['load.mjs', '--rounds', '1', '--packs', '1000'],
      ['load.mjs', '--rounds', '1', '--packs', '2500', '--reference', '0'],
    ],
    small: [
      ['load.mjs', '--rounds', '1', '--packs', '5'],
      ['load.mjs', '--rounds', '1', '--packs', '1', '--workflows', '200', '--reference', '0'],
    ],
  },
  stages: {
    full: [['stages.mjs', '--rounds', '3']],
    small: [['stages.mjs', '--rounds', '1', '--packs', '5']],
  },
  saving: {
    full: [['save-to-live.mjs']],
    small: [['save-to-live.mjs', '--sizes', '5x40', '--edits', '5']],
  },
  serving: {
    full: [['serve.mjs', '--size', '1000x40']],
    small: [['serve.mjs', '--size', '5x40', '--seconds', '0.5', '--rounds', '1', '--answers', '40']],
  },
  storm: {
    full: [['storm.mjs', '--size', '100x40']],
    small: [['storm.mjs', '--size', '5x40', '--rounds', '1']],
  },
  memory: {
    full: [
      ['memory.mjs', '--size', '100x40'],
      ['memory.mjs', '--size', '1000x40'],
    ],
    small: [['memory.mjs', '--size', '5x40', '--rest-s', '3', '--idle-s', '3', '--rescans', '1']],
  },
  growth: {
    full: [['growth.mjs', ...growth]],
    small: [
      ['growth.mjs', '--sizes', '40,100', '--edits', '3', '--rest-s', '1'].concat(
        growth.map((one) => one.replace('bench/growth', join(tmpdir(), 'growth-small'))),
      ),
    ],
  },
  counts: { full: [['gate.mjs']], small: [['gate.mjs', '--packs', '20']] },
  others: {
    full: [['yaml-parsers.mjs'], ['watch-directories.mjs'], ['one-statement.mjs'], ['embedded-start.mjs']],
    small: [],
  },
};
/** Those that print text, as it is, and the one that leaves its data in a file. */
const asText = new Set([
  'gate.mjs',
  'yaml-parsers.mjs',
  'watch-directories.mjs',
  'one-statement.mjs',
  'embedded-start.mjs',
]);

/** What a script told; a script that finds that something does not hold ends with 1, and is told of all the same. */
async function run([script, ...args]) {
  const isText = asText.has(script);
  const data = args[args.indexOf('--data') + 1];
  const isFile = args.includes('--data');
  const child = spawn(
    process.execPath,
    [`bench/${script}`, ...args, ...(isText || isFile ? [] : ['--json'])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) {
    process.exitCode = 1;
    console.error(`${script} left with ${code}`);
  }
  if (isText) return out.trimEnd();
  return JSON.parse(isFile ? readFileSync(data, 'utf8') : out);
}

/** A part's section: the machine, then for each run its command and its tables. */
async function sectionOf(name) {
  const { [values.small ? 'small' : 'full']: runs } = parts[name];
  const [cpu] = cpus();
  const machine = `${cpus().length} cores, ${cpu?.model ?? 'unknown'}, Node ${process.version}`;
  const texts = [`${machine}; ${loadavg()[0].toFixed(1)} processes ready to run when it began.`];
  for (const args of runs) {
    const told = await run(args);
    texts.push(`\`node bench/${args.join(' ')}\``, tables[name](told));
  }
  return texts.join('\n\n');
}

/** Puts a section between its marks, which have to be there. */
function write(name, section) {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for ${name}`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${section}\n\n${text.slice(to)}`);
}

const names = values.only?.split(',') ?? Object.keys(parts);
const unknown = names.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`no part is called ${unknown.join(', ')}: ${Object.keys(parts).join(', ')}`);
for (const name of names) {
  try {
    const section = await sectionOf(name);
    console.log(`## ${name}\n\n${section}\n`);
    if (values.write) write(name, section);
  } catch (error) {
    // An hour of the other parts is not to be lost for it.
    process.exitCode = 1;
    console.error(`${name} has no table: ${error.stack}`);
  }
}
