// Text of a pattern → its parts. The language is that of engines without backtracking: no back-references, no looking around.
import type { Fault } from './fault.ts';
import { anyOf, between, type Class, classOf, foldCase, not, propertyOf } from './pattern-class.ts';

export type Place = 'start' | 'end' | 'line-start' | 'line-end' | 'word-edge' | 'no-word-edge';

export type Part =
  | { readonly kind: 'one'; readonly of: Class }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly options: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly min: number; readonly max: number | undefined };

/** Parts of a pattern, and states after its repetitions were written out. */
export const maxPatternSize = 2_000;
const maxGroupDepth = 50;

type Reader = {
  readonly text: string;
  place: number;
  depth: number;
  size: number;
  ignoreCase: boolean;
  dotAll: boolean;
  multiLine: boolean;
  /** The first fault; from then on nothing is left to read. */
  fault: Fault | undefined;
};

const nothing: Part = { kind: 'sequence', parts: [] };
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, 0: 0 };
const places: Readonly<Record<string, Place>> = { A: 'start', z: 'end', b: 'word-edge', B: 'no-word-edge' };

/**
 * Reads characters, `.`, `[…]`, `\d \w \s \p{…}` and their opposites, `^ $ \A \z \b \B`, groups, `|`, `* + ? {m,n}` (also
 * lazy, which changes nothing for a yes or no), and the flags `(?i)`, `(?s)`, `(?m)` at the beginning. Linear.
 */
export function parsePattern(text: string): Part | Fault {
  const reader: Reader = {
    text,
    place: 0,
    depth: 0,
    size: 0,
    ignoreCase: false,
    dotAll: false,
    multiLine: false,
    fault: undefined,
  };
  const flags = /^\(\?([ims]{1,3})\)/.exec(text);
  if (flags !== null) {
    reader.ignoreCase = flags[1]?.includes('i') ?? false;
    reader.multiLine = flags[1]?.includes('m') ?? false;
    reader.dotAll = flags[1]?.includes('s') ?? false;
    reader.place = flags[0].length;
  }
  const part = readChoice(reader);
  if (reader.place < text.length) refuse(reader, 'a ) closes nothing');
  return reader.fault ?? part;
}

function refuse(reader: Reader, why: string, code: 'EXPR_RANGE' | 'EXPR_LIMIT' = 'EXPR_RANGE'): Part {
  reader.fault ??= { code, message: `the pattern cannot be used: ${why}`, argument: 0 };
  reader.place = reader.text.length;
  return nothing;
}

const peek = (reader: Reader): string => reader.text[reader.place] ?? '';

function take(reader: Reader, text: string): boolean {
  if (!reader.text.startsWith(text, reader.place)) return false;
  reader.place += text.length;
  return true;
}

function takePoint(reader: Reader): number {
  const point = reader.text.codePointAt(reader.place) ?? 0;
  reader.place += point > 0xffff ? 2 : 1;
  return point;
}

function readChoice(reader: Reader): Part {
  const options = [readSequence(reader)];
  while (take(reader, '|')) options.push(readSequence(reader));
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
}

function readSequence(reader: Reader): Part {
  const parts: Part[] = [];
  while (reader.place < reader.text.length && peek(reader) !== '|' && peek(reader) !== ')') {
    reader.size += 1;
    if (reader.size > maxPatternSize)
      return refuse(reader, `more than ${maxPatternSize} parts`, 'EXPR_LIMIT');
    parts.push(readRepeat(reader, readAtom(reader)));
  }
  return { kind: 'sequence', parts };
}

