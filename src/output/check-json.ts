// Checked files → the JSON document of `check` (contract §3). Pure.
import type { Finding } from '../model/diagnostic.ts';
import type { CheckedEntry } from './shown-file.ts';

/** The whole document, ready to be printed. */
export function checkDocument(files: readonly CheckedEntry[]): object {
  const findings = files.flatMap(({ diagnostics }) => diagnostics);
  return {
    files: files.map(({ path, ref, state, diagnostics }) => ({
      path,
      ref,
      state,
      diagnostics: diagnostics.map((finding) => diagnosticDocument(finding, path)),
    })),
    summary: {
      files: files.length,
      valid: files.filter(({ state }) => state === 'valid').length,
      invalid: files.filter(({ state }) => state === 'invalid').length,
      errors: findings.filter(({ severity }) => severity === 'error').length,
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
    },
  };
}

/** One `D`: the keys of the contract, in its order, and no others. */
export function diagnosticDocument(finding: Finding, path: string): object {
  const { code, severity, message, line, column, end_line, end_column, help } = finding;
  return {
    code,
    severity,
    message,
    path,
    line,
    column,
    ...(end_line === undefined ? {} : { end_line }),
    ...(end_column === undefined ? {} : { end_column }),
    ...(help === undefined ? {} : { help }),
  };
}
