// What takes much away at once, or bit by bit, and what is ordinary tidying. Each gets a ground with everything registered.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { limitOf, somePacks, workflow } from './removal-ground.mjs';

const first = (ground) => ground.sources.get('a');

function shuffled(list, { random }) {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const draw = (ground, count, one = first(ground)) =>
  shuffled(ground.files(one), ground.chance).slice(0, count);
/** More than may go unasked, of all there is. */
const tooMany = (ground, one = first(ground)) => {
  const least = limitOf(one.live.size) + 1;
  return least + ground.chance.below(Math.max(1, one.live.size - least));
};
const fewEnough = (ground, one = first(ground)) => 1 + ground.chance.below(limitOf(one.live.size));

async function passMaybeRestarted(ground, share = 0.4) {
  if (ground.chance.chance(share)) await ground.restart();
  await ground.pass();
}

function rename(ground, { path, dir }, to) {
  ground.move(path, join(dirname(path), `${to}.yaml`));
  return `${dir}.${to}`;
}

/** Each resolves with `held` (a question must be open) or `outage` (nothing may be written at all). */
export const massRemovals = {
  async 'rm -rf of all packs'(ground) {
    const one = first(ground);
    one.isEmpty = true;
    for (const dir of ground.packs(one)) ground.remove(join(one.root, dir));
    await ground.pass();
    return 'held';
  },
  async 'rm -rf of all packs but one'(ground) {
    const one = first(ground);
    // What is left must be less than the rest by enough.
    const sizes = new Map(
      ground.packs(one).map((dir) => [dir, ground.files(one).filter((file) => file.dir === dir).length]),
    );
    const [smallest] = [...sizes].sort((a, b) => a[1] - b[1])[0];
    for (const dir of ground.packs(one)) if (dir !== smallest) ground.remove(join(one.root, dir));
    await ground.pass();
    return one.highest - sizes.get(smallest) > limitOf(one.highest) ? 'held' : 'allowed';
  },
  async 'rm -rf file by file, with passes between'(ground) {
    const one = first(ground);
    const order = shuffled(ground.files(one), ground.chance);
    while (order.length > 0) {
      for (const { path } of order.splice(0, 1 + ground.chance.below(6))) ground.remove(path);
      await passMaybeRestarted(ground, 0.2);
    }
    return 'held';
  },
  async 'rm -rf pack by pack'(ground) {
    const one = first(ground);
    for (const dir of shuffled(ground.packs(one), ground.chance)) {
      ground.remove(join(one.root, dir));
      await passMaybeRestarted(ground);
    }
    return 'held';
  },
  async 'another ref in the manifests'(ground) {
    const one = first(ground);
    const total = one.live.size;
    for (const dir of ground.packs(one)) ground.setManifest(one, dir, `${dir}n`);
    await passMaybeRestarted(ground);
    // New refs count as there too, so that the half of all is gone.
    return total > limitOf(2 * total) ? 'held' : 'allowed';
  },
  async 'a volume that is not mounted'(ground) {
    const one = first(ground);
    const away = ground.fresh();
    one.isEmpty = true;
    renameSync(one.root, away);
    mkdirSync(one.root);
    await passMaybeRestarted(ground);
    await passMaybeRestarted(ground);
    return 'held';
  },
  async 'a root that is missing'(ground) {
    const one = first(ground);
    one.isEmpty = true;
    renameSync(one.root, ground.fresh());
    await passMaybeRestarted(ground);
    await passMaybeRestarted(ground);
    return 'outage';
  },
  async 'a directory that cannot be listed'(ground) {
    const one = first(ground);
    const dirs = ground.packs(one);
    one.isEmpty = true;
    const some = dirs.flatMap((dir) => ['', 'workflows'].map((below) => join(one.root, dir, below)));
    const chosen = ground.chance.chance(0.2)
      ? [one.root]
      : shuffled(some, ground.chance).slice(0, 1 + ground.chance.below(4));
    // What lies deeper first: it is out of reach afterwards.
    chosen.sort((a, b) => b.length - a.length);
    for (const path of chosen) ground.mode(path, 0o000);
    await passMaybeRestarted(ground);
    await passMaybeRestarted(ground);
    for (const path of chosen.toReversed()) ground.mode(path, 0o755);
    return 'outage';
  },
  async 'a checkout of an old branch'(ground) {
    const one = first(ground);
    const gone = draw(ground, tooMany(ground));
    for (const { path } of gone) ground.remove(path);
    for (const { path, kind } of draw(ground, 4)) if (kind === 'workflow') writeFileSync(path, workflow(7));
    ground.writeTo(join(one.root, gone[0].dir), 'workflow', 'older', 1);
    await passMaybeRestarted(ground);
    // One more is registered in the same pass, before anything goes.
    return gone.length > limitOf(one.highest) ? 'held' : 'allowed';
  },
  async 'sync again and again'(ground) {
    for (const { path } of draw(ground, tooMany(ground))) ground.remove(path);
    await ground.pass();
    const [asked] = await ground.openBatches(first(ground));
    for (let more = 3; more > 0; more -= 1) {
      await ground.restart();
      await ground.pass();
      const [again] = await ground.openBatches(first(ground));
      if (asked?.id !== again?.id) ground.complain('the same removals are asked about anew');
    }
    return 'held';
  },
  async 'two roots, of which the smaller loses much'(ground) {
    const other = await ground.addRoot(
      'b',
      somePacks(`${ground.name}b`, ground.chance, { packs: 4, least: 12, most: 20 }),
    );
    await ground.restart();
    await ground.pass();
    await ground.age();
    for (const { path } of draw(ground, tooMany(ground))) ground.remove(path);
    const few = draw(ground, fewEnough(ground, other), other);
    for (const { path } of few) ground.remove(path);
    await passMaybeRestarted(ground);
    if ((await ground.openBatches(other)).length > 0) ground.complain('the other root is asked about too');
    if (other.lost.size !== few.length) ground.complain('the other root waits');
    return 'held';
  },
  async 'new names for all of a large pack'(ground) {
    const one = first(ground);
    const files = draw(ground, tooMany(ground));
    for (const [at, file] of files.entries()) rename(ground, file, `other${at}`);
    await passMaybeRestarted(ground);
    return files.length > limitOf(one.highest) ? 'held' : 'allowed';
  },
  async 'as many as may go, and then more'(ground) {
    const one = first(ground);
    for (const { path } of draw(ground, limitOf(one.live.size))) ground.remove(path);
    await passMaybeRestarted(ground);
    if (one.lost.size !== limitOf(one.highest)) ground.complain('what may go did not go');
    for (const { path } of draw(ground, 1 + ground.chance.below(4))) ground.remove(path);
    await passMaybeRestarted(ground);
    return 'held';
  },
};

/** Each is within what may go unasked, or takes nothing away. */
export const cleanUps = {
  async 'some files are removed'(ground) {
    for (const { path } of draw(ground, fewEnough(ground))) ground.remove(path);
    await passMaybeRestarted(ground);
  },
  async 'some files are removed one by one'(ground) {
    for (const { path } of draw(ground, fewEnough(ground))) {
      ground.remove(path);
      await passMaybeRestarted(ground, 0.2);
    }
  },
  async 'some files get other names'(ground) {
    for (const [at, file] of draw(ground, fewEnough(ground)).entries()) rename(ground, file, `new${at}`);
    await passMaybeRestarted(ground);
  },
  async 'all pack directories get other names'(ground) {
    const one = first(ground);
    for (const dir of ground.packs(one)) ground.move(join(one.root, dir), join(one.root, `${dir}-x`));
    await passMaybeRestarted(ground);
  },
  async 'all files move inside their packs'(ground) {
    for (const { path, kind } of ground.files(first(ground)))
      if (kind === 'workflow') ground.move(path, path.replace(/\.yaml$/, '.workflow.yaml'));
    await passMaybeRestarted(ground);
  },
  async 'some files move to other packs'(ground) {
    const one = first(ground);
    for (const [at, { path, dir, kind }] of draw(ground, fewEnough(ground)).entries()) {
      const other = ground.chance.pick(ground.packs(one).filter((name) => name !== dir));
      ground.move(path, join(one.root, other, `${kind}s`, `moved${at}.yaml`));
    }
    await passMaybeRestarted(ground);
  },
  async 'all files break and are mended'(ground) {
    const files = ground.files(first(ground)).map(({ path }) => [path, readFileSync(path)]);
    for (const [path] of files) writeFileSync(path, 'label: [\n');
    await passMaybeRestarted(ground);
    if (ground.chance.chance(0.5)) for (const [path, text] of files) writeFileSync(path, text);
    await passMaybeRestarted(ground);
  },
  async 'all manifests break and are mended'(ground) {
    const one = first(ground);
    for (const dir of ground.packs(one)) ground.setManifest(one, dir, null);
    await passMaybeRestarted(ground);
    for (const dir of ground.packs(one)) ground.setManifest(one, dir, dir);
    await passMaybeRestarted(ground);
  },
  async 'some go every quarter of an hour'(ground) {
    for (let windows = 3; windows > 0; windows -= 1) {
      for (const { path } of draw(ground, fewEnough(ground))) ground.remove(path);
      await passMaybeRestarted(ground);
      await ground.age();
    }
  },
  async 'some go, come back, and others go'(ground) {
    for (let turns = 4; turns > 0; turns -= 1) {
      const files = draw(ground, fewEnough(ground)).map(({ path }) => [path, readFileSync(path)]);
      for (const [path] of files) ground.remove(path);
      await ground.pass();
      for (const [path, text] of files) writeFileSync(path, text);
      await passMaybeRestarted(ground);
    }
  },
  async 'all packs are switched to their next version'(ground) {
    const one = first(ground);
    const next = ground.copyRoot(one);
    for (const { path, kind } of ground.files({ root: next }))
      if (kind === 'workflow') writeFileSync(path, workflow(9));
    ground.putBack(one, next);
    await passMaybeRestarted(ground);
  },
  async 'a fresh checkout of all there is'(ground) {
    const one = first(ground);
    const next = ground.copyRoot(one);
    renameSync(one.root, ground.fresh());
    renameSync(next, one.root);
    await passMaybeRestarted(ground);
  },
  async 'a small pack goes with its directory'(ground) {
    const one = first(ground);
    const small = `${ground.name}small`;
    const dir = ground.fresh();
    for (const stem of ['x', 'y', 'z']) ground.writeTo(dir, 'workflow', stem, 1);
    writeFileSync(join(dir, 'pack.yaml'), `ref: ${small}\nversion: 1.0.0\n`);
    ground.move(dir, join(one.root, small));
    await passMaybeRestarted(ground);
    ground.remove(join(one.root, small));
    await passMaybeRestarted(ground);
  },
  async 'much is added, and a part of that goes'(ground) {
    const one = first(ground);
    const [dir] = ground.packs(one);
    for (let at = 0; at < 20; at += 1) ground.writeTo(join(one.root, dir), 'workflow', `more${at}`, 1);
    await ground.pass();
    for (const { path } of ground
      .files(one)
      .filter(({ path: file }) => basename(file).startsWith('more'))
      .slice(0, limitOf(one.live.size)))
      ground.remove(path);
    await passMaybeRestarted(ground);
  },
};
