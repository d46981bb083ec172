import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { PackPath } from '../../src/model/pack.ts';
import { boundDiagnostics } from '../../src/registry/desired.ts';

const at = (line: number, severity: Diagnostic['severity'] = 'warning'): Diagnostic => ({
  ...{ code: 'SCHEMA_UNKNOWN_KEY', severity, message: 'm', line, column: 1 },
  path: 'p/workflows/a.yaml' as PackPath,
});

describe('boundDiagnostics', () => {
  it('sorts by position', () => {
    expect(boundDiagnostics([at(3), at(1), at(2, 'error')]).map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  it('sorts by column and code where the line is the same', () => {
    const found = [
      { ...at(1), column: 9 },
      { ...at(1), column: 2 },
      { ...at(1), column: 2, code: 'YAML_SYNTAX' } as const,
      { ...at(1), column: 2, code: 'REF_FORM' } as const,
      { ...at(1), column: 4 },
    ];
    const told = boundDiagnostics(found).map(({ column, code }) => `${column} ${code}`);
    expect(told).toEqual([
      '2 REF_FORM',
      '2 SCHEMA_UNKNOWN_KEY',
      '2 YAML_SYNTAX',
      '4 SCHEMA_UNKNOWN_KEY',
      '9 SCHEMA_UNKNOWN_KEY',
    ]);
    const alike = ['first', 'second', 'third'].map((message) => ({ ...at(1), message }));
    expect(boundDiagnostics(alike)).toEqual(alike);
  });

  it('keeps the error behind a hundred warnings, or nobody could tell why the file is invalid', () => {
    const many = [...Array.from({ length: 120 }, (_, index) => at(index + 1)), at(500, 'error')];
    const kept = boundDiagnostics(many);
    expect(kept).toHaveLength(100);
    expect(kept.at(-1)).toMatchObject({ line: 500, severity: 'error' });
    expect(kept.slice(0, 99).map(({ line }) => line)).toEqual(
      Array.from({ length: 99 }, (_, index) => index + 1),
    );
  });
});
