// A definition that a client sent → which ref it is for. A file's place says that; here the text has to, or the address. Pure.
import type { Diagnostic, Finding } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import type { PackPath, PackRef, Ref } from '../model/pack.ts';
import { inFile, locateFinding } from './facts.ts';

/** What the client said beside the text. */
export type Expected = {
  /** The ref of the address. */
  readonly ref?: string | undefined;
  readonly packRef?: string | undefined;
};

export type Identity = { readonly ref: Ref; readonly packRef: PackRef };

/** Where a problem of a text without a file lies. */
const bodyPath = 'body' as PackPath;

/** A ref and the pack it lies in; undefined for what no ref looks like. */
export function identityOf(ref: string): Identity | undefined {
  const [, pack] = /^([a-z][a-z0-9_-]{1,63})\.[a-z0-9][a-z0-9_-]*$/.exec(ref) ?? [];
  return pack === undefined || ref.length > 255 ? undefined : { ref: ref as Ref, packRef: pack as PackRef };
}

/** The identity is undefined where there is an error among the diagnostics. */
export function identify(
  checked: CheckedFile,
  expected: Expected,
): { readonly identity: Identity | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const name = checked.claim ?? expected.ref;
  const identity = name === undefined ? undefined : identityOf(name);
  const mistake = mistakeIn(checked, expected, identity);
  const diagnostics = inFile(bodyPath, [...checked.findings, ...(mistake ? [mistake] : [])]);
  const isGood = checked.file !== undefined && mistake === undefined;
  return { identity: isGood ? identity : undefined, diagnostics };
}

/** The same for a text that need not say what it is called. */
export function verdictOf(checked: CheckedFile, expected: Expected): readonly Diagnostic[] {
  return checked.claim === undefined
    ? inFile(bodyPath, checked.findings)
    : identify(checked, expected).diagnostics;
}

function mistakeIn(
  checked: CheckedFile,
  expected: Expected,
  identity: Identity | undefined,
): Finding | undefined {
  const { claim } = checked;
  const say = (code: 'REF_FORM' | 'REF_DIFFERS', message: string, help: string) =>
    locateFinding(checked, ['ref'], { code, message, help });
  if (claim === undefined && expected.ref === undefined) {
    // A text that cannot be read may well have one.
    if (checked.findings.some(({ code }) => /^(YAML|READ)_/.test(code))) return undefined;
    return say('REF_FORM', 'the definition does not say its ref', 'write "ref: <pack>.<name>"');
  }
  if (identity === undefined) {
    const message = `the ref must be "<pack>.<name>" (lower case letters, digits, "_", "-"), found ${JSON.stringify(claim ?? expected.ref)}`;
    return say('REF_FORM', message, 'write a ref of that form, of at most 255 characters');
  }
  if (expected.ref !== undefined && identity.ref !== expected.ref) {
    const message = `the ref ${JSON.stringify(identity.ref)} differs from ${JSON.stringify(expected.ref)}, which the address names`;
    return say('REF_DIFFERS', message, 'remove the ref, or send it to its own address');
  }
  if (expected.packRef !== undefined && identity.packRef !== expected.packRef) {
    const message = `the ref ${JSON.stringify(identity.ref)} is not in the pack ${JSON.stringify(expected.packRef)}`;
    return say('REF_DIFFERS', message, 'a ref begins with that of its pack');
  }
  return undefined;
}
