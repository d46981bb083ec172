// Archives that are made to do harm: more than 200 of them from a seed, each a pack with one thing wrong that no reader may overlook.
// Whatever would be written somewhere bears the marker in its name.
import { gzipSync } from 'node:zlib';
import { createRandom } from '../../bench/random.ts';
import { hostilePaths } from './hostile-paths.ts';
import { archive, directory, endMark, entry, file, gnuMagic, long, pax, type RawEntry } from './tar.ts';

export type Hostile = { readonly name: string; readonly bytes: Buffer };

/** A whole number from 0 up to below the limit. */
type Below = (limit: number) => number;

const manifest = file('p/pack.yaml', 'ref: p\nlabel: P\nversion: 1.0.0\n');
const withPack = (...parts: readonly Uint8Array[]): Buffer => archive(manifest, ...parts);
const megabyte = 1024 * 1024;

type Named = readonly [name: string, bytes: Buffer];

export function hostileArchives(seed: number): readonly Hostile[] {
  const random = createRandom(seed);
  const below: Below = (limit) => random.between(0, limit - 1);
  return [
    ...traversals(),
    ...links(),
    ...kinds(),
    ...bombs(),
    ...extensions(),
    ...twins(),
    ...sizes(),
    ...headers(below),
    ...endings(below),
    ...envelopes(below),
  ].map(([name, bytes]) => ({ name, bytes }));
}

/** A path in a header, in a pax record, as a GNU long name and as a directory, in turn. */
function traversals(): Named[] {
  const ways: readonly ((path: string) => Buffer)[] = [
    (path) => file(path),
    (path) => Buffer.concat([pax({ path }), file('p/x.yaml')]),
    (path) => Buffer.concat([long('L', path), file('p/x.yaml')]),
    (path) => directory(`${path}/`),
  ];
  return hostilePaths.flatMap((path, at) => {
    // A header has room for 100 bytes, and ends a name at a NUL.
    const isLong = Buffer.byteLength(path) > 99 || path.includes('\0');
    const way = ways[isLong ? 1 : at % ways.length];
    return way === undefined ? [] : [[`path ${JSON.stringify(path)}`, withPack(way(path))]];
  });
}

function links(): Named[] {
  const targets = ['../../pw-escaped', '/etc/passwd', 'pack.yaml', '.', 'p/pack.yaml', '/proc/self/mem'];
  const made = targets.flatMap((link) =>
    ['1', '2'].map(
      (type): Named => [`link ${type} ${link}`, withPack(entry({ name: 'p/l.yaml', type, link }))],
    ),
  );
  const chain = [entry({ name: 'p/d', type: '2', link: '../..' }), file('p/d/pw-escaped.yaml')];
  return [
    ...made,
    ['a chain of links', withPack(...chain)],
    ['a link in place of the pack', archive(entry({ name: 'p', type: '2', link: '/tmp' }), manifest)],
    ['a link without a target', withPack(entry({ name: 'p/l', type: '2' }))],
    ['a link with contents', withPack(entry({ name: 'p/l', type: '2', link: 'x', body: 'a: 1\n' }))],
    ['a long target', withPack(long('K', `../${'a/'.repeat(60)}x`), entry({ name: 'p/l', type: '2' }))],
    ['a pax target', withPack(pax({ linkpath: '../../x' }), entry({ name: 'p/l', type: '2' }))],
    ['a target for a file', withPack(long('K', '../x'), file('p/l.yaml'))],
    ['a pax target for a file', withPack(pax({ linkpath: '/etc/passwd' }), file('p/l.yaml'))],
  ];
}

function kinds(): Named[] {
  const types = ['3', '4', '6', '7', 'A', 'D', 'M', 'N', 'S', 'V', 'X', 'I', 'Z', '8', '9', ' ', '?', '\xff'];
  const sparse = ['GNU.sparse.major', 'GNU.sparse.name', 'GNU.sparse.size', 'SCHILY.realsize'];
  return [
    ...types.map(
      (type): Named => [
        `kind ${JSON.stringify(type)}`,
        withPack(entry({ name: 'p/k.yaml', type, magic: gnuMagic })),
      ],
    ),
    ...sparse.map((key): Named => [key, withPack(pax({ [key]: '1' }), file('p/s.yaml'))]),
    ['a directory with contents', withPack(entry({ name: 'p/d/', type: '5', body: 'a: 1\n' }))],
    ['a file called like a directory', withPack(file('p/d/'))],
    ['a file that is the top', withPack(file('./'))],
  ];
}

