// The pack that `init` writes, before it is written.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isPackName, nearestPackName, newPackFiles } from '../../src/commands/new-pack.ts';
import { checkFile } from '../../src/language/check-file.ts';
import type { PackPath } from '../../src/model/pack.ts';
import { notes } from '../../src/output/init-text.ts';
import { roleOf } from '../../src/registry/discover.ts';

describe('newPackFiles', () => {
  it('gives files that name the new pack alone and in which nothing is found', async () => {
    const files = await newPackFiles('ops');
    let checked = 0;
    for (const [path, { text }] of files) {
      expect(text, path).not.toContain('new-pack');
      const role = roleOf(`ops/${path}` as PackPath);
      if (role === undefined) continue;
      checked += 1;
      expect(checkFile(role, Buffer.from(text), { strict: true }).findings, path).toEqual([]);
    }
    expect(checked).toBe(6);
    expect(files.get('pack.yaml')?.text).toContain('\nref: ops\n');
    expect(files.get('workflows/check_sites.yaml')?.text).toContain('action: ops.probe');
    expect([...files].filter(([, { isProgram }]) => isProgram).map(([path]) => path)).toEqual([
      'actions/say.sh',
    ]);
  });

  it('is told apart in the tree by notes on files that exist', async () => {
    const paths = [...(await newPackFiles('ops')).keys()];
    for (const noted of Object.keys(notes)) {
      expect(
        paths.some((path) => path === noted || path.startsWith(`${noted}/`)),
        noted,
      ).toBe(true);
    }
  });

  it('lies where the package and the container image bring it', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
    expect(files).toContain('src/commands/new-pack');
    expect(readFileSync('Dockerfile', 'utf8')).toContain(
      '/app/src/commands/new-pack ./src/commands/new-pack',
    );
  });
});

describe('nearestPackName', () => {
  it.each([
    ['My Pack', 'my-pack'],
    ['Größe & Co.', 'gro-e-co'],
    ['Café', 'cafe'],
    ['9lives', 'pack-9lives'],
    ['x', 'pack-x'],
    ['_ops_', 'ops'],
    ['.hidden', 'hidden'],
    ['…', 'my-pack'],
    ['', 'my-pack'],
    ['node_modules', 'pack-node_modules'],
    ['a'.repeat(70), 'a'.repeat(64)],
  ])('of %j is %j', (name, near) => {
    expect(isPackName(name)).toBe(false);
    expect(nearestPackName(name)).toBe(near);
    expect(isPackName(near)).toBe(true);
  });
});
