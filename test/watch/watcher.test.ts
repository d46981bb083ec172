import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileEvent } from '../../src/model/change.ts';
import type { SourceName } from '../../src/model/pack.ts';
import { createWatcher, type Watcher, type WatcherOptions } from '../../src/watch/watcher.ts';

const source = 'root:main' as SourceName;
const isLinux = process.platform === 'linux';
const hasVim = (() => {
  try {
    return execFileSync('vim', ['--version'], { encoding: 'utf8' }).startsWith('VIM');
  } catch {
    return false;
  }
})();

let base: string;
let root: string;
let outside: string;
let events: FileEvent[];
let errors: unknown[];
let watchers: Watcher[];

beforeEach(() => {
  base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'watch-')));
  root = join(base, 'root');
  outside = join(base, 'outside');
  fs.mkdirSync(root);
  fs.mkdirSync(outside);
  events = [];
  errors = [];
  watchers = [];
});

afterEach(async () => {
  await Promise.all(watchers.map((watcher) => watcher.close()));
  fs.rmSync(base, { recursive: true, force: true });
});

async function start(options: Partial<WatcherOptions> = {}): Promise<Watcher> {
  const watcher = createWatcher({
    roots: [{ source, path: root }],
    onEvent: (event) => events.push(event),
    onError: (error) => errors.push(error),
    nowMs: () => performance.now(),
    ...options,
  });
  watchers.push(watcher);
  await watcher.start();
  return watcher;
}