function readRepeat(reader: Reader, part: Part): Part {
  const bounds = readBounds(reader);
  if (bounds === undefined) return part;
  take(reader, '?');
  if (/[*+?{]/.test(peek(reader))) return refuse(reader, 'two repetitions follow each other');
  const [min, max] = bounds;
  if (max !== undefined && max < min) return refuse(reader, 'a repetition ends before it begins');
  if (Math.max(min, max ?? 0) > 1000) return refuse(reader, 'a repetition of more than 1000', 'EXPR_LIMIT');
  return { kind: 'repeat', part, min, max };
}

function readBounds(reader: Reader): readonly [number, number | undefined] | undefined {
  if (take(reader, '*')) return [0, undefined];
  if (take(reader, '+')) return [1, undefined];
  if (take(reader, '?')) return [0, 1];
  if (peek(reader) !== '{') return undefined;
  const found = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(reader.text.slice(reader.place, reader.place + 24));
  if (found === null) {
    refuse(reader, 'a { begins no repetition; write \\{ for the character');
    return undefined;
  }
  reader.place += found[0].length;
  const min = Number(found[1]);
  if (found[2] === undefined) return [min, min];
  return [min, found[3] === '' ? undefined : Number(found[3])];
}

function readAtom(reader: Reader): Part {
  if (take(reader, '(')) return readGroup(reader);
  if (take(reader, '[')) return readClass(reader);
  if (take(reader, '\\')) return readEscape(reader);
  if (take(reader, '^')) return { kind: 'place', place: reader.multiLine ? 'line-start' : 'start' };
  if (take(reader, '$')) return { kind: 'place', place: reader.multiLine ? 'line-end' : 'end' };
  if (take(reader, '.')) return { kind: 'one', of: reader.dotAll ? anything : noBreak };
  if (/[*+?{]/.test(peek(reader))) return refuse(reader, `${peek(reader)} has nothing to repeat`);
  return one(reader, isPoint(takePoint(reader)));
}

const isPoint = (point: number): Class => between(point, point);
const anything = between(0, 0x10ffff);
const noBreak = not(isPoint(10));

function one(reader: Reader, of: Class): Part {
  return { kind: 'one', of: reader.ignoreCase ? foldCase(of) : of };
}

function readGroup(reader: Reader): Part {
  if (peek(reader) === '?' && !take(reader, '?:')) {
    const name = /^\?P?<[A-Za-z_]\w{0,40}>/.exec(reader.text.slice(reader.place, reader.place + 50));
    if (name === null) return refuse(reader, 'there is no looking around, and flags stand at the beginning');
    reader.place += name[0].length;
  }
  reader.depth += 1;
  if (reader.depth > maxGroupDepth)
    return refuse(reader, `more than ${maxGroupDepth} groups in each other`, 'EXPR_LIMIT');
  const part = readChoice(reader);
  reader.depth -= 1;
  return take(reader, ')') ? part : refuse(reader, 'a ( is not closed');
}

function readEscape(reader: Reader): Part {
  const place = places[peek(reader)];
  if (place !== undefined) {
    reader.place += 1;
    return { kind: 'place', place };
  }
  const of = readEscaped(reader);
  return of === undefined ? nothing : one(reader, typeof of === 'number' ? isPoint(of) : of);
}

/** What follows a backslash: a class, or one code point. Undefined after a fault. */
function readEscaped(reader: Reader): Class | number | undefined {
  const letter = peek(reader);
  const known = classOf(letter);
  if (known !== undefined) {
    reader.place += 1;
    return known;
  }
  const rest = reader.text.slice(reader.place, reader.place + 90);
  const property = /^([pP])(?:\{([^}]*)\}|([A-Za-z]))/.exec(rest);
  if (property !== null) {
    reader.place += property[0].length;
    const found = propertyOf(property[2] ?? property[3] ?? '');
    if (found !== undefined) return property[1] === 'p' ? found : not(found);
    refuse(reader, 'there is no such class of characters');
    return undefined;
  }
  const code = /^(?:x([0-9A-Fa-f]{2})|[xu]\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4}))/.exec(rest);
  if (code !== null) {
    reader.place += code[0].length;
    return Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16);
  }
  return readEscapedPoint(reader, letter);
}

function readEscapedPoint(reader: Reader, letter: string): number | undefined {
  const control = Object.hasOwn(controls, letter) ? controls[letter] : undefined;
  if (control !== undefined) {
    reader.place += 1;
    return control;
  }
  if (letter === '') refuse(reader, 'it ends with a backslash');
  else if (/[1-9]/.test(letter)) refuse(reader, 'there are no back-references');
  else if (/[A-Za-z]/.test(letter)) refuse(reader, `\\${letter} has no meaning`);
  else return takePoint(reader);
  return undefined;
}

function readClass(reader: Reader): Part {
  const isNegated = take(reader, '^');
  const classes: Class[] = [];
  // A ] that comes first is a character.
  do {
    if (reader.place >= reader.text.length) return refuse(reader, 'a [ is not closed');
    const item = readClassItem(reader);
    if (item !== undefined) classes.push(item);
    reader.size += 1;
    if (reader.size > maxPatternSize)
      return refuse(reader, `more than ${maxPatternSize} parts`, 'EXPR_LIMIT');
  } while (peek(reader) !== ']');
  reader.place += 1;
  const all = reader.ignoreCase ? foldCase(anyOf(classes)) : anyOf(classes);
  return { kind: 'one', of: isNegated ? not(all) : all };
}

function readClassItem(reader: Reader): Class | undefined {
  const first = readClassPoint(reader);
  if (typeof first !== 'number') return first;
  const next = reader.text[reader.place + 1];
  if (peek(reader) !== '-' || next === ']' || next === undefined) return isPoint(first);
  reader.place += 1;
  const last = readClassPoint(reader);
  if (typeof last === 'number' && last >= first) return between(first, last);
  if (reader.fault === undefined) refuse(reader, 'a range of characters ends before it begins');
  return undefined;
}

function readClassPoint(reader: Reader): Class | number | undefined {
  if (take(reader, '\\')) return readEscaped(reader);
  if (peek(reader) === '[') refuse(reader, 'a [ inside [ ] is written \\[');
  return takePoint(reader);
}
