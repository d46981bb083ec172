// What happens to files: each command changes a world's files and returns the same as steps for a real disk, or undefined where it
// makes no sense. Its numbers choose among what is there, so that a part of a sequence is a sequence.
import {
  brokenFile,
  commented,
  dirOf,
  isGood,
  linkingFile,
  manifestFile,
  nameOf,
  plainFile,
  roleOf,
  workflowFile,
} from './texts.mjs';
import { dirsOf, isLive, isRefOfApi, packIn } from './world.mjs';

const labels = 6;
const names = 8;
const at = (list, number) => (list.length === 0 ? undefined : list[number % list.length]);

/** Writes a file, over another or new. */
function put(world, path, one) {
  world.files.set(path, one);
  return [{ do: 'write', path, text: one.text }];
}

function move(world, from, to) {
  const steps = [{ do: 'rename', from, to }];
  for (const [path, one] of [...world.files]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    world.files.delete(path);
    world.files.set(to + path.slice(from.length), one);
  }
  return steps;
}

function take(world, path) {
  for (const one of [...world.files.keys()])
    if (one === path || one.startsWith(`${path}/`)) world.files.delete(one);
  return [{ do: 'remove', path }];
}

function filesOf(world, dir, roles = ['workflow', 'action']) {
  return [...world.files.keys()]
    .filter((path) => dirOf(path) === dir && roles.includes(roleOf(path)) && !world.files.get(path).isHidden)
    .sort();
}

/** The file that the numbers choose, of any directory. */
function choose(world, a, b, roles) {
  const dir = at(dirsOf(world), a);
  return dir === undefined ? undefined : at(filesOf(world, dir, roles), b);
}

function freeDir(world, ref, number) {
  const dirs = new Set([...dirsOf(world), ...[...world.stash.keys()].map(dirOf)]);
  const wanted = [ref, `${ref}-x`, `${ref}-y`, `0-${ref}`].filter((dir) => !dirs.has(dir));
  return at(wanted, number);
}

/** A directory that appears at once, with all it holds. */
function createDir(world, dir, ref, count, from) {
  const files = new Map([[`${dir}/pack.yaml`, manifestFile(ref, `M${from % labels}`)]]);
  for (let index = 0; index < count; index += 1)
    files.set(`${dir}/workflows/w${(from + index) % names}.yaml`, workflowFile(`L${index % labels}`));
  for (const [path, one] of files) world.files.set(path, one);
  return [{ do: 'create', dir, files: [...files].map(([path, { text }]) => [path, text]) }];
}

const claimedRefs = (world) =>
  new Set([...world.files.values()].filter(isGood).flatMap(({ says }) => says.ref ?? []));

