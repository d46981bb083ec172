// gzip (RFC 1952) → its bytes, slice by slice, as strictly as it can be read: one member, nothing behind it, checksum and
// length right. zlib's own gzip mode reads on through further members, so only its deflate part is used.
import { crc32, createInflateRaw } from 'node:zlib';
import { codeOf } from '../model/errors.ts';
import type { ArchiveLimits } from './limits.ts';
import { refuse } from './refusal.ts';

/** Bytes inflated at a time, in zlib's thread; the event loop turns between two slices. */
const sliceBytes = 64 * 1024;
const trailerBytes = 8;
/** Zeros behind the end: a tar that writes into a pipe may fill its last record up, and gzip passes over them. */
const maxPaddingBytes = 64 * 1024;

/** Throws `ArchiveRefusal` at the first byte too many, wherever the archive is cut off, and when checksums differ. */
export async function* gunzip(bytes: Uint8Array, limits: ArchiveLimits): AsyncGenerator<Uint8Array> {
  const start = startOfData(bytes);
  const inflate = createInflateRaw({ chunkSize: sliceBytes });
  inflate.end(bytes.subarray(start));
  let length = 0;
  let checksum = 0;
  try {
    for await (const slice of inflate as AsyncIterable<Uint8Array>) {
      length += slice.length;
      checkLength(length, bytes.length, limits);
      checksum = crc32(slice, checksum);
      yield slice;
    }
  } catch (error) {
    if (codeOf(error) === 'Z_BUF_ERROR') refuse('the archive is cut off: its compressed data does not end');
    if (codeOf(error)?.startsWith('Z_')) refuse('the archive is damaged: its compressed data makes no sense');
    throw error;
  }
  checkTrailer(bytes, start + inflate.bytesWritten, length, checksum);
}

function checkLength(length: number, packedLength: number, limits: ArchiveLimits): void {
  const { maxUnpackedBytes, maxRatio, freeUnpackedBytes } = limits;
  if (length > maxUnpackedBytes)
    refuse(
      `the archive unpacks to more than the ${maxUnpackedBytes} bytes allowed`,
      'leave out what is no YAML',
    );
  if (length > freeUnpackedBytes && length > packedLength * maxRatio)
    refuse(
      `the archive unpacks to more than ${maxRatio} times its ${packedLength} bytes`,
      'leave out the files of nothing but repetitions',
    );
}

/** Lengths and flags of the header's optional parts. */
const flag = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Where the compressed data begins. */
function startOfData(bytes: Uint8Array): number {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8)
    refuse('the archive is no gzip: expected a tar.gz');
  const flags = bytes[3] ?? flag.reserved;
  if (flags & flag.reserved) refuse('the archive is damaged: unknown flags in the gzip header');
  let at = 10;
  if (flags & flag.extra) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const text of [flag.name, flag.comment]) {
    if (!(flags & text)) continue;
    const end = bytes.indexOf(0, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  if (flags & flag.headerChecksum) at += 2;
  if (at + trailerBytes >= bytes.length) refuse('the archive is cut off within its gzip header');
  return at;
}

function checkTrailer(bytes: Uint8Array, at: number, length: number, checksum: number): void {
  const behind = bytes.length - at - trailerBytes;
  if (behind < 0) refuse('the archive is cut off: its gzip checksum is missing');
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + at, trailerBytes);
  if (trailer.getUint32(0, true) !== checksum || trailer.getUint32(4, true) !== length)
    refuse('the archive is damaged: its bytes are not those of its gzip checksum');
  const isPadding = behind <= maxPaddingBytes && bytes.subarray(-behind).every((byte) => byte === 0);
  if (behind > 0 && !isPadding)
    refuse(`${behind} bytes follow the end of the archive: expected one gzip member and nothing behind it`);
}
