// Made-up archives through the reader: good ones with blocks, fields and bytes changed at random, checksums mended so that the
// change is met and not the checksum. None throws, takes long or escapes; whatever is accepted GNU tar reads alike.
// Usage: npm run build && node test/long/archive-fuzz.mjs [--rounds 10000] [--seed 1]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readArchive } from '../../dist/archive/read-archive.js';
import { createRandom, readOptions } from './harness.mjs';

const { rounds, seed } = readOptions({ rounds: 10_000 });
const { below, pick, chance } = createRandom(seed);
/** Of processor time: a busy machine makes anything last. */
const limitMs = 500;
const place = mkdtempSync(join(tmpdir(), 'pw-archives-'));
const out = join(place, 'out');

function makeBases() {
  const pack = join(place, 'p');
  mkdirSync(join(pack, 'workflows'), { recursive: true });
  const names = ['pack.yaml', 'README.md', '.hidden', 'workflows/a.yaml', `workflows/${'é'.repeat(60)}.yaml`];
  for (const [at, name] of names.entries())
    writeFileSync(join(pack, name), `${name}: ${'x'.repeat(at * 200)}\n`);
  const tar = (...args) => execFileSync('tar', ['-c', '--mtime=@0', ...args], { cwd: place, maxBuffer: 1e8 });
  return [
    tar('--format=gnu', 'p'),
    tar('--format=pax', 'p'),
    tar('--format=ustar', '--exclude=*éé*', 'p'),
    tar('--format=pax', '--no-recursion', 'p/pack.yaml', 'p/workflows/a.yaml'),
  ].map((bytes) => Buffer.from(bytes.subarray(0, lastBlock(bytes) + 1024)));
}

