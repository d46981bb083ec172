// The one door to js-yaml: text in, a flat list of parser events with offsets out, and what an event says of its text.

import type { ScalarEvent } from 'js-yaml';
import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

export type YamlEvent = Event;
export type YamlScalarEvent = ScalarEvent;
export const eventType = EVENT_ID;
export const scalarStyle = SCALAR_STYLE;
export const chompingMode = CHOMPING_MODE;
export const collectionStyle = COLLECTION_STYLE;

export type ScalarStyle = YamlScalarEvent['style'];
export type ChompingMode = YamlScalarEvent['chomping'];
export type CollectionStyle = Extract<YamlEvent, { readonly start: number }>['style'];

/** Deepest nesting of mappings and lists, aliases expanded. */
export const maxDepth = 64;

export type EventsResult =
  | { readonly ok: true; readonly events: readonly YamlEvent[] }
  | { readonly ok: false; readonly reason: string; readonly offset: number };

/** The events of any text. Never throws for what an author wrote: the first syntax error is the result. */
export function parserEvents(text: string): EventsResult {
  try {
    // One level more than allowed: the parser counts a scalar as a level, the exact check is the builder's.
    return { ok: true, events: parseEvents(text, { maxDepth: maxDepth + 2 }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { ok: false, reason: error.reason, offset: error.mark?.position ?? 0 };
  }
}

/** The decoded text of a scalar. */
export function scalarText(text: string, event: YamlScalarEvent): string {
  if (event.valueStart < 0) return '';
  return event.fast ? text.slice(event.valueStart, event.valueEnd) : getScalarValue(text, event);
}

/** True for a scalar written without quotes and not as a block: the only kind that may be something else than a string. */
export function isPlain(event: YamlScalarEvent): boolean {
  return event.style === SCALAR_STYLE.PLAIN;
}

const blockHeader = /[|>][-+0-9]*[ \t]*(?:#.*)?$/;

/** The offsets a reader would mark for a scalar, quotes included; undefined when nothing is written there. */
export function scalarRange(
  text: string,
  event: YamlScalarEvent,
): { start: number; end: number } | undefined {
  if (event.valueStart < 0) {
    if (event.anchorStart < 0 && event.tagStart < 0) return undefined;
    const start = Math.max(event.anchorStart - 1, event.tagStart);
    return { start, end: Math.max(event.anchorEnd, event.tagEnd) };
  }
  switch (event.style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return { start: event.valueStart - 1, end: event.valueEnd + 1 };
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK:
      return blockRange(text, event.valueStart);
    default:
      return { start: event.valueStart, end: event.valueEnd };
  }
}

/** A block scalar is marked at its `|` or `>`, which stands at the end of the line before its content. */
function blockRange(text: string, valueStart: number): { start: number; end: number } {
  let lineEnd = valueStart;
  if (text[lineEnd - 1] === '\n') lineEnd -= 1;
  if (text[lineEnd - 1] === '\r') lineEnd -= 1;
  let lineStart = lineEnd;
  while (lineStart > 0 && text[lineStart - 1] !== '\n' && text[lineStart - 1] !== '\r') lineStart -= 1;
  const found = blockHeader.exec(text.slice(lineStart, lineEnd));
  const start = found === null ? valueStart : lineStart + found.index;
  return { start, end: start + 1 };
}