function bombs(): Named[] {
  const zeros = Buffer.alloc(8 * megabyte);
  const many = (count: number, part: (at: number) => Buffer) =>
    Array.from({ length: count }, (_, at) => part(at));
  const plain = Buffer.alloc(megabyte);
  return [
    ['zeros in a file of YAML', withPack(entry({ name: 'p/z.yaml', body: zeros }))],
    ['zeros in a file that is skipped', withPack(entry({ name: 'p/z.bin', body: zeros }))],
    ['zeros in a hidden file', withPack(entry({ name: 'p/.z', body: zeros }))],
    ['zeros behind the end', gzipSync(Buffer.concat([manifest, endMark, zeros]))],
    ['headers alone', withPack(...many(5001, (at) => entry({ name: `p/${at}` })))],
    ['directories alone', withPack(...many(5001, (at) => directory(`p/${at}/`)))],
    ['global headers alone', withPack(...many(20_000, () => pax({ comment: 'x' }, 'g')))],
    [
      'more than may be unpacked',
      gzipSync(Buffer.concat([manifest, ...many(66, (at) => file(`p/${at}.bin`, plain))]), { level: 0 }),
    ],
    ['a file too large', withPack(file('p/big.yaml', Buffer.concat([plain, Buffer.from('x')])))],
    ['gzip within gzip', gzipSync(archive(manifest))],
    ['gzip within gzip within gzip', gzipSync(gzipSync(gzipSync(zeros)))],
    ['a pax header without end', withPack(pax(Buffer.alloc(megabyte, 'x')), file('p/x.yaml'))],
    ['a long name without end', withPack(long('L', 'x'.repeat(megabyte)), file('p/x.yaml'))],
    ['a size that is only said', withPack(entry({ name: 'p/x.yaml', size: '77777777777\0' }))],
    [
      'a size that is only said, of a pax header',
      withPack(entry({ name: 'x', type: 'x', size: '77777777777\0' })),
    ],
  ];
}

function extensions(): Named[] {
  const raw = (text: string): Buffer => withPack(pax(Buffer.from(text)), file('p/x.yaml'));
  return [
    ['pax: size smaller', withPack(pax({ size: '1' }), file('p/x.yaml'))],
    ['pax: size larger', withPack(pax({ size: '1024' }), file('p/x.yaml'), file('p/y.yaml'))],
    ['pax: size negative', withPack(pax({ size: '-5' }), file('p/x.yaml'))],
    ['pax: size with more', withPack(pax({ size: '5x' }), file('p/x.yaml'))],
    ['pax: size in hex', withPack(pax({ size: '0x5' }), file('p/x.yaml'))],
    ['pax: size with a point', withPack(pax({ size: '5.0' }), file('p/x.yaml'))],
    ['pax: size beyond all', withPack(pax({ size: '9'.repeat(40) }), file('p/x.yaml'))],
    ['pax: size empty', withPack(pax({ size: '' }), file('p/x.yaml'))],
    ['pax: no path', withPack(pax({ path: '' }), file('p/x.yaml'))],
    ['pax: a path for all', archive(pax({ path: 'p/pw-escaped.yaml' }, 'g'), manifest)],
    ['pax: a size for all', archive(pax({ size: '0' }, 'g'), manifest)],
    ['pax: a target for all', archive(pax({ linkpath: '/etc' }, 'g'), manifest)],
    ['pax: two headers', withPack(pax({ path: 'p/a.yaml' }), pax({ path: 'p/b.yaml' }), file('p/x.yaml'))],
    ['pax: a key twice', raw('17 path=p/a.yaml\n17 path=p/b.yaml\n')],
    ['pax: a record too long', raw('99 path=p/a.yaml\n')],
    ['pax: a record too short', raw('9 path=p/a.yaml\n')],
    ['pax: a length of nothing', raw('0 path=p/a.yaml\n')],
    ['pax: a negative length', raw('-17 path=p/a.yaml\n')],
    ['pax: no length', raw('path=p/a.yaml\n')],
    ['pax: no key', raw('6 =ab\n')],
    ['pax: no value', raw('8 path\n\n')],
    ['pax: zeros behind', raw('17 path=p/a.yaml\n\0\0\0')],
    ['pax: a length with noughts', raw('0017 path=p/a.yaml\n')],
    ['pax: for nothing', archive(manifest, pax({ path: 'p/x.yaml' }))],
    [
      'pax: before a long name of another',
      withPack(pax({ path: 'p/a.yaml' }), long('L', 'p/b.yaml'), file('x')),
    ],
    ['gnu: two long names', withPack(long('L', 'p/a.yaml'), long('L', 'p/b.yaml'), file('x'))],
    ['gnu: two long targets', withPack(long('K', 'a'), long('K', 'b'), file('p/x.yaml'))],
    ['gnu: a name hidden behind another', withPack(long('L', 'p/a.yaml\0../../pw-escaped'), file('x'))],
    ['gnu: a long name for nothing', archive(manifest, long('L', 'p/x.yaml'))],
    [
      'gnu: a long name without its NUL',
      withPack(entry({ name: 'x', type: 'L', body: 'p/a.yaml' }), file('p/x.yaml')),
    ],
    ['gnu: a long name of nothing', withPack(entry({ name: 'x', type: 'L' }), file('p/x.yaml'))],
    [
      'gnu: a long name that is no UTF-8',
      withPack(entry({ name: 'x', type: 'L', body: Buffer.from([0x70, 0x2f, 0xc0, 0xae, 0]) }), file('x')),
    ],
  ];
}

