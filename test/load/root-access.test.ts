// File systems that do not answer: given up, left alone, asked again when they do.
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FileAccess, pooled } from '../../src/load/file-access.ts';
import { createRootAccesses, type RootAccess } from '../../src/load/root-access.ts';
import { scanPack, scanRoot } from '../../src/load/scan.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { until } from '../support/wait.ts';

const source = 'root:a' as SourceName;
const root = { source, path: tmpdir() };
const other = { source: 'root:b' as SourceName, path: tmpdir() };

let held: (() => void)[];
let isHeld: boolean;
let calls: number;
let closed: number[];
let told: string[];
let access: RootAccess;
let answering: RootAccess;

/** Answers nothing of the first root while it is held. */
function holding(): FileAccess {
  const wait = async <Value>(give: () => Value | Promise<Value>) => {
    calls += 1;
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    return give();
  };
  return {
    ...pooled,
    stat: (path) => wait(() => stat(path, { bigint: true })),
    realpath: (path) => wait(() => path),
    open: () => wait(() => 77),
    close: async (file) => {
      closed.push(file);
    },
  };
}

beforeEach(() => {
  held = [];
  isHeld = true;
  calls = 0;
  closed = [];
  told = [];
  const create = (inner: FileAccess) =>
    createRootAccesses({
      ...{ roots: [root, other], access: inner, limitMs: 100 },
      onSilent: (one) => told.push(`${one} silent`),
      onAnswer: (one) => told.push(`${one} answers`),
    });
  access = create(holding()).of(source);
  answering = create(pooled).of(other.source);
});

const letGo = async () => {
  isHeld = false;
  for (const go of held.splice(0)) go();
  await until(() => !access.isSilent(), { what: 'the answer' });
};

describe('a root whose file system does not answer', () => {
  it('is given up, and asked nothing more while the call is under way', async () => {
    await expect(access.stat(root.path)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect([access.isSilent(), told]).toEqual([true, ['root:a silent']]);
    await expect(access.realpath(root.path)).rejects.toThrow(/has not answered for 0\.1 s/);
    await expect(access.ask()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect([calls, answering.isSilent()]).toEqual([1, false]);
  });

  it('is one that cannot be read, and so is each of its packs', async () => {
    expect(await scanRoot(access, root)).toMatchObject({ state: 'unreadable' });
    expect(await scanPack(access, root, 'ops' as PackDir, [])).toMatchObject({
      state: 'pack',
      complete: false,
    });
  });

  it('is asked by one call, whoever asks', async () => {
    const asked = [access.ask(), access.ask(), access.ask()];
    expect(calls).toBe(1);
    for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected');
  });

  it('is used again as soon as it answers', async () => {
    await access.ask().catch(() => undefined);
    await letGo();
    expect([access.isSilent(), told]).toEqual([false, ['root:a silent', 'root:a answers']]);
    expect((await access.stat(root.path)).isDirectory()).toBe(true);
  });

  it('leaves no descriptor behind that was opened too late, and takes back each that was open', async () => {
    await expect(access.open('x', 0)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await access.close(5);
    await letGo();
    expect(closed).toEqual([5, 77]);
  });

  it('is given up on in the middle of work of several calls, too', async () => {
    const work = access.within(async () => {
      await access.stat(root.path);
      await new Promise(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });
});

it('a call that fails is no silence', async () => {
  await expect(answering.stat('/nothing/there')).rejects.toMatchObject({ code: 'ENOENT' });
  await answering.ask();
  expect(answering.isSilent()).toBe(false);
});
