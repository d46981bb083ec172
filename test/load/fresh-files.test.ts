// What looks brought is at hand until it is asked for: never for other bytes, and never more than there is room for.
import { expect, it } from 'vitest';
import { createFreshFiles, type FreshFile } from '../../src/load/fresh-files.ts';
import type { Digest, PackDir, PackPath, SourceName } from '../../src/model/pack.ts';

const source = 'root:test' as SourceName;
const mebibyte = 1024 * 1024;
const dirOf = (path: string) => path.slice(0, path.indexOf('/')) as PackDir;

function read(digest: string, bytes = 10): FreshFile {
  return { state: 'read', bytes: new Uint8Array(bytes), digest: digest as Digest, fingerprint: '' };
}

function setUp() {
  const fresh = createFreshFiles({ packBytes: 16 * mebibyte, allBytes: 64 * mebibyte });
  const brought = (path: string, ...files: readonly FreshFile[]) => {
    const look = fresh.look(source, dirOf(path));
    for (const [index, file] of files.entries()) look.take(`${path}${index || ''}` as PackPath, file);
    const hasRoom = look.hasRoom();
    look.end();
    return hasRoom;
  };
  const get = (path: string, digest: string) => fresh.get(source, path as PackPath, digest as Digest);
  return { fresh, brought, get };
}

it('is given for the bytes that were read, until it is let go of', () => {
  const { fresh, brought, get } = setUp();
  brought('a/x', read('1'));
  brought('b/x', read('2'));
  expect(get('a/x', '1')).toEqual(read('1'));
  expect(get('a/x', '2')).toBeUndefined();
  fresh.release(source, 'a' as PackDir);
  expect(get('a/x', '1')).toBeUndefined();
  expect(get('b/x', '2')).toBeDefined();
});

it('outlasts a later look where the file is as it was, and only there', () => {
  const { fresh, brought, get } = setUp();
  brought('a/x', read('1'), read('2'), read('3'));
  const look = fresh.look(source, 'a' as PackDir);
  look.carry('a/x' as PackPath, '1' as Digest);
  look.carry('a/x1' as PackPath, 'another' as Digest);
  look.end();
  expect(get('a/x', '1')).toEqual(read('1'));
  expect([get('a/x1', '2'), get('a/x1', 'another'), get('a/x2', '3')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('takes no more than there is room for, of one pack and of all', () => {
  const { fresh, brought, get } = setUp();
  expect(brought('a/x', read('1', 9 * mebibyte))).toBe(true);
  expect(brought('a/x', read('1', 9 * mebibyte), read('2', 8 * mebibyte), read('3', 6 * mebibyte))).toBe(
    false,
  );
  expect([get('a/x', '1'), get('a/x1', '2'), get('a/x2', '3')].map((one) => one !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
  for (const dir of ['b', 'c', 'd', 'e']) brought(`${dir}/x`, read('1', 15 * mebibyte));
  expect(get('d/x', '1')).toBeDefined();
  expect(get('e/x', '1')).toBeUndefined();
  fresh.release(source, 'a' as PackDir);
  brought('e/x', read('1', 15 * mebibyte));
  expect(get('e/x', '1')).toBeDefined();
});
