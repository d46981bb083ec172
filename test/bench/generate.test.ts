import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GeneratedFile, generatePacks } from '../../bench/generate.ts';
import { writePacks } from '../../bench/generate-cli.ts';
import { checkFile } from '../../src/language/check-file.ts';
import type { FileRole } from '../../src/model/pack.ts';

const options = { seed: 7, packs: 4, workflowsPerPack: 60 };
const files = [...generatePacks(options)];
const isWorkflow = (file: GeneratedFile): boolean => file.path.includes('/workflows/');

function roleOf(path: string): FileRole {
  if (path.endsWith('/pack.yaml')) return 'manifest';
  return path.includes('/actions/') ? 'action' : 'workflow';
}

function meanSize(list: readonly GeneratedFile[]): number {
  return list.reduce((sum, file) => sum + Buffer.byteLength(file.content), 0) / list.length;
}

describe('generatePacks', () => {
  it('yields the same bytes for the same seed, and others for another', () => {
    expect([...generatePacks(options)]).toEqual(files);
    expect([...generatePacks({ ...options, seed: 8 })]).not.toEqual(files);
  });

  it('yields the manifest, the actions and the workflows of every pack, each path once', () => {
    expect(files.length).toBe(4 * (1 + 4 + 60));
    expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
    expect(files.filter(isWorkflow).length).toBe(240);
  });

  it('gives every file a ref of its own, which follows from its path', () => {
    const refs = files.map((file) => /^ref: (.+)$/m.exec(file.content)?.[1]);
    expect(new Set(refs).size).toBe(files.length);
    for (const [index, file] of files.filter((one) => !one.path.endsWith('pack.yaml')).entries()) {
      const [pack, , name] = file.path.replace('.yaml', '').split('/');
      expect(/^ref: (.+)$/m.exec(file.content)?.[1], `${index}`).toBe(`${pack}.${name}`);
    }
  });

  it('keeps the mean size within five per cent of what was asked', () => {
    for (const bytesPerWorkflow of [1900, 4000, 20_000]) {
      const workflows = [...generatePacks({ ...options, bytesPerWorkflow })].filter(isWorkflow);
      expect(Math.abs(meanSize(workflows) / bytesPerWorkflow - 1)).toBeLessThan(0.05);
    }
  });

  it('continues a smaller corpus in a larger one', () => {
    const larger = new Map(
      [...generatePacks({ ...options, packs: 6, workflowsPerPack: 80 })].map((file) => [
        file.path,
        file.content,
      ]),
    );
    for (const file of files) expect(larger.get(file.path)).toBe(file.content);
  });

  it('yields files in which nothing is found', () => {
    const large = [...generatePacks({ seed: 3, packs: 1, workflowsPerPack: 10, bytesPerWorkflow: 20_000 })];
    for (const file of [...files, ...large]) {
      const checked = checkFile(roleOf(file.path), Buffer.from(file.content), { strict: true });
      expect(checked.findings, `${file.path}\n${file.content}`).toEqual([]);
    }
  });

  it('shows every construct somewhere', () => {
    const all = files.map((file) => file.content).join('');
    for (const sign of ['with_items:', 'type: parallel', 'join: 2', 'retry:', '_again]', 'type: object']) {
      expect(all).toContain(sign);
    }
  });

  it('refuses sizes that it cannot meet', () => {
    expect(() => [...generatePacks({ ...options, bytesPerWorkflow: 100 })]).toThrow(RangeError);
    expect(() => [...generatePacks({ ...options, packs: 0 })]).toThrow(RangeError);
  });
});

describe('writePacks', () => {
  it('writes what generatePacks yields', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'packwatch-generate-'));
    try {
      const written = await writePacks(join(dir, 'new'), options);
      expect(written.files).toBe(files.length);
      expect(written.workflows).toBe(240);
      for (const file of files.slice(0, 20)) {
        expect(await readFile(join(dir, 'new', file.path), 'utf8')).toBe(file.content);
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
