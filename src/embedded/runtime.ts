// A private copy of the server's programs. In: the package's `native` directory. Out: the same tree elsewhere with
// the library links it lacks; links where the file system allows, so that it usually takes little room.
import { randomBytes } from 'node:crypto';
import {
  chmod,
  constants,
  copyFile,
  link,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { codeOf } from '../model/errors.ts';

/** An entry of pg-symlinks.json; both paths begin with `native/`. */
export type LibraryLink = { readonly source: string; readonly target: string };

/** Left out: static libraries and what extensions are compiled with. */
const unneeded = /(\.a|^pkgconfig|^pgxs)$/;

/**
 * Builds the tree at `target`, or leaves a finished one alone: it appears by rename, whole or not at all.
 * With `readableByAll` files that others cannot read, or that root does not own, are copied instead of linked.
 */
export async function buildRuntime(
  native: string,
  target: string,
  links: readonly LibraryLink[],
  options: { readonly readableByAll: boolean },
): Promise<void> {
  if ((await stat(target).catch(() => undefined)) !== undefined) return;
  const unfinished = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await copyTree(native, unfinished, options.readableByAll);
    for (const entry of links) await addLink(unfinished, entry);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Somebody else finished first.
    const code = codeOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

async function copyTree(from: string, to: string, readableByAll: boolean): Promise<void> {
  await mkdir(to, { mode: readableByAll ? 0o755 : 0o700 });
  // The mode of mkdir is cut by the umask.
  if (readableByAll) await chmod(to, 0o755);
  const entries = (await readdir(from, { withFileTypes: true })).filter(
    (entry) => !unneeded.test(entry.name),
  );
  await Promise.all(
    entries.map((entry) => {
      const [source, copy] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) return copyTree(source, copy, readableByAll);
      if (entry.isFile()) return linkOrCopy(source, copy, readableByAll);
      return undefined;
    }),
  );
}

async function linkOrCopy(source: string, copy: string, readableByAll: boolean): Promise<void> {
  const info = await stat(source);
  // A hard link shares owner and mode with the original, which must stay as it is.
  if (!readableByAll || (info.uid === 0 && (info.mode & 0o022) === 0 && (info.mode & 0o044) === 0o044)) {
    try {
      await link(source, copy);
      return;
    } catch (error) {
      const code = codeOf(error);
      // Another file system, a file of somebody else, too many links, or a file system without any.
      if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK' && code !== 'ENOTSUP') throw error;
    }
  }
  // Programs find their files from where they really lie, so those are copied; libraries and data are found by name.
  if (!readableByAll && process.platform === 'linux' && basename(dirname(source)) !== 'bin') {
    await symlink(source, copy);
    return;
  }
  await copyFile(source, copy, constants.COPYFILE_FICLONE);
  await chmod(copy, (info.mode & 0o111) === 0 ? 0o644 : 0o755);
}

async function addLink(root: string, entry: LibraryLink): Promise<void> {
  const target = join(root, relative('native', entry.target));
  await symlink(relative(dirname(entry.target), entry.source) || basename(entry.source), target).catch(
    (error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    },
  );
}
