// (desired, registered) → which rows of files differ. Pure.
import type { DesiredPack, FileRow, RegisteredState } from '../model/state.ts';

/**
 * Rows of files to write, and paths whose rows to remove, each sorted. A row is removed only where a complete listing proves that
 * the file is gone.
 */
export function diffFiles(desired: DesiredPack, registered: RegisteredState) {
  // Under a bad manifest nothing is decided about the other files, so their rows keep the digest they were registered by.
  const isKept = desired.pack === 'kept';
  const files = [...desired.files.values()]
    .filter((row) => !isSameFile(row, registered.files.get(row.path)))
    .filter((row) => !isKept || row.role === 'manifest')
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const removedFiles =
    desired.complete && !isKept
      ? [...registered.files.keys()].filter((path) => !desired.files.has(path)).sort()
      : [];
  return { files, removedFiles };
}

function isSameFile(a: FileRow, b: FileRow | undefined): boolean {
  return (
    b !== undefined &&
    a.role === b.role &&
    a.ref === b.ref &&
    a.digest === b.digest &&
    a.checkedBy === b.checkedBy &&
    a.state === b.state &&
    a.links.join('\0') === b.links.join('\0') &&
    sameDiagnostics(a, b)
  );
}

function sameDiagnostics(a: FileRow, b: FileRow): boolean {
  if (a.diagnostics.length !== b.diagnostics.length) return false;
  return a.diagnostics.every((one, index) => {
    const other = b.diagnostics[index];
    return (
      other !== undefined &&
      one.code === other.code &&
      one.line === other.line &&
      one.column === other.column &&
      one.message === other.message &&
      one.severity === other.severity
    );
  });
}
