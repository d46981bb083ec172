import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRuntime } from '../../src/embedded/runtime.ts';

const dir = join(tmpdir(), `pw-runtime-${process.pid}`);
const native = join(dir, 'native');
beforeAll(() => {
  mkdirSync(join(native, 'bin'), { recursive: true });
  mkdirSync(join(native, 'lib/pkgconfig'), { recursive: true });
  writeFileSync(join(native, 'bin/postgres'), 'program', { mode: 0o700 });
  writeFileSync(join(native, 'lib/libpq.so.5.18'), 'library', { mode: 0o600 });
  writeFileSync(join(native, 'lib/libpq.a'), 'static');
});
afterAll(() => rmSync(dir, { recursive: true }));

const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];

describe('buildRuntime', () => {
  it('repeats the tree with the library links that it lacks, and leaves the package as it is', async () => {
    const target = join(dir, 'private');
    await buildRuntime(native, target, links, { readableByAll: false });
    expect(readdirSync(join(target, 'lib')).sort()).toEqual(['libpq.so.5', 'libpq.so.5.18']);
    expect(realpathSync(join(target, 'lib/libpq.so.5'))).toBe(
      join(realpathSync(target), 'lib/libpq.so.5.18'),
    );
    expect(readFileSync(join(target, 'bin/postgres'), 'utf8')).toBe('program');
    expect(readdirSync(join(native, 'lib')).sort()).toEqual(['libpq.a', 'libpq.so.5.18', 'pkgconfig']);
  });

  it('makes a copy that everybody can read where the package is closed', async () => {
    const target = join(dir, 'public');
    await buildRuntime(native, target, links, { readableByAll: true });
    expect(statSync(target).mode & 0o777).toBe(0o755);
    expect(statSync(join(target, 'bin/postgres')).mode & 0o777).toBe(0o755);
    expect(statSync(join(target, 'lib/libpq.so.5')).mode & 0o777).toBe(0o644);
    expect(statSync(join(native, 'bin/postgres')).mode & 0o777).toBe(0o700);
  });

  it('lets several builders end with one complete tree and nothing beside it', async () => {
    const target = join(dir, 'raced');
    await Promise.all([1, 2, 3, 4].map(() => buildRuntime(native, target, links, { readableByAll: false })));
    expect(readFileSync(join(target, 'lib/libpq.so.5'), 'utf8')).toBe('library');
    expect(readdirSync(dir).filter((name) => name.startsWith('raced'))).toEqual(['raced']);
  });
});
