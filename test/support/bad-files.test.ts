import { lstat, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../src/language/check-file.ts';
import { badFiles, goodFiles, writeBadPack } from './bad-files.ts';

const files = badFiles();

describe('badFiles', () => {
  it('gives each a name and a path of its own', () => {
    expect(new Set(files.map((file) => file.name)).size).toBe(files.length);
    expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
  });

  it.each(files.filter((file) => file.foundBy === 'check').map((file) => [file.name, file] as const))(
    'is found by its bytes: %s',
    (_, file) => {
      if (typeof file.bytes === 'function') throw new Error('bytes expected');
      const { file: accepted, findings } = checkFile(file.role, file.bytes, { strict: false });
      if (file.code === undefined) return expect(findings).toEqual([]);
      const found = findings.find((finding) => finding.code === file.code);
      expect(found, JSON.stringify(findings)).toMatchObject({
        severity: file.severity,
        ...(file.line === undefined ? {} : { line: file.line }),
        ...(file.column === undefined ? {} : { column: file.column }),
      });
      expect(accepted === undefined).toBe(file.severity === 'error');
    },
  );

  it.each(files.filter((file) => file.foundBy === 'link').map((file) => [file.name, file] as const))(
    'is found by its place only, its bytes are good: %s',
    (_, file) => {
      if (typeof file.bytes === 'function') throw new Error('bytes expected');
      expect(checkFile(file.role, file.bytes, { strict: true }).findings).toEqual([]);
    },
  );

  it('stands beside files in which nothing is found', () => {
    for (const { path, content } of goodFiles()) {
      const role = path.endsWith('pack.yaml')
        ? 'manifest'
        : path.includes('/actions/')
          ? 'action'
          : 'workflow';
      expect(checkFile(role, Buffer.from(content), { strict: true }).findings, path).toEqual([]);
    }
  });
});

describe('writeBadPack', () => {
  it('writes links, a pipe and files, and all of it can be removed again', async () => {
    const root = await mkdtemp(join(tmpdir(), 'packwatch-bad-'));
    try {
      const written = await writeBadPack(root);
      expect(written.length).toBe(files.length);
      for (const file of written) await lstat(join(root, file.path));
      expect((await lstat(join(root, 'bad/workflows/pipe.yaml'))).isFIFO()).toBe(true);
      expect((await lstat(join(root, 'bad/workflows/link_to_itself.yaml'))).isSymbolicLink()).toBe(true);
      expect((await lstat(join(root, 'bad/workflows/one_byte_too_big.yaml'))).size).toBe(1_048_577);
      expect(await readFile(join(root, 'bad/workflows/outside.yaml'), 'utf8')).toContain('ref: bad.outside');
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