/** Where the end mark begins. */
function lastBlock(bytes) {
  let end = bytes.length;
  while (end > 0 && bytes.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return end;
}

const fields = [
  ...[
    [0, 100],
    [0, 12],
    [100, 8],
    [124, 12],
    [136, 12],
    [148, 8],
    [156, 1],
    [157, 100],
    [257, 8],
    [345, 155],
  ],
];
const words = [
  ...['../', '/', './', 'p/pack.yaml', 'p/PACK.yaml', 'p/', '\0', '\\', '..', 'p/workflows', 'é', 'é'],
  ...['0', '1', '2', '3', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'D', 'V', 'A', ' ', '\x80', '\xff'],
  ...[
    '00000000000\0',
    '00000001000\0',
    '77777777777\0',
    '-1\0',
    '     1000 \0',
    '\x80\0\0\0\0\0\0\0\0\0\x02\0',
  ],
  ...[
    'ustar\x0000',
    'ustar  \0',
    'ustar\x0001',
    'ustar\0\0\0',
    '30 path=p/workflows/other.yaml\n',
    '12 size=512\n',
  ],
];

function mutate(base) {
  let blocks = Array.from({ length: base.length / 512 }, (_, at) =>
    Buffer.from(base.subarray(at * 512, at * 512 + 512)),
  );
  for (let edits = 1 + below(3); edits > 0; edits -= 1) blocks = change(blocks);
  const bytes = Buffer.concat(blocks);
  if (chance(0.05)) return bytes.subarray(0, below(bytes.length));
  return chance(0.03) ? Buffer.concat([bytes, Buffer.from(pick(words), 'latin1')]) : bytes;
}

function change(blocks) {
  const at = below(blocks.length);
  const block = blocks[at];
  const kind = below(10);
  if (kind === 0) return blocks.toSpliced(at, 1);
  if (kind === 1) return blocks.toSpliced(at, 0, Buffer.from(pick(blocks)));
  if (kind === 2) return blocks.toSpliced(at, 0, Buffer.alloc(512));
  if (kind === 3) return blocks.toSpliced(at, 1, Buffer.from(pick(blocks)));
  if (kind < 7) {
    const [start, length] = pick(fields);
    if (chance(0.3)) block.fill(0, start, start + length);
    block.write(pick(words), start + (chance(0.7) ? 0 : below(length)), 'latin1');
  } else block[below(512)] = below(256);
  if (chance(0.9)) mend(block);
  return blocks;
}

/** The checksum of what is, or was, a header. */
function mend(block) {
  if (!/ustar/i.test(block.toString('latin1', 257, 265))) return;
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

const broken = [];
let accepted = 0;
let slowestMs = 0;

async function examine(bytes, round) {
  const begun = process.cpuUsage();
  const reading = await readArchive(bytes);
  const { user, system } = process.cpuUsage(begun);
  const ms = (user + system) / 1000;
  slowestMs = Math.max(slowestMs, ms);
  if (ms > limitMs) broken.push(`round ${round}: ${ms.toFixed(0)} ms`);
  if (!reading.ok) return;
  accepted += 1;
  const difference = differenceToTar(bytes, reading);
  if (difference !== undefined) {
    const kept = join(tmpdir(), `archive-fuzz-${seed}-${round}.tar.gz`);
    writeFileSync(kept, bytes);
    broken.push(`round ${round}: ${difference}; kept as ${kept}`);
  }
}

/** Owners, modes and times, which nobody here reads. */
const isOfNoInterest =
  /^$|numeric (time|mode|uid|gid)_t|of (time|mode|uid|gid)_t range|base-64|[amc]time=|unknown extended header|implausibly old|in the future|failure status due to previous/;

/** Undefined where GNU tar finds the same files with the same bytes. */
function differenceToTar(bytes, { files, skipped }) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const ran = spawnSync('tar', ['-xzf', '-', '--no-same-owner', '--no-same-permissions', '-C', out], {
    input: bytes,
  });
  const complaints = String(ran.stderr)
    .split('\n')
    .filter((line) => !isOfNoInterest.test(line));
  if (complaints.length > 0) return `GNU tar says ${complaints.join(', ')}`;
  const found = readdirSync(out, { recursive: true, withFileTypes: true });
  const odd = found.filter((entry) => !entry.isFile() && !entry.isDirectory());
  if (odd.length > 0) return `${odd[0].name} is neither file nor directory`;
  const at = ({ parentPath, name }) => relative(out, join(parentPath, name));
  const all = found.filter((entry) => entry.isFile()).map(at);
  const top = all.includes('pack.yaml') ? '' : 'p/';
  const paths = all
    .filter((path) => !path.split('/').some((name) => name.startsWith('.') || name === 'node_modules'))
    .map((path) => (path.startsWith(top) ? path.slice(top.length) : `beside it: ${path}`));
  const ours = [...files.keys(), ...skipped].sort();
  if (JSON.stringify(paths.sort()) !== JSON.stringify(ours))
    return `GNU tar finds ${paths}, the reader ${ours}`;
  for (const [path, content] of files)
    if (!readFileSync(join(out, top, path)).equals(content)) return `${path} has other bytes`;
  return undefined;
}

const begunMs = performance.now();
try {
  const bases = makeBases();
  for (const [at, base] of bases.entries()) await examine(gzipSync(base), `of base ${at}`);
  if (accepted !== bases.length) broken.push('a good archive is refused');
  for (let round = 0; round < rounds && broken.length < 10; round += 1)
    await examine(gzipSync(mutate(pick(bases)), { level: 1 }), round);
} finally {
  rmSync(place, { recursive: true, force: true });
}
for (const line of broken) process.stderr.write(`${line}\n`);
process.stdout.write(
  `archive-fuzz: ${rounds} archives, seed ${seed}, ${accepted} accepted and read alike by GNU tar, ${broken.length} broken, ` +
    `slowest ${slowestMs.toFixed(0)} ms of processor time, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, ${((performance.now() - begunMs) / 1000).toFixed(0)} s\n`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
