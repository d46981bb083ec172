// Lists and mappings in brackets that end in the line in which they begin.
import { collectionStyle } from './events.ts';
import { close, open, type PlainReader, takeScalar } from './plain-reader.ts';
import {
  bracketPlainEnd,
  closeList,
  closeMap,
  comma,
  isColon,
  isQuote,
  openList,
  openMap,
  pastBlanks,
  quotedEnd,
  startsBracketPlain,
  withoutBlanks,
} from './plain-scalars.ts';

export function isBracket(code: number): boolean {
  return code === openList || code === openMap;
}

/** False: not plain, or wrong. */
export function readBrackets(reader: PlainReader): boolean {
  const { text } = reader;
  const isMap = text.charCodeAt(reader.at) === openMap;
  const last = isMap ? closeMap : closeList;
  if (!open(reader, isMap ? 'map' : 'list', collectionStyle.FLOW)) return false;
  do {
    reader.at = pastBlanks(text, reader.at + 1);
    // Also behind a comma.
    if (text.charCodeAt(reader.at) === last) break;
    if ((isMap && !readKey(reader)) || !readEntry(reader)) return false;
    reader.at = pastBlanks(text, reader.at);
  } while (text.charCodeAt(reader.at) === comma);
  if (text.charCodeAt(reader.at) !== last) return false;
  reader.at += 1;
  close(reader);
  return true;
}

function readKey(reader: PlainReader): boolean {
  if (!readScalar(reader)) return false;
  reader.at = pastBlanks(reader.text, reader.at);
  if (!isColon(reader.text, reader.at)) return false;
  reader.at = pastBlanks(reader.text, reader.at + 1);
  return true;
}

function readEntry(reader: PlainReader): boolean {
  return isBracket(reader.text.charCodeAt(reader.at)) ? readBrackets(reader) : readScalar(reader);
}

function readScalar(reader: PlainReader): boolean {
  const { text, at } = reader;
  const isQuoted = isQuote(text.charCodeAt(at));
  if (!isQuoted && !startsBracketPlain(text, at)) return false;
  const end = isQuoted ? quotedEnd(text, at) : withoutBlanks(text, bracketPlainEnd(text, at));
  if (end <= at) return false;
  takeScalar(reader, end);
  return true;
}
