// Texts that say themselves where something is found: «…» around it, «» for a place without width.
import { expect } from 'vitest';
import type { Finding } from '../../src/model/diagnostic.ts';
import { check } from './support.ts';

export type Marked = {
  readonly text: string;
  /** `line:column-line:column` of each pair of marks, in the order they are opened. */
  readonly places: readonly string[];
};

/** The text without its marks, and where they stood, in the order they are opened. */
export function unmark(marked: string): Marked {
  const places: string[] = [];
  const open: number[] = [];
  let text = '';
  for (const part of marked.split(/([«»])/)) {
    const lines = text.split(/\r\n|\n|\r/);
    const here = `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
    if (part === '«') open.push(places.push(here) - 1);
    else if (part === '»') places[open.pop() ?? 0] += `-${here}`;
    else text += part;
  }
  return { text, places };
}

/** The same words for a finding. */
export function placeOf({ line, column, end_line = line, end_column = column }: Finding): string {
  return `${line}:${column}-${end_line}:${end_column}`;
}

/** A workflow whose second task has these lines. */
export const around = (lines: string): string => `version: 1.0.0
parameters: { host: { type: string }, port: { type: integer }, max-rows: { type: integer } }
vars: { count: 0, my-var: 1, list: [] }
tasks:
  - name: fetch-all
    action: p.fetch
    next: [ { publish: [ { total: 1, rest: 2 }, all ], do: [load] } ]
  - name: load
    action: p.load
${lines.replaceAll(/^(?=.)/gm, '    ')}
`;

/** Checks a marked workflow: the findings are at the marks, have these codes (the last stands for the rest), and are warnings. */
export function expectFindings(marked: string, ...codes: readonly string[]): void {
  const { text, places } = unmark(marked);
  const { findings, file } = check(text);
  expect(findings.map((finding) => `${finding.code} ${placeOf(finding)}`)).toEqual(
    places.map((place, index) => `${codes[index] ?? codes.at(-1)} ${place}`),
  );
  // None of them takes a file out of the registry by itself.
  for (const { severity } of findings) expect(severity).toBe('warning');
  expect(file).toBeDefined();
}
