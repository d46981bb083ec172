import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectPack } from '../../src/commands/collect-pack.ts';

let base: string;
let pack: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'pw-collect-'));
  pack = join(base, 'ops');
  write('pack.yaml', 'workflows/a.yaml');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(pack, path)), { recursive: true });
    writeFileSync(join(pack, path), path);
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(join(pack, path)), { recursive: true });
  symlinkSync(target, join(pack, path));
}

/** Path → what is in it, which `write` made the path where it lies. */
async function collected(): Promise<Record<string, string>> {
  const { files } = await collectPack(pack);
  return Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));
}

const own = { 'pack.yaml': 'pack.yaml', 'workflows/a.yaml': 'workflows/a.yaml' };

describe('collectPack', () => {
  it('takes YAML, and names what it leaves out', async () => {
    write(
      'README.md',
      'actions/a.yml',
      'actions/a.sh',
      '.git/x.yaml',
      '.hidden.yaml',
      'node_modules/x/y.yaml',
    );
    const { files, leftOut } = await collectPack(pack);
    expect([...files.keys()].sort()).toEqual(['actions/a.yml', 'pack.yaml', 'workflows/a.yaml']);
    expect(leftOut).toEqual(['README.md', 'actions/a.sh']);
  });

  it('follows links inside the pack', async () => {
    write('v2/b.yaml', 'texts/c.yaml');
    link('../texts/c.yaml', 'workflows/c.yaml');
    link('v2', 'actions');
    expect(await collected()).toEqual({
      ...own,
      'v2/b.yaml': 'v2/b.yaml',
      'texts/c.yaml': 'texts/c.yaml',
      'workflows/c.yaml': 'texts/c.yaml',
      'actions/b.yaml': 'v2/b.yaml',
    });
  });

  it('takes a pack that lies behind links as a volume is mounted', async () => {
    rmSync(join(pack, 'workflows'), { recursive: true });
    rmSync(join(pack, 'pack.yaml'));
    write('..1/pack.yaml', '..1/workflows/a.yaml');
    link('..1', '..data');
    link('..data/pack.yaml', 'pack.yaml');
    link('..data/workflows', 'workflows');
    expect(Object.keys(await collected()).sort()).toEqual(['pack.yaml', 'workflows/a.yaml']);
  });

  it('never goes in circles, and shows no file of a pack twice', async () => {
    link('.', 'self');
    link('..', 'workflows/up');
    link('../workflows', 'actions/workflows');
    link('../../ops', 'workflows/ops');
    expect(await collected()).toEqual(own);
  });

  it.each<[string, string, RegExp]>([
    ['../outside.yaml', 'workflows/b.yaml', /^workflows\/b.yaml is a link that leads out of the pack/],
    ['/etc', 'actions/etc', /^actions\/etc is a link that leads out of the pack/],
    ['../../ops-other', 'workflows/other', /leads out of the pack/],
    ['nowhere.yaml', 'workflows/b.yaml', /^workflows\/b.yaml is a link that leads nowhere/],
    ['b.yaml', 'workflows/b.yaml', /^workflows\/b.yaml is a link that leads in circles/],
  ])('refuses a link to %s at %s', async (target, path, message) => {
    writeFileSync(join(base, 'outside.yaml'), 'a secret');
    mkdirSync(join(base, 'ops-other'));
    link(target.replace('../outside', '../../outside'), path);
    await expect(collectPack(pack)).rejects.toThrow(message);
  });

  it('leaves out links that lead out where a registry does not look', async () => {
    link('/etc', 'data');
    link('/etc/hostname', 'docs/host');
    expect((await collectPack(pack)).leftOut).toEqual(['data', 'docs/host']);
    expect(await collected()).toEqual(own);
  });

  it('does not wait for a FIFO', async () => {
    execFileSync('mkfifo', [join(pack, 'workflows', 'b.yaml')]);
    await expect(collectPack(pack)).rejects.toThrow('workflows/b.yaml is not a regular file');
  });

  it('gives up on a directory that is no pack by its size', async () => {
    write('docs/a', 'docs/b');
    // pack.yaml, workflows, workflows/a.yaml, docs and what is in it.
    expect((await collectPack(pack, 6)).leftOut).toEqual(['docs/a', 'docs/b']);
    await expect(collectPack(pack, 5)).rejects.toThrow('more than 5 names below it');
  });

  it('says what it cannot read', async () => {
    await expect(collectPack(join(base, 'none'))).rejects.toThrow(/none cannot be read: ENOENT/);
  });
});
