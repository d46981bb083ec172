// A durable server is stopped at once (or its postmaster killed) at random moments under a load of edits, and started again: the
// daemon neither ends nor hangs, no pack is ever served half, and at the end the registry equals the disk as another parser reads
// it. Needs `npm run build`. Usage: node test/long/postgres-restart.mjs [--rounds 50] [--seed 1] [--resume FILE] [--mixed]
// Null control: with `--mixed` packs are written file by file, and packs in part must be reported.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOracle } from '../support/oracle.mjs';
import {
  addTotals,
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
} from './harness.mjs';

/** Longest time from the server's return until everything is registered. */
const hungMs = 20_000;
const packNames = ['alpha', 'beta', 'gamma', 'delta'];
const workflowsPerPack = 12;
const settleMs = 20;

if (!existsSync('/usr/lib/postgresql/15/bin/postgres')) {
  process.stdout.write('postgres restart: skipped, there is no server of the system to restart\n');
  process.exit(0);
}
const { rounds, seed, resume, mixed } = readOptions({ mixed: false });
const chance = createRandom(seed);
const place = createPlace('restart');
let stamp = 0;

const workflowText = (x) =>
  `version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.echo\n`;

async function writeMixed(pack) {
  stamp += 1;
  for (let number = 0; number < workflowsPerPack; number += 1) {
    place.save(`${pack}/workflows/w${number}.yaml`, workflowText(stamp));
    await sleep(2 * settleMs);
  }
}

/** A whole pack of one stamp, written aside and swapped in: the disk never shows two stamps in one pack. */
function swapPack(pack) {
  stamp += 1;
  const made = join(place.outside, `made${stamp}`);
  mkdirSync(join(made, 'workflows'), { recursive: true });
  writeFileSync(join(made, 'pack.yaml'), `ref: ${pack}\nversion: 1.0.0\n`);
  for (let number = 0; number < workflowsPerPack; number += 1) {
    writeFileSync(join(made, 'workflows', `w${number}.yaml`), workflowText(stamp));
  }
  const old = join(place.outside, `old${stamp}`);
  const isThere = readdirSync(place.root).includes(pack);
  // For a moment there is no pack: a removal has to be seen twice, 200 ms apart, so it is none.
  if (isThere) renameSync(place.at(pack), old);
  renameSync(made, place.at(pack));
  if (isThere) rmSync(old, { recursive: true });
}

/** Packs that show two stamps, or one of which a part is missing. */
async function halfApplied(sql) {
  const rows = await sql`
    select split_part(ref, '.', 1) as pack, count(*)::int as workflows, count(distinct definition #> '{vars,x}')::int as stamps
    from packwatch.served_workflow group by 1`;
  return rows
    .filter(({ workflows, stamps }) => workflows !== workflowsPerPack || stamps !== 1)
    .map(({ pack, workflows, stamps }) => `${pack}: ${workflows} workflows, ${stamps} stamps`);
}

/** Looks for packs applied in part until told to end, on connections that die with the server; counts its looks. */
function watchForHalves(server) {
  let isOver = false;
  const seen = { looks: 0, halves: [] };
  const work = (async () => {
    while (!isOver) {
      const sql = server.connect({ max: 1, fetch_types: false });
      try {
        for (; !isOver; seen.looks += 1) {
          seen.halves.push(...(await halfApplied(sql)));
          await sleep(3);
        }
      } catch {
        await sleep(10); // the server is away, or has no schema yet
      } finally {
        await sql.end({ timeout: 1 });
      }
    }
  })();
  const end = async () => {
    isOver = true;
    await work;
    return seen;
  };
  return { end };
}

/** Swaps packs at random gaps until told to end. */
function editUnceasingly() {
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      if (mixed) await writeMixed(chance.pick(packNames));
      else swapPack(chance.pick(packNames));
      await sleep(5 + chance.below(40));
    }
  })();
  return async () => {
    isOver = true;
    await work;
  };
}

