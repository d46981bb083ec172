import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { readArchive } from '../../src/archive/read-archive.ts';
import { writeArchive } from '../../src/archive/write-archive.ts';

const names = [
  'pack.yaml',
  'workflows/a.yaml',
  'workflows/A.b.yaml',
  'workflows/é.yaml',
  'workflows/文.yaml',
  // As long as a header can say, one byte longer, and where the length of a record gets a digit more.
  ...[100, 101, 91, 92, 93, 94, 255].map(
    (length) => `w${length}/${'x'.repeat(length - `w${length}/.yaml`.length)}.yaml`,
  ),
];
const files = new Map(names.map((name, at) => [name, Buffer.from(`a: ${'x'.repeat(at * 300)}\n`)]));

it('makes what the reader reads, byte for byte', async () => {
  const reading = await readArchive(await writeArchive(files));
  if (!reading.ok) throw new Error(reading.message);
  const read = [...reading.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
  const given = [...files].map(([name, bytes]) => [name, bytes.toString()]);
  expect(read.sort()).toEqual(given.sort());
});

it('makes what GNU tar reads, byte for byte', async () => {
  const input = await writeArchive(files);
  const list = execFileSync('tar', ['-tz', '--quoting-style=literal'], { input, encoding: 'utf8' });
  expect(list.trimEnd().split('\n').sort()).toEqual([...names].sort());
  for (const [name, bytes] of files)
    expect(execFileSync('tar', ['-xzO', name], { input }).equals(bytes)).toBe(true);
});

it('makes the same bytes whatever the order, the time and the system', async () => {
  const one = await writeArchive(files);
  const other = await writeArchive(new Map([...files].reverse()));
  expect(Buffer.compare(one, other)).toBe(0);
  expect([...one.subarray(4, 10)]).toEqual([0, 0, 0, 0, 0, 255]);
});
