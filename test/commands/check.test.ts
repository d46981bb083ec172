// `check` from its arguments to its exit code: what is looked at, in which order it is shown, and when it fails.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { type Ran, runInProcess } from '../support/run-in-process.ts';

type Document = {
  readonly files: readonly {
    readonly path: string;
    readonly state: string;
    readonly diagnostics: readonly { readonly code: string; readonly severity: string }[];
  }[];
  readonly summary: Readonly<Record<string, number>>;
};

let dir: string;
const run = (...args: readonly string[]): Promise<Ran> => runInProcess(dir, ['check', ...args]);
const read = async (...args: readonly string[]): Promise<Document> =>
  JSON.parse((await run('--format', 'json', ...args)).stdout) as Document;
const pathsOf = async (...args: readonly string[]): Promise<string[]> =>
  (await read(...args)).files.map(({ path }) => path);

const files = {
  ...packFiles('good', { flow: workflowText(), 'fl-ow': workflowText() }),
  ...packFiles('odd', { odd: `colour: red\n${workflowText()}` }),
  ...packFiles('noted', { noted: workflowText().replace('x:', 'item:') }),
  ...packFiles('bad', { bad: 'version: 1.0.0\ntasks: [\n' }),
  // Two directories that claim one ref: seen only by who looks at the root.
  'twin/pack.yaml': 'ref: good\nversion: 1.0.0\n',
  'lost/workflows/flow.yaml': workflowText(),
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pw-check-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, 'packs', path)), { recursive: true });
    await writeFile(join(dir, 'packs', path), text);
  }
  await mkdir(join(dir, 'empty'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the exit code', () => {
  it.each([
    ['no problem', ['packs/good'], 0],
    ['an error', ['packs/bad'], 1],
    ['warnings', ['packs/odd'], 0],
    ['warnings that count', ['packs/odd', '--strict'], 1],
    ['notes that would count', ['packs/noted', '--strict'], 0],
    ['no manifest', ['packs/lost'], 1],
  ])('for %s', async (_, args, code) => {
    for (const format of ['text', 'json', 'sarif', 'github']) {
      expect((await run(...args, '--format', format)).code, format).toBe(code);
    }
  });

  it('says what --strict says: a warning is an error in state and severity', async () => {
    const strict = await read('packs/odd', '--strict');
    expect(strict.summary).toEqual({ files: 2, valid: 1, invalid: 1, errors: 1, warnings: 0 });
    const [, odd] = strict.files;
    expect(odd).toMatchObject({ state: 'invalid', diagnostics: [{ severity: 'error' }] });
  });
});

describe('a path', () => {
  it('that does not exist is told with the nearest name there is', async () => {
    expect(await run('packs/goood')).toEqual({
      code: 64,
      stdout: '',
      stderr: 'packwatch: packs/goood does not exist; did you mean packs/good?\n',
    });
    expect((await run('nowhere\u001b')).stderr).toBe(
      'packwatch: nowhere\\u001b does not exist; give a root, a pack or a file\n',
    );
  });

  it('may be a directory of a pack, whose files alone are shown', async () => {
    expect(await pathsOf('packs/good/workflows')).toEqual([
      'packs/good/workflows/fl-ow.yaml',
      'packs/good/workflows/flow.yaml',
    ]);
  });

  it('may be a pack without a manifest, with the verdict that its root gives', async () => {
    const alone = await read('packs/lost');
    expect(alone.files.map(({ path }) => path)).toEqual([
      'packs/lost/pack.yaml',
      'packs/lost/workflows/flow.yaml',
    ]);
    const inRoot = (await read('packs')).files.filter(({ path }) => path.startsWith('packs/lost'));
    expect(alone.files).toEqual(inRoot);
  });

  it('below which there is no pack is told, for nothing was checked', async () => {
    const { code, stderr } = await run('empty');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'packwatch: empty holds no pack; nothing was checked there\n',
    });
  });
});

describe('the order', () => {
  it('is that of paths in bytes, whatever the order of the arguments', async () => {
    const args = ['packs/odd', 'packs/good', 'packs/bad', 'packs/noted'];
    const paths = await pathsOf(...args);
    expect(paths).toEqual([
      'packs/bad/pack.yaml',
      'packs/bad/workflows/bad.yaml',
      'packs/good/pack.yaml',
      'packs/good/workflows/fl-ow.yaml',
      'packs/good/workflows/flow.yaml',
      'packs/noted/pack.yaml',
      'packs/noted/workflows/noted.yaml',
      'packs/odd/pack.yaml',
      'packs/odd/workflows/odd.yaml',
    ]);
    for (const format of ['text', 'json', 'sarif', 'github']) {
      const one = await run(...args, '--format', format);
      const other = await run(...args.toReversed(), '--format', format);
      expect(other.stdout, format).toBe(one.stdout);
    }
  });

  it('shows a file once that several arguments lead to', async () => {
    const root = await read('packs');
    const again = await read(
      'packs/good/workflows/flow.yaml',
      './packs',
      'packs/bad',
      join(dir, 'packs/odd'),
    );
    expect(again.summary).toEqual(root.summary);
    // What only the root shows stays, though the pack alone was asked for as well.
    const codes = ({ files }: Document): string[] =>
      files.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)).sort();
    expect(codes(root)).toContain('REF_CONFLICT');
    expect(codes(await read('packs/good'))).not.toContain('REF_CONFLICT');
    expect(codes(again)).toEqual(codes(root));
  });
});

describe('--help', () => {
  it('tells formats and exit codes', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/"text", "json", "sarif", "github"/);
    for (const word of ['SARIF 2.1.0', 'NO_COLOR', 'Exit codes:', '--strict']) expect(stdout).toContain(word);
  });

  it.each([
    ['a format that there is not', ['--format', 'xml'], 'Allowed choices are text, json, sarif, github.'],
    ['a flag with a slip', ['--stric'], '(Did you mean --strict?)'],
  ])('is not needed after %s', async (_, args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(words);
  });
});

describe('--quiet', () => {
  it('says nothing when nothing is wrong, and everything that is', async () => {
    expect(await run('packs/good', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('packs/good', '--quiet', '--format', 'github')).toMatchObject({ stdout: '' });
    expect((await run('packs/odd', '--quiet')).stdout).toBe((await run('packs/odd')).stdout);
  });
});
