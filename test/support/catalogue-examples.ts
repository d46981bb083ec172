// Examples of the catalogue, tried: written into a pack on disk and checked there.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { runInProcess } from './run-in-process.ts';

const run = promisify(execFile);

export type ExamplePart =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string };

const header = /^# (\S+\.ya?ml)$/;

/** The files and commands of an example; none where it is in words. */
export function partsOf(example: string): readonly ExamplePart[] {
  return example.split(/\n\n(?=# |\$ )/).flatMap((part): ExamplePart[] => {
    if (part.startsWith('$ ')) return [{ kind: 'command', command: part.slice(2) }];
    const [, path] = header.exec(part.split('\n', 1)[0] ?? '') ?? [];
    return path === undefined ? [] : [{ kind: 'file', path, text: `${part}\n` }];
  });
}

export type Tried = {
  readonly findings: readonly Diagnostic[];
  /** By path in the pack, as far as it can be read. */
  readonly texts: ReadonlyMap<string, string>;
};

/** What `check` finds in a pack `shop` that holds nothing but the example, and a manifest. Paths are those in the pack. */
export async function tryExample(example: string): Promise<Tried> {
  const root = await mkdtemp(join(tmpdir(), 'pw-example-'));
  try {
    const pack = join(root, 'shop');
    await mkdir(join(pack, 'workflows'), { recursive: true });
    await writeFile(join(pack, 'pack.yaml'), 'ref: shop\nversion: 1.0.0\n');
    for (const part of partsOf(example)) {
      if (part.kind === 'command') await run('sh', ['-c', part.command], { cwd: pack });
      else {
        await mkdir(dirname(join(pack, part.path)), { recursive: true });
        await writeFile(join(pack, part.path), part.text);
      }
    }
    const { stdout } = await runInProcess(root, ['check', '.', '--format', 'json']);
    const { files } = JSON.parse(stdout) as { files: { diagnostics: readonly Diagnostic[] }[] };
    const findings = files
      .flatMap(({ diagnostics }) => diagnostics)
      .map((finding) => ({ ...finding, path: finding.path.slice('shop/'.length) as Diagnostic['path'] }));
    return { findings, texts: await readTexts(pack, findings) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Only of files that were read: opening a pipe, say, would wait for ever. */
async function readTexts(pack: string, findings: readonly Diagnostic[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { code, path } of findings) {
    if (!code.startsWith('READ_') && code !== 'PACK_NO_MANIFEST')
      texts.set(path, await readFile(join(pack, path), 'utf8'));
  }
  return texts;
}
