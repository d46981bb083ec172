import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../src/archive/read-archive.ts';
import { archive, endMark, entry, file, gnuMagic, long, octal, pax } from '../support/tar.ts';
import { measureTurns } from '../support/turn-cpu.ts';

const manifest = file('p/pack.yaml');

async function messageOf(bytes: Uint8Array, options = {}): Promise<string> {
  const reading = await readArchive(bytes, options);
  return reading.ok ? `accepted: ${[...reading.files.keys()].join(' ')}` : reading.message;
}

async function filesOf(bytes: Uint8Array): Promise<Record<string, string>> {
  const reading = await readArchive(bytes);
  if (!reading.ok) throw new Error(reading.message);
  return Object.fromEntries(
    [...reading.files].map(([path, content]) => [path, Buffer.from(content).toString()]),
  );
}

describe('archives as tar programs make them', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pw-archive-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const source = new URL('../../packs/datamove', import.meta.url).pathname;
  const pack = join(dir, 'datamove');
  cpSync(source, pack, { recursive: true });
  // Longer than a tar header has room for, in bytes that a header cuts in the middle of a character.
  const long = `${'ä'.repeat(100)}.yaml`;
  mkdirSync(join(pack, 'workflows', 'more'));
  writeFileSync(join(pack, 'workflows', 'more', long), 'a: 1\n');
  writeFileSync(join(pack, '._pack.yaml'), 'of another system');

  const onDisk = Object.fromEntries(
    readdirSync(pack, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml') && !path.startsWith('.'))
      .map((path) => [path, readFileSync(join(pack, path), 'utf8')]),
  );
  const tar = (...args: string[]): Buffer => execFileSync('tar', args, { cwd: dir, maxBuffer: 1e8 });

  it.each([
    ['gnu, of the directory', ['-cz', '--format=gnu', 'datamove']],
    ['gnu, of what is in it', ['-cz', '--format=gnu', '-C', 'datamove', '.']],
    ['pax, of the directory', ['-cz', '--format=pax', 'datamove']],
    ['pax, of what is in it', ['-cz', '--format=pax', '-C', 'datamove', '.']],
    ['as it is without options', ['-czf', '-', './datamove']],
    ['without entries for directories', ['-cz', '--no-recursion', ...listed()]],
  ])('are read byte for byte: %s', async (_, args) => {
    expect(await filesOf(tar(...args))).toEqual(onDisk);
  });

  const hasBsdtar = spawnSync('bsdtar', ['--version']).status === 0;
  it.runIf(hasBsdtar).each([
    ['as it is', []],
    ['pax', ['--format', 'pax']],
    ['gnutar', ['--format', 'gnutar']],
  ])('are read byte for byte: bsdtar, %s', async (_, options) => {
    // Into a pipe, where it pads what it has compressed.
    const bytes = execFileSync('bsdtar', ['-cz', ...options, 'datamove'], { cwd: dir, maxBuffer: 1e8 });
    expect(await filesOf(bytes)).toEqual(onDisk);
  });

  function listed(): string[] {
    return Object.keys(onDisk).map((path) => `datamove/${path}`);
  }

  it('are read byte for byte: ustar, which has no names as long', async () => {
    const { [`workflows/more/${long}`]: _, ...rest } = onDisk;
    const bytes = tar('-cz', '--format=ustar', '--exclude=*ää*', 'datamove');
    expect(await filesOf(bytes)).toEqual(rest);
  });

  it('are read byte for byte: git archive, with a global header', async () => {
    const git = (...args: string[]): Buffer =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@localhost', ...args], { cwd: pack });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'x');
    expect(await filesOf(git('archive', '--format=tar.gz', 'HEAD'))).toEqual(onDisk);
    expect(await filesOf(git('archive', '--format=tar.gz', '--prefix=datamove-1.0/', 'HEAD'))).toEqual(
      onDisk,
    );
    rmSync(join(pack, '.git'), { recursive: true });
  });
});