/** Polls until the condition holds; the limit makes a failure speak instead of hang. */
async function until(condition: () => boolean, what: () => unknown = () => events.map(({ path }) => path)) {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited in vain; last seen: ${JSON.stringify(what())}`);
    await sleep(2);
  }
}

/** Resolves when no event came for a while. */
async function quiet(ms = 120): Promise<void> {
  for (let seen = -1; seen !== events.length; ) {
    seen = events.length;
    await sleep(ms);
  }
}

const dirOf = (event: FileEvent) => event.path?.split('/', 1)[0];
const hinted = (dir: string | undefined) => until(() => events.some((event) => dirOf(event) === dir));

/**
 * Waits for a hint at `path` after `act`, or at a directory above it: on a busy machine that may only just have been found, and
 * whoever looks at it sees what is in it.
 */
async function expectHint(path: string | undefined, act: () => void): Promise<void> {
  await quiet(40);
  events.length = 0;
  act();
  await until(() => events.some((event) => event.path === path || path?.startsWith(`${event.path}/`)));
}

async function expectNone(act: () => void): Promise<void> {
  await quiet(40);
  events.length = 0;
  act();
  await quiet();
  expect(events).toEqual([]);
}

function makePack(dir: string): string {
  fs.mkdirSync(join(dir, 'actions', 'workflows'), { recursive: true });
  fs.mkdirSync(join(dir, 'workflows'));
  fs.writeFileSync(join(dir, 'pack.yaml'), 'ref: a\n');
  return dir;
}

/** The usual save: a temporary file from outside of the root, renamed over the target. */
function renameOver(target: string, text: string): void {
  const temporary = join(outside, 'temporary');
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, target);
}

function inotifyWatches(): number {
  let count = 0;
  for (const fd of fs.readdirSync('/proc/self/fdinfo')) {
    try {
      count += fs
        .readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('inotify ')).length;
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
  return count;
}

describe('a watched pack', () => {
  const file = () => join(root, 'a', 'workflows', 'x.yaml');
  beforeEach(() => {
    makePack(join(root, 'a'));
  });

  it('hints at a file that is created, edited in place, renamed over, renamed and deleted', async () => {
    await start();
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(file(), 'a: 1\n'));
    await expectHint('a/workflows/x.yaml', () => fs.appendFileSync(file(), 'b: 1\n'));
    await expectHint('a/workflows/x.yaml', () => renameOver(file(), 'c: 1\n'));
    await expectHint('a/workflows/x.yaml', () => fs.utimesSync(file(), 1, 1));
    await expectHint('a/workflows/y.yaml', () => fs.renameSync(file(), join(root, 'a/workflows/y.yaml')));
    expect(events.map(({ path }) => path)).toContain('a/workflows/x.yaml');
    await expectHint('a/workflows/y.yaml', () => fs.rmSync(join(root, 'a/workflows/y.yaml')));
    expect(errors).toEqual([]);
  });

  it('hints at every place of a pack', async () => {
    await start();
    for (const path of [
      'a/pack.yaml',
      'a/pack.yml',
      'a/actions/x.YAML',
      'a/actions/workflows/x.yml',
      'a/workflows/x.yaml',
    ]) {
      await expectHint(path, () => fs.writeFileSync(join(root, path), 'x'));
    }
  });

  it('hints at an edit that keeps size and mtime', async () => {
    fs.writeFileSync(file(), 'a: 1\n');
    fs.utimesSync(file(), 1000, 1000);
    await start();
    await expectHint('a/workflows/x.yaml', () => {
      fs.writeFileSync(file(), 'a: 2\n');
      fs.utimesSync(file(), 1000, 1000);
    });
  });

  it('hints after the second of two writes 20 ms apart, in 40 of 40 rounds', async () => {
    fs.writeFileSync(file(), '');
    await start();
    const missed: number[] = [];
    for (let round = 0; round < 40; round += 1) {
      fs.writeFileSync(file(), `first ${round}`);
      await sleep(20);
      const secondAtMs = performance.now();
      fs.writeFileSync(file(), `second ${round}`);
      await until(() => events.some((event) => event.seenAtMs >= secondAtMs)).catch(() => missed.push(round));
      await sleep(20);
    }
    expect(missed).toEqual([]);
  }, 60_000);

  it('hints at a pack a few times a turn, however much happens in it', async () => {
    makePack(join(root, 'b'));
    await start();
    for (let n = 0; n < 400; n += 1) fs.writeFileSync(join(root, 'a', 'workflows', `f${n}.yaml`), 'x');
    fs.writeFileSync(join(root, 'b', 'workflows', 'x.yaml'), 'x');
    await hinted('b');
    await quiet(50);
    const turns = new Set(events.map((event) => Math.round(event.seenAtMs / 10))).size;
    expect(events.length).toBeLessThanOrEqual(40 * turns);
    expect(events.length).toBeLessThan(400);
  });

  it('says nothing about the litter of editors and tools', async () => {
    await start();
    const litter = [
      '.x.yaml.swp',
      '.x.yaml',
      'x.yaml~',
      'x.py',
      'x.yaml.bak',
      '.#x.yaml',
      '#x.yaml#',
      'x.tmp',
      'README.md',
    ];
    await expectNone(() => {
      for (const name of litter) fs.writeFileSync(join(root, 'a', 'workflows', name), 'x');
      fs.writeFileSync(join(root, '.hidden'), 'x');
    });
  });

  it('hints at a change of a link through which files are swapped', async () => {
    for (const version of ['..v1', '..v2']) {
      fs.mkdirSync(join(root, 'a', version));
      fs.writeFileSync(join(root, 'a', version, 'x.yaml'), version);
    }
    fs.symlinkSync('..v1', join(root, 'a', '..data'));
    fs.symlinkSync(join('..data', 'x.yaml'), join(root, 'a', 'x.yaml'));
    const watcher = await start();
    expect(watcher.directories()).toBe(5);
    await expectHint('a', () => {
      fs.symlinkSync('..v2', join(root, 'a', '..data_tmp'));
      fs.renameSync(join(root, 'a', '..data_tmp'), join(root, 'a', '..data'));
    });
  });

  it.runIf(hasVim).each(['yes', 'no', 'auto'])('hints at a save by vim with backupcopy=%s', async (mode) => {
    fs.writeFileSync(file(), 'a: 1\n');
    await start();
    for (let save = 0; save < 5; save += 1) {
      await expectHint('a/workflows/x.yaml', () => {
        const commands = [
          '-c',
          `set backupcopy=${mode} nocompatible`,
          '-c',
          `s/.*/a: ${save + 2}/`,
          '-c',
          'wq',
        ];
        execFileSync('vim', ['-es', '-u', 'NONE', ...commands, file()]);
      });
      expect(fs.readFileSync(file(), 'utf8')).toBe(`a: ${save + 2}\n`);
    }
  });
});

describe('packs that come and go', () => {
  const workflow = (dir: string) => join(root, dir, 'workflows', 'x.yaml');

  it('watches a new pack down to its workflows', async () => {
    const watcher = await start();
    expect(watcher.directories()).toBe(1);
    makePack(join(root, 'new'));
    await until(() => watcher.directories() === 5);
    await expectHint('new/actions/workflows/x.yaml', () =>
      fs.writeFileSync(join(root, 'new/actions/workflows/x.yaml'), 'x'),
    );
  });

  it('hints at a pack after its files were written, however they raced with the watch', async () => {
    await start();
    for (let round = 0; round < 40; round += 1) {
      const dir = `p${round}`;
      fs.mkdirSync(join(root, dir));
      if (round % 2 === 1) await sleep(round % 7);
      fs.mkdirSync(join(root, dir, 'workflows'));
      if (round % 3 === 1) await sleep(round % 5);
      const writtenAtMs = performance.now();
      fs.writeFileSync(workflow(dir), 'x');
      await until(() => events.some((event) => dirOf(event) === dir && event.seenAtMs >= writtenAtMs));
    }
  });

  it('watches a pack that was moved in, and under its new name when it is moved', async () => {
    makePack(join(outside, 'a'));
    await start();
    fs.renameSync(join(outside, 'a'), join(root, 'a'));
    await hinted('a');
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(workflow('a'), '1'));
    fs.renameSync(join(root, 'a'), join(root, 'b'));
    await hinted('b');
    await quiet();
    await expectHint('b/workflows/x.yaml', () => fs.writeFileSync(workflow('b'), '2'));
    expect(events.filter((event) => dirOf(event) === 'a')).toEqual([]);
  });

  it('hints at a pack that is removed and lets go of its watches', async () => {
    makePack(join(root, 'a'));
    const watcher = await start();
    await expectHint('a', () => fs.rmSync(join(root, 'a'), { recursive: true }));
    await until(() => watcher.directories() === 1);
  });

  it('watches a pack that was removed and made again at once, 30 times', async () => {
    makePack(join(root, 'a'));
    const watcher = await start();
    for (let round = 0; round < 30; round += 1) {
      fs.rmSync(join(root, 'a'), { recursive: true });
      if (round % 3 === 1) await sleep(round % 11);
      makePack(join(root, 'a'));
      await quiet(30);
      const writtenAtMs = performance.now();
      fs.writeFileSync(workflow('a'), `${round}`);
      // Written before the watch was set it is hinted at with its directory, afterwards by itself; a dead watch tells neither.
      await until(() => events.some((event) => dirOf(event) === 'a' && event.seenAtMs >= writtenAtMs));
    }
    await quiet();
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(workflow('a'), 'last'));
    expect(watcher.directories()).toBe(5);
    expect(errors).toEqual([]);
  });

  it('watches a directory of a pack that was replaced by another of the same name', async () => {
    makePack(join(root, 'a'));
    fs.mkdirSync(join(outside, 'workflows'));
    await start();
    fs.renameSync(join(root, 'a', 'workflows'), join(outside, 'old'));
    fs.renameSync(join(outside, 'workflows'), join(root, 'a', 'workflows'));
    await quiet();
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(workflow('a'), 'x'));
    await expectNone(() => fs.writeFileSync(join(outside, 'old', 'x.yaml'), 'x'));
  });

  it('sees all of 300 packs that appear in one go', async () => {
    const watcher = await start();
    for (let n = 0; n < 300; n += 1) makePack(join(root, `p${n}`));
    await until(
      () => watcher.directories() === 1201,
      () => watcher.directories(),
    );
    expect(new Set(events.map(dirOf)).size).toBeGreaterThanOrEqual(300);
  });
});

describe('what is watched', () => {
  it.runIf(isLinux)('is one directory of a pack each, and no file', async () => {
    const before = inotifyWatches();
    for (let n = 0; n < 5; n += 1) {
      makePack(join(root, `p${n}`));
      for (let f = 0; f < 100; f += 1) fs.writeFileSync(join(root, `p${n}`, 'workflows', `f${f}.yaml`), 'x');
    }
    const watcher = await start();
    expect([watcher.directories(), inotifyWatches() - before]).toEqual([21, 21]);
    await watcher.close();
    expect(inotifyWatches() - before).toBe(0);
  });

  it.runIf(isLinux)('is nothing of a subtree that has nothing to do with packs', async () => {
    const before = inotifyWatches();
    makePack(join(root, 'a'));
    for (let n = 0; n < 500; n += 1)
      fs.mkdirSync(join(root, 'a', 'venv', `d${n}`, 'workflows'), { recursive: true });
    for (const name of ['node_modules', '.git', '..v1']) makePack(join(root, name));
    await start();
    expect(inotifyWatches() - before).toBe(5);
    await expectNone(() => fs.writeFileSync(join(root, 'a', 'venv', 'd1', 'workflows', 'x.yaml'), 'x'));
  });

  it('is a pack that a link leads to, as long as it leads there', async () => {
    makePack(join(root, '.store', 'v1'));
    makePack(join(root, '.store', 'v2'));
    fs.symlinkSync(join('.store', 'v1'), join(root, 'a'));
    const watcher = await start();
    await expectHint('a/workflows/x.yaml', () =>
      fs.writeFileSync(join(root, '.store/v1/workflows/x.yaml'), '1'),
    );
    await expectHint('a', () => {
      fs.symlinkSync(join('.store', 'v2'), join(root, '.next'));
      fs.renameSync(join(root, '.next'), join(root, 'a'));
    });
    await quiet();
    await expectHint('a/workflows/x.yaml', () =>
      fs.writeFileSync(join(root, '.store/v2/workflows/x.yaml'), '2'),
    );
    await expectNone(() => fs.writeFileSync(join(root, '.store/v1/workflows/x.yaml'), '3'));
    expect(watcher.directories()).toBe(5);
  });

  it('is the new side of a `..data` link in the root once it was swapped', async () => {
    makePack(join(root, '..v1', 'a'));
    makePack(join(root, '..v2', 'a'));
    fs.symlinkSync('..v1', join(root, '..data'));
    fs.symlinkSync(join('..data', 'a'), join(root, 'a'));
    await start();
    await expectHint(undefined, () => {
      fs.symlinkSync('..v2', join(root, '..data_tmp'));
      fs.renameSync(join(root, '..data_tmp'), join(root, '..data'));
    });
    await quiet();
    await expectHint('a/workflows/x.yaml', () =>
      fs.writeFileSync(join(root, '..v2/a/workflows/x.yaml'), '2'),
    );
  });

  it('is nothing outside of the root', async () => {
    makePack(join(outside, 'a'));
    makePack(join(root, 'b'));
    fs.rmSync(join(root, 'b', 'workflows'), { recursive: true });
    fs.symlinkSync(join(outside, 'a'), join(root, 'a'));
    fs.symlinkSync(join(outside, 'a', 'workflows'), join(root, 'b', 'workflows'));
    const watcher = await start();
    expect(watcher.directories()).toBe(4);
    await expectNone(() => fs.writeFileSync(join(outside, 'a/workflows/x.yaml'), 'x'));
  });

  it('ends at a link that leads to itself', async () => {
    fs.symlinkSync('a', join(root, 'a'));
    fs.symlinkSync('.', join(root, 'self'));
    const watcher = await start();
    expect([watcher.directories(), errors]).toEqual([1, []]);
  });

  it('is a root that is itself a link', async () => {
    makePack(join(root, 'a'));
    const link = join(base, 'link');
    fs.symlinkSync('root', link);
    await start({ roots: [{ source, path: `${link}/` }] });
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(join(root, 'a/workflows/x.yaml'), 'x'));
  });

  it('is a followed directory, as long as it is followed', async () => {
    makePack(join(root, 'a'));
    fs.mkdirSync(join(root, 'a', 'graphs', 'deep'), { recursive: true });
    fs.mkdirSync(join(root, '.shared'));
    const watcher = await start();
    watcher.follow(source, ['a/graphs/deep', '.shared', 'a/workflows', '../outside', 'a/none']);
    await until(
      () => watcher.directories() === 7,
      () => watcher.directories(),
    );
    await expectHint('a/graphs/deep/x.yaml', () => fs.writeFileSync(join(root, 'a/graphs/deep/x.yaml'), 'x'));
    await expectHint(undefined, () => fs.writeFileSync(join(root, '.shared/x.yaml'), 'x'));
    watcher.follow(source, ['.shared']);
    await until(
      () => watcher.directories() === 6,
      () => watcher.directories(),
    );
    await expectNone(() => fs.writeFileSync(join(root, 'a/graphs/deep/x.yaml'), 'y'));
  });
});

describe('the root', () => {
  it('is no failure when it is missing, and is watched from the rebuild after it appeared', async () => {
    fs.rmdirSync(root);
    const watcher = await start();
    expect([watcher.directories(), errors]).toEqual([0, []]);
    makePack(join(root, 'a'));
    await watcher.rebuild(source);
    expect(watcher.directories()).toBe(5);
    expect(events.map(({ path }) => path)).toEqual([undefined]);
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(join(root, 'a/workflows/x.yaml'), 'x'));
  });

  it('is hinted at as a whole when it is taken away, and watched again from the rebuild on', async () => {
    makePack(join(root, 'a'));
    const watcher = await start();
    await expectHint(undefined, () => fs.rmSync(root, { recursive: true }));
    await until(() => watcher.directories() === 0);
    makePack(join(root, 'a'));
    await watcher.rebuild(source);
    await expectHint('a/workflows/x.yaml', () => fs.writeFileSync(join(root, 'a/workflows/x.yaml'), 'x'));
  });

  it('sends no hint when nothing happens', async () => {
    makePack(join(root, 'a'));
    await start();
    await quiet(200);
    expect(events).toEqual([]);
  });

  it('does not hinder another root, and each has its own hints', async () => {
    const other = 'root:other' as SourceName;
    makePack(join(outside, 'a'));
    await start({
      roots: [
        { source, path: join(base, 'missing') },
        { source: other, path: outside },
      ],
    });
    await expectHint('a/pack.yaml', () => fs.writeFileSync(join(outside, 'a/pack.yaml'), 'x'));
    expect(new Set(events.map((event) => event.source))).toEqual(new Set([other]));
  });
});

describe('close', () => {
  it('leaves no handle and no timer, and nothing is emitted afterwards', async () => {
    makePack(join(root, 'a'));
    const resources = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => /FSEvent|Timeout|Immediate/.test(name))
        .sort();
    await until(() => !resources().includes('FSEventWrap'), resources);
    const before = resources();
    const watcher = await start();
    fs.writeFileSync(join(root, 'a/workflows/x.yaml'), 'x');
    await hinted('a');
    await watcher.close();
    events.length = 0;
    fs.writeFileSync(join(root, 'a/workflows/x.yaml'), 'y');
    await quiet(50);
    // What other tests left may end meanwhile, so that nothing is new is all that can be asked.
    expect([events, resources().slice(before.length)]).toEqual([[], []]);
    expect(resources()).not.toContain('FSEventWrap');
  });

  it('leaves no watch behind when it comes in the middle of start', async () => {
    for (let n = 0; n < 30; n += 1) makePack(join(root, `p${n}`));
    const before = inotifyWatches();
    for (let round = 0; round < 20; round += 1) {
      const watcher = createWatcher({
        roots: [{ source, path: root }],
        onEvent: (event) => events.push(event),
        onError: (error) => errors.push(error),
        nowMs: () => performance.now(),
      });
      const started = watcher.start();
      await sleep(round);
      await watcher.close();
      await started;
    }
    expect([inotifyWatches() - before, errors]).toEqual([0, []]);
  });
});
