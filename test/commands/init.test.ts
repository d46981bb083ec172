// `init` where it writes nothing.
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestText } from '../support/pack-text.ts';
import { runInProcess } from '../support/run-in-process.ts';

describe('init', () => {
  it('refuses what is there already, and leaves it as it is', async ({ onTestFinished }) => {
    const dir = await mkdtemp(join(tmpdir(), 'pw-init-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await mkdir(join(dir, 'packs/full'), { recursive: true });
    await mkdir(join(dir, 'packs/pack'));
    await writeFile(join(dir, 'packs/full/notes.txt'), 'mine');
    await writeFile(join(dir, 'packs/pack/pack.yaml'), manifestText('pack'));
    await writeFile(join(dir, 'packs/file'), 'mine');
    await symlink('nowhere', join(dir, 'packs/link'));
    const before = await readdir(dir, { recursive: true });
    for (const [args, words] of [
      [['init', 'packs/full'], 'packs/full is not empty: notes.txt; choose another name, or move them away'],
      [['init', 'packs/file'], 'packs/file exists and is no directory'],
      [['init', 'packs/link'], 'packs/link exists and is no directory'],
      [['init', 'packs/file/ops'], 'packs/file/ops cannot be written: ENOTDIR'],
      [['init', 'packs/pack/inner'], 'would lie inside the pack'],
      [['init', 'packs/pack/workflows/inner'], 'would lie inside the pack'],
      [['init', 'packs/My Pack'], 'try packwatch init packs/my-pack'],
      [['init', '/'], '"" cannot be the ref of a pack'],
      [['init', ''], 'DIR is empty'],
      [['init'], "missing required argument 'dir'"],
      [['init', 'packs/a1', 'packs/a2'], 'too many arguments'],
    ] as const) {
      const refused = await runInProcess(dir, args);
      expect(refused, args.join(' ')).toMatchObject({ code: 64, stdout: '' });
      expect(refused.stderr).toContain(words);
    }
    expect(await readdir(dir, { recursive: true })).toEqual(before);
  });
});
