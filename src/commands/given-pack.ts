// The argument of `pack install` → an archive to send and the files in it: read from a tar.gz, a pipe, or a directory.
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { archiveLimits } from '../archive/limits.ts';
import { readArchive } from '../archive/read-archive.ts';
import { writeArchive } from '../archive/write-archive.ts';
import { messageOf } from '../model/errors.ts';
import type { Mistake } from './arguments.ts';
import { CollectError, type CollectedPack, collectPack } from './collect-pack.ts';
import type { CommandContext } from './context.ts';
import { hasManifest, statOf } from './place.ts';

export type GivenPack = {
  readonly archive: Uint8Array;
  /** By path below the pack's directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files that a registry does not read. */
  readonly leftOut: readonly string[];
  /** A path below the pack's directory as it is printed. */
  show(path: string): string;
};

/** A pack that no daemon would take, and why. */
export type UnfitPack = { readonly refused: string };

const { maxPackedBytes } = archiveLimits;

/** Reads what is there once. */
export async function readGivenPack(
  context: CommandContext,
  argument: string,
): Promise<GivenPack | UnfitPack | Mistake> {
  if (argument === '-') return await readGivenArchive(context.stdin);
  const path = resolve(context.cwd, argument);
  const stats = statOf(path);
  if (stats === undefined)
    return { mistake: `${argument} does not exist; give a tar.gz, the directory of a pack, or - for a pipe` };
  return stats.isDirectory()
    ? await packDirectory(path, argument)
    : await readGivenArchive(createReadStream(path));
}

async function readGivenArchive(stream: AsyncIterable<Uint8Array>): Promise<GivenPack | UnfitPack> {
  const archive = await readBounded(stream);
  return 'refused' in archive ? archive : await openArchive(archive, '');
}

async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array | UnfitPack> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > maxPackedBytes) return { refused: `it has more than the ${maxPackedBytes} bytes allowed` };
      chunks.push(chunk);
    }
  } catch (error) {
    return { refused: `it cannot be read: ${messageOf(error)}` };
  }
  return Buffer.concat(chunks);
}

/** The daemon reads it in the same way, and says how large a file may be. */
async function openArchive(archive: Uint8Array, shownBelow: string): Promise<GivenPack | UnfitPack> {
  const reading = await readArchive(archive, { maxFileBytes: Number.MAX_SAFE_INTEGER });
  if (!reading.ok) return { refused: reading.message };
  return {
    archive,
    files: reading.files,
    leftOut: reading.skipped,
    show: (path) => join(shownBelow, path),
  };
}

async function packDirectory(path: string, argument: string): Promise<GivenPack | UnfitPack> {
  if (!hasManifest(path)) return { refused: 'there is no pack.yaml in it; give the directory of one pack' };
  const collected = await collect(path);
  if ('refused' in collected) return collected;
  const opened = await openArchive(await writeArchive(collected.files), argument);
  return 'refused' in opened ? opened : { ...opened, leftOut: collected.leftOut };
}

async function collect(path: string): Promise<CollectedPack | UnfitPack> {
  try {
    return await collectPack(path);
  } catch (error) {
    if (error instanceof CollectError) return { refused: error.message };
    throw error;
  }
}
