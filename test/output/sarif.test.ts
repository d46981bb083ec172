import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/language/diagnostics.ts';
import type { Finding } from '../../src/model/diagnostic.ts';
import { sarifDocument } from '../../src/output/sarif.ts';
import type { ShownFile } from '../../src/output/shown-file.ts';
import { createSarifValidator } from '../support/sarif-schema.ts';

type Result = {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
      readonly region: object;
    };
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
};
type Rule = { readonly id: string; readonly name: string; readonly defaultConfiguration: { level: string } };
type Run = {
  readonly tool: { readonly driver: { readonly rules: readonly Rule[] } };
  readonly originalUriBaseIds: Readonly<Record<string, { readonly uri: string }>>;
  readonly results: readonly Result[];
};
type Log = { version: string; runs: [Run] };

const error: Finding = {
  code: 'RULE_TARGET_UNKNOWN',
  severity: 'error',
  message: 'no task `deplyo` in this workflow',
  line: 3,
  column: 9,
  end_line: 3,
  end_column: 15,
  help: 'did you mean `deploy`?',
};
const note: Finding = { code: 'RULE_NAME_SHADOWED', severity: 'info', message: 'm', line: 1, column: 1 };

function file(path: string, ...diagnostics: readonly Finding[]): ShownFile {
  return { path, file: `/work tree/${path}`, ref: null, state: 'invalid', diagnostics };
}

function log(files: readonly ShownFile[], text = 'tasks:\n  - name: a\n    do: deplyo\n'): Log {
  const options = { catalogue, version: '0.1.0', base: '/work tree', readText: () => text };
  return JSON.parse(JSON.stringify(sarifDocument(files, options))) as Log;
}

const resultsOf = (files: readonly ShownFile[], text?: string): readonly Result[] =>
  log(files, text).runs[0].results;

const problemsOf = createSarifValidator();

describe('the schema', () => {
  it('refuses what is no log', () => {
    expect(problemsOf({ version: '2.1.0' })).toHaveLength(1);
    expect(problemsOf({ version: '2.1.0', runs: [{ tool: { driver: {} } }] })).toHaveLength(1);
    const spoiled = log([file('a b.yaml', error)]);
    const location = spoiled.runs[0].results[0]?.locations[0]?.physicalLocation.artifactLocation;
    Object.assign(location ?? {}, { uri: 'a b.yaml' });
    expect(problemsOf(spoiled)).toEqual([expect.stringContaining('uri-reference')]);
  });
});

describe('sarifDocument', () => {
  it('is valid with findings of every code, and with none', () => {
    const all = Object.keys(catalogue).map((code) => ({ ...error, code: code as Finding['code'] }));
    expect(problemsOf(log([file('packs/ops/workflows/ship.yaml', ...all, note)]))).toEqual([]);
    expect(problemsOf(log([]))).toEqual([]);
  });

  it('names the rule, the place and the help of a finding', () => {
    const [result, second] = resultsOf([file('packs/ops/workflows/ship.yaml', error, note)]);
    expect(result).toMatchObject({
      ruleId: 'RULE_TARGET_UNKNOWN',
      level: 'error',
      message: { text: 'no task `deplyo` in this workflow\nhelp: did you mean `deploy`?' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'packs/ops/workflows/ship.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3, startColumn: 9, endLine: 3, endColumn: 15 },
          },
        },
      ],
    });
    expect(second).toMatchObject({ level: 'note' });
    expect(second?.locations[0]?.physicalLocation.region).toEqual({ startLine: 1, startColumn: 1 });
  });

  it('describes every code as a rule, at the index that results name', () => {
    const { tool, results } = log([file('a.yaml', error, note)]).runs[0];
    const { rules } = tool.driver;
    expect(rules.map(({ id }) => id)).toEqual(Object.keys(catalogue).sort());
    for (const { ruleId, ruleIndex } of results) expect(rules[ruleIndex]?.id).toBe(ruleId);
    expect(rules.find(({ id }) => id === 'RULE_NAME_SHADOWED')).toMatchObject({
      name: 'RuleNameShadowed',
      defaultConfiguration: { level: 'note' },
    });
  });

  it('encodes paths, and gives what lies elsewhere a URI of its own', () => {
    const outside = { ...file('x', error), path: '../other/ü.yaml', file: '/other/ü.yaml' };
    const document = log([file('a b/c:d#é%.yaml', error), outside]);
    expect(problemsOf(document)).toEqual([]);
    const { results, originalUriBaseIds } = document.runs[0];
    expect(originalUriBaseIds['%SRCROOT%']?.uri).toBe('file:///work%20tree/');
    expect(results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation)).toEqual([
      { uri: 'a%20b/c%3Ad%23%C3%A9%25.yaml', uriBaseId: '%SRCROOT%' },
      { uri: 'file:///other/%C3%BC.yaml' },
    ]);
  });

  it('lets no text of an author become a placeholder or a link', () => {
    const hostile = { ...error, message: '{0} {{ x }} [here](http://evil.test) a\\b' };
    const [result] = resultsOf([file('a', hostile)]);
    expect(result?.message.text.split('\n')[0]).toBe('{{0}} {{{{ x }}}} \\[here\\](http://evil.test) a\\\\b');
  });

  it('keeps the fingerprint when lines come above, and tells findings of one line apart', () => {
    const prints = (shift: number, text: string): unknown[] =>
      resultsOf(
        [file('a', { ...error, line: 3 + shift }, { ...error, line: 3 + shift, column: 1 })],
        text,
      ).map(({ partialFingerprints }) => partialFingerprints['primaryLocationLineHash']);
    const text = 'tasks:\n  - name: a\n    do: deplyo\n';
    const before = prints(0, text);
    expect(new Set(before).size).toBe(2);
    expect(prints(2, `# one\r\n# two\r\n${text}`)).toEqual(before);
    expect(prints(0, text.replace('deplyo', 'delpoy'))).not.toEqual(before);
  });
});
