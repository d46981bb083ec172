// Files → a new directory, so that whoever watches its parent sees all of it or nothing, and nothing is ever written over.
import { link, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { NewFile } from './new-pack.ts';

/**
 * Makes `dir`, which does not exist, with its parents. The pack is written beside it under a hidden name and renamed: rejects
 * when something else is there by then.
 */
export async function createPack(dir: string, files: ReadonlyMap<string, NewFile>): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  const temporary = await mkdtemp(join(dirname(dir), `.${basename(dir)}.tmp-`));
  try {
    // Not the temporary directory itself, which only its owner may enter.
    const pack = join(temporary, basename(dir));
    await writeFiles(pack, files);
    await rename(pack, dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Fills `dir`, which exists and is empty: it may be where a shell stands or a volume is mounted, so it is not replaced. The
 * manifest comes first and directories come whole: what is there at any moment is a valid pack.
 */
export async function fillPack(dir: string, files: ReadonlyMap<string, NewFile>): Promise<void> {
  const temporary = await mkdtemp(join(dir, '.tmp-'));
  const placed: string[] = [];
  try {
    await writeFiles(temporary, files);
    const names = new Set([...files.keys()].map((path) => path.split('/', 1)[0] ?? path));
    for (const name of [...names].sort((a, b) => rank(a) - rank(b))) {
      const target = join(dir, name);
      // A link refuses where a rename would write over a file.
      if (files.has(name)) await link(join(temporary, name), target);
      else await rename(join(temporary, name), target);
      placed.push(target);
    }
  } catch (error) {
    for (const path of placed.reverse()) await rm(path, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Workflows last: they call the actions. */
function rank(name: string): number {
  return ['pack.yaml', 'actions', 'workflows'].indexOf(name);
}

async function writeFiles(dir: string, files: ReadonlyMap<string, NewFile>): Promise<void> {
  for (const [path, { text, isProgram }] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text, { mode: isProgram ? 0o777 : 0o666, flag: 'wx' });
  }
}
