// The keys of a mapping: strings only, each once, none that could reach a prototype.
import { brief, type Frame, report, type State } from './build-state.ts';
import type { Range } from './problem.ts';

/** The key as a string, or null when it was refused: its value is then read and left out. */
export function checkedKey(state: State, frame: Frame, value: unknown, range: Range): string | null {
  if (typeof value !== 'string') {
    reportKey(state, value, range);
    return null;
  }
  if (value === '__proto__' || value === 'constructor' || value === 'prototype') {
    const help = 'choose another name';
    report(state, 'YAML_FORBIDDEN_KEY', range, `the key \`${value}\` is not allowed`, help);
    return null;
  }
  const first = frame.keys?.get(value);
  if (first !== undefined) {
    const message = `the key \`${brief(value)}\` is given twice, first in line ${lineOf(state.text, first)}`;
    report(state, 'YAML_DUPLICATE_KEY', range, message, 'remove one of the two');
    return null;
  }
  frame.keys?.set(value, range.start);
  return value;
}

function reportKey(state: State, value: unknown, range: Range): void {
  // The key is the inner pair of braces, or the whole of it before a colon.
  const template = templateAt(state.text, range.start - 1) ?? templateAt(state.text, range.start);
  if (template !== undefined) {
    const message = 'a value that begins with `{{` must be quoted, or YAML reads a mapping';
    report(state, 'YAML_KEY_NOT_STRING', template, message, 'quote it: "{{ … }}"');
    return;
  }
  const isCollection = typeof value === 'object' && value !== null;
  const what = isCollection ? (Array.isArray(value) ? 'a list' : 'a mapping') : `\`${String(value)}\``;
  const help = isCollection ? 'use a plain word as the key' : 'quote the key to make it a string';
  report(state, 'YAML_KEY_NOT_STRING', range, `a key must be a string, found ${what}`, help);
}

/** Two braces, which an author means as a template: to the two that close it, where they stand in the same line. */
function templateAt(text: string, start: number): Range | undefined {
  if (start < 0 || !text.startsWith('{{', start)) return undefined;
  const line = /^.*/.exec(text.slice(start, start + 2000))?.[0] ?? '';
  const end = line.indexOf('}}');
  return { start, end: start + (end < 0 ? 2 : end + 2) };
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
