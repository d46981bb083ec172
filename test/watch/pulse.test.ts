import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { createPulse, type Pulse } from '../../src/watch/pulse.ts';
import { until } from '../support/wait.ts';

const source = 'root:main' as SourceName;
let base: string;
let root: string;
let changes: number;
let pauses: number;
let skippedMs: number;
let pulse: Pulse | undefined;

beforeEach(() => {
  base = fs.mkdtempSync(join(tmpdir(), 'pulse-'));
  root = join(base, 'root');
  changes = 0;
  pauses = 0;
  skippedMs = 0;
});

afterEach(() => {
  pulse?.close();
  fs.rmSync(base, { recursive: true, force: true });
});

/** Starts it and waits until it has seen what is there. */
async function start(): Promise<void> {
  pulse = createPulse({
    roots: [{ source, path: root }],
    everyMs: 5,
    nowMs: () => performance.now() + skippedMs,
    onChange: () => {
      changes += 1;
    },
    onPause: () => {
      pauses += 1;
    },
  });
  await pulse.start();
}

async function expectChange(act: () => void): Promise<void> {
  const before = changes;
  act();
  await until(() => changes > before, { what: 'a change of the root' });
}

describe('the pulse', () => {
  it('tells a root that appears, goes, and is back', async () => {
    await start();
    await expectChange(() => fs.mkdirSync(root));
    await expectChange(() => fs.rmdirSync(root));
    fs.writeFileSync(root, 'no directory');
    await expectChange(() => {
      fs.rmSync(root);
      fs.mkdirSync(root);
    });
  });

  it('tells a root that was made anew or swapped between two looks', async () => {
    fs.mkdirSync(root);
    await start();
    await expectChange(() => {
      fs.rmdirSync(root);
      fs.mkdirSync(root);
    });
    fs.mkdirSync(join(base, 'next'));
    await expectChange(() => {
      fs.renameSync(root, join(base, 'old'));
      fs.renameSync(join(base, 'next'), root);
    });
  });

  it('tells a root that is a link and leads elsewhere', async () => {
    for (const name of ['v1', 'v2']) fs.mkdirSync(join(base, name));
    fs.symlinkSync('v1', root);
    await start();
    await expectChange(() => {
      fs.symlinkSync('v2', join(base, 'next'));
      fs.renameSync(join(base, 'next'), root);
    });
  });

  it('says nothing of a root that stays, whatever changes in it', async () => {
    fs.mkdirSync(root);
    await start();
    fs.writeFileSync(join(root, 'x'), '');
    fs.utimesSync(root, 1, 1);
    await expectChange(() => fs.rmSync(root, { recursive: true }));
    expect(changes).toBe(1);
  });

  it('tells that the process stood still', async () => {
    await start();
    expect(pauses).toBe(0);
    skippedMs = 5_000;
    await until(() => pauses === 1, { what: 'the pause' });
  });
});
