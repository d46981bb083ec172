// One case of the conformance suite: a file, what is found in it and where, and what it is normalised to.
import type { FileRole } from '../../../src/model/pack.ts';

export type ConformanceCase = {
  /** Unique in the suite. */
  readonly id: string;
  /** Points of the format's description, by their numbers: see `points.ts`. */
  readonly covers: readonly string[];
  /** «…» stands around each place that has a finding. */
  readonly text: string;
  /** The code of each finding, in the order of the marks; `?` behind a warning, `!` behind a remark. */
  readonly codes: readonly string[];
  /** A part of the canonical form. */
  readonly json?: object;
  readonly role?: FileRole;
};

const list = (words: string): string[] => words.split(' ').filter((word) => word !== '');

/** A file without any finding. */
export function accept(id: string, covers: string, text: string, json?: object): ConformanceCase {
  return { id, covers: list(covers), text, codes: [], ...(json === undefined ? {} : { json }) };
}

/** A file with findings; it has a canonical form unless one of them is an error. */
export function find(
  id: string,
  covers: string,
  text: string,
  codes: string,
  json?: object,
): ConformanceCase {
  return { ...accept(id, covers, text, json), codes: list(codes) };
}

/** The same case in another role. */
export const as = (role: FileRole, one: ConformanceCase): ConformanceCase => ({ ...one, role });

/** A workflow with one more line at its top. */
export const top = (line: string): string => `${line}\nversion: 1.0.0\ntasks: [ { name: a, action: p.a } ]\n`;

/** A workflow of a task with these keys, and a second one to lead to. */
export const task = (keys: string): string =>
  `version: 1.0.0\ntasks:\n  - { name: a, action: p.a, ${keys} }\n  - { name: b, action: p.b }\n`;

/** A workflow of these tasks, a line each. */
export const tasks = (...lines: readonly string[]): string =>
  `version: 1.0.0\ntasks:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
