// Disasters of a root, each in many rounds on one daemon: disaster, a moment, heal, edit, converged. Nothing may be removed, no id
// may change, no watch may leak. Needs `npm run build`. Usage: node test/long/roots.mjs [--rounds 50] [--seed 1] [--only NAME]
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldByModes, inOwnMounts, mountFor, openDoor } from '../support/confined.mjs';
import { createOracle } from '../support/oracle.mjs';
import {
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
} from './harness.mjs';

const { rounds, seed, only } = readOptions({ only: undefined });
const { random, below, pick } = createRandom(seed);
const place = createPlace('roots');
const packNames = ['alpha', 'beta', 'gamma'];
const rescanS = 1;
/** A moment in which the daemon may or may not have looked. */
const aMoment = () => sleep(random() * (rescanS * 1000 + 100));

/** What an edit last wrote, so that a new tree says the same. */
const texts = new Map();
const workflow = (label) =>
  `label: ${label}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;

let trees = 0;
/** A new tree with everything as it was last written; its path. */
function newTree() {
  trees += 1;
  const tree = join(place.outside, `tree${trees}`);
  for (const pack of packNames) {
    mkdirSync(join(tree, pack, 'workflows'), { recursive: true });
    writeFileSync(join(tree, pack, 'pack.yaml'), `ref: ${pack}\nversion: 1.0.0\n`);
    for (let at = 0; at < 4; at += 1) {
      const path = `${pack}/workflows/w${at}.yaml`;
      writeFileSync(join(tree, path), texts.get(path) ?? workflow('first'));
    }
  }
  return tree;
}

/** An edit that a pass has to bring, in the tree that the root shows. */
function edit(tree, round) {
  const path = `${pick(packNames)}/workflows/w${below(4)}.yaml`;
  texts.set(path, workflow(`round ${round} ${below(1e6)}`));
  writeFileSync(join(place.outside, 'edited'), texts.get(path));
  renameSync(join(place.outside, 'edited'), join(tree, path));
}

const { root } = place;
const gone = (path) => rmSync(path, { recursive: true, force: true });

async function recreate(gapMs) {
  const next = newTree();
  gone(root);
  await sleep(gapMs);
  renameSync(next, root);
}

async function close(path) {
  chmodSync(path, 0);
  await aMoment();
  chmodSync(path, 0o755);
}

const aPack = () => join(root, pick(packNames));

/** Each leaves the root as healthy and as full as it was. */
const disasters = {
  recreated_at_once: () => recreate(0),
  recreated_after_100_ms: () => recreate(100),
  recreated_after_1000_ms: () => recreate(1000),
  /** The new directory may have the inode of the old one. */
  async refilled() {
    const next = newTree();
    gone(root);
    mkdirSync(root);
    for (const pack of packNames) {
      renameSync(join(next, pack), join(root, pack));
      await sleep(random() * 20);
    }
  },
  async swapped() {
    const next = newTree();
    renameSync(root, join(place.outside, 'old'));
    await sleep(random() * 5);
    renameSync(next, root);
    gone(join(place.outside, 'old'));
  },
  async emptied() {
    const kept = join(place.outside, 'kept');
    mkdirSync(kept, { recursive: true });
    for (const pack of packNames) renameSync(join(root, pack), join(kept, pack));
    await aMoment();
    for (const pack of packNames) renameSync(join(kept, pack), join(root, pack));
  },
  async a_file() {
    renameSync(root, join(place.outside, 'aside'));
    writeFileSync(root, 'a file');
    await aMoment();
    gone(root);
    renameSync(join(place.outside, 'aside'), root);
  },
  /** As git-sync does it. */
  async linked() {
    const next = newTree();
    symlinkSync(next, join(place.outside, 'link'));
    if (linkedTo === undefined) gone(root);
    renameSync(join(place.outside, 'link'), root);
    await sleep(random() * 100);
    if (linkedTo !== undefined) gone(linkedTo);
    linkedTo = next;
  },
  closed_file: async () => {
    const path = join(aPack(), `workflows/w${below(4)}.yaml`);
    await close(path);
    chmodSync(path, 0o644);
  },
  closed_pack: () => close(aPack()),
  closed_listing: () => close(join(aPack(), 'workflows')),
  closed_root: () => close(root),
  async unmounted({ pid, tree }) {
    mountFor(pid, 'umount', '-l', root);
    await aMoment();
    mountFor(pid, 'mount', '--bind', tree, root);
  },
  async covered({ pid }) {
    mountFor(pid, 'mount', '-t', 'tmpfs', 'none', root);
    await aMoment();
    mountFor(pid, 'umount', '-l', root);
  },
};
let linkedTo;

const onVolume = new Set(['unmounted', 'covered']);
const isOffered = (name) =>
  onVolume.has(name) ? inOwnMounts !== undefined : !name.startsWith('closed') || heldByModes !== undefined;
const names = Object.keys(disasters).filter((name) => isOffered(name) && (only ?? name) === name);

/** Empty for one that was closed since it was listed. */
function readOpen(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return '';
  }
}

/** Watches that a process holds. */
function watchesOf(pid) {
  const dir = `/proc/${pid}/fdinfo`;
  if (!existsSync(dir)) return 0;
  return readdirSync(dir)
    .map((fd) => readOpen(join(dir, fd)).split('\n'))
    .reduce((sum, lines) => sum + lines.filter((line) => line.startsWith('inotify ')).length, 0);
}

const ends = [];
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const url = await openDoor(server.connection, (act) => ends.push(act));
const found = [];
const idsNow = async () =>
  JSON.stringify(await sql`select ref, id::text from packwatch.workflow_definition order by ref`);
const removals = async () =>
  (await sql`select count(*)::int as n from packwatch.catalog_change where verb = 'retired'`)[0].n;

/** A daemon, all rounds of one disaster, its end; what it took a round in the middle. */
async function play(name) {
  let through = heldByModes ?? [];
  let tree = root;
  gone(root);
  linkedTo = undefined;
  if (onVolume.has(name)) {
    // A user namespace would give the right over modes back: these do without.
    tree = newTree();
    mkdirSync(root);
    const shell = ['sh', '-c', `mount --bind "${tree}" "${root}" && exec "$@"`, 'sh'];
    through = [...inOwnMounts, ...shell];
  } else renameSync(newTree(), root);
  const oracle = createOracle({ root: tree, sql });
  const daemon = startDaemon({ root, url, through, args: ['--rescan-s', String(rescanS)] });
  const failures = (await differencesAfter(oracle)).map((one) => `start: ${one}`);
  const ids = await idsNow();
  const before = await removals();
  const tookMs = [];
  let watches = 0;
  for (let round = 1; round <= rounds && failures.length === 0; round += 1) {
    await disasters[name]({ pid: daemon.pid, tree });
    edit(tree, round);
    const healedMs = performance.now();
    const differences = await differencesAfter(oracle, rescanS * 1000 + 4000);
    tookMs.push(performance.now() - healedMs);
    if ((await removals()) > before) differences.push('something was removed');
    if ((await idsNow()) !== ids) differences.push('an id changed');
    failures.push(...differences.map((one) => `round ${round}: ${one}`));
    if (round === 1) watches = watchesOf(daemon.pid);
  }
  // Watches are opened anew after the rows are right; twice as many as needed is a leak whenever it is looked at.
  if (watchesOf(daemon.pid) > 2 * watches + 8)
    failures.push(`${watches} watches at first, ${watchesOf(daemon.pid)} at the end`);
  const { code } = await daemon.stop();
  if (code !== 0) failures.push(`the daemon ended with ${code}: ${daemon.stderr()}`);
  found.push(...failures.map((failure) => `${name}: ${failure}`));
  tookMs.sort((a, b) => a - b);
  const [middle = 0, last = 0] = [tookMs[tookMs.length >> 1], tookMs.at(-1)].map(Math.round);
  console.log(`${name}: healed to live ${middle} ms in the middle, ${last} at most`);
  return { removed: (await removals()) - before };
}

let removed = 0;
try {
  for (const name of names) removed += (await play(name)).removed;
  for (const difference of found) console.error(difference);
  console.log(
    `roots: ${rounds} rounds of ${names.length} disasters, seed ${seed}, ${removed} removals, ${found.length} differences`,
  );
} finally {
  await sql.end({ timeout: 2 });
  for (const end of ends) await end();
  await server.stop();
  place.remove();
}
process.exitCode = removed + found.length === 0 ? 0 : 1;
