// Bytes → text. Refuses what is no UTF-8 text, saying what it is instead.
import { isUtf8 } from 'node:buffer';
import { type Problem, wholeFile } from './problem.ts';

export type Decoded =
  | { readonly ok: true; readonly text: string }
  /** `before`: the text up to the first bad byte, which the problem's place counts in. */
  | { readonly ok: false; readonly problem: Problem; readonly before: string };

/** Control characters in the first 4 KiB, in per cent, from which on a file is no text. */
const maxControlPercent = 10;

/** The text of a file, a leading byte order mark left out; line ends stay as they are. */
export function decodeBytes(bytes: Uint8Array): Decoded {
  if (bytes.length === 0)
    return refuse('READ_EMPTY', 'the file is empty', 'write the definition, or delete the file');
  const hasZero = bytes.includes(0);
  if (isUtf16(bytes, hasZero)) {
    return refuse('READ_UTF16', 'the file is UTF-16 text', 'save it as UTF-8');
  }
  if (hasZero || isMostlyControl(bytes)) {
    return refuse('READ_BINARY', 'the file holds binary data', 'a definition is a UTF-8 text file');
  }
  if (!isUtf8(bytes)) return refuseBadUtf8(bytes);
  return { ok: true, text: new TextDecoder('utf-8').decode(bytes) };
}

function refuse(code: Problem['code'], message: string, help: string): Decoded {
  return { ok: false, problem: { code, severity: 'error', message, help, place: wholeFile }, before: '' };
}

/** By its byte order mark, or by zero bytes that all stand at even or all at odd offsets (ASCII in UTF-16). */
function isUtf16(bytes: Uint8Array, hasZero: boolean): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  if (!hasZero) return false;
  const head = bytes.subarray(0, 256);
  let even = 0;
  let odd = 0;
  for (const [index, byte] of head.entries()) {
    if (byte !== 0) continue;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  }
  const half = head.length / 2;
  return half >= 2 && ((even === 0 && odd >= half * 0.7) || (odd === 0 && even >= half * 0.7));
}

function isMostlyControl(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, 4096);
  let control = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) control += 1;
  }
  return control * 100 > length * maxControlPercent;
}

function refuseBadUtf8(bytes: Uint8Array): Decoded {
  const offset = firstBadByte(bytes);
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, offset));
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
  const message = `the byte 0x${byte} is not valid UTF-8`;
  const place = { start: before.length, end: before.length };
  const problem: Problem = {
    code: 'READ_NOT_UTF8',
    severity: 'error',
    message,
    help: 'save it as UTF-8',
    place,
  };
  return { ok: false, problem, before };
}

/** Offset of the first byte that begins no valid sequence: the longest valid prefix, by bisection. */
function firstBadByte(bytes: Uint8Array): number {
  let valid = 0;
  let step = bytes.length;
  while (step >= 1) {
    // A prefix that ends inside a character is not valid either, so each step may move up to 3 bytes back.
    let grown = false;
    for (let back = 0; back < 4 && step - back >= 1; back += 1) {
      if (valid + step - back <= bytes.length && isUtf8(bytes.subarray(valid, valid + step - back))) {
        valid += step - back;
        grown = true;
        break;
      }
    }
    if (!grown) step = Math.floor(step / 2);
  }
  return valid;
}