function twins(): Named[] {
  const pairs: readonly (readonly [string, string])[] = [
    ['p/pack.yaml', 'p/PACK.yaml'],
    ['p/a.yaml', 'p/a.yaml'],
    ['p/a.yaml', './p/a.yaml'],
    ['p/a.yaml', 'p/A.YAML'],
    ['p/w/a.yaml', 'p/W/b.yaml'],
    ['p/\u00e9.yaml', 'p/e\u0301.yaml'],
    ['p/\u00c9.yaml', 'p/e\u0301.yaml'],
    ['p/stra\u00dfe.yaml', 'p/strasse.yaml'],
    ['p/\u212a.yaml', 'p/k.yaml'],
    ['p/\u017f.yaml', 'p/s.yaml'],
    ['p/\ufb01.yaml', 'p/fi.yaml'],
    ['p/\u1e9e.yaml', 'p/ss.yaml'],
    ['p/\u2126.yaml', 'p/\u03c9.yaml'],
    ['p/\u0130.yaml', 'p/i\u0307.yaml'],
    ['p/\uff41.yaml', 'p/a.yaml'],
    ['p/\u03c3.yaml', 'p/\u03c2.yaml'],
    ['p/a', 'p/a/b.yaml'],
    ['p/a/b.yaml', 'p/a'],
    ['p/a.bin', 'p/A.bin'],
    ['p/.a', 'p/.A'],
  ];
  const made = pairs.map(
    ([one, two]): Named => [
      `twins ${JSON.stringify(one)} ${JSON.stringify(two)}`,
      withPack(file(one), file(two)),
    ],
  );
  return [...made, ['a directory twice', withPack(directory('p/d/'), directory('p/d/'))]];
}

/** Fields of twelve bytes for the size of a file of five. */
function sizes(): Named[] {
  const base256 = (first: number, rest: string): Buffer =>
    Buffer.concat([Buffer.from([first]), Buffer.from(rest.padStart(22, '0'), 'hex')]);
  const fields: readonly (string | Buffer)[] = [
    ...['-0000000001\0', '0000000000x\0', '00000000008\0', '0x000000005\0', '5e0\0', '5.\0', '+0000000005\0'],
    ...['\0'.repeat(12), ' '.repeat(12), '5\x000000000000', '\t0000000005\0', '5 5\0', '\x005'],
    ...[
      base256(0x80, '05'),
      base256(0xff, 'f'.repeat(22)),
      base256(0x80, 'f'.repeat(22)),
      base256(0xc0, '05'),
    ],
    ...[base256(0xff, ''), base256(0x81, '05')],
  ];
  return fields.map(
    (size): Named => [
      `size ${JSON.stringify(Buffer.from(size).toString('latin1'))}`,
      withPack(entry({ name: 'p/x.yaml', body: 'a: 1\n', size })),
    ],
  );
}

function headers(below: Below): Named[] {
  const spoilt = (spoil: NonNullable<RawEntry['spoil']>): Buffer =>
    withPack(entry({ name: 'p/x.yaml', body: 'a: 1\n', spoil }));
  const magics = ['', 'ustar', 'ustar\x0001', 'ustar   ', 'USTAR\x0000', 'vstar\x0000', 'tar\x001234'];
  const flips = Array.from({ length: 12 }, (_, at): Named => {
    // Of the checksum itself some bits mean nothing.
    const [byte, bit] = [below(148), 1 << below(8)];
    return [
      `flipped bit ${at}: byte ${byte}`,
      spoilt((header) => {
        header[byte] = (header[byte] ?? 0) ^ bit;
      }),
    ];
  });
  const sums = ['0000000\0', ' '.repeat(8), '\0'.repeat(8), '777777\0 ', '-012345\0', Buffer.alloc(8, 0x80)];
  return [
    ...magics.map(
      (magic): Named => [`magic ${JSON.stringify(magic)}`, withPack(entry({ name: 'p/x.yaml', magic }))],
    ),
    ...sums.map((checksum, at): Named => [`checksum ${at}`, withPack(entry({ name: 'p/x.yaml', checksum }))]),
    ...flips,
    ['a name hidden behind the name', withPack(entry({ name: 'p/x.yaml\0../pw-escaped' }))],
    ['a prefix hidden behind the prefix', withPack(entry({ name: 'x.yaml', prefix: 'p\0../pw-escaped' }))],
    ['a prefix that leads out', withPack(entry({ name: 'pw-escaped', prefix: '../..' }))],
    ['an absolute prefix', withPack(entry({ name: 'pw-escaped', prefix: '/tmp' }))],
    ['no name', withPack(entry({ name: '' }))],
  ];
}

