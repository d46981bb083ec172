// The body of a pax extended header → its records. Pure.
import { refuse } from './refusal.ts';
import { decodeName } from './tar-header.ts';

const [space, newline, equals] = [0x20, 0x0a, 0x3d];

/** Records are `LENGTH KEY=VALUE\n`, the length that of the whole record. Throws `ArchiveRefusal`. */
export function parsePax(bytes: Uint8Array, where: string): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(space, at);
    const digits = blank < 0 ? '' : Buffer.from(bytes.subarray(at, blank)).toString('latin1');
    const end = at + (/^[1-9][0-9]{0,5}$/.test(digits) ? Number(digits) : 0);
    const sign = bytes.indexOf(equals, blank);
    if (end > bytes.length || bytes[end - 1] !== newline || sign <= blank + 1 || sign >= end)
      refuse(`${where} is damaged: expected pax records`);
    const key = decodeName(bytes.subarray(blank + 1, sign), where);
    if (records.has(key)) refuse(`${where} is bad: it says ${key} twice`);
    // Values of other keys may be of any bytes: extended attributes are.
    const isRead = key === 'path' || key === 'size' || key === 'linkpath';
    records.set(key, isRead ? decodeName(bytes.subarray(sign + 1, end - 1), where) : '');
    at = end;
  }
  return records;
}
