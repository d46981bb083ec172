// Files of a pack → a tar.gz, the same bytes for the same files whatever the disk, the order and the time.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { blockBytes } from './tar-header.ts';

const gzipAsync = promisify(gzip);

/** `files` by their path below the pack's directory, which is not in the archive. In byte order, without owners and times. */
export async function writeArchive(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const sorted = [...files].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const parts = sorted.flatMap(([path, bytes]) => [
    ...(fitsHeader(path) ? [] : member('x', 'pax', paxRecord('path', path))),
    ...member('0', fitsHeader(path) ? path : 'long', bytes),
  ]);
  const packed = await gzipAsync(Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]));
  // The system it was packed on.
  packed[9] = 255;
  return packed;
}

/** ustar promises ASCII, and has 100 bytes without its prefix. */
function fitsHeader(path: string): boolean {
  return /^[ -~]{1,100}$/.test(path);
}

/** `LENGTH KEY=VALUE\n`, the length its own digits included. */
function paxRecord(key: string, value: string): Uint8Array {
  const record = Buffer.from(` ${key}=${value}\n`);
  let digits = String(record.length);
  while (record.length + digits.length !== Number(digits)) digits = String(record.length + digits.length);
  return Buffer.concat([Buffer.from(digits), record]);
}

/** Header, contents and padding. */
function member(type: string, name: string, body: Uint8Array): Uint8Array[] {
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 'latin1');
  header.write('0000644\x000000000\x000000000\0', 100, 'latin1');
  header.write(`${octal(body.length)}\0${octal(0)}\0        ${type}`, 124, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [header, body, Buffer.alloc(-body.length & (blockBytes - 1))];
}

function octal(number: number): string {
  return number.toString(8).padStart(11, '0');
}
