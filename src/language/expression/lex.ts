// First stage of an expression: text → tokens, one at a time, so that a parser that gives up has not read the rest.
import type { ExpressionError } from './fault.ts';
import { maxInt } from './value.ts';

/** Words and signs of the language; `name`, `int`, `float`, `string` carry a value. */
export type TokenKind = 'name' | 'keyword' | 'int' | 'float' | 'string' | 'sign' | 'end';

export type Token = {
  readonly kind: TokenKind;
  /** Name, keyword or sign as written; empty for literals. */
  readonly text: string;
  /** Of a literal: an integer as bigint, a float as number. */
  readonly value?: bigint | number | string;
  readonly start: number;
  readonly end: number;
};

const keywords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'and', 'or', 'not', 'in']);
const signs: ReadonlySet<string> = new Set('()[],.+-*/%<>');
const pairs: ReadonlySet<string> = new Set(['==', '!=', '<=', '>=']);
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** What those are told who write one of another language. */
export const noConditional = 'there is no conditional operator; use two transitions with a `when` each';

const foreign: Readonly<Record<string, string>> = {
  '=': 'equality is written `==`',
  '!': 'negation is written `not`, inequality `!=`',
  '&': 'conjunction is written `and`',
  '{': 'there are no object literals, and an expression holds no further `{{ }}`',
  '}': 'there are no object literals',
  '?': noConditional,
  ':': 'there is no conditional operator and no object literal',
};

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || isDigit(code);
// Space and tab to carriage return.
const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** The token at or after `from`, reading no further than `end`; after the last one the token `end`. Linear in what it reads. */
export function lexToken(text: string, from: number, end: number): Token | ExpressionError {
  let start = from;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  if (start >= end) return { kind: 'end', text: '', start: end, end };
  const code = text.charCodeAt(start);
  if (isDigit(code)) return lexNumber(text, start, end);
  if (isWord(code)) return lexWord(text, start, end);
  if (code === 34 || code === 39) return lexString(text, start, end);
  return lexSign(text, start, end);
}

/** Whether a lexed token is an error rather than a token. */
export function isLexError(token: Token | ExpressionError): token is ExpressionError {
  return 'code' in token;
}

function lexWord(text: string, start: number, end: number): Token {
  let stop = start + 1;
  while (stop < end && isWord(text.charCodeAt(stop))) stop += 1;
  const word = text.slice(start, stop);
  return { kind: keywords.has(word) ? 'keyword' : 'name', text: word, start, end: stop };
}

function digitsEnd(text: string, from: number, end: number): number {
  let stop = from;
  while (stop < end && isDigit(text.charCodeAt(stop))) stop += 1;
  return stop;
}

function lexNumber(text: string, start: number, end: number): Token | ExpressionError {
  const stop = digitsEnd(text, start, end);
  if (text[stop] === '.' && stop + 1 < end && isDigit(text.charCodeAt(stop + 1))) {
    const last = digitsEnd(text, stop + 1, end);
    const value = Number(text.slice(start, last));
    if (Number.isFinite(value)) return { kind: 'float', text: '', value, start, end: last };
    return { code: 'EXPR_RANGE', message: 'the number is too large for a float', start, end: last };
  }
  let first = start;
  while (first < stop - 1 && text[first] === '0') first += 1;
  // Twenty digits are too many anyway; a bigint of a million digits would take its time.
  const value = stop - first > 19 ? maxInt + 1n : BigInt(text.slice(first, stop));
  if (value <= maxInt) return { kind: 'int', text: '', value, start, end: stop };
  const message = `the integer is larger than ${maxInt}`;
  return { code: 'EXPR_RANGE', message, start, end: stop, help: 'write it as a float: add `.0`' };
}

function lexString(text: string, start: number, end: number): Token | ExpressionError {
  const quote = text[start] ?? '';
  let hasEscapes = false;
  let stop = start + 1;
  while (stop < end && text[stop] !== quote) {
    if (text[stop] === '\\') {
      hasEscapes = true;
      stop += 1;
    }
    stop += 1;
  }
  if (stop >= end) {
    const message = `the string that begins with \`${quote}\` is not closed`;
    return { code: 'EXPR_SYNTAX', message, start, end, help: 'a `}}` inside a string ends the template too' };
  }
  const body = text.slice(start + 1, stop);
  const value = hasEscapes ? resolveEscapes(body, quote) : body;
  return { kind: 'string', text: '', value, start, end: stop + 1 };
}

/** Units are put into one array: half a million pieces of a string would cost half a second. */
function resolveEscapes(body: string, quote: string): string {
  const units = new Uint16Array(body.length);
  let length = 0;
  for (let index = 0; index < body.length; index += 1) {
    const meant = body[index] === '\\' ? meaningOf(body[index + 1], quote) : undefined;
    units[length] = meant === undefined ? body.charCodeAt(index) : meant.charCodeAt(0);
    length += 1;
    if (meant !== undefined) index += 1;
  }
  let value = '';
  for (let from = 0; from < length; from += 8192) {
    value += String.fromCharCode(...units.subarray(from, Math.min(from + 8192, length)));
  }
  return value;
}

/** What a backslash and this unit stand for; undefined: for themselves. */
function meaningOf(unit: string | undefined, quote: string): string | undefined {
  if (unit === undefined || unit === quote) return unit;
  return escapes[unit];
}

function lexSign(text: string, start: number, end: number): Token | ExpressionError {
  const pair = text.slice(start, Math.min(start + 2, end));
  if (pairs.has(pair)) return { kind: 'sign', text: pair, start, end: start + 2 };
  const sign = text[start] ?? '';
  if (signs.has(sign)) return { kind: 'sign', text: sign, start, end: start + 1 };
  const point = text.codePointAt(start) ?? 0;
  const length = point > 0xffff && start + 2 <= end ? 2 : 1;
  const help = sign === '|' ? pipeHelp(text, start, end) : foreign[sign];
  const isPrintable = point > 32 && point < 127;
  const shown = isPrintable ? `\`${sign}\`` : `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  const fault = {
    code: 'EXPR_SYNTAX',
    message: `${shown} has no meaning here`,
    start,
    end: start + length,
  } as const;
  return help === undefined ? fault : { ...fault, help };
}

/** `x | lower` of the languages that have filters, or `a || b`. */
function pipeHelp(text: string, start: number, end: number): string {
  if (text[start + 1] === '|') return 'disjunction is written `or`';
  const [, name = 'length'] =
    /^\|\s*([A-Za-z_]\w{0,39})/.exec(text.slice(start, Math.min(start + 80, end))) ?? [];
  return `there are no filters; call a function: \`${name}(x)\``;
}
