// Where the reading of a plainly written text stands, and the events that it has made.
import {
  type ChompingMode,
  type CollectionStyle,
  chompingMode,
  eventType,
  type ScalarStyle,
  scalarStyle,
  type YamlEvent,
} from './events.ts';
import { hasEscapes, isDoubleQuote, isQuote } from './plain-scalars.ts';

export type PlainReader = {
  readonly text: string;
  readonly events: YamlEvent[];
  /** Offset of what is read next. */
  at: number;
  /** At the start of a line: blanks before its content; -1 at the end of the text. */
  indent: number;
  /** Open collections. */
  depth: number;
};

/** Deeper ones are left to js-yaml, where the limit is known. */
const maxPlainDepth = 50;

/** A collection begins with what is read next. False: too deep. */
export function open(reader: PlainReader, type: 'list' | 'map', style: CollectionStyle): boolean {
  reader.depth += 1;
  reader.events.push({
    type: type === 'map' ? eventType.MAPPING : eventType.SEQUENCE,
    start: reader.at,
    anchorStart: -1,
    anchorEnd: -1,
    tagStart: -1,
    tagEnd: -1,
    style,
  });
  return reader.depth <= maxPlainDepth;
}

/** The collection opened last, or the document itself, has ended. */
export function close(reader: PlainReader): void {
  reader.depth -= 1;
  reader.events.push({ type: eventType.POP });
}

/** A scalar in one line, from what is read next to `end`, quotes counted in. */
export function takeScalar(reader: PlainReader, end: number): void {
  const { text, at } = reader;
  const code = text.charCodeAt(at);
  reader.at = end;
  if (!isQuote(code)) {
    push(reader, at, end, scalarStyle.PLAIN, chompingMode.CLIP, -1, true);
    return;
  }
  const style = isDoubleQuote(code) ? scalarStyle.DOUBLE_QUOTED : scalarStyle.SINGLE_QUOTED;
  push(reader, at + 1, end - 1, style, chompingMode.CLIP, -1, !hasEscapes(text, at + 1, end - 1));
}

/** Nothing, where a value could be. */
export function takeNothing(reader: PlainReader): void {
  push(reader, -1, -1, scalarStyle.PLAIN, chompingMode.CLIP, -1, false);
}

/** The lines of a block scalar, from `start` to `end`. */
export function takeBlock(
  reader: PlainReader,
  { start, end, indent }: { readonly start: number; readonly end: number; readonly indent: number },
  style: ScalarStyle,
  chomping: ChompingMode,
): void {
  reader.at = end;
  push(reader, start, end, style, chomping, indent, false);
}

function push(
  reader: PlainReader,
  valueStart: number,
  valueEnd: number,
  style: ScalarStyle,
  chomping: ChompingMode,
  indent: number,
  fast: boolean,
): void {
  reader.events.push({
    type: eventType.SCALAR,
    valueStart,
    valueEnd,
    anchorStart: -1,
    anchorEnd: -1,
    tagStart: -1,
    tagEnd: -1,
    style,
    chomping,
    indent,
    fast,
  });
}
