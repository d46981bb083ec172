// Tar archives byte by byte: good ones, and any that no tar program would make.
import { gzipSync } from 'node:zlib';

export type RawEntry = {
  readonly name: string | Uint8Array;
  /** @default '0' */
  readonly type?: string;
  readonly body?: string | Uint8Array;
  /** Written into the size's field as it is. @default the body's length in octal */
  readonly size?: string | Uint8Array;
  readonly link?: string;
  readonly prefix?: string;
  /** @default that of ustar */
  readonly magic?: string;
  /** Written into its field as it is. @default the right one */
  readonly checksum?: string | Uint8Array;
  /** Changes the finished header. */
  readonly spoil?: (header: Buffer) => void;
};

export const gnuMagic = 'ustar  \0';

/** Header, body and padding. */
export function entry(given: RawEntry): Buffer {
  const body = Buffer.from(given.body ?? '');
  const header = Buffer.alloc(512);
  const put = (value: string | Uint8Array, at: number, most: number) => {
    Buffer.from(value).copy(header, at, 0, most);
  };
  put(given.name, 0, 100);
  put('0000644\0', 100, 8);
  put('0000000\0', 108, 8);
  put('0000000\0', 116, 8);
  put(given.size ?? octal(body.length, 11), 124, 12);
  put('00000000000\0', 136, 12);
  put(given.type ?? '0', 156, 1);
  put(given.link ?? '', 157, 100);
  put(given.magic ?? 'ustar\x0000', 257, 8);
  put(given.prefix ?? '', 345, 155);
  header.fill(' ', 148, 156);
  put(given.checksum ?? `${octal(sumOf(header), 6)} `, 148, 8);
  given.spoil?.(header);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 511)]);
}

/** `digits` octal digits and a NUL. */
export function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

function sumOf(header: Buffer): number {
  let sum = 0;
  for (const byte of header) sum += byte;
  return sum;
}

export function file(name: string, body: string | Uint8Array = 'a: 1\n'): Buffer {
  return entry({ name, body });
}

export function directory(name: string): Buffer {
  return entry({ name, type: '5' });
}

/** A pax header: records by key, or the bytes of its body. */
export function pax(records: Readonly<Record<string, string>> | Uint8Array, type: 'x' | 'g' = 'x'): Buffer {
  const body =
    records instanceof Uint8Array
      ? records
      : Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(`${key}=${value}`)));
  return entry({ name: 'PaxHeaders/x', type, body });
}

function paxRecord(text: string): Buffer {
  const length = Buffer.byteLength(text) + 2;
  let whole = length + String(length).length;
  whole = length + String(whole).length;
  return Buffer.from(`${whole} ${text}\n`);
}

/** GNU's long name (`L`) or link target (`K`). */
export function long(type: 'L' | 'K', name: string): Buffer {
  return entry({ name: '././@LongLink', type, magic: gnuMagic, body: `${name}\0` });
}

export const endMark = Buffer.alloc(1024);

/** The parts with an end mark, compressed. */
export function archive(...parts: readonly Uint8Array[]): Buffer {
  return gzipSync(Buffer.concat([...parts, endMark]));
}
