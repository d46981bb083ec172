// A pack with everything a tired author does, and what is said about it: read by people as test/fixtures/terrible.txt.
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { createSarifValidator } from '../support/sarif-schema.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = async (format: string): Promise<string> => {
  const { code, stdout } = await runInProcess(root, ['check', 'test/fixtures/terrible', '--format', format]);
  expect(code).toBe(1);
  return stdout;
};

type Region = { startLine: number; startColumn: number };
type SarifLog = {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { uri: string }; readonly region: Region };
      }[];
    }[];
  }[];
};

let found: readonly Diagnostic[];
let expected: readonly string[];

beforeAll(async () => {
  const { files } = JSON.parse(await run('json')) as { files: { diagnostics: readonly Diagnostic[] }[] };
  found = files.flatMap(({ diagnostics }) => diagnostics);
  expected = found.map(({ code, path, line, column }) => `${code} ${path}:${line}:${column}`);
});

describe('the terrible pack', () => {
  it('has most of what can be wrong without a file system that helps', () => {
    expect(new Set(found.map(({ code }) => code)).size).toBeGreaterThanOrEqual(55);
  });

  it('is told to people as it was read and approved', async () => {
    await expect(await run('text')).toMatchFileSnapshot(
      fileURLToPath(new URL('../fixtures/terrible.txt', import.meta.url)),
    );
  });

  it('is the same in every format, finding by finding', async () => {
    const titles = [...(await run('text')).matchAll(/^\w+\[(\w+)\] .*\n {2}at (.*)$/gm)];
    expect(titles.map(([, code, place]) => `${code} ${place}`)).toEqual(expected);

    const [sarif] = (JSON.parse(await run('sarif')) as SarifLog).runs;
    const results = sarif?.results.map(({ ruleId, locations: [location] }) => {
      const { artifactLocation, region } = location?.physicalLocation ?? {};
      return `${ruleId} ${decodeURIComponent(artifactLocation?.uri ?? '')}:${region?.startLine}:${region?.startColumn}`;
    });
    expect(results).toEqual(expected);

    const lines = (await run('github')).trimEnd().split('\n');
    const places = lines.slice(0, -1).map((line) => {
      const [, path, row, column, code] =
        /^::\w+ file=(.*?),line=(\d+),endLine=\d+(?:,col=(\d+))?.*?,title=(\w+)::/.exec(line) ?? [];
      return `${code} ${path}:${row}:${column}`;
    });
    expect(places.toSorted()).toEqual([...expected].sort());
    expect(lines.at(-1)).toMatch(/^\d+ errors, \d+ warnings, \d+ note/);
  });

  it('is a valid log', async () => {
    expect(createSarifValidator()(JSON.parse(await run('sarif')))).toEqual([]);
  });
});
