// A pack is written so that nobody sees half of it, and nothing is written over.
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NewFile } from '../../src/commands/new-pack.ts';
import { createPack, fillPack } from '../../src/commands/write-pack.ts';

const file = (text: string): NewFile => ({ text, isProgram: false });
const contents: readonly (readonly [string, NewFile])[] = [
  ['.schema/pack.json', file('{}\n')],
  ['README.md', file('read\n')],
  ['actions/one.sh', { text: '#!/bin/sh\n', isProgram: true }],
  ['actions/workflows/two.workflow.yaml', file('two\n')],
  ['pack.yaml', file('ref: ops\n')],
  ['workflows/three.yaml', file('three\n')],
];

/** The files; `look` is called before each of them is written, and after the last one. */
function watched(look: () => void): ReadonlyMap<string, NewFile> {
  const files = new Map(contents);
  files[Symbol.iterator] = function* () {
    for (const entry of contents) {
      look();
      yield [entry[0], entry[1]];
    }
    look();
    return undefined;
  };
  return files;
}

async function ground(atEnd: (act: () => Promise<void>) => void): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pw-init-'));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(dir, path)).isFile())
    .sort();
}

const all = contents.map(([path]) => path).sort();

describe('createPack', () => {
  it('shows nothing but a hidden name until everything is there', async ({ onTestFinished }) => {
    const root = await ground(onTestFinished);
    let looks = 0;
    await createPack(
      join(root, 'deep/ops'),
      watched(() => {
        looks += 1;
        expect(readdirSync(join(root, 'deep')).filter((name) => !name.startsWith('.'))).toEqual([]);
      }),
    );
    expect(looks).toBe(contents.length + 1);
    expect(readdirSync(join(root, 'deep'))).toEqual(['ops']);
    expect(filesBelow(join(root, 'deep/ops'))).toEqual(all);
    expect(lstatSync(join(root, 'deep/ops/actions/one.sh')).mode & 0o111).not.toBe(0);
    expect(lstatSync(join(root, 'deep/ops/pack.yaml')).mode & 0o111).toBe(0);
    // As others can enter it whom the umask lets.
    expect(lstatSync(join(root, 'deep/ops')).mode & 0o777).toBe(lstatSync(join(root, 'deep')).mode & 0o777);
  });

  it.each(['a directory with a file', 'a file'])('leaves alone %s that comes meanwhile', async (what) => {
    let clean: (() => Promise<void>) | undefined;
    const root = await ground((act) => {
      clean = act;
    });
    const ops = join(root, 'ops');
    const theirs = what === 'a file' ? ops : join(ops, 'theirs');
    const writing = createPack(
      ops,
      watched(() => {
        if (existsSync(ops)) return;
        if (theirs !== ops) mkdirSync(ops);
        writeFileSync(theirs, 'theirs');
      }),
    );
    await expect(writing).rejects.toThrow(/ENOTEMPTY|ENOTDIR/);
    expect(readFileSync(theirs, 'utf8')).toBe('theirs');
    expect(readdirSync(root)).toEqual(['ops']);
    if (theirs !== ops) expect(readdirSync(ops)).toEqual(['theirs']);
    await clean?.();
  });
});

describe('fillPack', () => {
  it('fills the directory that is there, after everything is written under a hidden name', async ({
    onTestFinished,
  }) => {
    const dir = await ground(onTestFinished);
    const { ino } = lstatSync(dir);
    await fillPack(
      dir,
      watched(() => {
        expect(readdirSync(dir).filter((name) => !name.startsWith('.tmp-'))).toEqual([]);
      }),
    );
    expect(lstatSync(dir).ino).toBe(ino);
    expect(filesBelow(dir)).toEqual(all);
  });

  it.each(['pack.yaml', 'README.md', 'actions', 'workflows/their.yaml'])(
    'takes everything back when %s comes meanwhile, and leaves that alone',
    async (path) => {
      let clean: (() => Promise<void>) | undefined;
      const dir = await ground((act) => {
        clean = act;
      });
      const writing = fillPack(
        dir,
        watched(() => {
          mkdirSync(join(dir, path, '..'), { recursive: true });
          writeFileSync(join(dir, path), 'theirs');
        }),
      );
      await expect(writing).rejects.toThrow(/EEXIST|ENOTEMPTY|ENOTDIR/);
      expect(filesBelow(dir)).toEqual([path]);
      expect(readFileSync(join(dir, path), 'utf8')).toBe('theirs');
      await clean?.();
    },
  );
});