function endings(below: Below): Named[] {
  const tar = Buffer.concat([manifest, file('p/x.yaml', 'a: 1\n'.repeat(300)), directory('p/d/')]);
  const whole = gzipSync(Buffer.concat([tar, endMark]));
  const cut = (bytes: Buffer): Buffer => bytes.subarray(0, below(bytes.length));
  return [
    ...Array.from({ length: 12 }, (_, at): Named => [`gzip cut ${at}`, cut(whole)]),
    ...Array.from({ length: 12 }, (_, at): Named => [`tar cut ${at}`, gzipSync(cut(tar))]),
    ['no end', gzipSync(tar)],
    ['half an end', gzipSync(Buffer.concat([tar, endMark.subarray(512)]))],
    ['the end not whole', gzipSync(Buffer.concat([tar, endMark.subarray(1)]))],
    [
      'a lone block of zeros within',
      gzipSync(Buffer.concat([manifest, endMark.subarray(512), tar, endMark])),
    ],
    ['a tar behind the end', gzipSync(Buffer.concat([tar, endMark, file('../../pw-escaped'), endMark]))],
    ['text behind the end', gzipSync(Buffer.concat([tar, endMark, Buffer.from('pw-escaped')]))],
    ['a byte behind the end', gzipSync(Buffer.concat([tar, endMark, Buffer.from([0])]))],
  ];
}

function envelopes(below: Below): Named[] {
  const good = withPack(file('p/x.yaml', Buffer.from(Array.from({ length: 2000 }, () => below(256)))));
  const spoilt = (spoil: (bytes: Buffer) => void): Buffer => {
    const copy = Buffer.from(good);
    spoil(copy);
    return copy;
  };
  const set = (at: number, value: number): Buffer =>
    spoilt((bytes) => {
      bytes[at < 0 ? bytes.length + at : at] = value;
    });
  const flips = Array.from({ length: 12 }, (_, at): Named => {
    const byte = 10 + below(good.length - 10);
    return [`compressed byte ${at} changed`, set(byte, (good[byte] ?? 0) ^ (1 + below(255)))];
  });
  return [
    ...flips,
    ['a second member', Buffer.concat([good, good])],
    ['an empty member before', Buffer.concat([gzipSync(''), good])],
    ['an empty member behind', Buffer.concat([good, gzipSync('')])],
    ['text behind', Buffer.concat([good, Buffer.from('pw-escaped')])],
    ['zeros without end behind', Buffer.concat([good, Buffer.alloc(64 * 1024 + 1)])],
    ['text behind zeros', Buffer.concat([good, Buffer.alloc(512), Buffer.from('pw-escaped')])],
    ['a member behind zeros', Buffer.concat([good, Buffer.alloc(512), good])],
    ['a zip', Buffer.concat([Buffer.from('PK\x03\x04'), good])],
    ['a tar without gzip', Buffer.concat([manifest, endMark])],
    ['nothing', Buffer.alloc(0)],
    ['nothing, compressed', gzipSync('')],
    ['no pack', archive(file('p/x.yaml'))],
    ['two packs', withPack(file('q/pack.yaml'))],
    ['another method', set(2, 7)],
    ['reserved flags', set(3, 0xe0)],
    [
      'an extra part longer than all',
      Buffer.concat([Buffer.from([31, 139, 8, 4, 0, 0, 0, 0, 0, 3, 255, 255]), good]),
    ],
    [
      'a file name without end',
      spoilt((bytes) => {
        bytes[3] = 8;
        bytes.fill(1, 10);
      }),
    ],
    ['a wrong checksum', set(-8, (good.at(-8) ?? 0) ^ 1)],
    ['a wrong length', set(-4, (good.at(-4) ?? 0) ^ 1)],
  ];
}
