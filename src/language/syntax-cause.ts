// Where a text that is no YAML most likely went wrong: the parser says where it could not go on, an author erred before.
import type { Range } from './problem.ts';
import { indentOf, type Line, lineAt, type SyntaxCause } from './syntax-lines.ts';
import { findSlip } from './syntax-slips.ts';

export const tabMessage = 'a tab is used for indentation, which YAML does not allow';

/** Lines that are looked at before the one that the parser stumbled over. */
const maxLines = 40;
/** UTF-16 units behind a bracket that are looked at for its partner. */
const maxBehind = 2000;
/** A value that is longer is not repeated in a help. */
const maxShown = 60;

/** The cause of a failure at `offset` that an author would name; undefined when none is plain to see. */
export function findCause(text: string, reason: string, offset: number): SyntaxCause | undefined {
  const template = unquotedTemplate(text, offset);
  if (template !== undefined) return template;
  const isMisfit = reason.includes('bad indentation of a mapping entry');
  const cause = (isMisfit ? colonInValue(text, offset) : undefined) ?? findSlip(text, reason, offset);
  if (cause !== undefined || isMisfit) return cause ?? misaligned(text, offset);
  if (/deficient indentation|within a flow collection|quoted scalar/.test(reason))
    return unclosed(text, offset);
  if (reason.includes('tab characters')) return tabs(text, offset);
  return undefined;
}

const beforeValue = /^\s*(?:- +)*(?:[^\s:#'"{[][^:#'"{[]*: +)?(?:- +)*/;

/** `host: {{ x }}:80`, which begins a mapping. */
function unquotedTemplate(text: string, offset: number): SyntaxCause | undefined {
  const line = lineAt(text, offset);
  const [before = ''] = beforeValue.exec(line.text) ?? [];
  const value = line.text.slice(before.length);
  if (!value.startsWith('{{') || line.start + before.length > offset) return undefined;
  return {
    place: rangeOf(line, before.length),
    message: 'a value that begins with `{{` must be quoted, or YAML reads a mapping',
    help: quoteHelp(value),
  };
}

const plainEntry = /^\s*(?:- +)*[^\s:#'"{[&*!|>%@`][^:#]*: +(?=[^\s'"{[&*!|>])/;

/** `description: Ship it: now`, where the second colon would begin a mapping. */
function colonInValue(text: string, offset: number): SyntaxCause | undefined {
  const line = lineAt(text, offset);
  const [before] = plainEntry.exec(line.text) ?? [];
  if (before === undefined || text[offset] !== ':' || line.start + before.length > offset) return undefined;
  return {
    place: rangeOf(line, before.length),
    message: 'a value without quotes cannot contain `: `',
    help: quoteHelp(line.text.slice(before.length)),
  };
}

/** A key that stands deeper than the line before it, whose value is complete. */
function misaligned(text: string, offset: number): SyntaxCause | undefined {
  const line = lineAt(text, offset);
  if (text[offset] !== ':' || line.start === 0) return undefined;
  const above = lineAt(text, line.start - 1);
  const [own, other] = [indentOf(line.text), indentOf(above.text)];
  if (above.text === '' || own <= other) return undefined;
  const message = `this key is indented by ${own}, the line above it by ${other}`;
  const help = 'align the key with its siblings; a line above that continues here needs quotes or `|`';
  return { place: { start: line.start + own, end: offset }, message, help };
}

function rangeOf(line: Line, from: number): Range {
  return { start: line.start + from, end: line.start + line.text.length };
}

function quoteHelp(value: string): string {
  if (value.length > maxShown || /[\\#]/.test(value) || (value.includes('"') && value.includes("'")))
    return 'put the whole value in quotes';
  const quote = value.includes('"') ? "'" : '"';
  return `quote it: ${quote}${value}${quote}`;
}

const closing: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/** The bracket or the quote that was opened last and stays open at the end of its line. */
function unclosed(text: string, offset: number): SyntaxCause | undefined {
  let line = lineAt(text, offset);
  let isFirst = true;
  for (let count = 0; count < maxLines; count += 1) {
    // Of the line that the parser stumbled over only what stands before.
    const open = openAtEnd(isFirst ? line.text.slice(0, Math.max(0, offset - line.start)) : line.text);
    isFirst = false;
    if (open !== undefined) {
      const start = line.start + open;
      if (isClosedLater(text, start)) return undefined;
      const sign = text[start] ?? '';
      const message = `this \`${sign}\` is never closed`;
      return { place: { start, end: start + 1 }, message, help: `add the \`${closing[sign] ?? sign}\`` };
    }
    if (line.start === 0) return undefined;
    line = lineAt(text, line.start - 1);
  }
  return undefined;
}

/** True for a bracket whose partner comes, but is indented too little to be it. */
function isClosedLater(text: string, start: number): boolean {
  if (!Object.hasOwn(closing, text[start] ?? '')) return false;
  let depth = 0;
  // Quotes and comments are tokens of their own, so what is in them counts for nothing.
  for (const [token] of text.slice(start, start + maxBehind).matchAll(tokens)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth === 0) return true;
  }
  return false;
}

const tokens = /"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[[\]{}]|\s+#.*|[^\s"'[\]{}]+|\s+/g;

/** Brackets and quotes count where a value may begin: elsewhere they are letters. */
function openAtEnd(line: string): number | undefined {
  const stack: number[] = [];
  let mayBegin = true;
  for (const { 0: token, index } of line.matchAll(tokens)) {
    const sign = token[0] ?? '';
    if (token.trim() === '') continue;
    if (token.trimStart().startsWith('#') && token !== token.trimStart()) break;
    if (mayBegin && (sign === '"' || sign === "'")) {
      if (token.length === 1 || !token.endsWith(sign)) return index;
    } else if (mayBegin && (sign === '[' || sign === '{')) stack.push(index);
    else if ((sign === ']' || sign === '}') && stack.length > 0) stack.pop();
    mayBegin = /[[{:,-]$/.test(token);
  }
  return stack.at(-1);
}

function tabs(text: string, offset: number): SyntaxCause | undefined {
  const [run = ''] = /^\t*/.exec(text.slice(offset, offset + 100)) ?? [];
  if (run === '') return undefined;
  return {
    place: { start: offset, end: offset + run.length },
    message: tabMessage,
    help: 'indent with spaces',
  };
}
