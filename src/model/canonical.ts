// The canonical form of JSON: one text for each value, whoever makes it. What is compared, digested and stored is this text.
import type { Brand, Json, JsonObject } from './pack.ts';

/** Compact JSON with the keys of every object in code unit order. */
export type JsonText = Brand<'JsonText'>;

/** Equal values give equal text. */
export function canonicalJson(value: Json): JsonText {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) as JsonText;
  // One text that grows: lists of parts to be joined would take twice as long, and this is made for every definition.
  let text = '';
  if (isList(value)) {
    for (const item of value) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]` as JsonText;
  }
  for (const key of sortedKeys(value)) {
    const comma = text === '' ? '' : ',';
    text += comma + nameOf(key) + canonicalJson(value[key] as Json);
  }
  return `{${text}}` as JsonText;
}

/** The object whose members are given in canonical form. */
export function canonicalObject(members: Readonly<Record<string, JsonText>>): JsonText {
  let text = '';
  for (const key of sortedKeys(members)) {
    const comma = text === '' ? '' : ',';
    text += comma + nameOf(key) + members[key];
  }
  return `{${text}}` as JsonText;
}

/** The members of an object, each in canonical form. */
export function canonicalMembers(value: JsonObject): Readonly<Record<string, JsonText>> {
  const members: Record<string, JsonText> = {};
  for (const [key, member] of Object.entries(value)) members[key] = canonicalJson(member);
  return members;
}

/** Most objects are small or have their keys in order as they are: looking takes less than sorting. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  for (let at = 1; at < keys.length; at += 1) {
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.sort();
  }
  return keys;
}

/** Names of members as they are written, colon included: a few dozen make up most of all definitions. */
const names = new Map<string, string>();
const maxNames = 1_000;
const maxNameLength = 64;

function nameOf(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = `${quoted(key)}:`;
  if (names.size < maxNames && key.length <= maxNameLength) names.set(key, name);
  return name;
}

/** All but `"`, `\`, control characters and what pairs of surrogates are made of: of those JSON may escape some. */
const special = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Most texts are quoted as they stand; a call of `JSON.stringify` takes longer than this look. */
function quoted(text: string): JsonText {
  return (special.test(text) ? JSON.stringify(text) : `"${text}"`) as JsonText;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
