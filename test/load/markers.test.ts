import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMarkers } from '../../src/load/markers.ts';

let base: string;
let now: number;

beforeEach(() => {
  base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'markers-')));
  fs.mkdirSync(join(base, 'repo', 'packs', 'ops', 'workflows'), { recursive: true });
  now = 1000;
});
afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

const root = () => join(base, 'repo', 'packs');
const create = () => {
  const markers = createMarkers({ nowMs: () => now });
  return () => markers.isSwitching(root(), 'ops');
};
const git = (dir: string, ...args: string[]) => {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
  return execFileSync('git', ['-C', dir, ...who, ...args], { encoding: 'utf8', stdio: 'pipe' });
};

describe('a git work tree', () => {
  it.each(['repo', 'repo/packs', 'repo/packs/ops'])(
    'in %s is being switched while its index is locked',
    async (at) => {
      const isSwitching = create();
      git(join(base, at), 'init', '-q');
      expect(await isSwitching()).toBe(false);
      const lock = join(base, at, '.git', 'index.lock');
      fs.writeFileSync(lock, '');
      expect(await isSwitching()).toBe(true);
      fs.rmSync(lock);
      expect(await isSwitching()).toBe(false);
    },
  );

  it('that is a further one of a repository is looked at where its index lies', async () => {
    const other = join(base, 'other');
    fs.mkdirSync(other);
    git(other, 'init', '-q');
    git(other, 'commit', '-q', '--allow-empty', '-m', 'one');
    fs.rmSync(join(base, 'repo'), { recursive: true });
    git(other, 'worktree', 'add', '-q', join(base, 'repo'));
    fs.mkdirSync(join(root(), 'ops'), { recursive: true });
    const isSwitching = create();
    expect(await isSwitching()).toBe(false);
    fs.writeFileSync(join(other, '.git', 'worktrees', 'repo', 'index.lock'), '');
    expect(await isSwitching()).toBe(true);
  });

  it('is believed for thirty seconds, and again when it is locked anew', async () => {
    const isSwitching = create();
    git(join(base, 'repo'), 'init', '-q');
    const lock = join(base, 'repo', '.git', 'index.lock');
    fs.writeFileSync(lock, '');
    expect(await isSwitching()).toBe(true);
    now += 29_999;
    expect(await isSwitching()).toBe(true);
    now += 1;
    expect(await isSwitching()).toBe(false);
    fs.writeFileSync(`${lock}.next`, '');
    fs.renameSync(`${lock}.next`, lock);
    expect(await isSwitching()).toBe(true);
  });

  it('tells nothing where `.git` is anything else', async () => {
    const isSwitching = create();
    fs.writeFileSync(join(base, 'repo', '.git'), 'not a work tree\n');
    expect(await isSwitching()).toBe(false);
  });
});

describe('a `..data` link', () => {
  const swap = (at: string) => {
    const dir = join(root(), at);
    fs.mkdirSync(join(dir, '..v1'), { recursive: true });
    fs.symlinkSync('..v1', join(dir, '..data'));
    return dir;
  };

  it.each(['', 'ops', 'ops/workflows', 'ops/actions'])(
    'in "%s" is being swapped while two versions lie beside each other',
    async (at) => {
      const isSwitching = create();
      const dir = swap(at);
      expect(await isSwitching()).toBe(false);
      fs.mkdirSync(join(dir, '..v2'));
      expect(await isSwitching()).toBe(true);
      fs.symlinkSync('..v2', join(dir, '..data_tmp'));
      fs.renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
      expect(await isSwitching()).toBe(true);
      fs.rmdirSync(join(dir, '..v1'));
      expect(await isSwitching()).toBe(false);
    },
  );

  it('with a version that was left behind holds nothing up for ever', async () => {
    const isSwitching = create();
    fs.mkdirSync(join(swap('ops'), '..old'));
    expect(await isSwitching()).toBe(true);
    now += 30_000;
    expect(await isSwitching()).toBe(false);
  });
});

it('directories with two dots are no versions where nothing is served through them', async () => {
  fs.mkdirSync(join(root(), 'ops', '..v1'));
  fs.mkdirSync(join(root(), 'ops', '..v2'));
  expect(await create()()).toBe(false);
});