/** Every process of the server at once, as when the machine goes; then it stays away for a moment. */
async function killServer(dataDir) {
  const [pid] = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  for (const one of [pid, ...children]) {
    try {
      process.kill(Number(one), 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // ended by itself meanwhile
    }
  }
  await sleep(chance.below(300));
}

/** False: a pack is not served as it lies on disk `hungMs` later. */
async function settled(server, wanted) {
  const endMs = performance.now() + hungMs;
  for (;;) {
    const sql = server.connect({ max: 1, fetch_types: false });
    try {
      const rows = await sql`
        select split_part(ref, '.', 1) as pack, min((definition #>> '{vars,x}')::int) as low, max((definition #>> '{vars,x}')::int) as high
        from packwatch.served_workflow group by 1`;
      if (
        rows.every(({ pack, low, high }) => low === wanted(pack) && high === wanted(pack)) &&
        rows.length === packNames.length
      )
        return true;
    } catch (error) {
      if (performance.now() > endMs) throw error;
    } finally {
      await sql.end({ timeout: 1 });
    }
    if (performance.now() > endMs) return false;
    await sleep(25);
  }
}

const stampOnDisk = (pack) =>
  Number(/x: (\d+)/.exec(readFileSync(place.at(`${pack}/workflows/w0.yaml`), 'utf8'))?.[1]);

const counts = { rounds: 0, halfApplied: 0, uncaught: 0, hung: 0, differences: 0, looks: 0, longestMs: 0 };
const complain = (what) => process.stderr.write(`${what}\n`);
for (const pack of packNames) swapPack(pack);
const server = await startServer(join(place.base, 'server'), 'system');
const launch = () =>
  startDaemon({
    root: place.root,
    url: server.url,
    args: ['--rescan-s', '3600', '--watch', 'events', '--prune-max', '100%', '--settle-ms', String(settleMs)],
  });
let daemon = launch();
const reader = watchForHalves(server);
try {
  if (!(await settled(server, stampOnDisk))) throw new Error(`it never began: ${daemon.stderr()}`);
  for (; counts.rounds < rounds; counts.rounds += 1) {
    const stopEditing = editUnceasingly();
    await sleep(50 + chance.below(350));
    // Otherwise an immediate stop, with which the server ends its own backends.
    if (chance.chance(0.4)) await killServer(server.dataDir);
    await server.restart('immediate');
    const backMs = performance.now();
    // Some stops find a daemon that has not come to rest since the one before.
    if (chance.chance(0.3)) await sleep(chance.below(100));
    await stopEditing();
    const isSettled = await settled(server, stampOnDisk);
    counts.longestMs = Math.max(counts.longestMs, Math.round(performance.now() - backMs));
    if (!isSettled) {
      counts.hung += 1;
      complain(`round ${counts.rounds + 1}: not registered ${hungMs} ms after the return`);
    }
    if (daemon.hasExited()) {
      counts.uncaught += 1;
      complain(
        `round ${counts.rounds + 1}: the daemon ended: ${JSON.stringify(await daemon.exited)} ${daemon.stderr()}`,
      );
      daemon = launch();
    }
  }
  const seen = await reader.end();
  counts.looks = seen.looks;
  counts.halfApplied = seen.halves.length;
  for (const half of seen.halves.slice(0, 20)) complain(`half-applied: ${half}`);
  const sql = server.connect();
  const found = await differencesAfter(createOracle({ root: place.root, sql, source: 'root:packs' }));
  await sql.end({ timeout: 1 });
  counts.differences = found.length;
  for (const difference of found) complain(difference);
  const { code } = await daemon.stop();
  if (code !== 0 || /defect|uncaught|unhandled/.test(daemon.stderr())) {
    counts.uncaught += 1;
    complain(daemon.stderr());
  }
} finally {
  await reader.end();
  daemon.kill('SIGKILL');
  await server.stop();
  place.remove();
}
const { longestMs, looks, ...sums } = counts;
const totals = addTotals(resume, sums, seed);
process.stderr.write(
  `${looks} looks by the reader, registered ${longestMs} ms after a return at the latest\n`,
);
process.stdout.write(
  `postgres restart: ${totals.rounds} rounds, seed ${totals.seeds.join('+')}, ${totals.halfApplied} half-applied, ${totals.uncaught} uncaught, ${totals.hung} hung, ${totals.differences} differences\n`,
);
const failures = counts.halfApplied + counts.uncaught + counts.hung + counts.differences;
process.exit(failures === 0 && looks > 0 ? 0 : 1);
