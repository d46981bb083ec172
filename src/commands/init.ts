// `init`: writes a new pack that works, to be changed into the author's own.
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf } from '../model/errors.ts';
import { visible } from '../output/cells.ts';
import { renderNewPack } from '../output/init-text.ts';
import { type Command, exitCodes } from './context.ts';
import { isPackName, nearestPackName, newPackFiles } from './new-pack.ts';
import { createPack, fillPack } from './write-pack.ts';

/** Names shown of what is in the way. */
const maxShown = 8;

export const init: Command = async (context, { args: [argument = ''] }) => {
  const dir = resolve(context.cwd, argument);
  const refuse = (reason: string): number => {
    context.err(`packwatch: ${reason}\n`);
    return exitCodes.usage;
  };
  const ref = basename(dir);
  if (argument === '') return refuse('DIR is empty; give the directory of the new pack, like packs/shop');
  if (!isPackName(ref)) return refuse(badName(argument, ref));
  const shown = visible(argument);
  try {
    const pack = await packAround(dir);
    if (pack !== undefined)
      return refuse(
        `${shown} would lie inside the pack ${visible(pack)}; packs lie side by side below a root`,
      );
    const state = await stateOf(dir);
    if (state === 'file') return refuse(`${shown} exists and is no directory; choose another name`);
    if (Array.isArray(state)) return refuse(inTheWay(shown, state));
    const files = await newPackFiles(ref);
    await (state === 'absent' ? createPack : fillPack)(dir, files);
    const paths = [...files.keys()];
    if (context.format === 'json') context.out(`${JSON.stringify({ path: argument, files: paths })}\n`);
    else if (!context.quiet) context.out(renderNewPack({ argument, ref, paths }, context.style));
    return exitCodes.done;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (['EEXIST', 'ENOTEMPTY'].includes(code))
      return refuse(`${shown} was written to by somebody else just now; nothing of it was changed`);
    return refuse(`${shown} cannot be written: ${visible((error as Error).message)}`);
  }
};

function badName(argument: string, name: string): string {
  const near = nearestPackName(name);
  const better = join(argument, '..', near);
  return (
    `${JSON.stringify(name)} cannot be the ref of a pack: lower-case letters, digits, \`_\` and \`-\`, ` +
    `a letter first, 2 to 64 characters; try packwatch init ${visible(better)}`
  );
}

/** What is there: nothing, an empty directory, something else, or the names in a directory. */
async function stateOf(dir: string): Promise<'absent' | 'empty' | 'file' | readonly string[]> {
  try {
    await lstat(dir);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return 'absent';
  }
  // A link that leads nowhere is something else, too.
  const isDirectory = await stat(dir).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isDirectory) return 'file';
  const names = await readdir(dir);
  return names.length === 0 ? 'empty' : names.sort();
}

function inTheWay(shown: string, names: readonly string[]): string {
  const some = names.slice(0, maxShown).map(visible).join(', ');
  const more = names.length > maxShown ? ` and ${names.length - maxShown} more` : '';
  return `${shown} is not empty: ${some}${more}; choose another name, or move them away`;
}

/** The nearest directory above `dir` that is a pack. */
async function packAround(dir: string): Promise<string | undefined> {
  for (let above = dirname(dir), below = dir; above !== below; below = above, above = dirname(above)) {
    const names = await readdir(above).catch((error: unknown): string[] => {
      if (codeOf(error) === undefined) throw error;
      return []; // made later, or refused then
    });
    if (names.includes('pack.yaml') || names.includes('pack.yml')) return above;
  }
  return undefined;
}
