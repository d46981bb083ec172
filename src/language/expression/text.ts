// Strings as sequences of code points: their length, places and parts, without making a list of them; and names in messages.
import { suggest } from '../suggest.ts';

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

const widthAt = (text: string, offset: number): number =>
  isHigh(text.charCodeAt(offset)) && isLow(text.charCodeAt(offset + 1)) ? 2 : 1;

/** Number of code points up to an offset in UTF-16 units; a surrogate without its pair counts as one. */
export function countPoints(text: string, end: number = text.length): number {
  let count = 0;
  for (let offset = 0; offset < end; offset += widthAt(text, offset)) count += 1;
  return count;
}

/** Offset in UTF-16 units of the code point at `place`; the end of the text when there are fewer. */
export function offsetOf(text: string, place: number): number {
  let offset = 0;
  for (let left = place; left > 0 && offset < text.length; left -= 1) offset += widthAt(text, offset);
  return Math.min(offset, text.length);
}

/** The code point at `place` as a string; undefined when the text ends before. */
export function pointAt(text: string, place: number): string | undefined {
  const offset = offsetOf(text, place);
  return offset < text.length ? text.slice(offset, offset + widthAt(text, offset)) : undefined;
}

/** Long names cut for a message. */
export function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}

/**
 * The name that was most likely meant. A long name is no slip of the finger, and comparing it would take its time; a
 * single letter is as near to any other.
 */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  return name.length > 40 || name.length < 2 ? undefined : suggest(name, names);
}
