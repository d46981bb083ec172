// The watcher as the daemon keeps it, on real directories: without a single pass, and after it was closed.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRootWatch, type RootWatch } from '../../src/daemon/root-watch.ts';
import { type FileAccess, pooled } from '../../src/load/file-access.ts';
import { createRootAccesses } from '../../src/load/root-access.ts';
import type { FileEvent } from '../../src/model/change.ts';
import type { Logger } from '../../src/model/logger.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { until } from '../support/wait.ts';

const source = 'root:a' as SourceName;
let base: string;
let root: string;
let events: FileEvent[];
let looks: number;
let modes: string[];
let timers: Set<NodeJS.Timeout>;
let watch: RootWatch | undefined;
let letGo: (() => void) | undefined;

const none = () => undefined;
const logger = {
  trace: none,
  debug: none,
  info: none,
  warn: none,
  error: none,
  fatal: none,
} as unknown as Logger;

beforeEach(() => {
  base = fs.mkdtempSync(join(tmpdir(), 'root-watch-'));
  root = join(base, 'packs');
  events = [];
  looks = 0;
  modes = [];
  timers = new Set();
});
afterEach(async () => {
  await watch?.close();
  for (const timer of timers) clearTimeout(timer);
  fs.rmSync(base, { recursive: true, force: true });
});

function create(mode: 'auto' | 'events' | 'poll' | 'off' = 'auto', access: FileAccess = pooled): RootWatch {
  const made = createRootWatch({
    ...{ roots: [{ source, path: root }], mode, logger, nowMs: () => performance.now() },
    accesses: createRootAccesses({
      roots: [{ source, path: root }],
      access,
      limitMs: 1_500,
      onAnswer: (one) => made.answered(one),
    }),
    metrics: { watchEventsMissed: none, setWatchMode: none },
    setTimer(fire, delayMs) {
      const timer = setTimeout(fire, Math.min(delayMs, 20));
      timers.add(timer);
      return () => clearTimeout(timer);
    },
    onEvent: (event) => events.push(event),
    onLook() {
      looks += 1;
    },
    onMode: (_, one) => modes.push(one),
  });
  watch = made;
  return made;
}

/** Of a file system that answers when it is let go. */
function holding(): FileAccess {
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { ...pooled, stat: (path) => gone.then(() => pooled.stat(path)) };
}

/** What a pass saw: a pack that had changed, of the root with this identity. */
function changed(identity: string): PassReport {
  const dirs = new Set(['ops' as PackDir]);
  const seen = {
    identity,
    isFull: true,
    looked: dirs,
    changed: dirs,
    linked: new Map(),
    unlisted: new Map(),
  };
  return {
    roots: new Map([[source, seen]]),
    startedAtMs: performance.now(),
    durationMs: 1,
  } as unknown as PassReport;
}

const makePack = () => fs.mkdirSync(join(root, 'ops', 'workflows'), { recursive: true });
const file = () => join(root, 'ops', 'workflows', 'a.yaml');

describe('a root that appears', () => {
  it('is watched without a pass: the database may be away, or another daemon lead', async () => {
    await create().start();
    makePack();
    await until(() => looks > 0, { what: 'the watches to be opened' });
    events.length = 0;
    fs.writeFileSync(file(), 'x');
    await until(() => events.some(({ path }) => path === 'ops/workflows/a.yaml'), { what: 'the event' });
  });
});

describe('a root that is watched', () => {
  it('is polled once a pass found what no event announced', async () => {
    makePack();
    const made = create();
    await made.start();
    made.passed(changed('1'));
    made.passed(changed('1'));
    await until(() => modes.at(-1) === 'poll', { what: 'polling' });
    await until(() => looks > 0, { what: 'a poll' });
  });

  it('is left alone after the close, whatever a pass that was under way reports', async () => {
    makePack();
    const made = create();
    await made.start();
    made.passed(changed('1'));
    await made.close();
    made.passed(changed('1'));
    expect([timers.size, modes, looks]).toEqual([0, ['events'], 0]);
  });
});

describe('a root whose file system does not answer', () => {
  it.each([
    ['for a moment', 0],
    ['for so long that it is given up', 2_000],
  ])('%s, does not hold up the start, and is watched as soon as it does', async (_, ms) => {
    makePack();
    await create('auto', holding()).start();
    await sleep(ms);
    fs.writeFileSync(file(), 'x');
    expect([events, looks, modes]).toEqual([[], 0, []]);
    letGo?.();
    await until(() => looks > 0, { what: 'a look' });
    await until(() => modes.length > 0, { what: 'its mode' });
    fs.writeFileSync(file(), 'y');
    await until(() => events.some(({ path }) => path === 'ops/workflows/a.yaml'), { what: 'the event' });
  });
});

describe('off', () => {
  it('asks for nothing and hears of nothing', async () => {
    makePack();
    const made = create('off');
    await made.start();
    fs.renameSync(root, join(base, 'old'));
    makePack();
    fs.writeFileSync(file(), 'x');
    // Longer than the root is left unasked for elsewhere.
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect([events, looks, modes]).toEqual([[], 0, ['off']]);
  });
});
