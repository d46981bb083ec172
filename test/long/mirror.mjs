// Copies of one directory on several hosts, each as old as its last look at it.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** `{ root, refresh() }`: `refresh` makes `root` what `from` is now, file by file, each by a rename. `outside`: on the same file system. */
export function createMirror(from, root, outside) {
  mkdirSync(root, { recursive: true });
  mkdirSync(outside, { recursive: true });
  let count = 0;
  const put = (path, text) => {
    const to = join(root, path);
    if (existsSync(to) && readFileSync(to, 'utf8') === text) return;
    count += 1;
    const temporary = join(outside, `${count}`);
    writeFileSync(temporary, text);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(temporary, to);
  };
  return {
    root,
    refresh() {
      const wanted = new Set(filesIn(from));
      for (const path of wanted) put(path, readFileSync(join(from, path), 'utf8'));
      for (const path of filesIn(root)) if (!wanted.has(path)) rmSync(join(root, path));
      removeEmpty(root);
    },
  };
}

function filesIn(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dir.length + 1));
}

function removeEmpty(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(dir, entry.name);
    removeEmpty(path);
    if (readdirSync(path).length === 0) rmdirSync(path);
  }
}
