// The verdicts of `check` with what is wrong in calls of other packs added: it changes no state and no exit code.

import type { PackPath } from '../model/pack.ts';
import type { CheckedEntry } from '../output/shown-file.ts';
import { type CallFinding, locateCalls } from '../registry/calls.ts';
import { boundDiagnostics } from '../registry/desired.ts';
import { inFile } from '../registry/facts.ts';

/** `file`: its path on disk; `textOf` reads a file that has findings. */
export function withCalls<Entry extends CheckedEntry & { readonly file: string }>(
  entries: readonly Entry[],
  calls: ReadonlyMap<string, readonly CallFinding[]>,
  textOf: (file: string) => string,
): readonly Entry[] {
  return entries.map((entry) => {
    const found = calls.get(entry.file);
    if (found === undefined) return entry;
    const path = entry.path as PackPath;
    const located = inFile(path, [...entry.diagnostics, ...locateCalls(textOf(entry.file), found)]);
    return { ...entry, diagnostics: boundDiagnostics(located) };
  });
}
