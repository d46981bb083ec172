// A value → one line of text that reads well. Pure.
import type { Json } from '../model/pack.ts';
import { visible } from './cells.ts';

/** `{ type: string, required: true }`: words without quotes where nothing else could be meant, all on one line. */
export function shortJson(value: Json): string {
  if (typeof value === 'string') return isPlain(value) ? value : visible(JSON.stringify(value));
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => shortJson(item)).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${shortJson(key)}: ${shortJson(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Text that could be taken for nothing but text; what holds a template is shown as it is written. */
function isPlain(text: string): boolean {
  if (/^\{\{.*\}\}$/.test(text)) return visible(text) === text;
  const isWords = /^[\p{L}\p{N}_./][\p{L}\p{N} _./+@-]*$/u.test(text) && !text.endsWith(' ');
  return isWords && Number.isNaN(Number(text)) && !/^(?:true|false|null)$/.test(text);
}
