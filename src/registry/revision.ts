// Canonical form → content digest: what makes two definitions the same. Pure.
import { hash } from 'node:crypto';
import { canonicalJson, type JsonText } from '../model/canonical.ts';
import type { JsonObject, Revision } from '../model/pack.ts';

/** SHA-256 of the canonical form. */
export function revisionOf(value: JsonObject): Revision {
  return revisionOfText(canonicalJson(value));
}

/** The same of the form itself. */
export function revisionOfText(text: JsonText): Revision {
  return hash('sha256', text) as Revision;
}
