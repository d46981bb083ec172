// Readers in a loop while a pack's directory is swapped for its next version, again and again: no read, which is one statement, sees
// workflows of two versions, or of one version too few or too many. Needs `npm run build`.
// Usage: node test/long/swaps.mjs [--rounds 200] [--seed 1] [--postgres system]
//   --null-control  a change set is written in two statements: the run is good if it finds mixed reads
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { instrument } from '../support/failpoints.mjs';
import { createPlace, createRandom, readOptions, startDaemon, startServer, until } from './harness.mjs';

const options = readOptions({ 'null-control': false, postgres: 'embedded', rounds: 200 });
const isControl = options['null-control'];
const { random, below } = createRandom(options.seed);
const place = createPlace('swaps');

/** One half of the workflows by one statement, the rest by the next. */
const splitApply = {
  'store/writer.js'(text) {
    const whole =
      'const answer = await applyPack(database, epoch, await changeSetText(database, head, plan, stageBytes));';
    if (!text.includes(whole)) throw new Error('null control: the statement is written otherwise now');
    return text.replace(
      whole,
      `const send = async (from, part) => applyPack(database, epoch, await changeSetText(database, from, part, stageBytes));
      const isSplit = plan.workflows.length > 1 && head.generation !== null;
      const half = isSplit ? plan.workflows.length >> 1 : 0;
      if (isSplit) {
        const { source, dir, ...others } = plan;
        const nothing = Object.fromEntries(Object.entries(others).map(([name, one]) => [name, Array.isArray(one) ? [] : one]));
        await send(head, { source, dir, ...nothing, workflows: plan.workflows.slice(0, half) });
      }
      const rest = { ...plan, workflows: plan.workflows.slice(half) };
      const answer = await send(isSplit ? { ...head, generation: head.generation + 1 } : head, rest);`,
    );
  },
};

/** Odd versions have two workflows more: what comes and goes belongs to the version too. */
const sizeOf = (version) => 20 + (version % 2) * 2;

function build(version) {
  const dir = join(place.outside, `v${version}`);
  mkdirSync(join(dir, 'workflows'), { recursive: true });
  writeFileSync(join(dir, 'pack.yaml'), `ref: ops\nversion: 1.0.${version}\n`);
  for (let at = 0; at < sizeOf(version); at += 1)
    writeFileSync(
      join(dir, `workflows/w${at}.yaml`),
      `version: 1.0.0\nvars:\n  x: ${version}\ntasks:\n  - name: only\n    action: core.echo\n`,
    );
  return dir;
}

function swap(version) {
  const next = build(version);
  const old = join(place.outside, 'old');
  if (version > 0) renameSync(place.at('ops'), old);
  renameSync(next, place.at('ops'));
  rmSync(old, { recursive: true, force: true });
}

const server = await startServer(join(place.base, 'state'), options.postgres);
const sql = server.connect({ max: 4 });
const counts = { reads: 0, mixed: 0, swaps: 0, versions: new Set() };
const mixed = [];

const readPack = () =>
  sql`select (definition -> 'vars' ->> 'x')::integer as x, count(*)::integer as n
    from packwatch.served_workflow where pack_ref = 'ops' group by 1`;

let isOver = false;
async function readInLoop() {
  while (!isOver) {
    const rows = await readPack();
    counts.reads += 1;
    const [{ x, n }, ...more] = rows;
    counts.versions.add(x);
    if (more.length === 0 && n === sizeOf(x)) continue;
    counts.mixed += 1;
    if (mixed.length < 5) mixed.push(rows.map((row) => `${row.n} of version ${row.x}`).join(', '));
  }
}

const isLive = async (version) => {
  const rows = await readPack().catch(() => []);
  return rows.length === 1 && rows[0].x === version && rows[0].n === sizeOf(version);
};

try {
  swap(0);
  const program = isControl ? instrument(join(place.base, 'split'), splitApply) : 'dist/main.js';
  const daemon = startDaemon({ root: place.root, url: server.url, program, args: ['--rescan-s', '2'] });
  await until('the first version is live', () => isLive(0), 30_000);
  const readers = [readInLoop(), readInLoop()];
  for (let version = 1; version <= options.rounds; version += 1) {
    swap(version);
    counts.swaps += 1;
    // Some versions are overtaken by the next before they are seen.
    if (below(4) === 0) await sleep(random() * 150);
    else await until(`version ${version} is live`, () => isLive(version), 30_000, 10);
  }
  await until('the last version is live', () => isLive(options.rounds), 30_000);
  isOver = true;
  await Promise.all(readers);
  if (!isControl && daemon.stderr() !== '') mixed.push(daemon.stderr().slice(0, 1_000));
  await daemon.stop();
} finally {
  isOver = true;
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
for (const one of mixed) console.error(one);
console.log(
  `swaps${isControl ? ', null control' : ''}: ${counts.swaps} swaps, ${counts.versions.size} versions read, ${counts.reads} reads, ` +
    `${counts.mixed} mixed, seed ${options.seed}`,
);
process.exitCode = isControl ? Number(counts.mixed === 0) : Number(mixed.length > 0);
