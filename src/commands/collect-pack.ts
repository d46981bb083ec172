// A pack's directory on disk → the files that a registry reads, as `pack install` sends them. Links are followed inside the
// directory alone. What is left out is named, so that nobody takes a script for installed.
import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { archiveLimits, maxPathDepth } from '../archive/limits.ts';
import { codeOf, messageOf } from '../model/errors.ts';
import { isDefinitionFile, mayBePack, packDirectories } from '../registry/discover.ts';

export type CollectedPack = {
  /** By path below the directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths of files that a registry does not read; hidden ones and `node_modules` are not told. */
  readonly leftOut: readonly string[];
};

/** Why a directory is not packed, in one sentence. */
export class CollectError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CollectError';
  }
}

/** Names looked at below the directory. A pack has few; a home directory given by mistake has not. */
const defaultMaxNames = 20_000;
const maxBytes = archiveLimits.maxUnpackedBytes;

type Walk = {
  /** Real path of the pack's directory. */
  readonly root: string;
  /** Real paths of the directories that were entered. */
  readonly entered: Set<string>;
  /** Followed when everything else was looked at, so that a file is found where it lies first. */
  readonly links: Found[];
  readonly files: Map<string, Uint8Array>;
  readonly leftOut: string[];
  readonly maxNames: number;
  names: number;
  bytes: number;
};

type Found = { readonly at: string; readonly path: string };

/** Reads what is there now. Throws `CollectError` for what cannot be packed. */
export async function collectPack(dir: string, maxNames = defaultMaxNames): Promise<CollectedPack> {
  const root = await orRefuse(realpath(dir), dir);
  const walk: Walk = {
    ...{ root, entered: new Set(), links: [], files: new Map(), leftOut: [], maxNames, names: 0, bytes: 0 },
  };
  await enter(walk, root, '');
  // The list grows while it is walked: what a link leads to may hold links.
  for (const link of walk.links) await visit(walk, link, true);
  return { files: walk.files, leftOut: walk.leftOut.sort() };
}

async function enter(walk: Walk, real: string, prefix: string): Promise<void> {
  walk.entered.add(real);
  const entries = await orRefuse(readdir(real, { withFileTypes: true }), prefix);
  walk.names += entries.length;
  if (walk.names > walk.maxNames)
    throw new CollectError(
      `there are more than ${walk.maxNames} names below it: give the directory of one pack`,
    );
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!mayBePack(entry.name)) continue;
    const found = { at: join(real, entry.name), path: prefix + entry.name };
    if (entry.isSymbolicLink()) walk.links.push(found);
    else await visit(walk, found, false);
  }
}

async function visit(walk: Walk, { at, path }: Found, isLink: boolean): Promise<void> {
  const isWanted = isDefinitionFile(path.slice(path.lastIndexOf('/') + 1));
  const target = await follow(walk, at);
  if (typeof target === 'string') {
    if (isWanted || /^(actions|workflows)(\/|$)/.test(path)) throw new CollectError(`${path} ${target}`);
    walk.leftOut.push(path);
  } else if (target.stats.isDirectory()) {
    if (isLink && isKnown(walk, path, target.real)) return;
    if (path.split('/').length < maxPathDepth) await enter(walk, target.real, `${path}/`);
    else walk.leftOut.push(`${path}/`);
  } else if (!isWanted) walk.leftOut.push(path);
  else if (!target.stats.isFile()) throw new CollectError(`${path} is not a regular file; make it one`);
  else await read(walk, target.real, path);
}

/** A link among a pack's own directories shows nothing new, as in a root; another leads to each directory once. */
function isKnown({ root, entered }: Walk, path: string, real: string): boolean {
  const isOwn = packDirectories.some((name) => name === path);
  return isOwn
    ? [root, ...packDirectories.map((name) => join(root, name))].includes(real)
    : entered.has(real);
}

/** Where a path leads, or in words why it is not followed. */
async function follow({ root }: Walk, at: string) {
  try {
    const real = await realpath(at);
    if (real !== root && !real.startsWith(root + sep))
      return 'is a link that leads out of the pack; copy what it leads to into the pack';
    return { real, stats: await stat(real) };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT')
      return 'is a link that leads nowhere, or has another name than it shows; remove or rename it';
    if (code === 'ELOOP') return 'is a link that leads in circles; remove it';
    return `cannot be read: ${messageOf(error)}`;
  }
}

async function read(walk: Walk, real: string, path: string): Promise<void> {
  // It may have become a FIFO since.
  const handle = await orRefuse(open(real, constants.O_RDONLY | constants.O_NONBLOCK), path);
  try {
    walk.bytes += (await handle.stat()).size;
    if (walk.bytes > maxBytes) throw new CollectError(`its YAML has more than the ${maxBytes} bytes allowed`);
    walk.files.set(path, await handle.readFile());
  } finally {
    await handle.close();
  }
}

async function orRefuse<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CollectError(`${path} cannot be read: ${messageOf(error)}`);
  }
}
