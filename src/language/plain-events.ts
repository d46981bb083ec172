// The events of a text that is written plainly, in a fraction of the time: mappings and lists in lines of their own, scalars and
// brackets that end in their line, block scalars. A text that is anything else, or wrong, is left to js-yaml: what comes from
// here is what js-yaml would give, event by event.
import { chompingMode, collectionStyle, eventType, scalarStyle, type YamlEvent } from './events.ts';
import { isBracket, readBrackets } from './plain-brackets.ts';
import { close, open, type PlainReader, takeBlock, takeNothing, takeScalar } from './plain-reader.ts';
import {
  dash,
  hash,
  isDash,
  isQuote,
  keyEnd,
  lineFeed,
  pastBlanks,
  plainEnd,
  quotedEnd,
  startsPlain,
  withoutBlanks,
} from './plain-scalars.ts';

const [plus, greaterThan, bar] = [43, 62, 124];

/** Tabs, carriage returns, what cannot be printed, halves of characters, byte order marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const foreign = /[\0-\t\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]/;

/** Undefined: the text is not plain. Takes time linear in the text. */
export function plainEvents(text: string): readonly YamlEvent[] | undefined {
  if (!text.endsWith('\n') || foreign.test(text)) return undefined;
  const reader: PlainReader = { text, events: [], at: 0, indent: 0, depth: 0 };
  seekContent(reader);
  const explicitStart = reader.indent === 0 && text.startsWith('---\n', reader.at);
  if (explicitStart) {
    reader.at += 4;
    seekContent(reader);
  }
  reader.events.push({ type: eventType.DOCUMENT, explicitStart, explicitEnd: false, directives: [] });
  if (reader.indent !== 0 || !readMapping(reader, 0) || reader.indent >= 0) return undefined;
  close(reader);
  return reader.events;
}

/** From the start of a line to the next content, past blank lines and comments. */
function seekContent(reader: PlainReader): void {
  const { text } = reader;
  let line = reader.at;
  for (;;) {
    const at = pastBlanks(text, line);
    const code = text.charCodeAt(at);
    if (code === lineFeed) line = at + 1;
    else if (code === hash) line = text.indexOf('\n', at) + 1;
    else {
      reader.at = at;
      reader.indent = at < text.length ? at - line : -1;
      return;
    }
  }
}

/** To the content below, past what may follow a value in its line. False: something else follows. */
function endLine(reader: PlainReader): boolean {
  const { text, at } = reader;
  const next = pastBlanks(text, at);
  const code = text.charCodeAt(next);
  if (code === lineFeed) reader.at = next + 1;
  else if (code === hash && next > at) reader.at = text.indexOf('\n', next) + 1;
  else return false;
  seekContent(reader);
  return true;
}

/** `column`: the indent of its keys. False, here and below: not plain, or wrong. */
function readMapping(reader: PlainReader, column: number): boolean {
  if (!open(reader, 'map', collectionStyle.BLOCK)) return false;
  do {
    const end = keyEnd(reader.text, reader.at);
    if (end < 0) return false;
    takeScalar(reader, end);
    if (!readValue(reader, column, false)) return false;
  } while (reader.indent === column);
  close(reader);
  return reader.indent < column;
}

/** `column`: the indent of its dashes. What follows at the same indent without one belongs to a mapping around it. */
function readList(reader: PlainReader, column: number): boolean {
  if (!open(reader, 'list', collectionStyle.BLOCK)) return false;
  do {
    if (!readValue(reader, column, true)) return false;
  } while (reader.indent === column && isDash(reader.text, reader.at));
  close(reader);
  return reader.indent <= column;
}

/** What follows a colon or, in a list, a dash: in its line or below. */
function readValue(reader: PlainReader, column: number, isInList: boolean): boolean {
  const { text } = reader;
  const sign = reader.at;
  const at = pastBlanks(text, sign + 1);
  const code = text.charCodeAt(at);
  reader.at = sign + 1;
  if (code === lineFeed || code === hash) return endLine(reader) && readBelow(reader, column, isInList);
  reader.at = at;
  if (isQuote(code) && !isInList) return readQuoted(reader);
  if (code === bar || code === greaterThan) return readBlock(reader, column);
  if (isBracket(code)) return readBrackets(reader) && endLine(reader);
  // A collection that begins behind a dash is as deep as its first entry.
  if (isInList && isDash(text, at)) return readList(reader, column + at - sign);
  if (isInList && keyEnd(text, at) > 0) return readMapping(reader, column + at - sign);
  return isQuote(code) ? readQuoted(reader) : readPlain(reader, column);
}

function readBelow(reader: PlainReader, column: number, isInList: boolean): boolean {
  const { text, at, indent } = reader;
  if (indent > column) {
    if (isDash(text, at)) return readList(reader, indent);
    return keyEnd(text, at) > 0 && readMapping(reader, indent);
  }
  // The value of a key may be a list that is no deeper.
  if (indent === column && !isInList && isDash(text, at)) return readList(reader, column);
  takeNothing(reader);
  return true;
}

function readQuoted(reader: PlainReader): boolean {
  const end = quotedEnd(reader.text, reader.at);
  if (end < 0) return false;
  takeScalar(reader, end);
  return endLine(reader);
}

function readPlain(reader: PlainReader, column: number): boolean {
  const { text, at } = reader;
  if (!startsPlain(text, at)) return false;
  const end = plainEnd(text, at);
  takeScalar(reader, withoutBlanks(text, end));
  if (text.charCodeAt(end) === lineFeed && isContinued(text, end + 1, column)) return false;
  return endLine(reader);
}

/** True when the next line that is not blank, were it a comment, is deeper than `column`: the scalar above goes on there. */
function isContinued(text: string, start: number, column: number): boolean {
  let line = start;
  for (;;) {
    const at = pastBlanks(text, line);
    if (text.charCodeAt(at) !== lineFeed) return at - line > column && at < text.length;
    line = at + 1;
  }
}

function readBlock(reader: PlainReader, column: number): boolean {
  const { text, at } = reader;
  const sign = text.charCodeAt(at + 1);
  const start = at + (sign === dash || sign === plus ? 3 : 2);
  if (text.charCodeAt(start - 1) !== lineFeed) return false;
  const lines = blockLines(text, start, column);
  if (!lines) return false;
  const style = text.charCodeAt(at) === bar ? scalarStyle.LITERAL_BLOCK : scalarStyle.FOLDED_BLOCK;
  const { KEEP, STRIP, CLIP } = chompingMode;
  takeBlock(reader, lines, style, sign === plus ? KEEP : sign === dash ? STRIP : CLIP);
  seekContent(reader);
  return true;
}

/** The lines of a block scalar, as deep as the first that is not blank, which is deeper than `column`. */
function blockLines(text: string, start: number, column: number) {
  let indent = -1;
  let deepestBlank = 0;
  let line = start;
  while (line < text.length) {
    const at = pastBlanks(text, line);
    const depth = at - line;
    if (text.charCodeAt(at) !== lineFeed) {
      if (indent < 0) {
        if (depth <= column || depth < deepestBlank) return undefined;
        indent = depth;
      } else if (depth < indent) break;
      line = text.indexOf('\n', at) + 1;
    } else {
      if (indent < 0) deepestBlank = Math.max(deepestBlank, depth);
      line = at + 1;
    }
  }
  return indent < 0 ? undefined : { start, end: line, indent };
}
