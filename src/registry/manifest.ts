// The manifest of an observed pack → its ref and row, or why there is none. Pure.

import type { PackDefinition } from '../model/definition.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import type { ObservedFile, ObservedPack } from '../model/listing.ts';
import type { PackPath, PackRef } from '../model/pack.ts';
import type { FileRow } from '../model/state.ts';
import { definePack } from './define.ts';
import { type FileFacts, factsFromRow, inFile, isTrusted, locateFinding } from './facts.ts';

/** What the manifest says of the pack; `bad` keeps whatever is registered of the directory. */
export type ManifestVerdict =
  | {
      readonly state: 'named';
      readonly packRef: PackRef;
      readonly pack: PackDefinition | 'same';
      readonly facts: readonly FileFacts[];
    }
  | { readonly state: 'bad'; readonly facts: readonly FileFacts[] };

/** The manifest file of a pack: `pack.yaml` before `pack.yml`. */
export function manifestOf(observed: ObservedPack): ObservedFile | undefined {
  return (
    observed.files.get(`${observed.dir}/pack.yaml` as PackPath) ??
    observed.files.get(`${observed.dir}/pack.yml` as PackPath)
  );
}

/** The verdict from the registered row, where the bytes are the same; undefined when the manifest has to be checked. */
export function trustedManifest(
  observed: ObservedPack,
  rows: ReadonlyMap<PackPath, FileRow>,
  checkedBy: string,
): ManifestVerdict | undefined {
  const file = manifestOf(observed);
  const row = file && rows.get(file.path);
  if (!file || !isTrusted(row, file, checkedBy)) return undefined;
  const facts = [factsFromRow(row), ...surplusManifest(observed, file)];
  if (row.state === 'invalid') return { state: 'bad', facts };
  return row.ref === null ? undefined : { state: 'named', packRef: row.ref as PackRef, pack: 'same', facts };
}

/** The verdict on a manifest that was checked, could not be read, or is missing. */
export function manifestVerdict(
  observed: ObservedPack,
  checked: CheckedFile | undefined,
  strict: boolean,
): ManifestVerdict {
  const file = manifestOf(observed);
  if (!file) return { state: 'bad', facts: [missingManifest(observed)] };
  const surplus = surplusManifest(observed, file);
  const base = { path: file.path, role: file.role, digest: file.digest, links: [] } as const;
  if (!checked) {
    const facts: FileFacts = {
      ...base,
      ref: null,
      state: 'unreadable',
      diagnostics: inFile(file.path, file.findings),
      checked: undefined,
    };
    return { state: 'bad', facts: [facts, ...surplus] };
  }
  const manifest = checked.file?.role === 'manifest' ? checked.file : undefined;
  const packRef = manifest?.ref as PackRef | undefined;
  const diagnostics: Diagnostic[] = [...inFile(file.path, checked.findings)];
  if (!manifest || !packRef) {
    const facts: FileFacts = { ...base, ref: checked.claim ?? null, state: 'invalid', diagnostics, checked };
    return { state: 'bad', facts: [facts, ...surplus] };
  }
  if (packRef !== (observed.dir as string)) {
    const message = `the directory is called ${JSON.stringify(observed.dir)}, its ref is ${JSON.stringify(packRef)}`;
    const finding = locateFinding(checked, ['ref'], {
      code: 'PACK_DIR',
      message,
      help: `rename the directory to ${packRef}`,
    });
    diagnostics.push(...inFile(file.path, [{ ...finding, severity: strict ? 'error' : 'warning' }]));
  }
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) {
    const facts: FileFacts = { ...base, ref: packRef, state: 'invalid', diagnostics, checked };
    return { state: 'bad', facts: [facts, ...surplus] };
  }
  const facts: FileFacts = { ...base, ref: packRef, state: 'valid', diagnostics, checked };
  return {
    state: 'named',
    packRef,
    pack: definePack(manifest, packRef, observed.dir),
    facts: [facts, ...surplus],
  };
}

function missingManifest(observed: ObservedPack): FileFacts {
  const path = `${observed.dir}/pack.yaml` as PackPath;
  const unseen = observed.trouble.length > 0;
  const message = unseen
    ? `the pack cannot be listed: ${observed.trouble.join('; ')}`
    : `the directory ${JSON.stringify(observed.dir)} has workflows or actions but no pack.yaml`;
  const help = unseen
    ? 'let the user of the daemon read the directory'
    : `write a pack.yaml with "ref: ${observed.dir}" and "version: 0.1.0"`;
  const finding = {
    code: unseen ? 'READ_DENIED' : 'PACK_NO_MANIFEST',
    severity: 'error',
    message,
    line: 1,
    column: 1,
    help,
  } as const;
  return {
    path,
    role: 'manifest',
    digest: null,
    ref: null,
    links: [],
    state: unseen ? 'unreadable' : 'invalid',
    diagnostics: inFile(path, [finding]),
    checked: undefined,
  };
}

/** A second manifest beside the first is refused by itself; the pack goes on with the first. */
function surplusManifest(observed: ObservedPack, used: ObservedFile): readonly FileFacts[] {
  return [...observed.files.values()]
    .filter((file) => file.role === 'manifest' && file !== used)
    .map((file) => {
      const message = `the pack already has ${used.path}; this second manifest is not used`;
      const finding = {
        code: 'PACK_TWO_MANIFESTS',
        severity: 'error',
        message,
        line: 1,
        column: 1,
        help: 'remove one of the two',
      } as const;
      return {
        path: file.path,
        role: file.role,
        digest: file.digest,
        ref: null,
        links: [],
        state: 'invalid' as const,
        diagnostics: inFile(file.path, [finding]),
        checked: undefined,
      };
    });
}
