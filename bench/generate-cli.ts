// Writes generated packs into a directory. As a program: `npm run bench:generate -- DIR [PACKS [WORKFLOWS [BYTES [SEED]]]]`,
// which compiles bench/ to dist-bench/ first, as Node 20 runs no TypeScript.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GeneratedFile, type GenerateOptions, generatePacks } from './generate.ts';

export type WrittenPacks = {
  readonly files: number;
  readonly workflows: number;
  /** Bytes of all files. */
  readonly bytes: number;
};

const batchSize = 64;

/** Writes the packs below `dir`, which is made if it is missing. Files of the same name are overwritten, others stay. */
export async function writePacks(dir: string, options: GenerateOptions): Promise<WrittenPacks> {
  const files = [...generatePacks(options)];
  const dirs = new Set(files.map((file) => dirname(join(dir, file.path))));
  await Promise.all([...dirs].map((path) => mkdir(path, { recursive: true })));
  for (let start = 0; start < files.length; start += batchSize) {
    await Promise.all(files.slice(start, start + batchSize).map((file) => writeOne(dir, file)));
  }
  return {
    files: files.length,
    workflows: files.filter((file) => file.path.includes('/workflows/')).length,
    bytes: files.reduce((sum, file) => sum + Buffer.byteLength(file.content), 0),
  };
}

function writeOne(dir: string, file: GeneratedFile): Promise<void> {
  return writeFile(join(dir, file.path), file.content);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [dir, ...numbers] = process.argv.slice(2);
  const [packs = 20, workflowsPerPack = 200, bytesPerWorkflow = 1900, seed = 1] = numbers.map(Number);
  if (dir === undefined) {
    console.error('usage: generate-cli DIR [PACKS [WORKFLOWS [BYTES [SEED]]]]');
    process.exitCode = 64;
  } else {
    console.log(await writePacks(dir, { seed, packs, workflowsPerPack, bytesPerWorkflow }));
  }
}