describe('what is read', () => {
  it('is YAML; other files are told, hidden ones are not', async () => {
    const names = ['README.md', 'actions/a.sh', 'actions/a.yml', '.git/config', 'node_modules/x/b.yaml'];
    const reading = await readArchive(archive(manifest, ...names.map((name) => file(`p/${name}`))));
    if (!reading.ok) throw new Error(reading.message);
    expect([...reading.files.keys()]).toEqual(['pack.yaml', 'actions/a.yml']);
    expect(reading.skipped).toEqual(['README.md', 'actions/a.sh']);
  });

  it('is whole, wherever it lies among the slices', async () => {
    const sizes = [0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 300_001, 1024 * 1024];
    const contents = sizes.map((size) =>
      Buffer.from(Array.from({ length: size }, (_, at) => (at * 31) >> 5)),
    );
    const parts = contents.map((content, at) => file(`p/${at}.yaml`, content));
    const reading = await readArchive(archive(manifest, ...parts));
    if (!reading.ok) throw new Error(reading.message);
    const differ = contents.filter(
      (content, at) => !content.equals(reading.files.get(`${at}.yaml`) ?? manifest),
    );
    expect(differ.map(({ length }) => length)).toEqual([]);
    // Copies: a view would keep the slice that it is of.
    for (const bytes of reading.files.values()) expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it('lies at the top or one directory down', async () => {
    expect(await messageOf(archive(file('pack.yml'), file('sub/pack.yaml')))).toBe(
      'accepted: pack.yml sub/pack.yaml',
    );
    expect(await messageOf(archive(file('./p/pack.yml'), file('./._p')))).toBe('accepted: pack.yml');
    expect(await messageOf(archive(file('a/b/pack.yaml')))).toMatch(
      'no pack.yaml at its top or one directory',
    );
    expect(await messageOf(archive(manifest, file('q/pack.yaml')))).toMatch(
      'beside "p" the archive holds "q"',
    );
    expect(await messageOf(archive())).toMatch('no pack.yaml');
  });

  it('may be padded with zeros behind its end, as tar programs do that write into a pipe', async () => {
    const padded = (length: number) => Buffer.concat([archive(manifest), Buffer.alloc(length)]);
    expect(await messageOf(padded(10_240))).toBe('accepted: pack.yaml');
    expect(await messageOf(padded(64 * 1024))).toBe('accepted: pack.yaml');
    expect(await messageOf(padded(64 * 1024 + 1))).toMatch('65537 bytes follow the end of the archive');
  });

  it('may be of any names that are no trouble', async () => {
    const names = [
      'p/é.yaml',
      'p/文.yaml',
      `p/${'x'.repeat(248)}.yaml`,
      'p/1/2/3/4/5/6/7.yaml',
      'p/a..b.yaml',
    ];
    const parts = names.map((name) => Buffer.concat([pax({ path: name }), file('short')]));
    const spelt = names.map((name) => name.slice(2)).join(' ');
    expect(await messageOf(archive(manifest, ...parts))).toBe(`accepted: pack.yaml ${spelt}`);
  });
});

describe('what is refused, with its entry', () => {
  const withEntry = (raw: Parameters<typeof entry>[0]): Buffer => archive(manifest, entry(raw));

  it.each<[string, Buffer, string]>([
    [
      'a way out',
      archive(manifest, file('p/../../x.yaml')),
      '"p/../../x.yaml" has a bad path: expected no "." and ".."',
    ],
    ['an absolute path', archive(manifest, file('/etc/x')), 'the entry "/etc/x" has a bad path'],
    [
      'a backslash',
      archive(manifest, file('p\\x')),
      'the entry "p\\\\x" has a bad path: expected no backslash',
    ],
    ['a control character', archive(manifest, file('p/\x1b[2Jx')), '"p/\\u{1b}[2Jx" has a bad path'],
    ['an invisible character', archive(manifest, file('p/a\u202ex')), '"p/a\\u{202e}x" has a bad path'],
    ['a name that is not UTF-8', withEntry({ name: Buffer.from([0x70, 0x2f, 0xff]) }), 'not UTF-8'],
    ['a symbolic link', withEntry({ name: 'p/l', type: '2', link: '/etc' }), '"p/l" is a symbolic link'],
    ['a hard link', withEntry({ name: 'p/l', type: '1', link: 'p/pack.yaml' }), '"p/l" is a hard link'],
    ['a FIFO', withEntry({ name: 'p/l', type: '6' }), '"p/l" is a FIFO'],
    ['a device', withEntry({ name: 'p/l', type: '3' }), '"p/l" is a device'],
    ['a sparse file', withEntry({ name: 'p/l', type: 'S', magic: gnuMagic }), '"p/l" is a sparse file'],
    ['another kind', withEntry({ name: 'p/l', type: '?' }), 'of the unknown type "?"'],
    ['a name again', archive(manifest, manifest), 'the entry "p/pack.yaml" is there twice'],
    ['case twins', archive(manifest, file('p/Pack.yaml')), 'are one on some disks'],
    ['twins of directories', archive(manifest, file('P/a.yaml')), 'the entries "p" and "P" are one'],
    ['normal form twins', archive(manifest, file('p/\u00e9'), file('p/e\u0301')), 'are one on some disks'],
    ['a file that is a directory', archive(file('p'), manifest), '"p" is both a file and a directory'],
    ['a size of its own kind', withEntry({ name: 'p/x', size: '-1' }), 'expected an octal number'],
    ['two sizes', archive(manifest, pax({ size: '1' }), file('p/x')), '"p/x" has two sizes'],
    [
      'two names',
      archive(manifest, pax({ path: 'p/a' }), long('L', 'p/b'), file('x')),
      'a second name, "p/b"',
    ],
    ['a name for all', archive(pax({ path: 'p/x' }, 'g'), manifest), 'for all entries at once'],
  ])('%s', async (_, bytes, message) => {
    expect(await messageOf(bytes)).toMatch(message);
  });

  it.each<[string, Buffer, string]>([
    ['no gzip', Buffer.from('PK\x03\x04'), 'is no gzip: expected a tar.gz'],
    ['an empty body', Buffer.alloc(0), 'is no gzip'],
    ['something that is no tar', gzipSync(Buffer.alloc(2048, 'x')), 'none of the formats ustar, pax and gnu'],
    ['a second member', Buffer.concat([archive(manifest), gzipSync('')]), 'follow the end of the archive'],
    ['a byte behind it', Buffer.concat([archive(manifest), Buffer.from('x')]), '1 bytes follow the end'],
    ['a second tar', gzipSync(Buffer.concat([manifest, endMark, manifest])), 'goes on behind its end'],
    ['no end mark', gzipSync(manifest), 'cut off: its tar stream ends at byte 1024'],
    ['half an end mark', gzipSync(Buffer.concat([manifest, endMark.subarray(512)])), 'without an end mark'],
    ['a wrong checksum', archive(entry({ name: 'x', checksum: '0000000\0' })), 'its checksum is wrong'],
    ['half of it', archive(manifest).subarray(0, 60), 'cut off'],
  ])('%s', async (_, bytes, message) => {
    expect(await messageOf(bytes)).toMatch(message);
  });

  it('a bit that flipped', async () => {
    const bytes = archive(manifest);
    bytes[bytes.length - 6] = (bytes.at(-6) ?? 0) ^ 1;
    expect(await messageOf(bytes)).toMatch('not those of its gzip checksum');
  });
});

describe('limits', () => {
  it('hold to the byte', async () => {
    const bytes = archive(manifest, file('p/a.yaml', Buffer.alloc(100)));
    expect(await messageOf(bytes, { maxFileBytes: 100 })).toMatch('accepted');
    expect(await messageOf(bytes, { maxFileBytes: 99 })).toMatch(
      '"p/a.yaml" has 100 bytes: expected at most 99',
    );
    expect(await messageOf(bytes, { maxEntries: 2 })).toMatch('accepted');
    expect(await messageOf(bytes, { maxEntries: 1 })).toMatch('more than the 1 entries');
    expect(await messageOf(bytes, { maxUnpackedBytes: 3072 })).toMatch('accepted');
    expect(await messageOf(bytes, { maxUnpackedBytes: 3071 })).toMatch('more than the 3071 bytes allowed');
    expect(await messageOf(bytes, { maxPackedBytes: bytes.length })).toMatch('accepted');
    expect(await messageOf(bytes, { maxPackedBytes: bytes.length - 1 })).toMatch('more than the');
  });

  it('are not for files that are skipped', async () => {
    const bytes = archive(manifest, file('p/photo.png', Buffer.alloc(100_000)));
    expect(await messageOf(bytes, { maxFileBytes: 10 })).toBe('accepted: pack.yaml');
  });

  it('stop a bomb of zeros before it has unpacked', async () => {
    const bomb = archive(manifest, file('p/zeros', Buffer.alloc(50 * 1024 * 1024)));
    expect(await messageOf(bomb)).toMatch(`more than 100 times its ${bomb.length} bytes`);
  });

  it('stop a size that is only declared', async () => {
    const bytes = archive(manifest, entry({ name: 'p/x', size: octal(0o77777777777, 11) }));
    expect(await messageOf(bytes)).toMatch('"p/x" has 8589934591 bytes');
  });
});

it('never holds the event loop, whatever the size', async () => {
  const plain = Buffer.alloc(1e6);
  const parts = [
    ...Array.from({ length: 60 }, (_, at) => file(`p/${at}.yaml`, plain)),
    ...Array.from({ length: 1000 }, (_, at) => file(`p/small/${at}.yaml`)),
  ];
  const bytes = gzipSync(Buffer.concat([manifest, ...parts, endMark]), { level: 0 });
  const meter = measureTurns();
  const reading = await readArchive(bytes);
  const longestMs = meter.stop();
  expect(reading.ok && reading.files.size).toBe(1061);
  expect(longestMs).toBeLessThan(100);
});