export const diskCommands = {
  createPack(world, a, b, c) {
    const taken = claimedRefs(world);
    const ref = at(
      world.refs.filter((one) => !taken.has(one)),
      a,
    );
    const dir = ref && freeDir(world, ref, c % 3 === 0 ? b : 0);
    return dir && createDir(world, dir, ref, 2 + (b % 7), c);
  },
  /** Another directory claims a ref that one has. */
  rivalPack(world, a, b, c) {
    const ref = at([...claimedRefs(world)].sort(), a);
    const dir = ref && freeDir(world, ref, b);
    return dir && createDir(world, dir, ref, 1 + (b % 4), c);
  },
  save(world, a, b, c) {
    const dir = at(dirsOf(world), a);
    const path = dir && `${dir}/workflows/w${b % names}.yaml`;
    return path && !world.files.get(path)?.isHidden && put(world, path, workflowFile(`L${c % labels}`));
  },
  edit(world, a, b, c) {
    const path = choose(world, a, b, ['workflow', 'action']);
    if (path === undefined) return undefined;
    if (roleOf(path) === 'workflow') return put(world, path, workflowFile(`L${c % labels}`));
    const isPlain = nameOf(path).startsWith('p');
    return put(world, path, isPlain ? plainFile(`P${c % 3}`) : linkingFile(nameOf(path), `D${c % 3}`));
  },
  /** A second file that claims the ref of a first. */
  twin(world, a, b, c) {
    const path = choose(world, a, b, ['workflow']);
    if (path === undefined) return undefined;
    const stem = `${dirOf(path)}/workflows/${nameOf(path)}`;
    const other = [
      `${stem}.yml`,
      `${stem}.workflow.yaml`,
      `${stem}.yaml`,
      `${stem.replace('/w', '/actions/w')}.yaml`,
    ];
    const to = at(
      other.filter((one) => !world.files.has(one)),
      c,
    );
    return to && put(world, to, workflowFile(`L${c % labels}`));
  },
  /** A file for what the API has. */
  challenge(world, a, b, c) {
    const { flows, packs } = world.registered;
    const held = [...flows.keys()].filter((ref) => isRefOfApi(world.registered, ref)).sort();
    const [pack, name] = at(held, a)?.split('.') ?? [];
    const dir = packs.get(pack)?.dir;
    const path = `${dir}/workflows/${name}.${b % 3 === 0 ? 'yml' : 'yaml'}`;
    if (!dirsOf(world).includes(dir) || world.files.get(path)?.isHidden) return undefined;
    return put(world, path, workflowFile(`L${c % labels}`));
  },
  link(world, a, b, c) {
    const dir = at(dirsOf(world), a);
    if (dir === undefined) return undefined;
    const [name, graph] = [`l${b % 2}`, c % 5 === 0 ? `l${(b + 1) % 2}` : `l${b % 2}`];
    const [action, target] = [`${dir}/actions/${name}.yaml`, `${dir}/actions/workflows/${graph}.yaml`];
    if ([action, target].some((path) => world.files.get(path)?.isHidden)) return undefined;
    return [
      ...put(world, target, workflowFile(`L${c % labels}`)),
      ...put(world, action, linkingFile(graph, `D${c % 3}`)),
    ];
  },
  plain(world, a, b, c) {
    const dir = at(dirsOf(world), a);
    const path = dir && `${dir}/actions/p${b % 2}.yaml`;
    return path && !world.files.get(path)?.isHidden && put(world, path, plainFile(`P${c % 3}`));
  },
  /** An action says that it is another one, or says so no more. */
  refAction(world, a, b, c) {
    const path = choose(world, a, b, ['action']);
    const { says } = world.files.get(path) ?? {};
    const pack = path && world.files.get(`${dirOf(path)}/pack.yaml`);
    if (says?.kind !== 'action' || !isGood(pack)) return undefined;
    const ref = c % 3 === 0 ? undefined : `${pack.says.ref}.r${c % 2}`;
    const isPlain = says.graph === undefined;
    return put(
      world,
      path,
      isPlain ? plainFile(says.label, ref) : linkingFile(says.graph, says.description, ref),
    );
  },
  comment(world, a, b) {
    const path = choose(world, a, b, ['workflow', 'action', 'manifest']);
    return path && put(world, path, commented(world.files.get(path)));
  },
  break(world, a, b, c) {
    const path = choose(world, a, b, ['workflow', 'action']);
    return path && put(world, path, brokenFile(c, roleOf(path)));
  },
  moveFile(world, a, b, c) {
    const path = choose(world, a, b, ['workflow']);
    if (path === undefined) return undefined;
    const [dir, name] = [dirOf(path), nameOf(path)];
    const same = [`workflows/${name}.yml`, `workflows/${name}.yaml`, `actions/workflows/${name}.yaml`];
    const other = [`workflows/w${c % names}.yaml`, `workflows/w${c % names}.yml`];
    const free = [...same, ...other].map((one) => `${dir}/${one}`).filter((one) => !world.files.has(one));
    const to = at(free, c);
    return to && move(world, path, to);
  },
  moveAction(world, a, b) {
    const path = choose(world, a, b, ['action']);
    const to = path?.replace(/(\d)\.yaml$/, (_, digit) => `${1 - Number(digit)}.yaml`);
    return path && !world.files.has(to) ? move(world, path, to) : undefined;
  },
  removeFile(world, a, b) {
    const path = choose(world, a, b, ['workflow', 'action']);
    return path && isMore(world, dirOf(path)) ? take(world, path) : undefined;
  },
  /** Many files of one pack, within a moment. */
  removeMany(world, a, b, c) {
    const dir = at(dirsOf(world), a);
    if (dir === undefined) return undefined;
    const paths = filesOf(world, dir).slice(b % 3, (b % 3) + 2 + (c % 7));
    return paths.flatMap((path) => (isMore(world, dir) ? take(world, path) : []));
  },
  removePack(world, a) {
    const dir = at(dirsOf(world), a);
    return dir && take(world, dir);
  },
  renamePack(world, a, b) {
    const dir = at(dirsOf(world), a);
    const ref = dir && (world.files.get(`${dir}/pack.yaml`)?.says.ref ?? packIn(world.registered, dir));
    const to = ref && freeDir(world, ref, b);
    return to && move(world, dir, to);
  },
  /** The directory says it is another pack. */
  renameRef(world, a, b, c) {
    const path = choose(world, a, b, ['manifest']);
    return path && put(world, path, manifestFile(at(world.refs, c), `M${c % labels}`));
  },
  labelPack(world, a, b, c) {
    const path = choose(world, a, b, ['manifest']);
    const ref = path && world.files.get(path).says.ref;
    return ref && put(world, path, manifestFile(ref, `M${c % labels}`));
  },
  breakManifest(world, a, b, c) {
    const path = choose(world, a, b, ['manifest']);
    return path && put(world, path, brokenFile(c, 'manifest'));
  },
  mendManifest(world, a, _, c) {
    const bad = dirsOf(world).filter((dir) => !isGood(world.files.get(`${dir}/pack.yaml`)));
    const dir = at(bad, a);
    const path = `${dir}/pack.yaml`;
    if (dir === undefined || world.files.get(path)?.isHidden) return undefined;
    const ref = packIn(world.registered, dir) ?? at(world.refs, c);
    return put(world, path, manifestFile(ref, `M${c % labels}`));
  },
  removeManifest(world, a, b) {
    const path = choose(world, a, b, ['manifest']);
    return path && isMore(world, dirOf(path)) ? take(world, path) : undefined;
  },
  /** Nobody may read it any more: by its mode, or because it leads out of the root. */
  hide(world, a, b, c) {
    const path = choose(world, a, b, ['workflow', 'action', 'manifest']);
    if (path === undefined) return undefined;
    world.files.set(path, { ...world.files.get(path), isHidden: true });
    return [{ do: c % 2 === 0 ? 'lock' : 'lead-out', path }];
  },
  show(world, a) {
    const path = at(
      [...world.files]
        .filter(([, one]) => one.isHidden)
        .map(([one]) => one)
        .sort(),
      a,
    );
    if (path === undefined) return undefined;
    const one = { ...world.files.get(path), isHidden: false };
    world.files.set(path, one);
    return [{ do: 'write', path, text: one.text }];
  },
  rootAway(world) {
    world.root = 'away';
    return [{ do: 'root-away' }];
  },
  empty(world) {
    if (world.files.size === 0 || world.stash.size > 0) return undefined;
    const dirs = holdersFirst(world, dirsOf(world)).reverse();
    world.stash = world.files;
    world.files = new Map();
    return dirs.map((dir) => ({ do: 'stash', dir }));
  },
  refill(world) {
    const dirs = [...new Set([...world.stash.keys()].map(dirOf))];
    const taken = new Set(dirsOf(world));
    if (dirs.length === 0 || dirs.some((dir) => taken.has(dir))) return undefined;
    for (const [path, one] of world.stash) world.files.set(path, one);
    world.stash = new Map();
    return holdersFirst(world, dirs.sort()).map((dir) => ({ do: 'unstash', dir }));
  },
};

/**
 * On a real disk one directory goes after the other, and a pass in between may see it: one that claims a ref in vain must not be
 * seen without the one that has it, or it has it from then on.
 */
function holdersFirst({ registered }, dirs) {
  const held = new Set([...registered.packs.values()].filter(isLive).map(({ dir }) => dir));
  return [...dirs.filter((dir) => held.has(dir)), ...dirs.filter((dir) => !held.has(dir))];
}

/** A directory without a file would be another thing on disk than in the model. */
function isMore(world, dir) {
  return [...world.files.keys()].filter((path) => dirOf(path) === dir).length > 1;
}
