// Steps of the model on a real root: whole directories come and go at once, files by a rename, as editors write them.
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `canLock` false: where modes hold nobody back, a file leads out of the root instead. */
export function createDisk(base, name, canLock) {
  const root = join(base, name);
  const outside = join(base, `${name}-outside`);
  for (const dir of [root, outside]) mkdirSync(dir);
  let count = 0;
  const aside = () => {
    count += 1;
    return join(outside, `${count}`);
  };
  const at = (path) => join(root, path);
  const write = (to, text) => {
    const temporary = aside();
    writeFileSync(temporary, text);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(temporary, to);
  };
  const leadOut = ({ path }) => {
    const [target, link] = [aside(), aside()];
    writeFileSync(target, 'label: outside\n');
    symlinkSync(target, link);
    renameSync(link, at(path));
  };
  const deeds = {
    write: ({ path, text }) => write(at(path), text),
    create({ dir, files }) {
      const made = aside();
      for (const [path, text] of files) write(join(made, path.slice(dir.length + 1)), text);
      renameSync(made, at(dir));
    },
    remove({ path }) {
      const gone = aside();
      renameSync(at(path), gone);
      rmSync(gone, { recursive: true });
    },
    rename({ from, to }) {
      mkdirSync(dirname(at(to)), { recursive: true });
      renameSync(at(from), at(to));
    },
    lock: canLock ? ({ path }) => chmodSync(at(path), 0) : leadOut,
    'lead-out': leadOut,
    stash: ({ dir }) => renameSync(at(dir), join(outside, `stash-${dir}`)),
    unstash: ({ dir }) => renameSync(join(outside, `stash-${dir}`), at(dir)),
    'root-away': () => renameSync(root, join(outside, 'root')),
    'root-back': () => renameSync(join(outside, 'root'), root),
  };
  return {
    root,
    /** False: the step is none of a disk's. */
    carryOut(step) {
      deeds[step.do]?.(step);
      return step.do in deeds;
    },
    isThere: () => lstatSync(root, { throwIfNoEntry: false }) !== undefined,
  };
}
