import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/model/answers.ts';
import { renderProblems } from '../../src/output/problems-text.ts';
import { plainStyle } from '../../src/output/style.ts';

const problem = (columns: Partial<Problem>): Problem => ({
  ...{ source: 'root:main', path: 'ops/workflows/a.yaml', pack_ref: 'ops', ref: 'ops.a', state: 'valid' },
  ...{ since: '2026-01-02T03:04:05.000Z', served: true, digest: 'd', diagnostics: [] },
  ...columns,
});
const said = (columns: Partial<Problem>) => renderProblems([problem(columns)], plainStyle).split('\n')[1];

describe('a problem', () => {
  it.each<[string, Partial<Problem>, string]>([
    [
      'of a file that is fine points to what tells more',
      {},
      '  valid, but not served as it stands since 2026-01-02 03:04 UTC; ops.a goes on being served as it was; `packwatch explain ops.a` tells why',
    ],
    [
      'of a bad file tells itself',
      { state: 'invalid' },
      '  invalid since 2026-01-02 03:04 UTC; ops.a goes on being served as it was',
    ],
    [
      'of files in conflict does not say which is served: their diagnostics do',
      { state: 'conflict' },
      '  conflict since 2026-01-02 03:04 UTC; one file goes on being served as ops.a',
    ],
    [
      'of what was never served says so',
      { state: 'invalid', served: false },
      '  invalid since 2026-01-02 03:04 UTC; nothing is served as ops.a',
    ],
  ])('%s', (_, columns, line) => {
    expect(said(columns)).toBe(line);
  });
});
