// Canonical form → content digest: what makes two definitions the same. Pure.
import { createHash } from 'node:crypto';
import type { Json, JsonObject, Revision } from '../model/pack.ts';

/** Compact JSON with the keys of every object in code unit order; equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`).join(',')}}`;
}

/** SHA-256 of the canonical form. */
export function revisionOf(value: JsonObject): Revision {
  return createHash('sha256').update(canonicalJson(value)).digest('hex') as Revision;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
