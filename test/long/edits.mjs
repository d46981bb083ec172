// What authors do to packs, at random: save, break, mend, remove, rename, comment, and the same to manifests and directories.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';

const refs = ['alpha', 'beta', 'gamma', 'delta'];
/** No workflow, and no YAML at all, which an action is not either. */
const brokenTexts = ['version: 1.0.0\ntasks: nothing\n', 'label: [\n'];

/** A function that makes one edit below `place.root`; it tells the oracle what was taken away. */
export function createEdits(place, { random, below, pick, chance }, oracle) {
  // The directory of each ref; undefined: removed.
  const dirs = new Map(refs.map((ref) => [ref, undefined]));
  let renames = 0;
  const label = () => `Label ${below(1_000_000)}`;
  const manifest = (ref) => `ref: ${ref}\nlabel: ${label()}\nversion: 1.0.0\n`;
  const graph = () =>
    `label: ${label()}\nversion: 1.${below(3)}.0\ntasks:\n  - name: t${below(3)}\n    action: core.echo\n`;
  const plain = (ref, name) => `ref: ${ref}.${name}\nlabel: ${label()}\nentry_point: run.sh\n`;
  const linking = (ref, name) =>
    `ref: ${ref}.${name}\nlabel: ${label()}\nworkflow_file: workflows/${name}.yaml\n`;

  const take = (path) => {
    rmSync(place.at(path), { recursive: true, force: true });
    oracle.forget(path);
  };
  const move = (from, to) => {
    renameSync(place.at(from), place.at(to));
    oracle.forget(from);
    // What lay there was overwritten.
    oracle.forget(to);
  };
  const filesIn = (dir) =>
    ['workflows', 'actions'].flatMap((directory) =>
      existsSync(place.at(`${dir}/${directory}`))
        ? readdirSync(place.at(`${dir}/${directory}`))
            .filter((name) => name.endsWith('.yaml'))
            .map((name) => `${dir}/${directory}/${name}`)
        : [],
    );
  const create = (ref) => {
    dirs.set(ref, ref);
    for (let more = 3; more > 0; more -= 1) place.save(`${ref}/workflows/w${below(8)}.yaml`, graph());
    place.save(`${ref}/pack.yaml`, manifest(ref));
  };
  const link = (ref, dir) => {
    const name = `linked${below(2)}`;
    // The graph first: an action that names nothing would be an error of its own.
    place.save(`${dir}/actions/workflows/${name}.yaml`, graph());
    place.save(`${dir}/actions/${name}.yaml`, linking(ref, name));
  };
  const renameFile = (files, dir) => {
    const from = pick(files.filter((path) => path.includes('/workflows/')));
    const to = `${dir}/workflows/w${below(8)}.yaml`;
    if (from && from !== to) move(from, to);
  };
  const renamePack = (ref, dir) => {
    renames += 1;
    const to = dir === ref ? `${ref}-${renames}` : ref;
    move(dir, to);
    dirs.set(ref, to);
  };
  const spoil = (path) => place.save(path, path.includes('/workflows/') ? pick(brokenTexts) : brokenTexts[1]);
  const comment = (path) =>
    place.save(path, `# ${below(1_000_000)}\n${readFileSync(place.at(path), 'utf8')}`);

  return function edit() {
    const ref = pick(refs);
    const dir = dirs.get(ref);
    if (dir === undefined) return create(ref);
    const files = filesIn(dir);
    const saved = `${dir}/workflows/w${below(8)}.yaml`;
    const kind = random();
    if (kind < 0.4 || files.length === 0) place.save(saved, graph());
    else if (kind < 0.52) spoil(chance(0.5) ? saved : pick(files));
    else if (kind < 0.62) take(pick(files));
    else if (kind < 0.7) renameFile(files, dir);
    else if (kind < 0.77) comment(pick(files));
    else if (kind < 0.84) link(ref, dir);
    else if (kind < 0.88) place.save(`${dir}/actions/plain.yaml`, plain(ref, 'plain'));
    else if (kind < 0.91) place.save(`${dir}/pack.yaml`, 'label: no ref\nversion: 1.0.0\n');
    else if (kind < 0.95) place.save(`${dir}/pack.yaml`, manifest(ref));
    else if (kind < 0.98) renamePack(ref, dir);
    else {
      take(dir);
      dirs.set(ref, undefined);
    }
  };
}
