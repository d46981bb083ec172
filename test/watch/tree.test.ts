import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { createTree } from '../../src/watch/tree.ts';
import type { OpenWatch, WatchListener } from '../../src/watch/watch-directory.ts';

let root: string;
let hints: (string | undefined)[];
let errors: unknown[];

beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'tree-')));
  fs.mkdirSync(join(root, 'a', 'workflows'), { recursive: true });
  hints = [];
  errors = [];
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

/** A watch factory that only keeps count; `onOpen` runs while a watch is being set. */
function createOpen(onOpen: (rel: string, listener: WatchListener) => boolean | undefined = () => true) {
  const opened: string[] = [];
  const closed: string[] = [];
  const listeners = new Map<string, WatchListener>();
  const open: OpenWatch = async (dir, listener) => {
    const rel = relative(root, dir);
    if (onOpen(rel, listener) === false) return undefined;
    opened.push(rel);
    listeners.set(rel, listener);
    return { close: async () => void closed.push(rel) };
  };
  return { open, opened, closed, listeners };
}

const treeWith = (open: OpenWatch) =>
  createTree({
    root: { source: 'root:main' as SourceName, path: root },
    open,
    onHint: (path) => hints.push(path),
    onError: (error) => errors.push(error),
  });

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('createTree', () => {
  it('watches a directory before it looks what lies in it', async () => {
    const { open, opened } = createOpen((rel) => {
      if (rel === '') fs.mkdirSync(join(root, 'b'));
      if (rel === 'b') fs.mkdirSync(join(root, 'b', 'actions', 'workflows'), { recursive: true });
      return true;
    });
    const tree = treeWith(open);
    await tree.rebuild();
    expect(opened.sort()).toEqual(['', 'a', 'a/workflows', 'b', 'b/actions', 'b/actions/workflows']);
    expect(tree.directories()).toBe(6);
  });

  it('opens a directory again that was replaced while its watch was being set', async () => {
    let swapped = false;
    const { open, opened, closed } = createOpen((rel) => {
      if (rel === 'a' && !swapped) {
        swapped = true;
        fs.renameSync(join(root, 'a'), join(root, '.old'));
        fs.mkdirSync(join(root, 'a'));
      }
      return true;
    });
    const tree = treeWith(open);
    await tree.rebuild();
    expect([opened, closed]).toEqual([['', 'a', 'a'], ['a']]);
    expect(tree.directories()).toBe(2);
  });

  it('lets go of a directory that vanished while its watch was being set', async () => {
    const { open, closed } = createOpen((rel) => {
      if (rel === 'a') fs.rmSync(join(root, 'a'), { recursive: true });
      return true;
    });
    const tree = treeWith(open);
    await tree.rebuild();
    expect([tree.directories(), closed, errors]).toEqual([1, ['a'], []]);
  });

  it('goes on below a directory that cannot be watched, and tells each kind of failure once', async () => {
    for (const name of ['b', 'c', 'd']) fs.mkdirSync(join(root, name));
    const { open, opened } = createOpen((rel, listener) => {
      if (rel.includes('/')) return true;
      listener.onError(failure(rel === 'd' ? 'EACCES' : 'ENOSPC'));
      return false;
    });
    const tree = treeWith(open);
    await tree.rebuild();
    expect(opened).toEqual(['a/workflows']);
    expect(errors.map((error) => (error as { code: string }).code)).toEqual(['ENOSPC', 'EACCES']);
    await tree.rebuild();
    expect(errors).toHaveLength(4);
  });

  it('opens a watch that broke again as soon as something happens there', async () => {
    const { open, opened, closed, listeners } = createOpen();
    const tree = treeWith(open);
    await tree.rebuild();
    listeners.get('a')?.onError(failure('EIO'));
    listeners.get('')?.onRaw('change', 'a');
    await expect.poll(() => opened.filter((rel) => rel === 'a').length).toBe(2);
    await tree.close();
    expect([closed.filter((rel) => rel === 'a').length, errors.length]).toEqual([2, 1]);
  });

  it('ends at what is on disk after a storm of names', async () => {
    const { open, opened, listeners } = createOpen();
    const tree = treeWith(open);
    await tree.rebuild();
    for (let n = 0; n < 5000; n += 1) listeners.get('')?.onRaw('rename', `junk${n}`);
    fs.mkdirSync(join(root, 'b'));
    listeners.get('')?.onRaw('rename', 'b');
    await expect.poll(() => tree.directories()).toBe(4);
    expect(opened).toEqual(['', 'a', 'a/workflows', 'b']);
  });

  it('closes every watch once and opens none afterwards', async () => {
    const { open, opened, closed, listeners } = createOpen();
    const tree = treeWith(open);
    const built = tree.rebuild();
    await tree.close();
    await built;
    listeners.get('')?.onRaw('rename', 'a');
    tree.follow(['a']);
    await tree.rebuild();
    expect(closed.sort()).toEqual([...opened].sort());
    expect([tree.directories(), hints]).toEqual([0, []]);
  });
});
