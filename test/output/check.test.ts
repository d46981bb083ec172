import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/model/diagnostic.ts';
import { checkDocument } from '../../src/output/check-json.ts';
import { renderCheckReport } from '../../src/output/diagnostics-text.ts';
import { ansiStyle, plainStyle } from '../../src/output/style.ts';

const error: Finding = {
  code: 'RULE_TARGET_UNKNOWN',
  severity: 'error',
  message: '`do` names "deplyo", which is no task of this list',
  line: 3,
  column: 7,
  end_line: 3,
  end_column: 13,
  help: 'did you mean "deploy"?',
};
const warning: Finding = { code: 'PACK_DIR', severity: 'warning', message: 'other name', line: 1, column: 1 };
const info: Finding = { ...warning, severity: 'info' };

describe('renderCheckReport', () => {
  it('shows code, message, place, frame and help, and counts at the end', () => {
    const text = 'tasks:\n  - name: build\n    do: deplyo\n';
    const files = [
      { path: 'packs/ops/workflows/ship.yaml', text, diagnostics: [error] },
      { path: 'packs/ops/pack.yaml', text: '', diagnostics: [warning] },
      { path: 'packs/ops/workflows/fine.yaml', text, diagnostics: [] },
    ];
    expect(renderCheckReport(files, 14, { style: plainStyle })).toBe(`\
error[RULE_TARGET_UNKNOWN] \`do\` names "deplyo", which is no task of this list
  at packs/ops/workflows/ship.yaml:3:7
  1 | tasks:
  2 |   - name: build
> 3 |     do: deplyo
    |       ^^^^^^
  help: did you mean "deploy"?

warning[PACK_DIR] other name
  at packs/ops/pack.yaml:1:1

1 error, 1 warning in 2 files (14 files checked)
`);
  });

  it('shows no place of what is about a file as a whole, but the start of a text that is no YAML', () => {
    const report = (code: Finding['code']): string =>
      renderCheckReport([{ path: 'a', text: 'first: 1', diagnostics: [{ ...warning, code }] }], 1, {
        style: plainStyle,
      });
    expect(report('REF_CONFLICT')).not.toContain('first');
    expect(report('YAML_SYNTAX')).toContain('> 1 | first: 1');
  });

  it('says that there is no problem', () => {
    expect(renderCheckReport([], 1, { style: plainStyle })).toBe('no problems (1 file checked)\n');
  });

  it('says of which file there may be more', () => {
    const many = (path: string, number: number) => ({
      ...{ path, text: '' },
      diagnostics: Array.from({ length: number }, () => warning),
    });
    const report = renderCheckReport([many('a', 99), many('b', 100)], 2, { style: plainStyle });
    expect(report.trimEnd().split('\n').slice(-2)).toEqual([
      'b: only 100 problems of a file are shown, errors first',
      '199 warnings in 2 files (2 files checked)',
    ]);
  });

  it('counts notes apart', () => {
    const report = renderCheckReport([{ path: 'a', text: '', diagnostics: [info, info] }], 1, {
      style: plainStyle,
    });
    expect(report.trimEnd().split('\n').at(-1)).toBe('2 notes in 1 file (1 file checked)');
  });

  it('lets no text of an author move the cursor', () => {
    const hostile = { ...error, message: 'a\u001b[2J\nb', help: '\u009b' };
    const report = renderCheckReport([{ path: 'x\u001b', text: 'a\u001b', diagnostics: [hostile] }], 1, {
      style: plainStyle,
    });
    expect(report.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(report).toContain('a\\u001b[2J\\nb');
  });

  it('is coloured by the style alone', () => {
    const files = [{ path: 'a', text: 'x', diagnostics: [error] }];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking the codes out is the purpose
    const stripped = renderCheckReport(files, 1, { style: ansiStyle }).replace(/\u001b\[\d+m/g, '');
    expect(stripped).toBe(renderCheckReport(files, 1, { style: plainStyle }));
  });
});

describe('checkDocument', () => {
  it('has the shape of the contract', () => {
    const document = checkDocument([
      { path: 'p/a.yaml', ref: 'p.a', state: 'valid', diagnostics: [warning] },
      { path: 'p/b.yaml', ref: null, state: 'invalid', diagnostics: [error, info] },
      { path: 'p/c.yaml', ref: null, state: 'ignored', diagnostics: [] },
    ]);
    expect(JSON.parse(JSON.stringify(document))).toEqual({
      files: [
        { path: 'p/a.yaml', ref: 'p.a', state: 'valid', diagnostics: [{ ...warning, path: 'p/a.yaml' }] },
        {
          path: 'p/b.yaml',
          ref: null,
          state: 'invalid',
          diagnostics: [
            { ...error, path: 'p/b.yaml' },
            { ...info, path: 'p/b.yaml' },
          ],
        },
        { path: 'p/c.yaml', ref: null, state: 'ignored', diagnostics: [] },
      ],
      summary: { files: 3, valid: 1, invalid: 1, errors: 1, warnings: 1 },
    });
  });
});
