// Listed file → bytes and digest. A file that changes while it is read is told apart from one that stood still.
import { hash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import type { Finding } from '../model/diagnostic.ts';
import { codeOf } from '../model/errors.ts';
import type { CheckedFile } from '../model/file.ts';
import type { Digest } from '../model/pack.ts';
import type { FileAccess } from './file-access.ts';
import { readRefusal, refusal } from './refusal.ts';

export type ReadResult =
  | {
      readonly state: 'read';
      readonly bytes: Uint8Array;
      readonly digest: Digest;
      readonly fingerprint: string;
    }
  | { readonly state: 'refused'; readonly finding: Finding }
  /** Somebody is writing it at this moment. */
  | { readonly state: 'changing' };

/** A file whose bytes are those that somebody knew by their digest. */
export type KnownRead = { readonly state: 'known'; readonly digest: Digest; readonly fingerprint: string };

/** Larger files are checked by a worker with a time limit. */
export const smallBytes = 64 * 1024;

/** A file that was checked on the way, in place of its bytes. */
export type CheckedRead = {
  readonly state: 'checked';
  readonly checked: CheckedFile;
  readonly digest: Digest;
  readonly fingerprint: string;
};

export type FileStats = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>;

/** What tells that a file is another one than before, without opening it. */
export function fingerprintOf(stats: FileStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

/** Reads a regular file of at most `maxFileBytes` bytes. Never blocks on a FIFO, never follows a last-moment link. */
export async function readListed(
  access: FileAccess,
  realPath: string,
  maxFileBytes: number,
): Promise<ReadResult> {
  let file: number | undefined;
  try {
    file = await access.open(realPath, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const before = await access.fstat(file);
    if (!before.isFile()) {
      return {
        state: 'refused',
        finding: refusal('READ_NOT_REGULAR', 'not a regular file', 'replace it by a plain file'),
      };
    }
    if (before.size > BigInt(maxFileBytes))
      return { state: 'refused', finding: tooBig(before.size, maxFileBytes) };
    const bytes = await readBounded(access, file, Number(before.size), maxFileBytes);
    const after = await access.fstat(file);
    if (bytes === undefined || fingerprintOf(before) !== fingerprintOf(after)) return { state: 'changing' };
    return { state: 'read', bytes, digest: digestOf(bytes), fingerprint: fingerprintOf(after) };
  } catch (error) {
    // The path was resolved a moment ago: what is gone or a link by now is being replaced or removed.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return { state: 'changing' };
    return { state: 'refused', finding: readRefusal(error) };
  } finally {
    if (file !== undefined) await access.close(file);
  }
}

/** Undefined when the file does not end where its size said. */
async function readBounded(
  access: FileAccess,
  file: number,
  size: number,
  maxFileBytes: number,
): Promise<Uint8Array | undefined> {
  const buffer = Buffer.allocUnsafe(Math.min(size, maxFileBytes) + 1);
  let length = 0;
  while (length < buffer.length) {
    const bytesRead = await access.read(file, buffer, length);
    if (bytesRead === 0) break;
    length += bytesRead;
    // There was room for one byte more: the file ended here, and the look at its size afterwards says whether it still does.
    if (length === size) break;
  }
  return length === size ? buffer.subarray(0, length) : undefined;
}

/** SHA-256 of bytes, in hex. */
export function digestOf(bytes: Uint8Array): Digest {
  return hash('sha256', bytes) as Digest;
}

function tooBig(size: bigint, maxFileBytes: number): Finding {
  const message = `the file has ${size} bytes, more than the ${maxFileBytes} allowed`;
  return refusal('READ_TOO_BIG', message, 'split it, or raise PACKWATCH_MAX_FILE_BYTES');
}
