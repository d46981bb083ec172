// Canonical form → content digest: what makes two definitions the same. Pure.
import { createHash } from 'node:crypto';
import type { Json, JsonObject, Revision } from '../model/pack.ts';

/** Compact JSON with the keys of every object in code unit order; equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  // One text that grows: lists of parts to be joined would take twice as long, and this is made for every definition.
  let text = '';
  if (isList(value)) {
    for (const item of value) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const member = `${quoted(key)}:${canonicalJson(value[key] as Json)}`;
    text += text === '' ? member : `,${member}`;
  }
  return `{${text}}`;
}

/** All but `"`, `\`, control characters and what pairs of surrogates are made of: of those JSON may escape some. */
const special = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Most texts are quoted as they stand; a call of `JSON.stringify` takes longer than this look. */
function quoted(text: string): string {
  return special.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** SHA-256 of the canonical form. */
export function revisionOf(value: JsonObject): Revision {
  return createHash('sha256').update(canonicalJson(value)).digest('hex') as Revision;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
