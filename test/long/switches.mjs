// Tools switch a whole pack while the daemon watches: `git checkout` and `git rebase` back and forth, volumes swapped through a
// `..data` link. Every state a reader could have seen is made again from the change feed: no pack was ever half of one version
// and half of another, and the registry ends as the disk does. Needs `npm run build`.
// Usage: node test/long/switches.mjs [--rounds 100] [--seed 1] [--files 25] [--null-control]
//   --null-control  the same versions are written file by file, slower than the settle time, with no marker: good if it sees mixed states
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOracle } from '../support/oracle.mjs';
import {
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
} from './harness.mjs';

const options = readOptions({ rounds: 100, files: 25, 'null-control': false });
const { random, below, chance } = createRandom(options.seed);
const place = createPlace('switch');
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();

const flow = (version) =>
  `version: 1.0.0\nvars:\n  x: ${version}\ntasks:\n  - name: only\n    action: core.noop\n`;
const manifest = (ref) => `ref: ${ref}\nversion: 1.0.0\n`;
const names = Array.from({ length: options.files }, (_, at) => `w${at}.yaml`);

/** Every file of a pack as of one version; each version lacks another file, so that there is something to remove. */
function writeVersion(dir, ref, version, fileNames = names) {
  mkdirSync(join(dir, 'workflows'), { recursive: true });
  writeFileSync(join(dir, 'pack.yaml'), manifest(ref));
  for (const name of fileNames) {
    const path = join(dir, 'workflows', name);
    if (name === `w${version % options.files}.yaml`) rmSync(path, { force: true });
    else writeFileSync(path, flow(version));
  }
}

// Every file takes longer than the settle time, as with large files that are fetched: only git's lock tells that it is at it.
const slowly = ['-c', 'filter.slow.smudge=sleep 0.03; cat'];
const git = (...args) =>
  execFileSync('git', ['-C', place.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    stdio: 'pipe',
  });

/** A work tree with two branches, and a third that is rebased onto each in turn. */
function prepareGit() {
  const pack = place.at('tree');
  git('init', '-q', '-b', 'v1');
  writeFileSync(place.at('.gitattributes'), '*.yaml filter=slow\n');
  writeVersion(pack, 'tree', 1);
  git('add', '.');
  git('commit', '-qm', 'v1');
  git('checkout', '-qb', 'v2');
  writeVersion(pack, 'tree', 2);
  git('add', '-A');
  git('commit', '-qm', 'v2');
  git('checkout', '-qb', 'topic');
  writeFileSync(join(place.root, 'NOTES'), 'nothing of ours');
  git('add', '.');
  git('commit', '-qm', 'topic');
}

function switchGit(round) {
  const speed = chance(0.3) ? slowly : [];
  if (chance(0.3)) {
    git(...speed, 'checkout', '-q', 'topic');
    git(...speed, 'rebase', '-q', '--onto', round % 2 === 0 ? 'v1' : 'v2', 'topic~1', 'topic');
  } else git(...speed, 'checkout', '-q', round % 2 === 0 ? 'v1' : 'v2');
}

/** Mostly short, so that switches come into the middle of a look; sometimes long enough for a state to be taken in. */
const pause = () => sleep(random() ** 2 * 700);

let mounted = 0;
/** The way the keeper of a mounted volume replaces what is in it; a name without a version leads through the link. */
async function swapVolume(version) {
  const pack = place.at('volume');
  mounted += 1;
  const next = `..v${mounted}`;
  writeVersion(join(pack, next), 'volume', version);
  symlinkSync(next, join(pack, '..data_tmp'));
  await sleep(random() * 20);
  const before = readdirSync(pack).filter((name) => /^\.\.v\d+$/.test(name) && name !== next);
  renameSync(join(pack, '..data_tmp'), join(pack, '..data'));
  await sleep(random() * 20);
  for (const old of before) rmSync(join(pack, old), { recursive: true });
}

async function prepareVolume() {
  mkdirSync(place.at('volume'));
  await swapVolume(1);
  for (const name of ['pack.yaml', 'workflows'])
    symlinkSync(join('..data', name), place.at(`volume/${name}`));
}

/** Versions that one state of a pack held beside each other, for every state that had more than one. */
async function mixedStates() {
  const changes = await sql`select c.version, c.pack_ref, c.ref, c.verb, r.definition -> 'vars' ->> 'x' as x
    from packwatch.catalog_change c left join packwatch.workflow_definition w on w.ref = c.ref
    left join packwatch.workflow_revision r on r.workflow_definition = w.id and r.number = c.number
    order by c.version, c.position`;
  const packs = new Map();
  const mixed = [];
  let states = 0;
  for (let at = 0; at < changes.length; at += 1) {
    const { version, pack_ref: pack, ref, verb, x } = changes[at];
    const served = packs.get(pack) ?? new Map();
    packs.set(pack, served);
    if (verb === 'retired') served.delete(ref);
    else if (x !== null) served.set(ref, x);
    if (changes[at + 1]?.version === version) continue;
    states += 1;
    const seen = new Set(served.values());
    if (seen.size > 1) mixed.push(`version ${version}: ${pack} was ${[...seen].join(' and ')} at once`);
  }
  return { states, mixed };
}

let found = [];
let result = { states: 0, mixed: [] };
let ended = { code: null };
try {
  prepareGit();
  await prepareVolume();
  const daemon = startDaemon({
    ...{ root: place.root, url: server.url },
    args: ['--rescan-s', '2', '--settle-ms', '5'],
    env: { PACKWATCH_PRUNE_MAX: '100%' },
  });
  const oracle = createOracle({ root: place.root, sql });
  found = await differencesAfter(oracle);
  for (let round = 1; round <= options.rounds && found.length === 0; round += 1) {
    if (options['null-control']) {
      // As slow as a copy over a network: between two files the pack seems to stand still.
      for (const name of names) {
        writeVersion(place.at('tree'), 'tree', round, [name]);
        await sleep(40 + random() * 60);
      }
    } else {
      switchGit(round);
      await pause();
      // One swap while the tree is switched again, one alone.
      for (let swap = 0; swap < 2; swap += 1) {
        await swapVolume(2 + below(1000));
        await pause();
      }
    }
    if (round % 20 === 0) found = await differencesAfter(oracle);
  }
  if (found.length === 0) found = await differencesAfter(oracle);
  result = await mixedStates();
  daemon.kill('SIGTERM');
  ended = await daemon.exited;
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
for (const line of [...found, ...result.mixed.slice(0, 20)]) console.error(line);
const swaps = options['null-control'] ? 0 : 2 * options.rounds;
console.log(
  `switches: ${options.rounds} of git, ${swaps} of a volume, seed ${options.seed}, ${result.states} states, ` +
    `${result.mixed.length} mixed, ${found.length} differences`,
);
const isSound = found.length === 0 && ended.code === 0;
process.exitCode = isSound && options['null-control'] === result.mixed.length > 0 ? 0 : 1;
