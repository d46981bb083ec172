// Files as `check` has seen them, each once and in an order that no argument and no file system decides. Pure.
import type { Finding } from '../model/diagnostic.ts';

export type CheckedEntry = {
  /** The argument as given joined with the rest. */
  readonly path: string;
  readonly ref: string | null;
  readonly state: 'valid' | 'invalid' | 'ignored';
  readonly diagnostics: readonly Finding[];
};

export type ShownFile = CheckedEntry & {
  /** Where it lies, absolute: what makes two entries one file. */
  readonly file: string;
};

/**
 * Sorted by path in byte order, findings by position, then code, then message. A file that several arguments led to is
 * one entry with what was found on any way: in its root more can be seen than beside its pack alone.
 */
export function inOrder(files: readonly ShownFile[]): readonly ShownFile[] {
  const merged = new Map<string, ShownFile>();
  for (const file of files) {
    const other = merged.get(file.file);
    merged.set(file.file, other === undefined ? file : merge(other, file));
  }
  return [...merged.values()]
    .map((file) => ({ ...file, diagnostics: sortFindings(file.diagnostics) }))
    .sort((a, b) => byBytes(a.path, b.path));
}

function merge(a: ShownFile, b: ShownFile): ShownFile {
  const seen = new Set(a.diagnostics.map(keyOf));
  const first = byBytes(a.path, b.path) <= 0 ? a : b;
  return {
    ...first,
    state: worse(a.state, b.state),
    diagnostics: [...a.diagnostics, ...b.diagnostics.filter((finding) => !seen.has(keyOf(finding)))],
  };
}

const states: readonly CheckedEntry['state'][] = ['ignored', 'valid', 'invalid'];

function worse(a: CheckedEntry['state'], b: CheckedEntry['state']): CheckedEntry['state'] {
  return states.indexOf(a) > states.indexOf(b) ? a : b;
}

function keyOf({ code, line, column, message }: Finding): string {
  return `${line}:${column} ${code} ${message}`;
}

function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      a.line - b.line || a.column - b.column || byBytes(a.code, b.code) || byBytes(a.message, b.message),
  );
}

/** Byte order of UTF-8. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
