// A block of 512 bytes → the header of a tar entry (POSIX ustar and GNU), or why it is none. Pure.
// What two programs could read in two ways is refused, not guessed: sizes, names and checksums have one spelling each.
import { refuse } from './refusal.ts';

export const blockBytes = 512;
const slash = Buffer.from('/');

export type TarHeader = {
  /** As spelt in the header, with ustar's prefix before it. It may be cut in the middle of a character, where another follows. */
  readonly name: Uint8Array;
  readonly size: number;
  /** One character; a NUL, which old archives have for files, is read as `0`. */
  readonly type: string;
};

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** `at` is where the block stands in the stream, for the message. Throws `ArchiveRefusal`. */
export function parseHeader(block: Uint8Array, at: number): TarHeader {
  const where = `the tar header at byte ${at}`;
  const format = formatOf(block);
  if (format === undefined) refuse(`${where} is none of the formats ustar, pax and gnu`);
  const checksum = octal(block.subarray(148, 156));
  if (checksum !== checksumOf(block)) refuse(`${where} is damaged: its checksum is wrong`);
  const size = octal(block.subarray(124, 136));
  if (size === undefined) refuse(`${where} is bad: expected an octal number for the size`);
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0);
  const name = textField(block.subarray(0, 100), where);
  const prefix = textField(block.subarray(345, format === 'ustar' ? 500 : 345), where);
  return { name: prefix.length === 0 ? name : Buffer.concat([prefix, slash, name]), size, type };
}

function formatOf(block: Uint8Array): 'ustar' | 'gnu' | undefined {
  switch (latin(block.subarray(257, 265))) {
    case 'ustar\x0000':
      return 'ustar';
    case 'ustar  \0':
      return 'gnu';
    default:
      return undefined;
  }
}

/** Undefined for base-256 numbers as well: they are for sizes far over any limit here, and for negative ones. */
function octal(field: Uint8Array): number | undefined {
  const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(latin(field)) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

/** The sum of all bytes, with the field of the checksum taken for blanks. */
function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

/** A text that ends at the first NUL or with its field. */
function textField(field: Uint8Array, where: string): Uint8Array {
  const end = field.indexOf(0);
  if (end >= 0 && !isZeroBlock(field.subarray(end)))
    refuse(`${where} is bad: bytes are hidden behind the end of a name`);
  return end < 0 ? field : field.subarray(0, end);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws `ArchiveRefusal` for what is no UTF-8: a name that is silently changed could become another's. */
export function decodeName(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse(`${where} has a name that is not UTF-8`, 'rename the file');
  }
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
