// One observed file → what it contributes: a verdict, the ref it claims, the files it links. Pure.
// Facts come from checking the bytes, or from the registered row where the same bytes were checked by the same rules.

import { createLocator } from '../language/locate.ts';
import type { Diagnostic, DocumentPath, Finding } from '../model/diagnostic.ts';
import { type CheckedFile, isUnjudged } from '../model/file.ts';
import type { ObservedFile } from '../model/listing.ts';
import type { Digest, FileRole, PackDir, PackPath, PackRef } from '../model/pack.ts';
import type { FileRow } from '../model/state.ts';
import { linkTarget, nameOf } from './discover.ts';

export type FileFacts = {
  readonly path: PackPath;
  readonly role: FileRole;
  readonly digest: Digest | null;
  readonly state: 'valid' | 'invalid' | 'unreadable';
  /** The ref an action has or a workflow file declares; from a row: the ref it was registered or claimed under. */
  readonly ref: string | null;
  readonly links: readonly PackPath[];
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined: taken from the registered row, the bytes were not looked into. */
  readonly checked: CheckedFile | undefined;
};

/** True when a row's verdict still stands for these bytes: same digest, same rules. */
export function isTrusted(row: FileRow | undefined, file: ObservedFile, checkedBy: string): row is FileRow {
  return (
    row !== undefined &&
    file.digest !== null &&
    row.digest === file.digest &&
    row.checkedBy === checkedBy &&
    row.role === file.role &&
    !isUnjudged(row.diagnostics) &&
    (row.state === 'valid' || row.state === 'invalid' || row.state === 'conflict')
  );
}

/** Of rows that stay in memory, see `store/sql/buckets.ts`: of a pack of thousands, each save asks for all of them twice. */
const factsOfRows = new WeakMap<FileRow, FileFacts>();

export function factsFromRow(row: FileRow): FileFacts {
  const facts = factsOfRows.get(row) ?? factsOf(row);
  factsOfRows.set(row, facts);
  return facts;
}

function factsOf(row: FileRow): FileFacts {
  // A conflict is a verdict on two files; each was valid by itself.
  const state = row.state === 'conflict' ? 'valid' : row.state === 'valid' ? 'valid' : 'invalid';
  const diagnostics = row.diagnostics.filter((diagnostic) => diagnostic.code !== 'REF_CONFLICT');
  return { ...base(row), ref: row.ref, links: row.links, state, diagnostics, checked: undefined };
}

/** A file whose bytes could not be read: it keeps what it was registered for. */
export function factsOfUnreadable(file: ObservedFile, row: FileRow | undefined): FileFacts {
  const diagnostics = inFile(file.path, file.findings);
  return {
    ...base(file),
    digest: null,
    ref: row?.ref ?? null,
    links: row?.links ?? [],
    state: 'unreadable',
    diagnostics,
    checked: undefined,
  };
}

/** Facts of checked bytes, with what depends on the place of the file in its pack. */
export function factsOfChecked(
  file: ObservedFile,
  checked: CheckedFile,
  dir: PackDir,
  packRef: PackRef,
): FileFacts {
  const findings: Finding[] = [...checked.findings];
  const links: PackPath[] = [];
  let ref: string | null = checked.claim ?? null;
  if (file.role === 'action') {
    ref ??= `${packRef}.${nameOf(file.path)}`;
    if (!isRefOf(packRef, ref)) {
      const message = `the ref must be "${packRef}.<name>" (lower case letters, digits, "_", "-"), found ${JSON.stringify(ref)}`;
      findings.push(
        locateFinding(checked, ['ref'], {
          code: 'REF_FORM',
          message,
          help: `use "${packRef}.${nameOf(file.path)}"`,
        }),
      );
    }
    const target = checked.link === undefined ? undefined : linkTarget(dir, checked.link);
    if (target !== undefined) links.push(target);
    else if (checked.link !== undefined) {
      const message = `workflow_file ${JSON.stringify(checked.link)} leads out of the pack, or deeper than 8 directories`;
      findings.push(
        locateFinding(checked, ['workflow_file'], {
          code: 'REF_LINK_OUTSIDE_PACK',
          message,
          help: 'give a path relative to actions/',
        }),
      );
    }
  }
  const valid = checked.file !== undefined && !findings.some((finding) => finding.severity === 'error');
  return {
    ...base(file),
    ref,
    links,
    state: valid ? 'valid' : isUnjudged(checked.findings) ? 'unreadable' : 'invalid',
    diagnostics: inFile(file.path, findings),
    checked,
  };
}

/** An error of linking, at a place in the document (the whole file where the place does not exist). */
export function locateFinding(
  checked: CheckedFile,
  at: DocumentPath,
  problem: { readonly code: Diagnostic['code']; readonly message: string; readonly help: string },
): Finding {
  const position =
    checked.text === '' ? { line: 1, column: 1 } : createLocator(checked.text).locate(at, 'value');
  return { severity: 'error', ...problem, ...position };
}

export function isRefOf(packRef: PackRef, ref: string): boolean {
  const prefix = `${packRef}.`;
  return (
    ref.length <= 255 && ref.startsWith(prefix) && /^[a-z0-9][a-z0-9_-]*$/.test(ref.slice(prefix.length))
  );
}

export function inFile(path: PackPath, findings: readonly Finding[]): readonly Diagnostic[] {
  return findings.map((finding) => ({ ...finding, path }));
}

function base(file: { readonly path: PackPath; readonly role: FileRole; readonly digest: Digest | null }) {
  return { path: file.path, role: file.role, digest: file.digest };
}
