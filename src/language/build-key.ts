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
  const isCollection = typeof value === 'object' && value !== null;
  const what = isCollection ? (Array.isArray(value) ? 'a list' : 'a mapping') : `\`${String(value)}\``;
  const help = isCollection
    ? 'a template at the start of a value must be quoted: "{{ … }}"'
    : 'quote the key to make it a string';
  report(state, 'YAML_KEY_NOT_STRING', range, `a key must be a string, found ${what}`, help);
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
