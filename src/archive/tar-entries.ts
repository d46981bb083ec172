// The bytes of a tar stream → its entries, one after another, long names of pax and GNU put in their places. Everything but
// regular files and directories is refused by its kind; so is a stream that does not end as it should.
import { type ByteSource, refuseCut } from './byte-source.ts';
import { parsePax } from './pax.ts';
import { refuse, shown } from './refusal.ts';
import { blockBytes, decodeName, isZeroBlock, parseHeader, type TarHeader } from './tar-header.ts';

export type TarEntry = {
  /** As spelt; nothing of it has been looked at. */
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  /** The whole contents, a copy. Once, and before the next entry is asked for; else they are skipped. */
  read(): Promise<Uint8Array>;
};

/** What headers before an entry say about it. */
type Extension = { path?: string; longName?: string; longLink?: string; size?: string; isSparse?: boolean };

/** Of a pax header or a long name: paths are short, but attributes of files may stand beside them. */
const maxExtensionBytes = 64 * 1024;

/** Throws `ArchiveRefusal`. */
export async function* readEntries(source: ByteSource): AsyncGenerator<TarEntry> {
  let extension: Extension = {};
  for (;;) {
    const at = source.position;
    const block = await source.take(blockBytes);
    if (block === undefined) refuseCut(at);
    if (isZeroBlock(block)) {
      if (Object.keys(extension).length > 0) refuse('the archive ends where an entry was announced');
      return await readEnd(source, at);
    }
    const header = parseHeader(block, at);
    if ('xgLK'.includes(header.type)) {
      await readExtension(source, header, extension, `the extended tar header at byte ${at}`);
      continue;
    }
    const { name, kind } = resolve(header, extension, `the tar header at byte ${at}`);
    extension = {};
    const body = createBody(source, header.size);
    yield { name, kind, size: header.size, read: body.read };
    await body.finish();
  }
}

function createBody(source: ByteSource, size: number): Pick<TarEntry, 'read'> & { finish(): Promise<void> } {
  let left = Math.ceil(size / blockBytes) * blockBytes;
  return {
    async read() {
      if (size === 0) return new Uint8Array(0);
      const bytes = await source.take(size);
      if (bytes === undefined) refuseCut(source.position);
      left -= size;
      // A view, which `slice` of a Buffer is, would keep the whole slice.
      return new Uint8Array(bytes);
    },
    finish: () => source.skip(left),
  };
}

async function readExtension(
  source: ByteSource,
  header: TarHeader,
  into: Extension,
  where: string,
): Promise<void> {
  const { type, size } = header;
  if (size > maxExtensionBytes)
    refuse(`${where} has ${size} bytes, more than the ${maxExtensionBytes} allowed`);
  const body = createBody(source, size);
  const bytes = await body.read();
  await body.finish();
  if (type === 'L') set(into, 'longName', longName(bytes, where), where);
  else if (type === 'K') set(into, 'longLink', longName(bytes, where), where);
  else readPax(parsePax(bytes, where), type, into, where);
}

/** Ends with its only NUL: readers that look for one would find another name, behind an earlier one or without any. */
function longName(bytes: Uint8Array, where: string): string {
  const end = bytes.indexOf(0);
  if (end < 0) refuse(`${where} is bad: its name has no end`);
  if (end !== bytes.length - 1) refuse(`${where} is bad: bytes are hidden behind the end of a name`);
  return decodeName(bytes.subarray(0, end), where);
}

function readPax(records: ReadonlyMap<string, string>, type: string, into: Extension, where: string): void {
  const isSparse = [...records.keys()].some((key) => /^(GNU\.sparse|SCHILY\.realsize)/.test(key));
  const [path, size, link] = ['path', 'size', 'linkpath'].map((key) => records.get(key));
  if (type === 'g') {
    if (isSparse || path !== undefined || size !== undefined || link !== undefined)
      refuse(`${where} is bad: names and sizes for all entries at once are not allowed`);
    return;
  }
  if (path !== undefined) set(into, 'path', path, where);
  if (size !== undefined) set(into, 'size', size, where);
  if (link !== undefined) set(into, 'longLink', link, where);
  if (isSparse) into.isSparse = true;
}

function set(
  into: Extension,
  key: 'path' | 'longName' | 'longLink' | 'size',
  value: string,
  where: string,
): void {
  if (into[key] !== undefined) refuse(`${where} is bad: it says again what another said of the same entry`);
  into[key] = value;
}

const kinds: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a FIFO',
  '7': 'a contiguous file',
  D: 'a directory dump',
  M: 'a part of a file',
  S: 'a sparse file',
  V: 'a volume label',
};

function resolve(header: TarHeader, extension: Extension, where: string): Pick<TarEntry, 'name' | 'kind'> {
  const { path, longName, longLink, size } = extension;
  const name = path ?? longName ?? decodeName(header.name, where);
  const entry = `the entry ${shown(name)}`;
  const only = 'expected nothing but regular files and directories';
  const { type } = header;
  if (type !== '0' && type !== '5') {
    const advice =
      type === '1' || type === '2'
        ? 'with `tar --dereference --hard-dereference` links are files'
        : undefined;
    refuse(`${entry} is ${kinds[type] ?? `of the unknown type ${shown(type)}`}: ${only}`, advice);
  }
  if (extension.isSparse)
    refuse(`${entry} is a sparse file: ${only}`, 'make the archive without `tar --sparse`');
  if (longLink !== undefined) refuse(`${entry} is no link and has a link's target: ${only}`);
  if (path !== undefined && longName !== undefined && path !== longName)
    refuse(`${entry} has a second name, ${shown(longName)}: expected one`);
  if (size !== undefined && size !== String(header.size)) refuse(`${entry} has two sizes: expected one`);
  if (type === '5' && header.size > 0) refuse(`${entry} is a directory with contents of its own`);
  return { name, kind: type === '5' ? 'directory' : 'file' };
}

/** After the first block of zeros: a second one, and zeros to the end. Other programs may read what comes after them. */
async function readEnd(source: ByteSource, at: number): Promise<void> {
  for (let isSecond = true; ; isSecond = false) {
    const block = await source.take(blockBytes);
    if (block === undefined && isSecond) refuseCut(source.position);
    if (block === undefined) return;
    if (!isZeroBlock(block))
      refuse(`the tar stream goes on behind its end at byte ${at}: expected one archive`);
  }
}
